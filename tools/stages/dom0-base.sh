# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# dom0's packages; the dom0 stage makes an image of them.
needs=(root-build)
needs_gib=3
inputs=(tools/images/packages tools/images/dom0-packages xen/sources.sha256)

build()
{
	local kver packages xenver

	# shellcheck source=tools/images/packages
	source "$top/tools/images/packages"
	# the kernel the modules are built for, Xen's tools of the same source as Xen
	kver=$(basename "$(dirname "$(echo "$(stage_path root-build)"/lib/modules/*/build)")")
	xenver=$(sed -n 's/.* xen_\(.*\)\.debian\.tar.*/\1/p' "$top/xen/sources.sha256")
	packages=$(grep -v '^#' "$top/tools/images/dom0-packages" | paste -sd,),linux-image-$kver
	export xenver
	# shellcheck disable=SC2016
	image_root "$out/root" "$packages" "ext4" \
		--essential-hook='printf "Package: src:xen\nPin: version $xenver\nPin-Priority: 1001\n" > "$1/etc/apt/preferences.d/xen"'
	find "$out/root/lib/modules/" -name '*.ko.xz' -print0 | xargs -0r -P"$(nproc)" -n64 unxz
	chroot "$out/root" depmod "$kver"
	rm -f "$out/root"/boot/initrd.img* "$out/root"/boot/xen* "$out/root/usr/lib/udev/hwdb.bin"
	echo "$kver" > "$out/kver"
}

publish()
{
	:
}

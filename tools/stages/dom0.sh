# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# dom0's disk, kernel and initrd.
needs=(root-build ssh)
needs_gib=4
inputs=(tools/images/make tools/images/make-initrd tools/images/initrd-init tools/images/common tools/images/dom0 tools/images/dom0-packages
	tools/images/masked-units xen/sources.sha256)

build()
{
	local root=$out/root kver packages xenver

	# shellcheck source=tools/images/make
	source "$top/tools/images/make"
	# shellcheck source=tools/images/make-initrd
	source "$top/tools/images/make-initrd"
	# the kernel the modules are built for, Xen's tools of the same source as Xen
	kver=$(basename "$(dirname "$(echo "$(stage_path root-build)"/lib/modules/*/build)")")
	xenver=$(sed -n 's/.* xen_\(.*\)\.debian\.tar.*/\1/p' "$top/xen/sources.sha256")
	packages=$(grep -v '^#' "$top/tools/images/dom0-packages" | paste -sd,),linux-image-$kver
	export xenver
	# shellcheck disable=SC2016
	image_root "$root" "$packages" "ext4" \
		--essential-hook='printf "Package: src:xen\nPin: version $xenver\nPin-Priority: 1001\n" > "$1/etc/apt/preferences.d/xen"'
	image_configure "$root" dom0 "$top/tools/images/dom0" "$(stage_path ssh)"
	chroot "$root" systemctl enable serial-getty@ttyS1.service
	find "$root/lib/modules/" -name '*.ko.xz' -print0 | xargs -0r -P"$(nproc)" -n64 unxz
	chroot "$root" depmod "$kver"
	unpack_kernel "$root/boot/vmlinuz-$kver" "$out/vmlinux"
	make_initrd "$root" "$kver" "$out/initrd.img"
	rm -f "$root"/boot/initrd.img* "$root"/boot/xen* "$root"/usr/lib/udev/hwdb.bin
	image_pack "$root" "$out/dom0.img" 4G dom0
	rm -rf --one-file-system "$root"
}

publish()
{
	link "$out/dom0.img" dom0.img
	link "$out/vmlinux" vmlinuz
	link "$out/initrd.img" initrd.img
}

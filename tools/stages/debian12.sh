# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Debian 12's kernel, for dom0 and for guests of the lab that have Debian 13's programs:
# unpacked, with the modules that either needs.
needs=(headers dom0-base)
needs_gib=2
inputs=(tools/stages/debian12-fetch tools/stages/suite tools/images/make tools/images/make-initrd tools/images/initrd-init)
# what dom0 and its tests load
modules=(xenfs xen-evtchn xen-gntdev xen-gntalloc xen-privcmd loop virtio-net vmxnet3 xen-netback xen-blkback af_packet
	bridge dm-mod)

build()
{
	local work=$out/work root kver

	# shellcheck source=tools/images/make
	source "$top/tools/images/make"
	# shellcheck source=tools/images/make-initrd
	source "$top/tools/images/make-initrd"
	kver=$(basename "$(echo "$(stage_path headers)"/6.1.*)")
	"$top/tools/inroot" /src/tools/stages/debian12-fetch "/host$out/deb" "$kver"
	image_overlay "$(stage_path dom0-base)/root" "$work"
	root=$work/root
	cp -a "$out/deb/lib/modules/." "$root/usr/lib/modules/"
	chroot "$root" depmod "$kver"
	unpack_kernel "$out/deb/boot/vmlinuz-$kver" "$out/vmlinux"
	make_initrd "$root" "$kver" "$out/initrd.img"
	make_initrd "$root" "$kver" "$out/guest-initrd.img" xen-netfront
	pack_modules "$root" > "$out/modules.tar"
	echo "$kver" > "$out/kver"
	umount "$root" "$work/upper"
	rm -rf "$work" "$out/deb"
}

# pack_modules ROOT: a tar of what they are and need
pack_modules()
{
	local module

	{
		for module in "${modules[@]}"; do
			chroot "$1" modprobe --set-version "$kver" --show-depends "$module" 2> /dev/null |
				sed -n 's|^insmod /||p'
		done
		printf '%s\n' "lib/modules/$kver"/modules.{order,builtin,builtin.modinfo}
	} | tr -d ' ' | sort -u | tar -C "$1" -c -T -
}

publish()
{
	link "$out" debian12
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# dom0's disk, kernel and initrd.
needs=(dom0-base ssh)
needs_gib=3
inputs=(tools/images/make tools/images/make-initrd tools/images/initrd-init tools/images/common
	tools/images/dom0 tools/images/masked-units)

build()
{
	local base work=$out/work root kver

	# shellcheck source=tools/images/make
	source "$top/tools/images/make"
	# shellcheck source=tools/images/make-initrd
	source "$top/tools/images/make-initrd"
	base=$(stage_path dom0-base)
	kver=$(< "$base/kver")
	image_overlay "$base/root" "$work"
	root=$work/root
	image_configure "$root" dom0 "$top/tools/images/dom0" "$(stage_path ssh)"
	chroot "$root" systemctl enable serial-getty@ttyS1.service
	unpack_kernel "$root/boot/vmlinuz-$kver" "$out/vmlinux"
	make_initrd "$root" "$kver" "$out/initrd.img"
	image_pack "$root" "$out/dom0.img" 4G dom0
	umount "$root" "$work/upper"
	rm -rf "$work"
}

publish()
{
	link "$out/dom0.img" dom0.img
	link "$out/vmlinux" vmlinuz
	link "$out/initrd.img" initrd.img
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# An ordinary Debian 13 guest: the distribution's kernel and initrd on its own
# disk, where pygrub finds them. One image for every guest: a guest's MAC
# names its address.
needs=(guest-base ssh)
needs_gib=2
inputs=(tools/images/make tools/images/make-initrd tools/images/initrd-init tools/images/common tools/images/guest tools/images/masked-units)

# Two ways to boot: as Debian does, and quickly (bootloader_args = [ "--entry=1" ])
grub_cfg()
{
	local args="root=/dev/xvda rw console=hvc0 mitigations=off quiet TERM=dumb"

	cat <<-EOF
		set default=0
		set timeout=0
		menuentry 'Debian GNU/Linux' {
			linux /boot/vmlinuz-$1 $args
			initrd /boot/initrd.img-$1
		}
		menuentry 'Debian GNU/Linux, short init' {
			linux /boot/lab-vmlinux $args init=/usr/local/sbin/lab-init
			initrd /boot/lab-initrd.img
		}
	EOF
}

build()
{
	local base work=$out/work root kver

	# shellcheck source=tools/images/make
	source "$top/tools/images/make"
	# shellcheck source=tools/images/make-initrd
	source "$top/tools/images/make-initrd"
	base=$(stage_path guest-base)
	image_overlay "$base/root" "$work"
	root=$work/root
	image_configure "$root" guest "$top/tools/images/guest" "$(stage_path ssh)"
	chroot "$root" systemctl enable serial-getty@hvc0.service
	kver=$(basename "$root"/lib/modules/*)
	mkdir -p "$root/boot/grub"
	grub_cfg "$kver" > "$root/boot/grub/grub.cfg"
	# the same kernel, unpacked once and for all
	unpack_kernel "$root/boot/vmlinuz-$kver" "$root/boot/lab-vmlinux"
	make_initrd "$root" "$kver" "$root/boot/lab-initrd.img"
	image_pack "$root" "$out/guest.img" 3G guest
	umount "$root" "$work/upper"
	rm -rf "$work"
}

publish()
{
	link "$out/guest.img" guest.img
}

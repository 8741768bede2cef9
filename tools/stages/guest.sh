# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# An ordinary Debian 13 guest: the distribution's kernel and initrd on its own
# disk, where pygrub finds them. One image for every guest: a guest's MAC
# names its address.
needs=(guest-base ssh)
needs_gib=2
inputs=(tools/images/make tools/images/common tools/images/guest tools/images/masked-units)

build()
{
	local base work=$out/work root kver

	# shellcheck source=tools/images/make
	source "$top/tools/images/make"
	base=$(stage_path guest-base)
	image_overlay "$base/root" "$work"
	root=$work/root
	image_configure "$root" guest "$top/tools/images/guest" "$(stage_path ssh)"
	chroot "$root" systemctl enable serial-getty@hvc0.service
	kver=$(basename "$root"/lib/modules/*)
	mkdir -p "$root/boot/grub"
	cat > "$root/boot/grub/grub.cfg" <<-EOF
		set default=0
		set timeout=0
		menuentry 'Debian GNU/Linux' {
			linux /boot/vmlinuz-$kver root=/dev/xvda rw console=hvc0 mitigations=off quiet
			initrd /boot/initrd.img-$kver
		}
	EOF
	image_pack "$root" "$out/guest.img" 3G guest
	umount "$root" "$work/upper"
	rm -rf "$work"
}

publish()
{
	link "$out/guest.img" guest.img
}

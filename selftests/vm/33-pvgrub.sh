#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest that GRUB boots from within: its drivers of Xen's disk and console know
# nothing of Linux', and hand the devices on to the kernel that they have loaded.
#
#	GRUB -- xvda -- blanket_blk -- /dev/lab/g2		a page or two at a time
#	Linux -- the same, connected anew
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# entry NUMBER: what GRUB boots from g2's disk while nobody has it
entry()
{
	dom0 "set -e; mkdir -p /mnt/g2; mount /dev/lab/g2 /mnt/g2
		sed -i 's/^set default=.*/set default=$1/' /mnt/g2/boot/grub/grub.cfg
		umount /mnt/g2"
}

cleanup()
{
	dom0 'xl destroy g2' 2> /dev/null || true
	entry 0 || true
}
trap cleanup EXIT

boots()
{
	dom0 '! xl domid g2 2> /dev/null || xl destroy g2'
	sleep 2
	entry 1
	in_lab push dom0 "$top/build/pvgrub" /root/
	put_config g2 ours 'kernel = "/root/pvgrub"'
	dom0 "sed -i '/^bootloader/d' /etc/xen/lab/g2.cfg"
	create_guests g2
	await_guests g2
	put_wire g2
}

# GRUB came first: it has read Linux from the disk
was_read_by_grub()
{
	local size read

	size=$(guest g2 'cat /boot/lab-vmlinux /boot/lab-initrd.img | wc -c')
	read=$(dom0 "cat $(vbd_of g2 xvda)/statistics/rd_req")
	echo "Linux is $size bytes, $read requests"
	# of a page or two each, where Linux asks for more at a time
	((read > size / 8192))
	in_lab log g2 | grep -a -o 'Welcome to GRUB\|Reading (xen/xvda)/boot/grub/grub.cfg' | sort -u | tee /dev/stderr |
		awk 'END { exit NR != 2 }'
}

plan 4
t grub_boots_linux boots
t kernel_was_read_by_grub was_read_by_grub
t traffic exchange g2 500000 64 10.77.0.1
t disk verify_disk g2 /root/verify 4 bs=16k rw=randwrite iodepth=16 numjobs=1
finish

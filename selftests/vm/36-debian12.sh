#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian 12's kernel, 6.1: in a guest of a dom0 with Debian 13's, then in dom0 itself with
# our modules built for it, where the main job runs once.
#
#	g2 (6.1) -- dom0 (6.12)		g1 (6.12) -- dom0 (6.1) -- uplink, card, disk
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR/.. source=card.sh
. "$top/selftests/card.sh"

kernel=$top/build/debian12
[[ -e $kernel/kver ]] || { echo "$kernel is not there: run tools/setup debian12"; exit 1; }
kver=$(< "$kernel/kver")

# ready: after dom0 has booted
ready()
{
	load_modules
	put_wire dom0
	favour_dom0
}

cleanup()
{
	in_lab reboot
	dom0 "rm -rf /lib/modules/$kver /root/debian12"
	ready
}
trap cleanup EXIT

guest_boots()
{
	dom0 'mkdir -p /root/debian12; ! xl domid g2 2> /dev/null || xl destroy g2'
	forgotten g2
	in_lab push dom0 "$kernel/vmlinux" "$kernel/guest-initrd.img" /root/debian12/
	put_config g2 ours 'kernel = "/root/debian12/vmlinux"' 'ramdisk = "/root/debian12/guest-initrd.img"' \
		'extra = "root=/dev/xvda rw console=hvc0 mitigations=off quiet TERM=dumb init=/usr/local/sbin/lab-init"'
	dom0 "sed -i '/^bootloader/d' /etc/xen/lab/g2.cfg"
	create_guests g2
	await_guests g2
	put_wire g2
	[[ $(guest g2 'uname -r') == "$kver" ]]
}

guest_ends()
{
	dom0 'for g in g1 g2; do ! xl domid $g 2> /dev/null || xl destroy $g; done'
	forgotten g1
	forgotten g2
}

modules_build()
{
	local copy=$top/build/debian12-kmod module

	mkdir -p "$copy"
	rsync -a --delete --exclude='*.ko' --exclude='*.o' "$top"/{Kbuild,kmod} "$copy/"
	"$top/tools/inroot" make -s -j2 -C "/host$(readlink "$top/build/headers")/$kver/build" M=/src/build/debian12-kmod CC=gcc modules
	rm -rf "$copy/stage"
	mkdir -p "$copy/stage/usr/lib/modules/$kver/updates/blanket"
	find "$copy/kmod" -name '*.ko' | while read -r module; do
		strip --strip-debug -o "$copy/stage/usr/lib/modules/$kver/updates/blanket/${module##*/}" "$module"
	done
	tar -C "$copy/stage" -x -f "$kernel/modules.tar" --transform 's|^|usr/|'
	tar -C "$copy/stage" --owner=0 --group=0 -c usr/lib/modules | dom0 'tar -C / -x --no-overwrite-dir'
	dom0 "depmod $kver; modinfo -k $kver -F vermagic blanket_net"
}

dom0_boots()
{
	in_lab reboot --kernel debian12
	[[ $(dom0 'uname -r') == "$kver" ]]
	ready
}

# Passthrough, too, where the host has a card.
card()
{
	local card mac

	card=$(dom0 'basename "$(readlink -f /sys/class/net/fast0/device/..)"')
	if [[ $card != *:* ]]; then
		echo 'no card to pass through'
		return
	fi
	mac=$(dom0 'cat /sys/class/net/fast0/address')
	attach_card g1 "$mac" "$card"
	[[ $(vif_mode g1) == "passthrough to $card" ]]
	card_up g1 "$(vif_id g1)" '
		ip addr add 10.77.0.60/24 dev $name
		ip route replace 10.77.0.1/32 dev $name src 10.77.0.60
		ping -c 2 -i 0.3 -W 10 10.77.0.1'
	exchange g1 500000 64 10.77.0.1
	exchange peer 500000 64 10.77.0.60
	detach_card g1
}

plan 10
t guest_of_6.1_boots guest_boots
t its_traffic exchange g2 500000 64 10.77.0.1 fd77::1 10.77.0.2
t its_disk verify_disk g2 /root/verify 4 bs=16k rw=randwrite iodepth=16 numjobs=1
t its_end guest_ends
t modules_for_6.1 modules_build
t dom0_of_6.1_boots dom0_boots
t guest_is_up ensure_guests g1
t traffic exchange g1 1000000 64 10.77.0.1 fd77::1 10.77.0.2
t disk verify_disk g1 /dev/xvdb 4 bsrange=4k-256k rw=randwrite iodepth=16
t card card
finish

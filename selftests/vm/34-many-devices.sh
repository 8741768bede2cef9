#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One guest with four vCPUs, 32 vifs and 16 disks, all of which work, and of which
# nothing is left when it is gone. xenstored lets a guest have 1000 nodes: that many
# devices with two queues each want more, and for that it has to start anew.
#
#	g2 -- vif 0 .. 31 -- uplink0		n1 .. n31, namespaces of the guest's
#	   -- xvda, xvdb .. xvdp -- a file each
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

conf=/etc/xen/oxenstored.conf

# reboot: with xenstored as it is set up now
reboot()
{
	in_lab reboot
	load_modules
	put_wire dom0
	favour_dom0
}

cleanup()
{
	dom0 "xl destroy g2; rm -f /root/many-*.raw; ! test -e $conf.lab || mv $conf.lab $conf" 2> /dev/null || true
	reboot
	for i in {1..31}; do
		peer ip addr del "10.90.$i.1/24" dev lan0 2> /dev/null || true
	done
}
trap cleanup EXIT

boots()
{
	dom0 "cp $conf $conf.lab; sed -i 's/^quota-maxentity.*/quota-maxentity = 8000/' $conf; grep quota-maxentity $conf"
	reboot
	put_config g2 ours 'vcpus = 4' 'memory = 384' 'max_grant_frames = 200'
	create_guests g2
	await_guests g2
}

# One by one: libxl would start all scripts at once, and end those that take 40 s. It
# does not find the next number itself once there are more than ten.
attach()
{
	# shellcheck disable=SC2016
	dom0 'set -e
		for i in $(seq 31); do
			xl network-attach g2 mac=00:16:3e:90:00:$(printf %02x $i) devid=$i script=vif-blanket gatewaydev=uplink0
		done
		for letter in b c d e f g h i j k l m n o p; do
			truncate -s 4M /root/many-$letter.raw
			xl block-attach g2 format=raw,vdev=xvd$letter,access=w,script=block-blanket,target=/root/many-$letter.raw
		done'
}

all_are_there()
{
	guest g2 'udevadm settle; nproc; ls -d /sys/bus/xen/devices/vif-*/net/* | wc -l; ls /sys/block | grep -c "^xvd"' | paste -sd' ' |
		tee /dev/stderr | grep -x '4 32 16'
}

all_carry_packets()
{
	local i

	for i in {1..31}; do
		peer ip addr add "10.90.$i.1/24" dev lan0
	done
	# shellcheck disable=SC2016
	guest g2 'set -e
		for i in $(seq 31); do
			dev=$(ls /sys/bus/xen/devices/vif-$i/net)
			ip netns add n$i
			ip link set $dev netns n$i
			ip -n n$i addr add 10.90.$i.2/24 dev $dev
			ip -n n$i link set $dev up
		done
		for i in $(seq 31); do
			ip netns exec n$i ping -c 2 -i 0.2 -W 10 10.90.$i.1 > /dev/null || { echo "not vif $i"; exit 1; }
		done'
}

# each its own bytes, and nobody else's
all_keep_data()
{
	# shellcheck disable=SC2016
	guest g2 'set -e
		for disk in b c d e f g h i j k l m n o p; do
			yes "disk $disk" | dd of=/dev/xvd$disk bs=64k count=16 iflag=fullblock oflag=direct 2> /dev/null
		done
		for disk in b c d e f g h i j k l m n o p; do
			dd if=/dev/xvd$disk bs=64k count=16 iflag=direct 2> /dev/null | cmp - <(yes "disk $disk" | head -c 1048576)
		done'
	dom0 'head -c 7 /root/many-p.raw' | grep -x 'disk p'
}

nothing_is_left()
{
	local id

	id=$(domid g2)
	dom0 'xl destroy g2'
	in_dom0 "$id" <<-'EOF_DOM0'
		for i in $(seq 100); do
			left=$(ls -d /sys/class/net/vif"$1".* /sys/bus/xen-backend/devices/*-"$1"-* 2> /dev/null
				losetup -a | grep many-)
			[ -n "$left" ] || exit 0
			sleep 0.2
		done
		echo "left: $left"
		exit 1
	EOF_DOM0
}

plan 6
t guest_boots boots
t attach_devices attach
t all_devices_are_there all_are_there
t all_vifs_carry_packets all_carry_packets
t all_disks_keep_their_data all_keep_data
t nothing_is_left nothing_is_left
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The modules stay while a guest uses them, go when none does, and come back,
# after the stock drivers as well as before them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

unload()
{
	dom0 'set -e
		modprobe -r blanket_net blanket_blk blanket_virtio
		modprobe -r blanket 2> /dev/null || true
		if lsmod | grep ^blanket; then exit 1; fi
		test ! -e /sys/kernel/blanket'
}

# A disk of ours goes to ours, whoever was asked first
takes_a_disk()
{
	# shellcheck disable=SC2016
	dom0 'set -e
		xl block-attach 0 format=raw,vdev=xvdj,access=w,script=block-blanket,target=/dev/lab/null
		test "$(basename "$(readlink /sys/bus/xen-backend/devices/vbd-0-*/driver)")" = blanket_blk
		xl block-detach 0 xvdj'
}

after_stock()
{
	dom0 'modprobe -a xen-netback xen-blkback && modprobe blanket_net && modprobe blanket_blk'
	takes_a_disk
}

before_stock()
{
	dom0 'set -e
		modprobe -r blanket_net blanket_blk blanket_virtio
		modprobe -r xen-netback xen-blkback
		modprobe blanket_net
		modprobe blanket_blk
		modprobe -a xen-netback xen-blkback'
	takes_a_disk
}

plan 5
t guests_end stop_guests g1 g2
# shellcheck disable=SC2016
t nothing_left dom0 'sleep 3; ls -d /sys/class/net/vif* /sys/bus/xen-backend/devices/*; test -z "$(ls /sys/bus/xen-backend/devices)"'
t unload unload
t loaded_after_the_stock_drivers after_stock
t loaded_before_the_stock_drivers before_stock
finish

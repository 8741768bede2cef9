#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The lean grant operations of our Xen: that they are used, that all goes on
# without them, and that unmapping for devices leaves no TLB behind the times.
#
#	peer --- uplink0 --- blanket_net === vif === g1
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

lean_knob=/sys/module/blanket/parameters/lean

trap 'dom0 "echo 1 > $lean_knob" || true' EXIT

# grants VIF: how the guest was written to so far, all counts of one moment: the guest
# may be sent a packet of the neighbourhood's at any time
grants()
{
	dom0 "ethtool -S $1" | awk '
		sub("^rx_grant_", "", $1) { of[$1] = $2 }
		END { printf "%d copies, %d lean, %d done again, %d refused\n",
			of["copy_ops:"], of["lean_ops:"], of["lean_retries:"], of["errors:"] }'
}

# What the guest gets is written by lean operations, none of them twice.
used()
{
	local counts copies lean retries errors

	exchange g1 500000 64 10.77.0.1 fd77::1
	counts=$(grants "$(vif_of g1)")
	echo "$counts"
	read -r copies _ lean _ retries _ _ errors _ <<< "$counts"
	((copies > 200 && lean == copies && retries == 0 && errors == 0))
}

reboot_g1()
{
	dom0 'xl destroy g1'
	ensure_guests g1
}

switched_off()
{
	local counts copies lean retries errors

	dom0 "echo 0 > $lean_knob"
	reboot_g1
	exchange g1 500000 64 10.77.0.1 fd77::1
	verify_disk g1 /dev/xvdb 4 bs=64k rw=randwrite iodepth=8
	counts=$(grants "$(vif_of g1)")
	echo "$counts"
	read -r copies _ lean _ retries _ _ errors _ <<< "$counts"
	((copies > 200 && lean == 0 && retries == 0 && errors == 0))
}

switched_on_again()
{
	dom0 "echo 1 > $lean_knob"
	reboot_g1
	used
}

module()
{
	local name=device_grants

	put_module dom0 "$name"
	dom0 "insmod /root/$name.ko || { dmesg | tail -n 5; exit 1; }; rmmod $name"
}

plan 6
t guests_are_up ensure_guests g1
t xen_has_them dom0 'dmesg | grep -q "blanket: Xen has lean grant operations"'
t they_write_what_a_guest_receives used
t no_tlb_remembers_what_device_mappings_stood_beside module
t without_them_all_goes_on switched_off
t and_with_them_again switched_on_again
finish

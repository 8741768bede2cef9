#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Unmodified guests boot from their own disks, and all their devices are ours.
#
#	g1, g2: pygrub in dom0 -> blanket_blk -> /dev/lab/{g1,g2}   (kernel, initrd)
#	        xvda, xvdb     -> blanket_blk -> the same, scratch
#	        eth0           -> blanket_net -> uplink0
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

drivers()
{
	# shellcheck disable=SC2016
	dom0 'for d in /sys/bus/xen-backend/devices/v*; do
		echo "${d##*/} $(basename "$(readlink "$d/driver")")"
	done' | tee /dev/stderr | awk '
		/^vif-[0-9]+-0 blanket_net$/ { vifs++ }
		/^vbd-[0-9]+-[0-9]+ blanket_blk$/ { vbds++ }
		END { exit !(NR == 5 && vifs == 2 && vbds == 3) }'
}

# what dom0 sees on its own disk images is what runs in the guest
own_kernel()
{
	# shellcheck disable=SC2016
	guest g1 'set -e; uname -r; ls /boot; cat /proc/version; test -e "/boot/vmlinuz-$(uname -r)"
		grep -q Debian /proc/version; if lsmod | grep blanket; then exit 1; fi'
}

status_lists()
{
	local out

	out=$(dom0 'blanket status')
	echo "$out"
	grep -q g1 <<< "$out" && grep -q g2 <<< "$out" && grep -q uplink0 <<< "$out"
}

# the firmware of each kind of host says what it is
status_knows_the_host()
{
	local want

	want=$(tools/lab list | awk -v lab="$lab" '$1 == lab { print $3 }')
	dom0 'blanket status --json' | python3 -c '
import json, sys
host = json.load(sys.stdin)["host"]
print(host)
sys.exit(host["below"] != sys.argv[1])' "$want"
}

plan 6
t guests_boot_by_pygrub ensure_guests g1 g2
t all_devices_are_ours drivers
t kernel_is_the_distributions own_kernel
t nothing_left_of_pygrub dom0 '! ls -d /sys/bus/xen-backend/devices/vbd-0-* 2>/dev/null'
t status_shows_both status_lists
t status_knows_the_host status_knows_the_host
finish

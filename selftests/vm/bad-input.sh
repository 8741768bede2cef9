#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a user gets wrong, tried in a running lab: xl must fail at once, say
# what is wrong with the value and the remedy, and leave nothing half made.
#
#	xl network-attach 0 script=vif-blanket,...	no guest is needed: dom0 is
#	xl block-attach 0 script=block-blanket,...	its own front end
#
# Usage: bad-input.sh [LAB], by default main. Needs blanket in the lab's dom0.
set -euo pipefail

top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
cat "$top/selftests/ktap.sh" - << 'DOM0' | "$top/tools/lab" --name "${1:-main}" dom0 -- bash -s
set -euo pipefail

work=$(mktemp -d)
cleanup()
{
	ip link del bbridge 2>/dev/null || true
	ip link del bdummy 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

# What must be as before: devices of domain 0, loops, its xenstore nodes.
traces()
{
	ls -d /sys/bus/xen-backend/devices/v??-0-* /sys/class/net/vif0.* 2>/dev/null || true
	losetup --noheadings --output NAME,BACK-FILE | grep -F "$work" || true
	xenstore-ls -f /local/domain/0/backend 2>/dev/null | grep -Eo '/backend/v(if|bd)/0/[0-9]+/' | sort -u || true
}

# xl leaves a device that it could not attach to be detached, whatever script
# it has; a guest that could not be created it takes down itself.
detach_all()
{
	local d

	for d in /sys/bus/xen-backend/devices/vif-0-*; do
		[[ ! -e $d ]] || xl network-detach 0 "${d##*-}" > /dev/null 2>&1 || true
	done
	for d in /sys/bus/xen-backend/devices/vbd-0-*; do
		[[ ! -e $d ]] || xl block-detach 0 "${d##*-}" > /dev/null 2>&1 || true
	done
}

# refused NAME PATTERN COMMAND...
refused()
{
	local name=$1 pattern=$2 out rc=0 start=$SECONDS left

	shift 2
	out=$("$@" 2>&1) || rc=$?
	detach_all
	left=$(traces)
	if ((rc == 0)); then
		not_ok "$name" "succeeded: $*"
	elif [[ ! $out =~ $pattern ]]; then
		not_ok "$name" "no '$pattern' in: $out"
	elif [[ -n $left ]]; then
		not_ok "$name" "left behind: $left"
	elif ((SECONDS - start > 60)); then
		not_ok "$name" "took $((SECONDS - start)) s"
	else
		ok "$name"
	fi
}

# rejected NAME FILE VALUE: writing fails, and the old value stays
rejected()
{
	local before after

	before=$(< "$2")
	if { printf '%s\n' "$3" > "$2"; } 2>/dev/null; then
		not_ok "$1" "took '$3'"
		return
	fi
	after=$(< "$2")
	if [[ $before == "$after" ]]; then
		ok "$1"
	else
		not_ok "$1" "was '$before', is now '$after'"
	fi
}

vif()
{
	xl network-attach 0 script=vif-blanket "$@"
}

disk()
{
	xl block-attach 0 "format=raw,vdev=xvdz,script=block-blanket,$1"
}

echo 'KTAP version 1'
echo '1..22'
modprobe blanket_net
modprobe blanket_blk
modprobe dummy numdummies=0
ip link add bdummy type dummy
ip link add bbridge type bridge

refused no_such_uplink 'gatewaydev=eth7: no such network device in dom0; candidates: .*bdummy' \
	vif gatewaydev=eth7
refused uplink_not_ethernet 'gatewaydev=lo: not an Ethernet device' vif gatewaydev=lo
ip link set bdummy master bbridge
refused uplink_in_bridge "port of bridge bbridge; free it with 'ip link set dev bdummy nomaster'" \
	vif gatewaydev=bdummy
ip link set bdummy nomaster
refused uplink_is_a_bad_name 'gatewaydev=\.\./lo: not a network device' vif gatewaydev=../lo
if [[ $(< /sys/module/blanket_net/parameters/uplink) == @(|'(null)') ]]; then
	refused no_uplink_named 'no uplink named' vif
else
	ok 'no_uplink_named # SKIP the module has a default uplink'
fi
refused mtu_too_large 'mtu=9000: bdummy carries 68 to 1500' vif gatewaydev=bdummy mtu=9000

out=$(vif gatewaydev=bdummy 2>&1) || true
dev=$(ls -d /sys/class/net/vif0.* 2>/dev/null | head -n1)
if [[ -n $dev && $(< "$dev/blanket/uplink") == bdummy ]]; then
	ok right_value_works
	rejected sysfs_uplink_missing "$dev/blanket/uplink" eth7
	rejected sysfs_uplink_itself "$dev/blanket/uplink" "${dev##*/}"
	rejected sysfs_uplink_too_long "$dev/blanket/uplink" a-name-of-more-than-fifteen
	rejected sysfs_rx_queue_bytes "$dev/blanket/rx_queue_bytes" 1
	rejected sysfs_rx_queue_nonsense "$dev/blanket/rx_queue_bytes" many
	rejected sysfs_antispoof "$dev/blanket/antispoof" maybe
	rejected sysfs_promiscuous "$dev/blanket/promiscuous" perhaps
	rejected sysfs_rate "$dev/blanket/rate" 137438953473
	rejected sysfs_rate_interval "$dev/blanket/rate_interval" 19999
else
	for t in right_value_works sysfs_uplink_missing sysfs_uplink_itself sysfs_uplink_too_long \
		sysfs_rx_queue_bytes sysfs_rx_queue_nonsense sysfs_antispoof sysfs_promiscuous sysfs_rate \
		sysfs_rate_interval; do
		not_ok "$t" "no vif on bdummy: $out"
	done
fi
detach_all

refused disk_missing 'target=/dev/nonesuch: no such block device or file' \
	disk access=w,target=/dev/nonesuch
refused disk_is_no_disk 'neither a block device nor a file' disk access=w,target=/dev/null
refused disk_mounted 'mounted in this domain on /' \
	disk "access=w,target=$(findmnt -no SOURCE /)"
truncate -s 1M "$work/disk.raw"
chmod 444 "$work/disk.raw"
refused file_read_only 'the file is read-only; add access=r' disk "access=w,target=$work/disk.raw"
: > "$work/empty.raw"
refused file_empty 'has no sectors' disk "access=r,target=$work/empty.raw"
if [[ -z $(traces) ]]; then
	ok nothing_left
else
	not_ok nothing_left "$(traces)"
fi
((bad == 0))
DOM0

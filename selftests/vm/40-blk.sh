#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A disk keeps what is written, refuses what it must, and counts.
#
#	g1: fio (crc32c) -> xvdb -> blanket_blk -> /dev/lab/scratch
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# shown by "stats" as NAME=VALUE
stats()
{
	dom0 "cd $(vbd_of g1 xvdb) && grep -H . statistics/* blanket/{bad_req,grant_errors,inflight,queues,mapped,copied} |
		sed 's|.*/||; s|:|=|'"
}

value()
{
	sed -n "s/^$2=//p" <<< "$1"
}

# grew COUNTER AT-LEAST COMMAND...
grew()
{
	local what=$1 least=$2 before after

	shift 2
	before=$(value "$(stats)" "$what")
	"$@"
	after=$(value "$(stats)" "$what")
	echo "$what: $before -> $after, expected at least $least more"
	((after - before >= least))
}

# with_copy_max BYTES COMMAND...: larger requests are mapped
with_copy_max()
{
	local knob rc=0

	knob=$(vbd_of g1 xvdb)/blanket/copy_max
	dom0 "cp $knob /tmp/copy_max; echo $1 > $knob"
	shift
	"$@" || rc=$?
	dom0 "cat /tmp/copy_max > $knob"
	return $rc
}

read_only()
{
	local rc=0

	dom0 'xl block-attach g1 format=raw,vdev=xvdc,access=r,script=block-blanket,target=/dev/lab/null'
	# shellcheck disable=SC2016
	guest g1 'set -e; for i in $(seq 100); do test -b /dev/xvdc && break; sleep 0.2; done
		test "$(blockdev --getro /dev/xvdc)" = 1
		dd if=/dev/xvdc of=/dev/null bs=64k count=4
		if dd if=/dev/zero of=/dev/xvdc bs=4k count=1 oflag=direct; then exit 1; fi' || rc=$?
	dom0 'xl block-detach g1 xvdc'
	let_go g1 vbd-51744
	return $rc
}

# Where it is offered, the guest uses the same pages again and again, and they stay mapped;
# more of them than may stay are mapped as ever. Then it is offered no more.
persistent()
{
	local hits maps unmaps

	dom0 'truncate -s 64M /root/persistent.raw'
	attach_persistent 1024 enabled
	verify_disk g1 /dev/xvdc 4 bs=4k rw=randwrite iodepth=16
	hits=$(of_xvdc persistent_hits) maps=$(of_xvdc map_pages)
	verify_disk g1 /dev/xvdc 4 bsrange=4k-128k rw=randwrite iodepth=16
	hits=$(($(of_xvdc persistent_hits) - hits)) maps=$(($(of_xvdc map_pages) - maps))
	echo "pages found mapped $hits, mapped $maps; unmapped $(of_xvdc unmap_pages), errors $(of_xvdc grant_errors)"
	((hits > 1000 && maps < hits / 10 && $(of_xvdc unmap_pages) == 0 && $(of_xvdc grant_errors) == 0))
	# where memory is short they are let go of, and mapped anew
	unmaps=$(of_xvdc unmap_pages) maps=$(of_xvdc map_pages)
	dom0 'echo 2 > /proc/sys/vm/drop_caches'
	verify_disk g1 /dev/xvdc 1 bs=64k rw=randwrite iodepth=4
	unmaps=$(($(of_xvdc unmap_pages) - unmaps)) maps=$(($(of_xvdc map_pages) - maps))
	echo "unmapped $unmaps, mapped $maps"
	((unmaps >= 32 && maps >= 16))
	detach_persistent
	attach_persistent 4 enabled
	verify_disk g1 /dev/xvdc 2 bsrange=4k-64k rw=randwrite iodepth=16
	(($(of_xvdc unmap_pages) > 100 && $(of_xvdc persistent_hits) > 0))
	detach_persistent
	attach_persistent 0 disabled
	verify_disk g1 /dev/xvdc 1 bs=4k rw=randwrite iodepth=16
	(($(of_xvdc map_pages) == 0))
	detach_persistent
}

# attach_persistent PAGES WORD: what the guest makes of it
attach_persistent()
{
	guest g1 'dmesg -C'
	dom0 "blanket tune persistent_pages=$1
		xl block-attach g1 format=raw,vdev=xvdc,access=w,script=block-blanket,target=/root/persistent.raw"
	# shellcheck disable=SC2016
	guest g1 'for i in $(seq 100); do test -b /dev/xvdc && break; sleep 0.2; done
		dmesg | grep "blkfront: xvdc" | tail -n 1' | tee /dev/stderr | grep "persistent grants: $2"
}

detach_persistent()
{
	dom0 'xl block-detach g1 xvdc'
	let_go g1 vbd-51744
}

of_xvdc()
{
	dom0 "cat $(vbd_of g1 xvdc)/blanket/$1"
}

cleanup()
{
	dom0 'xl block-detach g1 xvdc; rm -f /root/persistent.raw; blanket tune persistent_pages=default' > /dev/null 2>&1 || true
}
trap cleanup EXIT

# xentop reads the same files
xentop_shows()
{
	dom0 'xentop -b -x -i 1' | tee /dev/stderr |
		awk '/VBD/ { for (i = 1; i < NF; i++) if ($i == "WR:" && $(i + 1) > 100) found = 1 } END { exit !found }'
}

clean()
{
	local out

	out=$(stats)
	echo "$out"
	(($(value "$out" bad_req) == 0 && $(value "$out" grant_errors) == 0 && $(value "$out" inflight) == 0))
}

plan 12
t guest_is_up ensure_guests g1
t random_4k grew wr_req 512 verify_disk g1 /dev/xvdb 2 bs=4k rw=randwrite iodepth=32
t indirect_256k grew copied 32 verify_disk g1 /dev/xvdb 8 bs=256k rw=write iodepth=4
t mapped_256k with_copy_max 0 grew mapped 32 verify_disk g1 /dev/xvdb 8 bs=256k rw=write iodepth=4
t mapped_and_copied with_copy_max 16384 grew mapped 32 verify_disk g1 /dev/xvdb 4 bsrange=4k-64k rw=randwrite iodepth=8
t odd_sizes grew rd_sect 4096 verify_disk g1 /dev/xvdb 2 bsrange=512-40k rw=randwrite iodepth=8
t flush grew f_req 4 guest g1 'set -e; for i in 1 2 3 4; do dd if=/dev/zero of=/dev/xvdb bs=4k count=1 conv=fsync; done'
t discard grew ds_req 1 guest g1 'blkdiscard -o 16M -l 16M /dev/xvdb'
t read_only_refuses_writes read_only
t persistent_grants_where_asked_for persistent
t xentop_sees_the_requests xentop_shows
t nothing_bad_counted clean
finish

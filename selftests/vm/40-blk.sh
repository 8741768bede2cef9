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
	return $rc
}

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

plan 11
t guest_is_up ensure_guests g1
t random_4k grew wr_req 512 verify_disk g1 /dev/xvdb 2 bs=4k rw=randwrite iodepth=32
t indirect_256k grew copied 32 verify_disk g1 /dev/xvdb 8 bs=256k rw=write iodepth=4
t mapped_256k with_copy_max 0 grew mapped 32 verify_disk g1 /dev/xvdb 8 bs=256k rw=write iodepth=4
t mapped_and_copied with_copy_max 16384 grew mapped 32 verify_disk g1 /dev/xvdb 4 bsrange=4k-64k rw=randwrite iodepth=8
t odd_sizes grew rd_sect 4096 verify_disk g1 /dev/xvdb 2 bsrange=512-40k rw=randwrite iodepth=8
t flush grew f_req 4 guest g1 'set -e; for i in 1 2 3 4; do dd if=/dev/zero of=/dev/xvdb bs=4k count=1 conv=fsync; done'
t discard grew ds_req 1 guest g1 'blkdiscard -o 16M -l 16M /dev/xvdb'
t read_only_refuses_writes read_only
t xentop_sees_the_requests xentop_shows
t nothing_bad_counted clean
finish

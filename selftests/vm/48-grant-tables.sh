#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest's grant table grows while its disks are in use, and what it grants
# becomes a page table: through the block layer, and with a disk to itself.
# Modules of the guest's own do it (selftests/kmod).
#
#	g1 --- xvdb --- blanket_blk --- block layer --- scratch
#	   `-- xvdc --- blanket_blk --- virtqueue of the spare disk
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# Frames of a grant table of version 1, and those of it that dom0 maps
entries=512
frames=64

cleanup()
{
	guest g1 'rmmod grant_refs page_tables; sysctl -qw kernel.printk=7' > /dev/null 2>&1 || true
	dom0 'xl block-detach g1 xvdc' > /dev/null 2>&1 || true
}
trap cleanup EXIT

disks=(xvdb)
# shellcheck disable=SC2016
spare=$(dom0 'for s in $(grep -lx lab-spare /sys/block/vd*/serial 2> /dev/null); do
	basename "$(readlink -f "$(dirname "$s")/device/..")"
done')
[[ -z $spare ]] || disks+=(xvdc)

prepare()
{
	ensure_guests g1
	put_module g1 grant_refs
	put_module g1 page_tables
	# what is refused a guest's kernel says on its console
	guest g1 'sysctl -qw kernel.printk=3'
	[[ -n $spare ]] || return 0
	dom0 "xl block-attach g1 format=raw,vdev=xvdc,access=w,script=block-blanket,target=$spare"
	guest g1 'for i in $(seq 100); do test -b /dev/xvdc && exit; sleep 0.2; done; false'
}

# counters DISK NAME...: on one line
counters()
{
	local disk=$1

	shift
	dom0 "cd $(vbd_of g1 "$disk")/blanket; echo \$(cat $*)"
}

# load MODULE [ARGUMENT]
load()
{
	guest g1 "insmod /root/$1.ko ${2:-} || { dmesg | tail -n 5; exit 1; }"
}

unload()
{
	guest g1 "rmmod $1"
}

# writes DISK: how many pieces were read through standing mappings, and not
writes()
{
	local hits misses errors before

	read -r -a before < <(counters "$1" standing_hits standing_misses grant_errors)
	verify_disk g1 "/dev/$1" 1 bs=16k rw=randwrite iodepth=4 > /dev/stderr
	read -r hits misses errors < <(counters "$1" standing_hits standing_misses grant_errors)
	echo "$((hits - before[0])) $((misses - before[1])) $((errors - before[2]))"
}

# New references are looked up like the others once their frames are mapped.
grown()
{
	local hits misses errors

	writes "$1"
	load grant_refs "below=$((12 * entries))"
	read -r hits misses errors < <(writes "$1")
	unload grant_refs
	echo "$hits hits, $misses misses, $errors errors"
	((hits > misses && errors == 0))
}

# Those beyond what dom0 maps of the table are Xen's to look up.
grown_beyond()
{
	local hits misses errors

	load grant_refs "below=$((frames * entries))"
	read -r hits misses errors < <(writes "$1")
	unload grant_refs
	echo "$hits hits, $misses misses, $errors errors"
	((hits < misses / 4 && misses > 100 && errors == 0))
	read -r hits misses errors < <(writes "$1")
	echo "and again $hits hits, $misses misses, $errors errors"
	((hits > misses && errors == 0))
}

# Alone the requests to write to the table are refused, by whatever way they go.
page_tables()
{
	local before after

	read -r -a before < <(counters "$1" standing_refused grant_errors lean_ops lean_retries)
	load page_tables "disk=/dev/$1"
	unload page_tables
	read -r -a after < <(counters "$1" standing_refused grant_errors lean_ops lean_retries)
	echo "refused, errors, lean, done again: ${before[*]}, then ${after[*]}"
	((after[0] == before[0] && after[1] - before[1] == 4))
	((after[2] > before[2] && after[3] > before[3]))
}

# page_tables_read DISK STANDING: 1: dom0 reads it through a standing mapping
page_tables_read()
{
	local before after

	(($2)) || load grant_refs "below=$((frames * entries))"
	before=$(counters "$1" standing_hits)
	page_tables "$1"
	after=$(counters "$1" standing_hits)
	(($2)) || unload grant_refs
	echo "$((after - before)) hits"
	(($2 ? after - before >= 16 : after - before < 8))
}

# Afterwards nothing is refused or done again.
lean_still()
{
	local before after

	read -r -a before < <(counters "$1" grant_errors lean_ops lean_retries)
	verify_disk g1 "/dev/$1" 1 bs=16k rw=randwrite iodepth=4
	read -r -a after < <(counters "$1" grant_errors lean_ops lean_retries)
	echo "errors, lean, done again: ${before[*]}, then ${after[*]}"
	((after[0] == before[0] && after[1] > before[1] && after[2] == before[2]))
}

plan $((1 + 5 * ${#disks[@]}))
t guest_has_the_disks prepare
for disk in "${disks[@]}"; do
	t "$disk.table_grows" grown "$disk"
	t "$disk.table_outgrows_what_is_mapped" grown_beyond "$disk"
	t "$disk.page_tables_are_not_written_to" page_tables_read "$disk" 1
	t "$disk.nor_without_standing_mappings" page_tables_read "$disk" 0
	t "$disk.one_refusal_is_no_others" lean_still "$disk"
done
finish

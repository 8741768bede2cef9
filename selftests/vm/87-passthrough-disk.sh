#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest has a virtio disk to itself: target= names the disk.
#
#	g1 --- xvdb --- blanket_blk --- block layer --- scratch
#	   `-- xvdc --- blanket_blk --- virtqueue of the spare disk, or two
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# shellcheck disable=SC2016
disk=$(dom0 'for s in $(grep -lx lab-spare /sys/block/vd*/serial 2> /dev/null); do
	basename "$(readlink -f "$(dirname "$s")/device/..")"
done')
if [[ -z $disk ]]; then
	plan 1
	echo 'ok 1 passthrough # SKIP this host has no virtio disk to spare'
	exit 0
fi
file=build/lab/$lab/spare.raw

cleanup()
{
	throttle 0 > /dev/null 2>&1 || true
	dom0 'umount /mnt 2> /dev/null; xl block-detach g1 xvdc' > /dev/null 2>&1 || true
}
trap cleanup EXIT

# attach [ACCESS [TARGET]]
attach()
{
	dom0 "xl block-attach g1 format=raw,vdev=xvdc,access=${1:-w},script=block-blanket,target=${2:-$disk}"
	guest g1 'for i in $(seq 100); do test -b /dev/xvdc && exit; sleep 0.2; done; false'
}

detach()
{
	dom0 'xl block-detach g1 xvdc'
	let_go g1 vbd-51744
}

vbd()
{
	vbd_of g1 xvdc
}

# node NAME: of the backend in xenstore
node()
{
	dom0 "xenstore-read /local/domain/0/backend/vbd/$(domid g1)/51744/$1"
}

# dom0 has it again, as what it calls it
is_back()
{
	dom0 'for i in $(seq 50); do
			found=$(grep -lx lab-spare /sys/block/vd*/serial 2> /dev/null) && cut -d/ -f4 <<< "$found" && exit
			sleep 0.2
		done
		ls -l /sys/bus/pci/devices/'"$disk"'/driver
		exit 1'
}

qmp()
{
	in_lab qmp "$1"
}

# operations KIND: what the host has seen of flush, wr and so on
operations()
{
	qmp '{"execute": "query-blockstats"}' | python3 -c '
import json, sys
answer = json.load(sys.stdin)
for device in answer.get("return", answer):
    if device.get("device") == "drive-spare":
        print(device["stats"][sys.argv[1] + "_operations"])' "$1"
}

# throttle IOPS: 0 for as many as it can
throttle()
{
	qmp '{"execute": "block_set_io_throttle", "arguments": {"device": "drive-spare", "bps": 0, "bps_rd": 0,
		"bps_wr": 0, "iops": '"$1"', "iops_rd": 0, "iops_wr": 0}}'
}

has_the_disk()
{
	attach
	[[ $(node blanket-mode) == "passthrough to $disk" ]]
	dom0 "blanket status" | tee /dev/stderr | grep -q "xvdc .*(passthrough)"
	[[ $(dom0 "cat /sys/bus/pci/devices/$disk/blanket/user") == "vbd-$(domid g1)-51744" ]]
	[[ $(guest g1 'blockdev --getsize64 /dev/xvdc') == "$(stat -c %s "$file")" ]]
}

counter()
{
	dom0 "cat $(vbd)/$1"
}

# Written through the guest's own pages, with a kick for many.
verified()
{
	local hits kicks requests

	hits=$(counter blanket/standing_hits) kicks=$(counter blanket/kicks)
	requests=$(counter statistics/wr_req)
	verify_disk g1 /dev/xvdc "$@"
	hits=$(($(counter blanket/standing_hits) - hits)) kicks=$(($(counter blanket/kicks) - kicks))
	requests=$(($(counter statistics/wr_req) - requests))
	echo "writes $requests, standing hits $hits, kicks $kicks"
	((requests > 0 && hits > 0))
	[[ $(counter blanket/bad_req) == 0 && $(counter blanket/grant_errors) == 0 && $(counter blanket/inflight) == 0 ]]
}

# Of memory that the guest has just got: no page has a standing mapping.
seen_once()
{
	local pins copied

	pins=$(counter blanket/pin_pages) copied=$(counter blanket/copied)
	# shellcheck disable=SC2016
	guest g1 'set -e
		dd if=/dev/urandom of=/tmp/r bs=1M count=16 2> /dev/null
		dd if=/tmp/r of=/dev/xvdc bs=16M seek=4 oflag=direct 2> /dev/null
		test "$(md5sum < /tmp/r)" = "$(dd if=/dev/xvdc bs=16M skip=4 count=1 iflag=direct 2> /dev/null | md5sum)"
		rm /tmp/r'
	pins=$(($(counter blanket/pin_pages) - pins)) copied=$(($(counter blanket/copied) - copied))
	echo "pinned $pins pages of 8192, copied $copied requests; done again: $(counter blanket/lean_retries)"
	# 4096 are read, and most of those written are new
	((pins > 6000 && copied == 0 && $(counter blanket/lean_retries) == 0))
}

# done_by_polling US: interrupts for 500 reads, and polls that found something
done_by_polling()
{
	local irqs found

	dom0 "echo $1 > $(vbd)/blanket/poll_us"
	irqs=$(interrupts "blanket-$disk-") found=$(counter blanket/polls_found)
	guest g1 'dd if=/dev/xvdc of=/dev/null bs=4k count=500 iflag=direct 2> /dev/null'
	echo "$(($(interrupts "blanket-$disk-") - irqs)) $(($(counter blanket/polls_found) - found))"
}

# A read is found by a poll, or there is an interrupt for it, or it was done before either
# was needed: never two of them. How soon the emulated machine is done with one is its own
# affair (37 to 146 of 500 were seen), so there are several tries.
polling()
{
	local without with again irqs=0 found=0 reads=0

	read -ra without <<< "$(done_by_polling 0)"
	while ((found <= 100 && reads < 20000)); do
		read -ra with <<< "$(done_by_polling 500)"
		irqs=$((irqs + with[0])) found=$((found + with[1])) reads=$((reads + 500))
	done
	verified 1 bs=4k rw=randwrite iodepth=8
	read -ra again <<< "$(done_by_polling 0)"
	echo "interrupts, polls of 500 reads: ${without[*]}; of $reads polling: $irqs, $found; without again: ${again[*]}"
	((without[0] > 10 && without[1] == 0 && again[0] > 10 && again[1] == 0))
	((found > 100 && irqs + found <= reads))
}

flush()
{
	local before after

	before=$(operations flush)
	guest g1 'set -e; for i in 1 2 3 4; do dd if=/dev/zero of=/dev/xvdc bs=4k count=1 conv=fsync; done'
	after=$(operations flush)
	echo "the host saw flushes $before -> $after; ours $(counter statistics/f_req)"
	((after - before >= 4))
}

discard()
{
	local empty full

	guest g1 'blkdiscard -o 64M -l 32M /dev/xvdc'
	empty=$(stat -c %b "$file")
	guest g1 'dd if=/dev/urandom of=/dev/xvdc bs=1M seek=64 count=32 oflag=direct'
	full=$(stat -c %b "$file")
	guest g1 'blkdiscard -o 64M -l 32M /dev/xvdc'
	echo "blocks of $file: $empty, written $full, discarded $(stat -c %b "$file")"
	((full - empty > 60000 && full - $(stat -c %b "$file") > 60000))
}

# What the guest wrote is on the disk when dom0 has it again.
data_is_there()
{
	local sum name

	sum=$(guest g1 'dd if=/dev/urandom of=/tmp/r bs=1M count=4 2> /dev/null
		dd if=/tmp/r of=/dev/xvdc bs=1M seek=32 oflag=direct 2> /dev/null; md5sum < /tmp/r; rm /tmp/r')
	detach
	name=$(is_back)
	[[ $(dom0 "dd if=/dev/$name bs=1M skip=32 count=4 iflag=direct 2> /dev/null | md5sum") == "$sum" ]]
	attach w "$(dom0 "basename \"\$(readlink -f /sys/block/$name/device)\"")"
	[[ $(guest g1 'dd if=/dev/xvdc bs=1M skip=32 count=4 iflag=direct 2> /dev/null | md5sum') == "$sum" ]]
}

resized()
{
	local size=$((5 << 28)) now

	qmp '{"execute": "block_resize", "arguments": {"device": "drive-spare", "size": '$size'}}'
	for _ in $(seq 20); do
		now=$(guest g1 'blockdev --getsize64 /dev/xvdc')
		[[ $now != "$size" ]] || break
		sleep 0.5
	done
	echo "$now of $size"
	[[ $now == "$size" ]]
	guest g1 "dd if=/dev/zero of=/dev/xvdc bs=1M count=1 seek=$((size / 1048576 - 1)) oflag=direct"
}

# in_background [OPTION]...: never a file of that name where the disk is gone already
in_background()
{
	guest g1 'setsid -f fio --name=b --filename=/dev/xvdc --allow_file_create=0 --size=64M --direct=1 --ioengine=libaio --thread --rw=randrw \
		--bsrange=4k-128k --iodepth=32 --time_based --runtime=60 '"$*"' > /dev/null 2>&1 < /dev/null'
	sleep 3
	dom0 "cat $(vbd)/blanket/inflight"
}

# The neighbour goes on at its own pace.
slow_disk_is_the_guests_own()
{
	local start rc=0

	throttle 4
	in_background
	start=$SECONDS
	guest g1 'timeout 30 dd if=/dev/xvdb of=/dev/null bs=4k count=100 iflag=direct' || rc=$?
	echo "100 requests to the neighbour took $((SECONDS - start)) s"
	throttle 0
	return $rc
}

# a_second FILE...: by how much these counters together grow
a_second()
{
	# shellcheck disable=SC2016
	in_dom0 "$(vbd)/statistics" "$@" <<-'EOF_DOM0'
		cd "$1"
		shift
		sum() { echo $(($(cat "$@" | paste -sd+))); }
		start=$(awk '{ print $1 }' /proc/uptime) before=$(sum "$@")
		sleep 5
		awk -v n="$(($(sum "$@") - before))" -v start="$start" '{ printf "%d\n", n / ($1 - start) }' /proc/uptime
	EOF_DOM0
}

# The guest has no more than its rate, on all its queues together, and all of it.
limited()
{
	local free requests sectors lifted throttled

	in_background "$@"
	free=$(a_second rd_req wr_req)
	dom0 'blanket tune g1:xvdc/rate_requests=40'
	sleep 2
	requests=$(a_second rd_req wr_req)
	dom0 'blanket tune g1:xvdc/rate_requests=default g1:xvdc/rate_bytes=1M'
	sleep 4
	sectors=$(a_second rd_sect wr_sect)
	dom0 'blanket tune g1:xvdc/rate_bytes=default'
	sleep 1
	throttled=$(counter blanket/throttled)
	lifted=$(a_second rd_req wr_req)
	throttled="$throttled, then $(($(counter blanket/throttled) - throttled))"
	guest g1 'pkill fio'
	echo "requests a second: $free, limited to 40: $requests, without: $lifted"
	echo "sectors a second, limited to 2048: $sectors; throttled $throttled"
	((free > 60 && lifted > 60))
	((requests > 30 && requests < 48 && sectors > 1500 && sectors < 2500))
	[[ $throttled == *", then 0" && $throttled != 0,* ]]
	# nothing waits for ever
	verify_disk g1 /dev/xvdc 1 bs=4k rw=randwrite iodepth=16
}

detached_under_load()
{
	dom0 'xl block-detach g1 xvdc'
	is_back
	guest g1 'pkill fio || true'
	let_go g1 vbd-51744
}

read_only()
{
	attach r
	# shellcheck disable=SC2016
	guest g1 'set -e
		test "$(blockdev --getro /dev/xvdc)" = 1
		dd if=/dev/xvdc of=/dev/null bs=64k count=4 iflag=direct
		if dd if=/dev/zero of=/dev/xvdc bs=4k count=1 oflag=direct; then exit 1; fi'
	detach
	is_back
}

# The host takes the disk away, or the administrator does. A front end that has not had
# an answer to all it asked would hang, and with it the guest's whole xenbus: one time in
# five, were it not told that the disk is gone.
taken_away()
{
	local round

	foresee 'I/O error.*dev xvdc'
	for round in {1..3}; do
		attach
		in_background
		dom0 "set -e
			echo $disk > /sys/bus/pci/drivers/blanket_virtio/unbind
			echo > /sys/bus/pci/devices/$disk/driver_override
			echo $disk > /sys/bus/pci/drivers_probe"
		is_back
		echo "round $round: requests refused: $(counter blanket/refused)"
		guest g1 'pkill fio || true'
		detach
	done
}

in_use_is_refused()
{
	local name out

	name=$(is_back)
	dom0 "mkfs.ext4 -q -F /dev/$name 64M && mount /dev/$name /mnt"
	if out=$(dom0 "xl block-attach g1 format=raw,vdev=xvdc,access=w,script=block-blanket,target=$disk" 2>&1); then
		return 1
	fi
	echo "$out"
	[[ $out == *"mounted in this domain on /mnt"* ]]
	dom0 'umount /mnt
		xl block-detach g1 xvdc'
	[[ $(is_back) == "$name" ]]
}

destroyed_under_load()
{
	attach
	throttle 50
	in_background
	dom0 'xl destroy g1'
	forgotten g1
	throttle 0
	is_back
}

# One ring for each of the guest's CPUs; and its front end has requests as large as may be.
comes_back()
{
	dom0 'blanket tune blanket_blk/max_segments=512'
	put_config g1 ours 'vcpus = 2' 'extra = "xen_blkfront.max_indirect_segments=512"'
	create_guests g1
	await_guests g1
	put_wire g1
}

on_both=(numjobs=2 offset_increment=128m cpus_allowed=0-1 cpus_allowed_policy=split)

# The guest's rings are coupled to the disk's queues one to one.
two_rings()
{
	attach
	dom0 "cat /sys/bus/pci/devices/$disk/blanket/queues; cat $(vbd)/blanket/queues"
	echo "offered $(node multi-queue-max-queues)"
	[[ $(counter blanket/queues) == 2 && $(dom0 "grep -c . /sys/bus/pci/devices/$disk/blanket/queues") == 2 ]]
	verified 1 bs=4k rw=randwrite iodepth=16 "${on_both[@]}"
	verified 4 bs=256k rw=write iodepth=4 "${on_both[@]}"
	dom0 "grep 'blanket-$disk-q' /proc/interrupts" | tee /dev/stderr |
		awk '$2 < 20 { bad = 1 } END { exit bad || NR != 2 }'
}

# Twice what fits into a bio, of a disk as of a device of the guest's own.
large_requests()
{
	local disk knob

	for disk in xvdb xvdc; do
		guest g1 "grep -H . /sys/block/$disk/queue/max_{hw_sectors_kb,segments}
			echo 2048 > /sys/block/$disk/queue/max_sectors_kb"
		large "$disk"
	done
	knob=$(vbd_of g1 xvdb)/blanket/copy_max
	dom0 "cat $knob; echo 0 > $knob"
	large xvdb
	dom0 "echo 2097152 > $knob"
}

# large DISK
large()
{
	local figures requests sectors wr_req wr_sect

	figures="cd $(vbd_of g1 "$1")/statistics && cat wr_req wr_sect"
	{ read -r requests; read -r sectors; } < <(dom0 "$figures")
	verify_disk g1 "/dev/$1" 8 bs=2M rw=write iodepth=2
	{ read -r wr_req; read -r wr_sect; } < <(dom0 "$figures")
	((requests = wr_req - requests, sectors = wr_sect - sectors, 1))
	echo "$1: $((sectors / 8)) pages in $requests requests"
	((sectors / 8 >= 300 * requests))
}

# the next test wants a guest of the common kind
two_rings_end()
{
	in_background "${on_both[@]/#/--}"
	detach
	is_back
	dom0 'xl destroy g1; blanket tune blanket_blk/max_segments=default'
	forgotten g1
}

# The modules are loaded anew below it: it has the same disk then, and nothing is lost.
loaded_anew()
{
	begin_fio g1 /dev/xvdc
	dom0 /usr/lib/blanket/reload
	goes_on g1
	[[ $(node blanket-mode) == "passthrough to $disk" ]]
	dom0 "test -e /sys/bus/pci/drivers/blanket_virtio/$disk"
	end_fio g1
}

plan 24
t guest_is_up ensure_guests g1
t guest_has_the_disk has_the_disk
t random_4k verified 2 bs=4k rw=randwrite iodepth=32
t indirect_256k verified 8 bs=256k rw=write iodepth=4
t odd_sizes verified 2 bsrange=512-40k rw=randwrite iodepth=8
t pages_seen_once_are_pinned seen_once
t polling_takes_the_place_of_interrupts polling
t flush_reaches_the_device flush
t discard_makes_a_hole discard
t data_is_on_the_disk data_is_there
t size_follows resized
t guest_keeps_to_its_limits limited
t modules_loaded_anew loaded_anew
t slow_disk_delays_its_guest_alone slow_disk_is_the_guests_own
t detached_under_load detached_under_load
t read_only_refuses_writes read_only
t disk_taken_away_under_load taken_away
t destroyed_under_load destroyed_under_load
t guest_comes_back comes_back
t disk_in_use_is_refused in_use_is_refused
t two_rings two_rings
t requests_of_512_pages large_requests
t two_rings_keep_to_one_limit limited "${on_both[@]/#/--}"
t two_rings_detached_under_load two_rings_end
finish

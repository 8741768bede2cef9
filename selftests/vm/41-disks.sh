#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Disks of other kinds: 4Kn, 512e, removable, CD, a mapped device, NVMe, one that discards,
# one that erases for good; and what a control group of dom0's lets a guest do with one.
#
#	g1 xvdd -- blanket_blk --.-- scsi_debug, of one kind after the other
#	                         |-- dm-linear -- scsi_debug
#	                         `-- erasing_disk, of selftests/kmod
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# shellcheck source-path=SCRIPTDIR/.. source=card.sh
. "$top/selftests/card.sh"

cleanup()
{
	no_nvme > /dev/null 2>&1 || true
	dom0 'xl block-detach g1 xvdd; dmsetup remove under; rmdir /sys/fs/cgroup/slow; rmmod scsi_debug erasing_disk' > /dev/null 2>&1 || true
}
trap cleanup EXIT

# kind OPTION...: of 64 MiB, and its name in $disk
kind()
{
	disk=$(dom0 "set -e
		for i in \$(seq 50); do rmmod scsi_debug 2> /dev/null || test ! -d /sys/module/scsi_debug && break; sleep 0.2; done
		modprobe scsi_debug dev_size_mb=64 $*
		for i in \$(seq 50); do
			ls /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block 2> /dev/null && break
			sleep 0.2
		done
		udevadm settle" | tail -n 1)
	[[ -n $disk ]]
}

# attach [CONFIG]: as the guest's xvdd
attach()
{
	dom0 "xl block-attach g1 format=raw,vdev=xvdd,script=block-blanket,${1:-access=w},target=/dev/${2:-$disk}"
	guest g1 'for i in $(seq 100); do test -b /dev/xvdd && exit; sleep 0.2; done; exit 1'
}

detach()
{
	dom0 'xl block-detach g1 xvdd
		for i in $(seq 50); do ls -d /sys/bus/xen-backend/devices/vbd-*-51760 2> /dev/null || exit 0; sleep 0.2; done; exit 1'
	let_go g1 vbd-51760
}

# guest_sees FILE VALUE: in its /sys/block/xvdd
guest_sees()
{
	guest g1 "grep -Hx '$2' /sys/block/xvdd/$1 || { grep -H . /sys/block/xvdd/$1; exit 1; }"
}

# verify BLOCK MIB
verify()
{
	verify_disk g1 /dev/xvdd "$2" bs="$1" rw=randwrite iodepth=16 numjobs=1
}

native_4k()
{
	kind sector_size=4096
	attach
	guest_sees queue/logical_block_size 4096
	guest_sees queue/physical_block_size 4096
	guest_sees size 131072
	verify 4k 2
	verify 64k 8
	guest g1 '! dd if=/dev/xvdd of=/dev/null bs=512 count=1 iflag=direct 2> /dev/null'
	detach
}

emulated_512()
{
	kind sector_size=512 physblk_exp=3
	attach
	guest_sees queue/logical_block_size 512
	guest_sees queue/physical_block_size 4096
	verify 512 1
	verify 16k 4
	detach
}

removable()
{
	kind removable=1
	attach
	guest_sees removable 1
	verify 4k 2
	detach
	kind removable=0
	attach
	guest_sees removable 0
	detach
}

# The guest is told, and cannot write.
cd_rom()
{
	kind
	dom0 "dd if=/bin/bash of=/dev/$disk bs=64k count=4 oflag=direct 2> /dev/null"
	attach access=r,devtype=cdrom
	# CD and read-only
	dom0 "xenstore-read /local/domain/0/backend/vbd/$(domid g1)/51760/info" | grep -x 5
	guest g1 'dd if=/dev/xvdd bs=64k count=4 iflag=direct 2> /dev/null' | cmp -n 262144 - <(dom0 'cat /bin/bash')
	guest g1 '! dd if=/dev/zero of=/dev/xvdd bs=4k count=1 oflag=direct 2> /dev/null'
	detach
}

mapped_device()
{
	local sum

	kind
	dom0 "echo '0 65536 linear /dev/$disk 32768' | dmsetup create under"
	attach access=w mapper/under
	guest_sees size 65536
	verify 4k 2
	guest g1 'dd if=/bin/bash of=/dev/xvdd bs=64k count=4 oflag=direct 2> /dev/null'
	sum=$(guest g1 'head -c 262144 /bin/bash | md5sum')
	[[ $(dom0 "dd if=/dev/$disk bs=64k skip=256 count=4 iflag=direct 2> /dev/null | md5sum") == "$sum" ]]
	detach
	dom0 'dmsetup remove under'
}

# QEMU's, in the lab's slot; what is written is in its file.
nvme()
{
	truncate -s 256M "$top/build/lab/$lab/nvme.raw"
	lab_qmp blockdev-add '"driver": "raw", "node-name": "node-nvme", "file": {"driver": "file", "filename": "nvme.raw"}'
	lab_qmp device_add '"driver": "nvme", "id": "nvme-slot", "serial": "lab-nvme", "drive": "node-nvme", "bus": "slot0"'
	dom0 'for i in $(seq 100); do test -b /dev/nvme0n1 && break; sleep 0.2; done
		udevadm settle; grep -H . /sys/block/nvme0n1/device/model /sys/block/nvme0n1/queue/nr_requests'
	attach access=w nvme0n1
	guest_sees size 524288
	verify 4k 2
	verify 128k 8
	guest g1 'blkdiscard -o 1M -l 1M /dev/xvdd && dd if=/bin/bash of=/dev/xvdd bs=64k count=4 oflag=direct conv=fsync 2> /dev/null'
	detach
	cmp -n 262144 <(dom0 'cat /bin/bash') "$top/build/lab/$lab/nvme.raw"
	no_nvme
}

no_nvme()
{
	local i

	lab_qmp device_del '"id": "nvme-slot"' || return
	for ((i = 0; i < 60; i++)); do
		lab_qmp qom-list '"path": "/machine/peripheral/nvme-slot"' > /dev/null || break
		sleep 0.5
	done
	lab_qmp blockdev-del '"node-name": "node-nvme"'
	rm "$top/build/lab/$lab/nvme.raw"
}

# Zeros are written where it cannot do without, and what is discarded is free.
zeros_and_discard()
{
	kind lbpu=1 lbprz=1
	attach
	guest g1 'dd if=/bin/bash of=/dev/xvdd bs=64k count=16 oflag=direct 2> /dev/null'
	dom0 'cat /sys/bus/pseudo/drivers/scsi_debug/map'
	guest g1 'blkdiscard -z -o 65536 -l 131072 /dev/xvdd
		dd if=/dev/xvdd bs=64k skip=1 count=2 iflag=direct 2> /dev/null | cmp -n 131072 - /dev/zero
		dd if=/dev/xvdd bs=64k count=1 iflag=direct 2> /dev/null | cmp -n 65536 - /bin/bash'
	guest g1 'blkdiscard /dev/xvdd'
	dom0 'map=$(cat /sys/bus/pseudo/drivers/scsi_debug/map); echo "left: $map"; test -z "$map"'
	detach
}

# What is erased cannot be read again, all else can; where the disk only discards, none of it
# is done instead.
erasing()
{
	put_module dom0 erasing_disk
	dom0 'insmod /root/erasing_disk.ko'
	attach access=w erasing0
	guest g1 'set -e
		dd if=/bin/bash of=/dev/xvdd bs=64k count=16 oflag=direct 2> /dev/null
		blkdiscard -o 65536 -l 131072 /dev/xvdd
		dd if=/dev/xvdd bs=64k count=16 iflag=direct 2> /dev/null | cmp -n 1048576 - /bin/bash
		blkdiscard --secure -o 262144 -l 589824 /dev/xvdd
		dd if=/dev/xvdd bs=64k skip=4 count=9 iflag=direct 2> /dev/null | cmp -n 589824 - /dev/zero
		dd if=/dev/xvdd bs=64k count=4 iflag=direct 2> /dev/null | cmp -n 262144 - /bin/bash
		dd if=/dev/xvdd bs=64k skip=13 count=3 iflag=direct 2> /dev/null | cmp -n 196608 -i 0:851968 - /bin/bash'
	dom0 'cd /sys/module/erasing_disk/parameters; grep . erased discarded
		test "$(cat erased)" = 1152 && test "$(cat discarded)" = 256'
	detach
	dom0 'rmmod erasing_disk'
	kind lbpu=1 lbprz=1
	attach
	guest g1 'set -e
		dd if=/bin/bash of=/dev/xvdd bs=64k count=4 oflag=direct 2> /dev/null
		if blkdiscard --secure -o 0 -l 131072 /dev/xvdd; then exit 1; fi
		dd if=/dev/xvdd bs=64k count=4 iflag=direct 2> /dev/null | cmp -n 262144 - /bin/bash'
	detach
}

# The disk holds what it has while the modules are to be loaded anew: they stay, nothing is
# lost, and the guest is served again as soon as the disk goes on.
held_below()
{
	kind
	dom0 "echo '0 65536 linear /dev/$disk 0' | dmsetup create under"
	attach access=w mapper/under
	begin_fio g1 /dev/xvdd
	dom0 "set -e
		dmsetup suspend --nolockfs under
		trap 'dmsetup resume under' EXIT
		sleep 1
		before=\$(stat -c %i /sys/module/blanket_blk)
		if /usr/lib/blanket/reload --patience 3 2> /tmp/said; then exit 1; fi
		cat /tmp/said
		grep 'has not completed what it has within 3 s' /tmp/said
		grep 'vbd-$(domid g1)-51760 is not connected' /tmp/said
		test \$(wc -l < /tmp/said) = 2
		test \"\$before\" = \"\$(stat -c %i /sys/module/blanket_blk)\""
	end_fio g1
	dom0 "xenstore-read /local/domain/0/backend/vbd/$(domid g1)/51760/state" | grep -x 4
	detach
	dom0 'dmsetup remove under'
}

# took COMMAND...: in the guest, in ms
took()
{
	guest g1 "start=\$(date +%s%3N); $*; echo \$((\$(date +%s%3N) - start))" | tail -n 1
}

# dom0's block layer counts a guest's requests as its queues' threads', which are named
# after the disk.
control_group()
{
	local free slow
	local write='dd if=/dev/zero of=/dev/xvdd bs=4k count=40 oflag=direct 2> /dev/null'

	kind
	attach
	free=$(took "$write")
	dom0 "set -e
		mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
		echo +io > /sys/fs/cgroup/cgroup.subtree_control
		mkdir /sys/fs/cgroup/slow
		echo \"\$(cat /sys/block/$disk/dev) wiops=5\" > /sys/fs/cgroup/slow/io.max
		for pid in \$(pgrep 'vbd-$(domid g1)-51760'); do echo \$pid > /sys/fs/cgroup/slow/cgroup.procs; done
		test -n \"\$(cat /sys/fs/cgroup/slow/cgroup.procs)\""
	slow=$(took "$write")
	echo "40 writes: $free ms, with 5 a second $slow ms"
	((slow > 6000 && slow > 2 * free))
	detach
	dom0 'rmdir /sys/fs/cgroup/slow'
}

slot=
! has_slot || slot=1
plan $((slot ? 11 : 10))
t guest_is_up ensure_guests g1
t native_4k native_4k
t emulated_512 emulated_512
t removable removable
t cd_rom cd_rom
t mapped_device mapped_device
[[ -z $slot ]] || t nvme nvme
t zeros_and_discard zeros_and_discard
t secure_discard erasing
t modules_stay_while_a_disk_is_held held_below
t control_group_limits control_group
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest that lies: g2 plays the front ends of a vif and two disks from user
# space (selftests/hostile), and g1 must not notice. After each few of
# them g1's network and disk are tried, and dom0's log is searched.
#
#	g2 hostile -- vif 1 -- blanket_net -- uplink0 --- peer
#	          `-- xvdc  -- blanket_blk -- a file
#	          `-- xvdd  -- blanket_blk -- /dev/lab/null, read-only
#	g1 -------- vif 0, xvdb -- the same modules
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

work=$(mktemp -d)
cleanup()
{
	dom0 'sysctl -qw net.core.message_cost=5; echo 10 > /sys/module/blanket/parameters/fatal_per_minute
		echo 0 > /sys/module/blanket_blk/parameters/persistent_pages; rm -f /root/hostile.raw' || true
	peer ip neigh del 10.77.0.47 dev lan0 2> /dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

# GROUP[:mapped|:persistent]; with mapped, whatever can stay in the guest's pages does;
# with persistent, some of its pages stay mapped
runs=(tx-fatal tx tx:mapped standing rx vif-store ctrl listen blk blk:mapped blk:persistent vbd-store gone)

# The kernel front ends are not asked; every complaint is logged. The front end
# answers no ARP: to ask and not be asked is not enough for the peer's kernel,
# which would give it up now and then, and keep its echoes.
attach()
{
	peer ip neigh replace 10.77.0.47 lladdr 00:16:3e:77:00:2f nud permanent dev lan0
	guest g2 'modprobe -a xen-gntalloc xen-evtchn && echo 0 > /sys/bus/xen/drivers_autoprobe'
	in_lab push g2 "$top/build/selftests/hostile" /usr/local/bin/
	put_module g2 page_tables
	guest g2 'insmod /root/page_tables.ko'
	dom0 'set -e
		sysctl -qw net.core.message_cost=0
		echo 100000 > /sys/module/blanket/parameters/fatal_per_minute
		truncate -s 16M /root/hostile.raw
		xl network-attach g2 mac=00:16:3e:77:00:2f script=vif-blanket gatewaydev=uplink0
		xl block-attach g2 format=raw,vdev=xvdc,access=w,script=block-blanket,target=/root/hostile.raw
		xl block-attach g2 format=raw,vdev=xvdd,access=r,script=block-blanket,target=/dev/lab/null'
}

# what must be as before when the devices are gone
resources()
{
	dom0 "awk '/MemAvailable/ { print \"memory\", int(\$2 / 1024) }' /proc/meminfo
		echo xen \$(xl info free_memory)
		echo irqs \$(grep -c xen-dyn /proc/interrupts)
		echo threads \$(ps -e | wc -l)"
}

# complaints of both drivers, the second one's is xenbus's
stops()
{
	dom0 "dmesg | grep -cE 'vif$id\.1: .*broke the netif protocol|vbd-$id-51744: .*serving it no more'" || true
}

map_all()
{
	dom0 "echo 0 > /sys/class/net/vif$id.1/blanket/tx_map_min
		echo 0 > /sys/bus/xen-backend/devices/vbd-$id-51744/blanket/copy_max"
}

# what is mapped is unmapped
mapped()
{
	if [[ $1 == tx:* ]]; then
		dom0 "ethtool -S vif$id.1" | awk '
			/tx_grant_map_pages:/ { mapped = $2 }
			/tx_grant_unmap_pages:/ { unmapped = $2 }
			END { print mapped " mapped, " unmapped " unmapped"; exit mapped < 50 || mapped != unmapped }'
	else
		dom0 "cd /sys/bus/xen-backend/devices/vbd-$id-51744/blanket; grep . mapped inflight" | tee /dev/stderr |
			awk -F: '/^mapped/ { mapped = $2 } /^inflight/ { left = $2 } END { exit mapped < 10 || left }'
	fi
}

# Few, so that they run out; of a connection to come.
standing_pages()
{
	dom0 "echo $1 > /sys/module/blanket/parameters/standing_pages"
}

# Fewer than the front end uses; of a connection to come.
persistent_pages()
{
	dom0 "echo $1 > /sys/module/blanket_blk/parameters/persistent_pages"
}

persisted()
{
	dom0 "cd /sys/bus/xen-backend/devices/vbd-$id-51744/blanket; grep . persistent_hits inflight" | tee /dev/stderr |
		awk -F: '/^persistent/ { hits = $2 } /^inflight/ { left = $2 } END { exit hits < 10 || left }'
}

# it was by standing mappings, and no more of them than there are to be
stood()
{
	dom0 "ethtool -S vif$id.1" | awk '
		/tx_grant_standing_hits:/ { hits = $2 }
		/tx_grant_standing_maps:/ { maps = $2 }
		/tx_grant_standing_unmaps:/ { unmaps = $2 }
		END { print hits " hits, " maps " maps, " unmaps " unmaps"
			exit hits < 100 || maps < 9 || maps - unmaps > 8 }'
}

verdict()
{
	grep -E "ok $2 " "$work/$1" || { tail -n 3 "$work/$1"; return 1; }
	grep -qE "^ok $2 " "$work/$1"
}

# one complaint for each time the front end found itself stopped
complaints()
{
	local said=$(($3 - $2)) wanted

	wanted=$(grep -c ' stopped [0-9]* ms' "$work/$1") || true
	echo "$said complaints in dom0's log, stopped $wanted times"
	grep -q ' unknown [0-9]* ms' "$work/$1" || ((said == wanted))
}

others_are_well()
{
	selftests/logs "$lab"
	exchange g1 20000 8 10.77.0.1
	guest g1 'set -e
		dd if=/bin/bash of=/dev/xvdb bs=64k count=4 oflag=direct 2> /dev/null
		dd if=/dev/xvdb of=/tmp/back bs=64k count=4 iflag=direct 2> /dev/null
		cmp -n 262144 /bin/bash /tmp/back'
}

complaints_a_minute()
{
	dom0 "echo $1 > /sys/module/blanket/parameters/fatal_per_minute"
}

# Ten packets a second to a multicast group; it ends by itself, too.
chatter()
{
	peer ip route replace 239.7.7.7 dev lan0
	: > "$work/chatter"
	# shellcheck disable=SC2016
	peer bash -c 'for ((i = 0; i < 700; i++)); do
		[[ -e $0 ]] || break
		echo hear > /dev/udp/239.7.7.7/7777
		sleep 0.1
	done' "$work/chatter" > /dev/null 2>&1 &
}

quiet()
{
	rm "$work/chatter"
	wait
	peer ip route del 239.7.7.7 dev lan0
}

# failures: how often dom0's log says that the vif cannot go on; xenbus itself has
# a line for each page that it cannot map
failures()
{
	dom0 "dmesg | grep -E 'vif-$id-1: [0-9]+ ' | grep -vcE 'mapping in shared page|kept back'" || true
}

# few_words MOST BEFORE SECONDS: no more than MOST a minute, and that there were more
few_words()
{
	local said=$(($(failures) - $2))

	echo "$said complaints in $3 s"
	((said > 0 && said <= $1 * ($3 / 60 + 2)))
	complaints_a_minute 100000
	guest g2 'timeout 60 hostile run vif-store flipping_pages'
	dom0 "dmesg | grep 'vif-$id-1: [0-9]* complaints like the next were kept back'"
}

run_group()
{
	local run=$1 group=${1%:*} before name failed start=$SECONDS

	[[ $run != *:mapped ]] || map_all
	[[ $run != standing ]] || standing_pages 8
	[[ $run != *:persistent ]] || persistent_pages 3
	[[ $run != vif-store ]] || complaints_a_minute 3
	before=$(stops)
	failed=$(failures)
	[[ $run != listen ]] || chatter
	guest g2 "timeout 60 hostile run $group" > "$work/$run" 2>&1 || true
	[[ $run != listen ]] || quiet
	while read -r name; do
		t "$run.$name" verdict "$run" "$name"
	done < <(names "$group")
	t "$run.dom0_says_so" complaints "$run" "$before" "$(stops)"
	[[ $run != *:mapped ]] || t "$run.all_unmapped" mapped "$run"
	if [[ $run == *:persistent ]]; then
		t "$run.some_were_kept" persisted
		persistent_pages 0
	fi
	[[ $run != vif-store ]] || t vif-store.few_words few_words 3 "$failed" $((SECONDS - start))
	if [[ $run == standing ]]; then
		t standing.few_are_kept stood
		standing_pages 1024
	fi
	is_followed "$run" || t "$run.others_are_well" others_are_well
}

# the next run is of the same kind: one look at the others does for both
is_followed()
{
	[[ $1 == @(tx-fatal|standing|rx|ctrl|vbd-store) ]]
}

names()
{
	build/selftests/hostile list | awk -v g="$1" '$1 == g { print $2 }'
}

# Nobody answers xl for the front ends any more: it is not to wait for the
# disks, and gives up waiting for the vif.
detach()
{
	guest g2 'rmmod page_tables; echo 1 > /sys/bus/xen/drivers_autoprobe'
	in_dom0 "$id" <<-'EOF_DOM0'
		left()
		{
			ls -d /sys/class/net/vif"$1".1 /sys/bus/xen-backend/devices/{vif-"$1"-1,vbd-"$1"-517[46]*}
			for d in vif/"$1"/1 vbd/"$1"/51744 vbd/"$1"/51760; do
				xenstore-ls /local/domain/0/backend/$d
				xenstore-ls "/local/domain/$1/device/${d%%/*}/${d##*/}"
			done
			losetup -a | grep hostile
			ps -e | grep -E "vbd-$1-517[46]"
		}
		xl network-detach g2 1 < /dev/null
		xl block-detach --force g2 xvdc < /dev/null
		xl block-detach --force g2 xvdd < /dev/null
		for i in 1 2 3 4 5 6; do
			found=$(left "$1" 2> /dev/null)
			[ -n "$found" ] || exit 0
			sleep 0.5
		done
		echo "left: $found"
		exit 1
	EOF_DOM0
}

# what may differ: MiB, interrupts, threads (the workqueues')
nothing_leaked()
{
	resources > "$work/after"
	paste -d' ' "$work/before" "$work/after" | tee /dev/stderr | awk '
		{ lost = $1 == "memory" || $1 == "xen" ? $2 - $4 : $4 - $2 }
		lost > ($1 == "irqs" ? 2 : 24) { bad = 1 }
		END { exit bad || NR != 4 }'
}

"$top/tools/inroot" make -s -C selftests/hostile OUT=/src/build/selftests
total=4
for run in "${runs[@]}"; do
	total=$((total + $(names "${run%:*}" | wc -l) + 2))
	[[ $run != @(*:mapped|*:persistent|standing|vif-store) ]] || total=$((total + 1))
	! is_followed "$run" || total=$((total - 1))
done

plan "$total"
t guests_are_up ensure_guests g1 g2
resources > "$work/before"
t attach attach
id=$(domid g2)
for run in "${runs[@]}"; do
	run_group "$run"
done
t detach detach
t nothing_leaked nothing_leaked
finish

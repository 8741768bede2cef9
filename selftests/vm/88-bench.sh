#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# blanket bench and blanket weigh, run in dom0 as an operator would.
#
#	peer (net serve) ---- g1: net, disk --- xvdb --- scratch
#	                 `--- dom0: the floor   `- xvdc --- the spare disk, its own
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# in dom0
folder=/root/bench-test
reach="ssh -S $folder/g1 root@10.77.0.11"
work=$(mktemp -d)
server=

cleanup()
{
	dom0 "ssh -S $folder/g1 -O exit root@10.77.0.11; xl block-detach g1 xvdc; rm -rf $folder" > /dev/null 2>&1 || true
	[[ -z $server ]] || kill "$server" 2> /dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

# The operator's key; and one connection, as a handshake takes seconds here.
prepare()
{
	dom0 "rm -rf $folder; mkdir -m 700 $folder"
	in_lab push dom0 "$top/build/ssh/id" "$folder/"
	dom0 "ssh -fNM -S $folder/g1 -i $folder/id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR root@10.77.0.11 > /dev/null 2>&1 < /dev/null"
}

# bench OPTION...: in dom0; what it wrote is in $work then
bench()
{
	dom0 "cd $folder && blanket bench --domain g1 --guest '$reach' --seconds 0.2 ${*@Q}"
	dom0 "tar -C $folder/blanket-bench -c ." | tar -C "$work" -x
}

# rows PYTHON: must be true of $row, the rows by work and path
rows()
{
	python3 - "$work/results.json" "$1" <<-'EOF_PYTHON'
		import json, sys
		rows = json.load(open(sys.argv[1]))
		for r in rows:
		    print(r["work"], r["path"], r["unit"], r["units"], f"{r['seconds']:.3f} s, {r['per_second']:.0f}/s",
		          f"guest {r['cpu_guest_us']:.1f} us, dom0 {r['cpu_dom0_us']:.1f} us", r["counters"])
		row = {(r["work"], r["path"]): r for r in rows}
		# more than an emulated machine could do is no rate, nor is less than one a second
		plausible = all(r["units"] > 0 and 0.01 < r["seconds"] < 100 and 1 < r["per_second"] < 1e9 for r in rows)
		sys.exit(not (plausible and eval(f"({sys.argv[2]})")))
	EOF_PYTHON
}

network()
{
	bench --peer 10.77.0.1 --only rr --floor
	rows 'set(row) == {("rr", p) for p in ("uplink", "floor")} and not row["rr", "floor"]["counters"] and
		row["rr", "uplink"]["counters"]["tx_kicks"] > 0.5 and row["rr", "uplink"]["counters"]["rx_grant_copy_bytes"] > 40 and
		0 < row["rr", "uplink"]["p50_us"] <= row["rr", "uplink"]["p999_us"] <= row["rr", "uplink"]["max_us"] and
		sum(r["cpu_dom0_us"] for r in rows) > 0 and sum(r["cpu_guest_us"] for r in rows) > 0'
}

page_is_made()
{
	local file

	grep -q '</html>' "$work/report.html"
	for file in rates cpu latency; do
		grep -q '</svg>' "$work/$file.svg"
		# one page that needs no other
		(($(grep -c '<svg' "$work/report.html") >= 3))
	done
	python3 -c '
import json, sys
meta = json.load(open(sys.argv[1]))
print(meta)
sys.exit(meta["host"].count("kvm") + meta["host"].count("esx") != 1 or "blanket_net" not in meta["modules"]
         or "--only rr" not in meta["command"])' "$work/meta.json"
}

# The guest has two disks of ours; what is told is that of the one asked about.
disk()
{
	if [[ -n $spare ]]; then
		dom0 "xl block-attach g1 format=raw,vdev=xvdc,access=w,script=block-blanket,target=$spare"
		guest g1 'for i in $(seq 100); do test -b /dev/xvdc && exit; sleep 0.2; done; false'
	fi
	bench --disk /dev/xvdb --floor-disk /dev/lab/scratch --only disk-4k-randread
	rows 'set(row) == {("disk-4k-randread", p) for p in ("uplink", "floor")} and
		0 < row["disk-4k-randread", "uplink"]["counters"]["kicks"] < 1 and
		row["disk-4k-randread", "uplink"]["counters"]["copy_bytes"] > 4000 and
		row["disk-4k-randread", "uplink"]["p50_us"] > 0'
}

own_disk()
{
	bench --disk /dev/xvdc --write --only disk-128k-seqwrite
	rows 'set(row) == {("disk-128k-seqwrite", "passthrough")} and
		row["disk-128k-seqwrite", "passthrough"]["counters"]["standing_hits"] > 30'
	dom0 'xl block-detach g1 xvdc'
	let_go g1 vbd-51744
}

# the peer is reached as well: here dom0 is it
peer_is_served()
{
	bench --peer 10.77.0.2 --peer-run 'bash -c' --only udp64-tx
	rows '0 < row["udp64-tx", "uplink"]["counters"]["tx_passes"] < 1 and
		row["udp64-tx", "uplink"]["counters"]["tx_grant_standing_hits"] > 0'
}

# left WHERE: fails if there is any of it
left()
{
	"$@" '! ls -d /tmp/blanket-bench 2> /dev/null
		for exe in /proc/[0-9]*/exe; do
			case $(readlink $exe) in /tmp/blanket-bench/*) ls -l $exe; exit 1 ;; esac
		done'
}

nothing_left()
{
	for _ in {1..25}; do
		! { left dom0 && left guest g1; } || return 0
		sleep 0.2
	done
	left dom0
	left guest g1
}

interrupted()
{
	in_dom0 "$folder" "$reach" <<-'EOF_DOM0'
		cd "$1"
		blanket bench --domain g1 --guest "$2" --peer 10.77.0.1 --only rr --seconds 600 > said 2>&1 &
		bench=$!
		# the short run, then the long one
		for i in $(seq 300); do
			! $2 'cat /proc/[0-9]*/cmdline' < /dev/null 2> /dev/null | tr '\0' '\n' | grep -qx 9005 || break
			sleep 0.2
		done
		kill "$bench"
		rc=0
		wait "$bench" || rc=$?
		cat said
		[ "$rc" = 130 ] && grep -q 'blanket: interrupted' said
	EOF_DOM0
	nothing_left
}

# refused PATTERN OPTION...: of blanket bench, in one line
refused()
{
	local pattern=$1 out rc=0

	shift
	out=$(dom0 "cd $folder && blanket bench ${*@Q}" 2>&1) || rc=$?
	echo "$rc: $out"
	((rc == 1 && $(wc -l <<< "$out") == 1)) && [[ $out == *$pattern* ]]
}

bad_input()
{
	local g1=(--domain g1 --guest "$reach")

	refused "no guest is called 'nobody': there are" --domain nobody --guest "$reach" --disk /dev/xvdb
	refused 'it writes to /dev/xvdb, and what is there is lost: it wants --write' "${g1[@]}" --disk /dev/xvdb \
		--only disk-4k-randwrite
	refused '--guest wants a command that works' --domain g1 --disk /dev/xvdb \
		--guest "ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o ConnectTimeout=3 root@10.77.0.99"
	refused '/dev/xvda of the guest is in use there' "${g1[@]}" --disk /dev/xvda --write --only disk-4k-randwrite
	refused "to 'net serve' at --peer 10.77.0.2, TCP port 9005" "${g1[@]}" --peer 10.77.0.2 --only rr
}

not_loaded()
{
	dom0 '! test -e /sys/module/blanket_weigh'
}

weighed()
{
	not_loaded
	dom0 'blanket weigh --json' > "$work/weigh.json"
	not_loaded
	# what kmod/core/weights.h would make of it
	python3 - "$work/weigh.json" kmod/core/weights.h <<-'EOF_PYTHON'
		import json, re, sys
		told = json.load(open(sys.argv[1]))
		header = open(sys.argv[2]).read()
		number = {n: int(v) for n, v in re.findall(r"#define BLANKET_(\w+)\s+(\d+)", header)}
		fields = re.search(r"struct blanket_weights \{(.*?)\};", header, re.S)[1]
		names = re.findall(r"u32 (\w+);", fields)
		print(told, names)

		def limit(weights, insns, flushes):
		    cost = insns * weights["insn"]
		    if flushes:  # the lab has one CPU
		        cost += weights["flush"] // number["UNMAPS_A_FLUSH"]
		    copy = number["INSN_COPY"] * weights["insn"]
		    return 8 * ((cost - copy) // weights["copy8"]) if cost > copy and weights["copy8"] else 0

		here = {n: told[n] for n in names}
		assumed = {n: told[n + "_default"] for n in names}
		assert assumed == {n: number["WEIGHT_" + n.upper()] for n in names}
		assert all(0 < here[n] < 10 ** 9 for n in names if n != "ipi") and here["ipi"] == 0
		assert 0 < told["hypercall"] < 10 ** 9 and 0 < told["copy8_warm"] < 10 ** 6
		for suffix, weights in (("", here), ("_default", assumed)):
		    assert told["copy_limit" + suffix] == limit(weights, number["INSN_MAP"], True)
		    assert told["copy_limit_pin" + suffix] == limit(weights, number["INSN_PIN"], False)
	EOF_PYTHON
}

weighed_for_people()
{
	local out rc=0

	out=$(dom0 'blanket weigh')
	not_loaded
	echo "$out"
	[[ $out == *'a TLB flush, and filling it again'*' 500.000'* && $out == *'one CPU'* && $out == *'than mapping it'* ]]
	out=$(dom0 'blanket weigh --modprobe')
	echo "$out"
	[[ $(tail -n 1 <<< "$out") =~ ^'options blanket weight_insn='[1-9][0-9]*' weight_flush='[1-9][0-9]*' weight_ipi=0 weight_exit='[1-9][0-9]*' weight_copy8='[1-9][0-9]*$ ]]
	out=$(dom0 'blanket weigh --jsn' 2>&1) || rc=$?
	echo "$rc: $out"
	((rc == 2)) && [[ $out == *"weigh knows no '--jsn'"* ]]
}

# shellcheck disable=SC2016
spare=$(dom0 'for s in $(grep -lx lab-spare /sys/block/vd*/serial 2> /dev/null); do
	basename "$(readlink -f "$(dirname "$s")/device/..")"
done')
server=$(peer bash -c "'$top/build/userspace/work/net' serve > /dev/null 2>&1 < /dev/null & echo \$!")
if [[ -n $spare ]]; then plan 11; else plan 10; fi
t guest_is_up ensure_guests g1
t dom0_reaches_the_guest prepare
t network network
t page_and_plots page_is_made
t disk disk
[[ -z $spare ]] || t own_disk own_disk
t peer_is_served peer_is_served
t bad_input_is_refused bad_input
t interrupted_it_leaves_nothing interrupted
t weigh_measures_and_goes weighed
t weigh_tells weighed_for_people
finish

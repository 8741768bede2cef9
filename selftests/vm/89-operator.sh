#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# blanket tune and blanket doctor, run in dom0 as an operator would: knobs are
# set, refused and kept; a healthy blanket has no fault, one that this test makes
# is found, and gone when it is mended.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

work=$(mktemp -d)

cleanup()
{
	in_dom0 <<-'EOF_DOM0' > /dev/null 2>&1 || true
		for d in /sys/bus/xen-backend/devices/vif-0-*; do
			[[ ! -e $d ]] || xl network-detach 0 "${d##*-}"
		done
		ip link del odummy
		[[ ! -e /root/vif-blanket ]] || mv /root/vif-blanket /etc/xen/scripts/
		rm -f /etc/modprobe.d/blanket-tune.conf
		echo 1024 > /sys/module/blanket/parameters/standing_pages
	EOF_DOM0
	rm -rf "$work"
}
trap cleanup EXIT

tune_sets()
{
	in_dom0 "$vif" "$vbd" <<-'EOF_DOM0'
		set -e
		# is FILE VALUE
		is()
		{
			echo "$1: $(cat "$1"), to be $2"
			[[ $(< "$1") == "$2" ]]
		}
		was=$(< "/sys/class/net/$1/blanket/tx_map_min")
		blanket tune "$1/tx_map_min=4k" g1:xvdb/copy_max=65536
		is "/sys/class/net/$1/blanket/tx_map_min" 4096
		is "$2/blanket/copy_max" 65536
		[[ $(blanket tune -n "$1/tx_map_min") == 4096 ]]
		blanket tune "g1/tx_map_min=default" g1:xvdb/copy_max=default
		is "/sys/class/net/$1/blanket/tx_map_min" "$was"
		# all that the table has, this kernel has, and the greatest and the least are taken
		! blanket tune | grep 'not here'
		blanket tune --json | python3 -c '
		import json, subprocess, sys
		knobs = [k for k in json.load(sys.stdin) if k["type"] == "number" and not k["on_load"] and k["value"] is not None
			# for passed-through disks alone
			and k["knob"] not in ("rate_bytes", "rate_requests")]
		for way in ("min", "max", "value"):
		    for k in knobs:
		        if k["guest"] in (None, "g1"):
		            open("/root/tune-" + way, "a").write("{}={}\n".format(k["name"], k[way]))'
		for way in min max value; do
			blanket tune $(cat /root/tune-$way) | tail -n 1
			rm /root/tune-$way
		done
	EOF_DOM0
}

# refused PATTERN ARGUMENT...: in one line
refused()
{
	local pattern=$1 out rc=0

	shift
	out=$(dom0 "blanket tune ${*@Q}" 2>&1) || rc=$?
	echo "$rc: $out"
	((rc == 1 && $(wc -l <<< "$out") == 1)) && [[ $out == *$pattern* ]]
}

tune_refuses()
{
	local before after

	before=$(dom0 "cat /sys/class/net/$vif/blanket/tx_map_min $vbd/blanket/copy_max")
	refused "$vif/tx_map_min=65537: it takes 0 to 65536 bytes" g1:xvdb/copy_max=0 "$vif/tx_map_min=65537"
	refused "$vif/uplink=nosuch0: the kernel refuses it: No such device" "$vif/uplink=nosuch0"
	refused 'g1:xvdb/rate_requests=5: the kernel refuses it: Operation not supported' g1:xvdb/rate_requests=5
	refused 'name one, or ' tx_map_min=1
	after=$(dom0 "cat /sys/class/net/$vif/blanket/tx_map_min $vbd/blanket/copy_max")
	[[ $before == "$after" ]]
}

# as modprobe itself reads it
tune_saves()
{
	in_dom0 <<-'EOF_DOM0'
		set -e
		blanket tune --save blanket_blk/max_queues=3 blanket/standing_pages=1024
		modprobe -c | grep -x 'options blanket_blk max_queues=3'
		blanket tune --save blanket_blk/max_queues=default
		! modprobe -c | grep 'options blanket_blk max_queues'
		rm /etc/modprobe.d/blanket-tune.conf
	EOF_DOM0
}

# doctor PYTHON: must be true of d, what it says, and rc, its status; found() has findings
doctor()
{
	local rc=0

	dom0 'blanket doctor --json' > "$work/said" || rc=$?
	python3 - "$work/said" "$rc" "$1" <<-'EOF_PYTHON'
		import json, sys
		d, rc = json.load(open(sys.argv[1])), int(sys.argv[2])
		def found(id, subject=""):
		    return [f for f in d["findings"] if f["id"] == id and subject in f["subject"]]
		print(rc, json.dumps(d, indent=1))
		sys.exit(not eval(f"({sys.argv[3]})"))
	EOF_PYTHON
}

# Other tests may have left counters that tell of something slow.
doctor_is_content()
{
	doctor 'd["faults"] == 0 and rc in (0, 3) and rc == (3 if d["slow"] else 0) and d["blanket"] and d["lean"] is True and
		d["host"]["below"] == d["host"]["cloud"] and d["host"]["below"] in ("kvm", "esx") and
		not found("standing-off") and not found("stock-driver") and
		bool(found("foreign-mac", "g1")) == (d["host"]["below"] == "esx")'
	dom0 'blanket doctor || test $? = 3' | tee /dev/stderr |
		grep -E '^blanket  yes: dom0 of Xen 4\.20[^ ]* \(ours, with lean operations\), Linux 6'
}

# a knob that makes everything a copy
doctor_finds_a_knob()
{
	dom0 'blanket tune standing_pages=0'
	doctor 'found("standing-off")[0]["severity"] == "slow" and rc == 3'
	dom0 'blanket tune standing_pages=default'
	doctor 'not found("standing-off")'
}

doctor_finds_a_missing_script()
{
	dom0 'mv /etc/xen/scripts/vif-blanket /root/'
	doctor 'found("script-missing", "vif-blanket")[0]["severity"] == "fault" and rc == 4'
	dom0 'mv /root/vif-blanket /etc/xen/scripts/'
	doctor 'd["faults"] == 0'
}

# a vif that is to be ours, on netback; dom0 is its own front end
doctor_finds_a_stock_driver()
{
	in_dom0 <<-'EOF_DOM0'
		set -e
		modprobe xen-netback
		modprobe dummy numdummies=0
		ip link add odummy type dummy
		ip link set odummy up
		xl network-attach 0 script=vif-blanket gatewaydev=odummy
		dev=$(basename /sys/bus/xen-backend/devices/vif-0-*)
		echo "$dev" > /sys/bus/xen-backend/drivers/blanket_net/unbind
		echo "$dev" > /sys/bus/xen-backend/drivers/vif/bind
	EOF_DOM0
	doctor 'found("stock-driver", "vif0.")[0]["seen"].startswith("its script is vif-blanket, and the stock driver") and rc == 4'
	in_dom0 <<-'EOF_DOM0'
		set -e
		dev=$(basename /sys/bus/xen-backend/devices/vif-0-*)
		# libxl waits long for netback without a guest
		echo "$dev" > /sys/bus/xen-backend/drivers/vif/unbind
		echo "$dev" > /sys/bus/xen-backend/drivers/blanket_net/bind
		xl network-detach 0 "${dev##*-}"
		ip link del odummy
	EOF_DOM0
	doctor 'not found("stock-driver") and d["faults"] == 0'
}

plan 8
t guest_is_up ensure_guests g1
vif=$(vif_of g1)
vbd=$(vbd_of g1 xvdb)
t tune_sets tune_sets
t tune_refuses tune_refuses
t tune_saves tune_saves
t doctor_is_content doctor_is_content
t doctor_finds_a_knob doctor_finds_a_knob
t doctor_finds_a_missing_script doctor_finds_a_missing_script
t doctor_finds_a_stock_driver doctor_finds_a_stock_driver
finish

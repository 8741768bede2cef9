#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# blanket tune over a made-up /sys and /etc/modprobe.d; and whether its table has
# every knob that the modules' sources and Documentation/ABI/testing have.
# Usage: tune_test.sh BLANKET, a binary built with sanitizers.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=made-up-sys.sh
. "$(dirname "$0")/made-up-sys.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
conf=$BLANKET_ETC/modprobe.d/blanket-tune.conf

# vif NAME DOMID, vbd DOMID DEVICE: of ours, with the knobs that they have
vif()
{
	backend "vif-$2-0" blanket_net Connected
	mkdir -p "$BLANKET_SYSFS/bus/xen-backend/devices/vif-$2-0/net/$1"
	put "class/net/$1/blanket/uplink" uplink0
	put "class/net/$1/blanket/antispoof" 1
	put "class/net/$1/blanket/tx_map_min" 65536
	put "class/net/$1/blanket/rx_queue_bytes" 2097152
}

vbd()
{
	backend "vbd-$1-$2" blanket_blk Connected
	put "bus/xen-backend/devices/vbd-$1-$2/blanket/copy_max" 1048576
	put "bus/xen-backend/devices/vbd-$1-$2/blanket/poll_us" 0
	put "bus/xen-backend/devices/vbd-$1-$2/blanket/rate_bytes" 0
}

# is NAME FILE VALUE
is()
{
	like "$1" "^$3\$" "$(< "$BLANKET_SYSFS/$2")"
}

# tune ARGUMENT...: what it says in $out, its status in $rc
tune()
{
	rc=0
	out=$("$blanket" tune "$@" 2> "$work/err") || rc=$?
	err=$(grep -v 'cannot reach xenstore' "$work/err" || true)
}

# refused NAME PATTERN ARGUMENT...: with status 1, and nothing is changed
refused()
{
	local name=$1 pattern=$2 before after

	shift 2
	before=$(grep -r . "$BLANKET_SYSFS" "$BLANKET_ETC" | sort || true)
	tune "$@"
	after=$(grep -r . "$BLANKET_SYSFS" "$BLANKET_ETC" | sort || true)
	like "$name" "^1 blanket: $pattern" "$rc $err"
	same "$name.nothing_changed" "$before" "$after"
}

echo 'KTAP version 1'
echo '1..45'

# --- the table against what it describes
"$blanket" tune --knobs --json > "$work/json"
cat > "$work/compare" <<'END_COMPARE'
import glob, json, re, sys

top, table = sys.argv[1], json.load(open(sys.argv[2]))
known = {k["name"]: k for k in table}
where = {"class/net/vifX.Y": "vif*", "bus/xen-backend/devices/vbd-X-Y": "vbd*"}
bad = []

# documents: parameters, and what can be written of a device's
documented = {}
for path in glob.glob(top + "/Documentation/ABI/testing/*"):
    for entry in re.split(r"\n\n", open(path).read()):
        kind = re.search(r"\((R[OW])\)", entry)
        for file in re.findall(r"^What:\s+/sys/(\S+)", entry, re.M):
            m = re.fullmatch(r"module/(\w+)/parameters/(\w+)", file)
            if m:
                documented[f"{m[1]}/{m[2]}"] = entry
            m = re.fullmatch(r"(.*)/blanket/(\w+)", file)
            if m and m[1] in where and kind and kind[1] == "RW":
                documented[f"{where[m[1]]}/{m[2]}"] = entry

# sources: parameters with whether they can be written, attributes likewise
sources = {}
modules = {"core": "blanket", "net": "blanket_net", "blk": "blanket_blk", "virtio": "blanket_virtio"}
for folder, module in modules.items():
    for path in glob.glob(f"{top}/kmod/{folder}/*.c"):
        text = open(path).read()
        for m in re.finditer(r"^module_param\w*\((\w+),[^;]*?(0[0-7]{3})\);", text, re.M):
            sources[f"{module}/{m[1]}"] = int(m[2], 8) & 0o200 != 0
        owner = {"net": "vif*", "blk": "vbd*"}.get(folder)
        for m in re.finditer(r"^(?:static )?(?:DEVICE_ATTR_RW|KNOB|RATE)\((\w+)", text, re.M):
            if owner:
                sources[f"{owner}/{m[1]}"] = True
# no attributes of ours, Linux has them for every net device
linux = {"vif*/napi_defer_hard_irqs", "vif*/gro_flush_timeout"}

mine = set(known) - linux
for name in sorted(mine - set(documented)):
    bad.append(f"{name} is in the table (userspace/blanket/knob.c) and not in Documentation/ABI/testing")
for name in sorted(set(documented) - mine):
    bad.append(f"{name} is in Documentation/ABI/testing and not in the table (userspace/blanket/knob.c)")
for name in sorted(mine - set(sources)):
    bad.append(f"{name} is in the table and not in kmod/")
for name in sorted(set(sources) - mine):
    bad.append(f"{name} is in kmod/ and not in the table (userspace/blanket/knob.c)")
for name in sorted(mine & set(sources)):
    if known[name]["on_load"] == sources[name]:
        bad.append(f"{name}: the table says on_load is {known[name]['on_load']}, kmod/ says it is not")
for name in sorted(mine & set(documented)):
    # a range that is in words has both numbers in it
    knob, text = known[name], re.sub(r"\s+", " ", documented[name])
    for low, high in re.findall(r"(\d+) (?:\(\w[^)]*\) )?to (\d+)", text):
        if knob["type"] == "number" and name.split("/")[1] in text and (int(low), int(high)) != (knob["min"], knob["max"]):
            bad.append(f"{name}: {knob['min']} to {knob['max']} in the table, {low} to {high} in its document")
    default = re.search(r"[Dd]efault(?:, given as|:)? (\d+)", text)
    if default and knob["type"] == "number" and "parameter" not in knob["default"] and default[1] != knob["default"]:
        bad.append(f"{name}: default {knob['default']} in the table, {default[1]} in its document")
if len(documented) < 20 or len(sources) < 20:
    bad.append(f"only {len(documented)} documents and {len(sources)} sources were found")
for b in bad:
    print("#", b)
sys.exit(bool(bad))
END_COMPARE
rc=0
python3 "$work/compare" "$top" "$work/json" || rc=$?
result $rc table_is_complete
# it can fail: without one of each kind
for missing in blanket/lean vif\*/tx_map_min vbd\*/poll_us blanket_net/max_queues; do
	python3 -c "import json, sys
json.dump([k for k in json.load(open('$work/json')) if k['name'] != '$missing'], open('$work/less', 'w'))"
	like "table_without_${missing/\*/s}_is_not" "# ${missing/\*/[*]} is in kmod/ and not in the table" \
		"$(python3 "$work/compare" "$top" "$work/less" || true)"
done

# --- a machine that is no blanket
mkdir -p "$BLANKET_SYSFS" "$BLANKET_ETC"
tune
like nothing_is_here '0 .*blanket_net/tx_map_min +not here +by weights +0 to 65536 bytes' "$rc $out"
refused not_loaded 'blanket/lean=0: it is not here \(the module is not loaded\); modprobe it, or add --save' blanket/lean=0
tune --save blanket/lean=off
like saved_for_later '^0 blanket/lean: from when blanket is loaded next.saved in ' "$rc ${out//$'\n'/.}"
like line_is_written 'options blanket lean=0$' "$(< "$conf")"

# --- a blanket
put module/blanket/parameters/lean Y
put module/blanket/parameters/standing_pages 1024
put module/blanket_net/parameters/uplink '(null)'
put module/blanket_net/parameters/tx_map_min 65536
put module/blanket_net/parameters/max_queues 0
put module/blanket_blk/parameters/max_queues 1
vif web0 3
vif vif12.0 12
vbd 3 51712
backend vif-3-1 vif Connected

tune
like flag_is_a_number 'blanket/lean +1 +1 +0 or 1 .*\(saved: 0\)' "$out"
like no_name_is_none 'blanket_net/uplink +- +- ' "$out"
like device_has_its_default 'web0/tx_map_min +65536 +65536 ' "$out"
like disk_without_guest_has_its_bus_name 'vbd-3-51712/copy_max +1048576 ' "$out"
same stock_is_left_out '' "$(grep vif-3-1 <<< "$out" || true)"
tune -n 'vif-12-0/tx_map_min'
like values_alone '^0 65536$' "$rc $out"
"$blanket" tune --json 'web0/*' > "$work/json" 2> "$work/err"
json json_is_complete '{k["knob"] for k in a} >= {"uplink", "tx_map_min"} and all(set(k) == {"knob", "type", "unit",
	"on_load", "meaning", "name", "device", "guest", "value", "default", "saved"} | ({"min", "max"} if k["type"] in ("flag", "number") else set())
	for k in a) and [k["value"] for k in a if k["knob"] == "tx_map_min"] == [65536]'

tune web0/tx_map_min=4096
like set_and_told '^0 web0/tx_map_min: 65536 -> 4096$' "$rc $out"
is set_for_that_one class/net/web0/blanket/tx_map_min 4096
is other_is_as_before class/net/vif12.0/blanket/tx_map_min 65536
tune 'vif*/rx_queue_bytes=1M' 'web?/rx_queue_bytes=64k' 'vbd-*/poll_us=50' 'vbd-*/rate_bytes=3M'
is patterns_name_devices class/net/vif12.0/blanket/rx_queue_bytes 1048576
is last_one_counts class/net/web0/blanket/rx_queue_bytes 65536
is disk_is_set bus/xen-backend/devices/vbd-3-51712/blanket/poll_us 50
is bytes_a_second_are_bytes bus/xen-backend/devices/vbd-3-51712/blanket/rate_bytes 3145728
tune web0/tx_map_min=default
is default_is_the_modules class/net/web0/blanket/tx_map_min 65536

refused too_large 'web0/tx_map_min=65537: it takes 0 to 65536 bytes, k and M' web0/tx_map_min=65537
refused first_is_not_set_either 'vbd-3-51712/poll_us=-1: it takes 0 to 500 us' web0/tx_map_min=1 vbd-3-51712/poll_us=-1
refused no_such_knob "web0/tx_mapmin: there is no knob 'tx_mapmin'" web0/tx_mapmin=1
refused no_such_device "vif9\.0/tx_map_min: no module or device of ours goes by 'vif9\.0'" vif9.0/tx_map_min=1
refused which_one 'tx_map_min: which\? 3 have it: .*web0/tx_map_min.*/tx_map_min. for all' tx_map_min=1
refused on_loading_only 'blanket_net/max_queues=2: blanket_net takes it only while it is loaded; add --save' blanket_net/max_queues=2
refused device_cannot_be_saved 'web0/tx_map_min: a device goes with its guest.*tune --save blanket_net/tx_map_min=1' \
	--save web0/tx_map_min=1
refused no_way_into_modprobe 'blanket_net/uplink=a b: it takes a name' --save 'blanket_net/uplink=a b'

# --- what is kept
printf '# mine\noptions blanket-net max_queues=1 tx_slow_ms=5\ninstall x y' > "$conf"
tune --save '*/tx_map_min=8k' blanket_net/max_queues=4
is devices_as_well class/net/vif12.0/blanket/tx_map_min 8192
like saved_line_by_line '^# mine.options blanket_net tx_slow_ms=5.install x y.options blanket_net tx_map_min=8192.options blanket_net max_queues=4$' \
	"$(tr '\n' . < "$conf" | sed 's/\.$//')"
tune --save blanket_net/tx_map_min=default blanket_net/tx_slow_ms=default
like default_is_taken_out '^# mine.install x y.options blanket_net max_queues=4$' "$(tr '\n' . < "$conf" | sed 's/\.$//')"

tune web0/tx_map_min=1 vif12.0/tx_map_min
like show_and_set_apart '^2 .*two steps' "$rc $err"
((bad == 0))

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# blanket status over a made-up /sys: one guest with a vif and a disk of ours
# and one of each that is stock, on a machine without xenstore.
# Usage: status_test.sh BLANKET, a binary built with sanitizers.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=made-up-sys.sh
. "$(dirname "$0")/made-up-sys.sh"

echo 'KTAP version 1'
echo '1..25'

out=$("$blanket" status 2>&1) && rc=0 || rc=$?
like no_xen_says_so 'not running on Xen .*none' "$out"
like no_xen_status '^1$' "$rc"

put hypervisor/type xen
put hypervisor/start_flags/initdomain 0
out=$("$blanket" status 2>&1) && rc=0 || rc=$?
like guest_of_xen_says_so 'guest of Xen, not its dom0; .*boot the blanket' "$out"
like guest_of_xen_status '^1$' "$rc"

put hypervisor/start_flags/initdomain 1
out=$("$blanket" status -i 0 2>/dev/null)
like nothing_there 'guests +none' "$out"
like no_modules 'none of the back ends' "$out"

put hypervisor/version/major 4
put hypervisor/version/minor 20
put hypervisor/version/extra .4
put kernel/blanket/host kvm
put module/blanket/version 0.1
put module/blanket_net/parameters/uplink ''
put class/net/uplink0/address 52:54:00:00:00:01
put class/net/uplink0/mtu 1500
put class/net/uplink0/operstate up
mkdir -p "$BLANKET_SYSFS/class/net/uplink0/device"
ln -s ../../../bus/virtio/drivers/virtio_net "$BLANKET_SYSFS/class/net/uplink0/device/driver"
counters uplink0 1 2 3 4
backend vif-3-0 blanket_net Connected
mkdir -p "$BLANKET_SYSFS/bus/xen-backend/devices/vif-3-0/net/web0"
put class/net/web0/blanket/uplink uplink0
put class/net/web0/blanket/mode mac
put class/net/web0/blanket/queues 2
counters web0 1500000 1000 250 2
backend vif-12-1 vif InitWait
mkdir -p "$BLANKET_SYSFS/class/net/vif12.1/queues/tx-0"
backend vbd-3-51712 blanket_blk Connected
put bus/xen-backend/devices/vbd-3-51712/statistics/rd_req 7
put bus/xen-backend/devices/vbd-3-51712/statistics/rd_sect 16
backend vbd-12-51712 '' Initialising

out=$("$blanket" status -i 0 2>/dev/null)
like host 'kvm .*Xen 4\.20\.4,' "$out"
like modules 'blanket 0\.1 blanket_net' "$out"
like uplink 'uplink0  virtio_net  52:54:00:00:00:01  mtu 1500  up  1 vif ' "$out"
like ours 'web0 +ours +on uplink0 \(mac\).* 2 queues  Connected' "$out"
like sent_is_from_the_guest 'sends 1\.5 MB, 1\.0 kp  receives 250 B, 2 p' "$out"
like stock 'vif12\.1 +stock .* 1 queue  InitWait' "$out"
like disk '51712 +ours .*reads 8\.2 kB, 7 io' "$out"
like no_driver '51712 +no driver' "$out"

"$blanket" status --json -i 0 > "$work/json" 2>/dev/null
json guests_in_order '[g["domid"] for g in a["guests"]] == [3, 12]'
json ours_or_not '[v["ours"] for g in a["guests"] for v in g["vifs"]] == [True, False]'
json no_rates_without_interval '"rates" not in a["guests"][0]["vifs"][0]'
json missing_is_null 'a["guests"][0]["name"] is None and a["modules"]["xen_netback"] is None'

(sleep 0.4; counters web0 1600000 1100 250 2) &
"$blanket" status --json --interval 1 > "$work/json" 2>/dev/null
wait $!
json rates '90000 < a["guests"][0]["vifs"][0]["rates"]["sent_bytes"] <= 100000'

put class/net/web0/blanket/uplink ''
put class/net/web0/blanket/mode nat
like nat 'web0 +ours +on dom0 \(nat\)  ' "$("$blanket" status -i 0 2>/dev/null)"
put class/net/web0/blanket/mode ''
put class/net/web0/blanket/card 0000:00:05.0
out=$("$blanket" status -i 0 2>/dev/null)
like passthrough 'web0 +ours +on 0000:00:05\.0 \(passthrough\)  .* 2 queues  Connected' "$out"
put bus/xen-backend/devices/vbd-3-51712/blanket/device 0000:00:09.0
out=$("$blanket" status -i 0 2>/dev/null)
like passthrough_disk '51712 +ours +on 0000:00:09\.0 \(passthrough\) ' "$out"

out=$("$blanket" status --interval 1x 2>&1) && rc=0 || rc=$?
like bad_interval '^blanket: --interval 1x: .* 0 to 3600' "$out"
out=$("$blanket" stat 2>&1) && rc=0 || rc=$?
like unknown_command "no command 'stat'.*status " "$out"
like usage_status '^2$' "$rc"
((bad == 0))

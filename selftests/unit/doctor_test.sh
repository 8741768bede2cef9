#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# blanket doctor's judgement of made-up facts: a healthy blanket, and then each
# with one thing that is not so; and of the facts of this machine, which is none.
# Usage: doctor_test.sh BLANKET, a binary built with sanitizers.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=made-up-sys.sh
. "$(dirname "$0")/made-up-sys.sh"

cat > "$work/cases" <<'END_CASES'
import copy, json, subprocess, sys

blanket, work = sys.argv[1:3]
healthy = {
    "host": {"below": "kvm", "kernel": "6.12.1-amd64"}, "xen": "4.20.4", "hypervisor": "xen", "dom0": True, "lean": True,
    "xenstore": True, "cpus": 4, "config": {"CONFIG_XEN_DOM0": "y", "CONFIG_XEN_BACKEND": "y"}, "program": "0.1",
    "dmi": {"sys_vendor": "QEMU", "product_name": "Standard PC"},
    "scripts": {"vif-blanket": True, "block-blanket": True}, "programs": {"xl": True},
    "installed": {"blanket": True, "blanket_net": True, "blanket_blk": True}, "services": {"xenconsoled": True},
    "modules": {"blanket": "0.1", "blanket_net": "0.1", "blanket_blk": "0.1", "xen_netback": "loaded"},
    "parameters": {"blanket": {"lean": "Y", "standing_pages": 1024}, "blanket_net": {"max_queues": 0},
                   "blanket_blk": {"max_queues": 4, "max_buffer_pages": 1024}},
    "cards": [{"device": "0000:00:05.0", "user": "vif3.1", "broken": None}],
    "uplinks": [{"name": "eth0", "mtu": 1500, "state": "up", "vifs": 1,
                 "offloads": {"tx-checksumming": True, "tcp-segmentation-offload": True}}],
    "guests": [{"domid": 3, "name": "g1", "vcpus": 1, "vifs": [
        {"name": "vif3.0", "device": "vif-3-0", "driver": "blanket_net", "ours": True, "script": "vif-blanket", "state": "Connected",
         "mac": "00:16:3e:00:00:01", "uplink": "eth0", "card": None, "mtu": 1500, "blanket": {"mode": "mac"},
         "ethtool": {"tx_packets": 20000, "tx_grant_standing_hits": 19000, "tx_grant_standing_misses": 1000,
                     "rx_packets": 50000, "rx_dropped": 10}},
        {"name": "vif3.1", "device": "vif-3-1", "driver": "blanket_net", "ours": True, "script": "vif-blanket", "state": "Connected",
         "uplink": None, "card": "0000:00:05.0", "mtu": 1500, "blanket": {"mode": ""}}],
        "vbds": [{"name": "xvda", "device": "vbd-3-51712", "driver": "blanket_blk", "ours": True, "script": "block-blanket",
                  "state": "Connected", "counters": {"reads": 5000, "writes": 5000, "out_of_requests": 0},
                  "blanket": {"standing_hits": 20000, "standing_misses": 5000, "mapped": 3000, "held": 2}}]}],
}
n = bad = 0


def judged(facts, *options):
    """What doctor says of facts, and its status."""
    path = work + "/facts.json"
    with open(path, "w") as file:
        json.dump(facts, file)
    done = subprocess.run([blanket, "doctor", "--judge", path, *options], capture_output=True, text=True)
    if "Sanitizer" in done.stderr:
        raise SystemExit(done.stderr)
    return done.stdout, done.returncode


def result(name, good, seen):
    global n, bad
    n += 1
    if not good:
        bad += 1
        print("#", seen)
    print("ok" if good else "not ok", n, name)


def changed(path, value):
    """Healthy facts but for one, named by its path."""
    facts = copy.deepcopy(healthy)
    at = facts
    *way, last = path.split("/")
    for step in way:
        at = at[int(step) if isinstance(at, list) else step]
    at[int(last) if isinstance(at, list) else last] = value
    return facts


def case(name, path, value, want, seen="", also=()):
    """One finding "severity id subject", its text, and no other of that severity."""
    facts = changed(path, value)
    for more in also:
        step = facts
        *way, last = more[0].split("/")
        for s in way:
            step = step[int(s) if isinstance(step, list) else s]
        step[last] = more[1]
    text, rc = judged(facts, "--json")
    report = json.loads(text)
    got = [f"{f['severity']} {f['id']} {f['subject']}" for f in report["findings"]]
    severity = want.split()[0] if want else ""
    worst = [g for g in got if g.split()[0] == severity]
    status = 4 if report["faults"] else 3 if report["slow"] else 0
    good = (worst == [want] if want else not got) and rc == status and all(f["remedy"] for f in report["findings"])
    good = good and (not seen or any(seen in f["seen"] + f["remedy"] for f in report["findings"]))
    result(name, good, f"{rc} {json.dumps(report)}")


vif, vbd, uplink = "guests/0/vifs/0/", "guests/0/vbds/0/", "uplinks/0/"
text, rc = judged(healthy)
result("healthy", rc == 0 and "0 faults, 0 slow, 0 notes" in text and "yes: dom0 of Xen 4.20.4 (ours, with lean" in text, text)
case("no_xen", "hypervisor", None, "fault no-xen xen", "/sys/hypervisor/type: none")
case("guest_of_xen", "dom0", False, "fault no-dom0 xen")
case("old_kernel_does_not_say_dom0", "dom0", None, "")
case("stock_xen", "lean", False, "slow xen-stock xen", "Xen 4.20.4 is not ours")
case("xen_not_asked", "lean", None, "note xen-not-asked xen")
case("kernel", "config/CONFIG_XEN_BACKEND", "n", "fault kernel-config CONFIG_XEN_BACKEND", "6.12.1-amd64")
case("config_unknown", "config", None, "")
case("tool", "programs/xl", False, "fault tool-missing xl", "xen-utils")
case("script", "scripts/block-blanket", False, "fault script-missing block-blanket", "make install")
case("module_missing", "installed/blanket_net", False, "fault module-missing blanket_net")
case("module_not_loaded", "modules/blanket_blk", None, "fault module-not-loaded blanket_blk", "modprobe blanket_blk")
case("version", "modules/blanket", "0.0", "note version-differs blanket", "version 0.0, this program of 0.1")
case("xenstore", "xenstore", False, "fault service-down xenstored")
case("consoles", "services/xenconsoled", False, "fault service-down xenconsoled")
case("lean_off", "parameters/blanket/lean", "N", "slow lean-off blanket/lean", "blanket tune blanket/lean=1")
case("lean_off_where_there_is_none", "parameters/blanket/lean", "N", "slow xen-stock xen", also=[("lean", False)])
case("standing_off", "parameters/blanket/standing_pages", 0, "slow standing-off blanket/standing_pages")
case("mapping_forced", "parameters/blanket_blk/max_buffer_pages", 0, "slow mapping-forced blanket_blk/max_buffer_pages")
case("single_queue", "parameters/blanket_net/max_queues", 1, "slow single-queue blanket_net/max_queues", "4 CPUs")
case("single_cpu", "parameters/blanket_net/max_queues", 1, "", also=[("cpus", 1)])
case("single_queue_of_a_vif", vif + "queues", 1, "slow single-queue vif3.0 (g1)", "one queue, for a guest of 2 CPUs on 4",
     [("guests/0/vcpus", 2)])
case("guest_with_one_cpu", vbd + "queues", 1, "")
case("bounced", "bounced", 7, "note bounced swiotlb", "up to 7 buffers")
case("uplink_down", uplink + "state", "down", "fault uplink-down eth0")
case("offload", uplink + "offloads/tx-checksumming", False, "slow offload-off eth0", "ethtool -K eth0 tx-checksumming on")
case("stock_driver", vif + "driver", "vif", "fault stock-driver vif3.0 (g1)", "its script is vif-blanket", [(vif + "ours", False)])
case("stock_by_choice", vif + "driver", "vif", "note stock-device vif3.0 (g1)", "script=vif-blanket",
     [(vif + "ours", False), (vif + "script", "vif-bridge")])
case("no_driver", vbd + "driver", None, "fault no-driver g1:xvda", also=[(vbd + "ours", False)])
case("no_uplink", vif + "uplink", None, "fault no-uplink vif3.0 (g1)")
case("mtu_large", vif + "mtu", 9000, "fault mtu-too-large vif3.0 (g1)", "its MTU is 9000 and uplink eth0 carries 1500")
case("mtu_small", uplink + "mtu", 9000, "note mtu-small vif3.0 (g1)")
case("card_broken", "cards/0/broken", "used index runs away", "fault device-broken 0000:00:05.0", "used index runs away")
count = vif + "ethtool/"
case("standing_misses", count + "tx_grant_standing_misses", 19001, "slow standing-misses vif3.0 (g1)", "standing_misses 19001, of 38001")
case("half_of_few_is_nothing", count + "tx_grant_standing_misses", 4000, "", also=[(count + "tx_grant_standing_hits", 4000)])
case("late", count + "tx_late", 200, "slow sent-late vif3.0 (g1)", "tx_late 200, of 20000")
case("hardly_late", count + "tx_late", 199, "")
case("stack", count + "tx_stacked", 15000, "slow through-the-stack vif3.0 (g1)")
case("dropped", count + "rx_dropped", 1000, "slow guest-too-slow vif3.0 (g1)")
case("expired", count + "rx_expired", 1000, "slow guest-took-nothing vif3.0 (g1)")
case("spoofed", count + "tx_spoofed", 1000, "note spoofed vif3.0 (g1)", "antispoof=0")
case("full", count + "tx_stalls", 500, "slow uplink-full vif3.0 (g1)", also=[(count + "tx_passes", 4000)])
case("starved", vbd + "counters/out_of_requests", 100, "slow starved g1:xvda", "out_of_requests 100, of 10000")
case("held", vbd + "blanket/held", 300, "slow unmap-held g1:xvda")
case("disk_misses", vbd + "blanket/standing_misses", 80001, "slow standing-misses g1:xvda")
case("huge_counters", count + "tx_packets", 2 ** 62, "", also=[(count + "rx_packets", 2 ** 62)])

# hosts by their firmware
hosts = [
    ("kvm", "kvm", "pass", {"sys_vendor": "QEMU"}),
    ("esx", "esx", "may-pass", {"sys_vendor": "VMware, Inc.", "product_name": "VMware Virtual Platform"}),
    ("xen", "xen", "pass", {"sys_vendor": "Xen", "product_name": "HVM domU", "bios_version": "4.17.3"}),
    ("ec2", "kvm", "dropped", {"sys_vendor": "Amazon EC2", "product_name": "c5.metal"}),
    ("ec2", "kvm", "dropped", {"sys_vendor": "Xen", "product_name": "HVM domU", "bios_version": "4.11.amazon"}),
    ("azure", "hyperv", "dropped", {"sys_vendor": "Microsoft Corporation", "product_name": "Virtual Machine",
                                    "chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77"}),
    ("hyperv", "hyperv", "may-pass", {"sys_vendor": "Microsoft Corporation", "product_name": "Virtual Machine"}),
    ("gce", "kvm", "dropped", {"sys_vendor": "Google", "product_name": "Google Compute Engine"}),
    ("openstack", "kvm", "may-pass", {"sys_vendor": "OpenStack Foundation", "product_name": "OpenStack Nova"}),
    ("unknown", "unknown", "pass", {}),
]
for i, (cloud, below, macs, dmi) in enumerate(hosts):
    report = json.loads(judged(changed("dmi", dmi), "--json")[0])
    foreign = [f["severity"] for f in report["findings"] if f["id"] == "foreign-mac"]
    want = {"pass": [], "may-pass": ["note"], "dropped": ["fault"]}[macs]
    result(f"host_{cloud}_{i}", (report["host"]["cloud"], report["host"]["below"], report["host"]["foreign_macs"]) == (cloud, below, macs)
           and foreign == want, json.dumps(report))
azure = hosts[5][3]
case("address_mode_suits_azure", "dmi", azure, "note cloud-drops-macs Microsoft Azure", "address mode, or NAT", [(vif + "blanket/mode", "address")])

# what is no such tree is no reason to die
for name, facts in (("empty", {}), ("lists_are_texts", dict(healthy, guests="x", uplinks=3, cards=None, parameters=[1], modules=7)),
                    ("guests_are_numbers", dict(healthy, guests=[1, None, {"vifs": [3], "vbds": [[]]}], uplinks=[None]))):
    text, rc = judged(facts)
    result(name, rc in (0, 3, 4) and "faults" in text, f"{rc} {text}")
text, rc = judged([1])
result("no_object", rc == 1, f"{rc} {text}")
print(n, bad, file=open(work + "/sum", "w"))
END_CASES

echo 'KTAP version 1'
echo '1..70'
python3 "$work/cases" "$blanket" "$work"
read -r n bad < "$work/sum"

mkdir -p "$BLANKET_SYSFS" "$BLANKET_ETC/xen/scripts"
touch "$BLANKET_ETC"/xen/scripts/{vif-blanket,blanket-common.sh,blanket-virtio.sh,blanket-nat.sh}
put hypervisor/type xen
put hypervisor/start_flags/initdomain 1
put class/dmi/id/sys_vendor QEMU
put module/blanket/version 0.1
put module/blanket/parameters/standing_pages 0
backend vif-3-0 blanket_net Connected
put class/net/vif3.0/mtu 1500
put class/net/vif3.0/blanket/mode mac
put class/net/vif3.0/blanket/uplink lo
put class/net/lo/mtu 1400
put class/net/lo/operstate down
out=$("$blanket" doctor 2>&1) && rc=0 || rc=$?
like facts_are_gathered '^4 blanket +yes: dom0 .*modules 0\.1.host +kvm: a KVM host \(QEMU ' "$rc ${out//$'\n'/.}"
like script_is_looked_for 'fault +block-blanket: it is not in /etc/xen/scripts' "$out"
[[ $out != *' vif-blanket: it is not'* ]] && rc=0 || rc=1
result "$rc" script_is_found
like parameters_are_read 'slow +blanket/standing_pages: ' "$out"
like vif_is_read 'fault +vif3\.0: its MTU is 1500 and uplink lo carries 1400' "$out"
like uplink_is_read 'fault +lo: the uplink of 1 vifs is down' "$out"
"$blanket" doctor --facts > "$work/facts"
again=$("$blanket" doctor --judge - < "$work/facts" || true)
same facts_can_be_judged_elsewhere "$out" "$again"
out=$("$blanket" doctor --judge "$work/none" 2>&1) && rc=0 || rc=$?
like no_facts '^1 blanket: --judge .*none: no facts there' "$rc $out"
out=$("$blanket" doctor now 2>&1) && rc=0 || rc=$?
like usage "^2 blanket: doctor takes no argument 'now'" "$rc $out"
((bad == 0))

# SPDX-License-Identifier: GPL-2.0-only
"""What an operator may ask for besides, and packets then pass: on the stock back
ends and on ours, by a second interface of the guest on a card of its own kind.

    stock-rate     g1 -> netback, rate= -> xenbr1 -> fast0      10.79.0.61 -> 10.79.0.1
    stock-nat      g1 -> netback -> xenbr1 -> dom0's masquerade -> fast0
                                                                10.88.0.61 -> 10.79.0.1
    uplink-...     g2 -> blanket_net, rate=, :nat -> fast0      the same
    uplink-address g2 -> blanket_net, :address -> fast0         10.79.0.61 -> 10.79.0.1
"""

from dataclasses import dataclass

from .errors import BenchError
from .host import Host

DEVICE = "/sys/class/net/fast0/device/.."
# libxl's number of the interface; 1 is a card of the guest's own
DEVID = 2
# more than anything here comes to: what is measured is the looking
RATE = "10Gb/s"


@dataclass(frozen=True)
class Feature:
    """STOCK_VIF and OUR_VIF are what the vif's line says besides, STOCK and OURS what dom0 needs before; ours
    is SERVED in that mode, on that uplink; the guest has ADDRESS and goes to PEER, by GATEWAY if there is one."""

    stock_vif: str
    our_vif: str
    stock: str
    served: str
    ours: str = ""
    address: str = "10.79.0.61"
    peer: str = "10.79.0.1"
    gateway: str = ""


BRIDGE = """
    ip link add xenbr1 type bridge
    ip link set xenbr1 up
"""
OWN_ADDRESS = """
    ip addr add 10.79.0.2/24 dev fast0
"""
MASQUERADE = """
    ip addr add 10.88.0.1/24 dev xenbr1
    sysctl -qw net.ipv4.conf.xenbr1.forwarding=1 net.ipv4.conf.fast0.forwarding=1
    nft add table inet bench
    nft 'add chain inet bench post { type nat hook postrouting priority srcnat; }'
    nft add rule inet bench post ip saddr 10.88.0.0/24 oifname fast0 masquerade
"""
FEATURES = {
    "rate": Feature(f"bridge=xenbr1 rate={RATE}", f"gatewaydev=fast0 rate={RATE}",
                    BRIDGE + "ip link set fast0 master xenbr1",
                    "mac fast0"),
    "address": Feature("", "gatewaydev=fast0:address ip=10.79.0.61", "", "address fast0"),
    "nat": Feature("bridge=xenbr1", "gatewaydev=fast0:nat ip=10.88.0.61", BRIDGE + OWN_ADDRESS + MASQUERADE,
                   "nat", ours=OWN_ADDRESS, address="10.88.0.61", gateway="10.88.0.1"),
}

CLEAR = f"""
    for guest in g1 g2; do
        xl domid $guest > /dev/null 2>&1 && xl network-detach $guest {DEVID} > /dev/null 2>&1
    done
    nft delete table inet bench 2> /dev/null
    ip link del xenbr1 2> /dev/null
    [ ! -e /sys/class/net/fast0 ] || {{
        ip addr flush dev fast0
        ip link set fast0 nomaster down
        sysctl -qw net.ipv4.conf.fast0.forwarding=0
    }}
    true
"""
GONE = f"for i in $(seq 100); do [ -e /sys/bus/xen/devices/vif-{DEVID} ] || exit 0; sleep 0.2; done; exit 1"


def clear(host: Host, guest: str) -> None:
    """As if no feature had ever been there; GUEST runs, or is ''."""
    host.dom0(CLEAR)
    if guest:
        host.lab("guest", guest, "--", "bash", "-c", GONE)


def enter(host: Host, guest: str, name: str, ours: bool) -> None:
    """GUEST, which runs, has a second interface with feature NAME."""
    feature = FEATURES[name]
    host.lab("peer", "--", "ip", "addr", "replace", "10.79.0.1/24", "dev", "lan0")
    host.dom0(f"set -e\nip link set fast0 up\n{feature.ours if ours else feature.stock}")
    vif = f"script=vif-blanket {feature.our_vif}" if ours else feature.stock_vif
    host.dom0(f"xl network-attach {guest} mac=00:16:3e:79:00:0b devid={DEVID} {vif}")
    route = f"ip route replace {feature.peer}/32 via {feature.gateway} dev $name" if feature.gateway else ""
    host.lab("guest", guest, "--", "bash", "-c", f"""
        set -e
        for i in $(seq 100); do [ -d /sys/bus/xen/devices/vif-{DEVID}/net ] && break; sleep 0.2; done
        udevadm settle
        name=$(ls /sys/bus/xen/devices/vif-{DEVID}/net)
        ip addr add {feature.address}/24 dev $name
        ip link set $name up
        {route}
        ping -c 1 -W 20 {feature.peer} > /dev/null
    """)
    if not ours:
        return
    knobs = f"/sys/class/net/vif$(xl domid {guest}).{DEVID}/blanket"
    served = host.dom0(f"cat {knobs}/mode {knobs}/uplink").split()
    if served != feature.served.split():
        raise BenchError(f"{guest}'s second interface is served as '{' '.join(served)}', not as '{feature.served}'; "
                         "see /var/log/xen/xen-hotplug.log in dom0")

# SPDX-License-Identifier: GPL-2.0-only
"""The ways that work can go, and how to set each up on the host.

    floor             program in dom0 -> uplink0, the null disk
    stock             program in g1 -> xen-netback -> xenbr0 -> uplink0
                                    -> xen-blkback -> the null disk
    stock-persistent  the same disk with persistent grants
    uplink            program in g2 -> blanket_net -> uplink0
                                    -> blanket_blk -> the null disk
    passthrough       program in g2 -> blanket_net -> fast0's card, g2's own
                                    -> blanket_blk -> the null disk, g2's own
    ...-map           the same, told to map and to copy nothing but headers
    uplink-persistent the disk of uplink with persistent grants
    stock-..., uplink-... what an operator may ask for besides: features.py
"""

from . import features
from .errors import BenchError
from .host import NULL, QUIET, Host
from .works import feature

PEER = "10.77.0.1"
GUEST_DISK = "/dev/xvdb"
BACKEND = "/local/domain/0/backend/vbd/$(xl domid g2)/51728"
# of blkback's pages that stay mapped, by default
PERSISTENT_PAGES = 1056
UPLINK = "/sys/class/net/uplink0/device/.."

# Xen emulates rdtsc for guests where it finds the TSC unreliable, as in emulation; real hosts don't
COMMON = ['type = "pv"', "memory = 512", "vcpus = 1", 'bootloader = "pygrub"', 'tsc_mode = "native"',
          'on_crash = "destroy"']

BRIDGE = """
    set -e
    modprobe xen-netback
    modprobe xen-blkback
    ip link show xenbr0 >/dev/null 2>&1 || ip link add xenbr0 type bridge
    ip addr flush dev uplink0
    ip link set uplink0 up master xenbr0
    ip link set xenbr0 up
    ip addr replace 10.77.0.2/24 dev xenbr0
"""

UNBRIDGE = """
    set -e
    if ip link show xenbr0 >/dev/null 2>&1; then
        ip link set uplink0 nomaster
        ip link del xenbr0
    fi
    ip addr replace 10.77.0.2/24 dev uplink0
    ip link set uplink0 up
"""


def _running(host: Host, guest: str) -> bool:
    return host.dom0(f"xl domid {guest} 2>/dev/null", check=False).strip() != ""


def _destroy(host: Host, *guests: str) -> None:
    for guest in guests:
        if _running(host, guest):
            host.guest_destroy(guest)


def _ready(host: Host, guest: str) -> None:
    """The programs in, and boot-time work over, or it would be counted."""
    host.push(guest)
    host.lab("guest", guest, "--", "bash", "-c", QUIET)
    host.lab("guest", guest, "--", "systemctl", "is-system-running", "--wait", check=False)


def _enter_floor(host: Host) -> None:
    _destroy(host, "g1", "g2")
    host.dom0(UNBRIDGE)


def _stock(host: Host, persistent: bool) -> None:
    """g1, and its null disk connected with or without persistent grants."""
    _destroy(host, "g2")
    host.dom0(BRIDGE)
    if not _running(host, "g1"):
        host.guest_create("g1", [
            'name = "g1"', *COMMON,
            'vif = [ "mac=00:16:3e:77:00:0b,bridge=xenbr0" ]',
            'disk = [ "phy:/dev/lab/g1,xvda,w" ]'])
    _ready(host, "g1")
    host.dom0(f"""
        set -e
        xl block-detach g1 xvdb 2>/dev/null || true
        echo {'Y' if persistent else 'N'} > /sys/module/xen_blkback/parameters/feature_persistent
        xl block-attach g1 phy:$(readlink -f {NULL}),xvdb,w
    """)
    host.lab("guest", "g1", "--", "udevadm", "settle")


def load_ours(host: Host) -> None:
    """A free uplink, and our modules as they are in build/stage."""
    _destroy(host, "g1", "g2")
    host.dom0(UNBRIDGE)
    host.dom0("modprobe -r blanket_net blanket_blk blanket_virtio blanket", check=False)
    host.lab("install")
    for module in ("blanket_net", "blanket_blk"):
        if host.dom0(f"modprobe {module} && echo loaded", check=False).strip() != "loaded":
            raise BenchError(f"modprobe {module} failed in dom0: is it in build/stage (make install "
                             f"DESTDIR=build/stage)? {host.dom0('dmesg | tail -n 3', check=False).strip()}")


def bridge(host: Host) -> None:
    """The stock back ends and their bridge, no guest."""
    _destroy(host, "g1", "g2")
    host.dom0(BRIDGE)


def _uplink(host: Host) -> None:
    load_ours(host)
    host.guest_create("g2", [
        'name = "g2"', *COMMON,
        'vif = [ "mac=00:16:3e:77:00:0c,script=vif-blanket,gatewaydev=uplink0" ]',
        f'disk = [ "phy:/dev/lab/g2,xvda,w", '
        f'"format=raw,vdev=xvdb,access=w,script=block-blanket,target={NULL}" ]'])
    _ready(host, "g2")


# g2's second interface, for what goes to and comes from the peer; each answers for its own address
SECOND = """
    set -e
    for i in $(seq 100); do test -d /sys/bus/xen/devices/vif-1/net && break; sleep 0.2; done
    udevadm settle
    sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
    name=$(ls /sys/bus/xen/devices/vif-1/net)
    ip addr add 10.77.0.61/24 dev $name
    ip link set $name up
    ip route replace 10.77.0.1/32 dev $name src 10.77.0.61
"""


def _passthrough(host: Host) -> None:
    if not _running(host, "g2") or _has_card(host):
        _uplink(host)
    host.dom0(MAP_AS_USUAL)
    _give_card(host)
    _give_disk(host)


def _give_card(host: Host) -> None:
    card, mac = host.dom0("basename $(readlink -f /sys/class/net/fast0/device/..); "
                          "cat /sys/class/net/fast0/address").split()
    host.dom0(f"xl network-attach g2 mac={mac} script=vif-blanket gatewaydev={card}")
    mode = host.dom0("xenstore-read /local/domain/0/backend/vif/$(xl domid g2)/1/blanket-mode").strip()
    if mode != f"passthrough to {card}":
        raise BenchError(f"g2 was not given the card {card} but '{mode}'; see /var/log/xen/xen-hotplug.log in dom0")
    host.lab("guest", "g2", "--", "bash", "-c", SECOND)


def _give_disk(host: Host) -> None:
    disk = host.dom0(f"basename $(readlink -f {device_of(host, 'uplink', True)})").strip()
    host.dom0(f"""
        set -e
        xl block-detach g2 xvdb
        xl block-attach g2 format=raw,vdev=xvdb,access=w,script=block-blanket,target={disk}
    """)
    mode = host.dom0("xenstore-read /local/domain/0/backend/vbd/$(xl domid g2)/51728/blanket-mode").strip()
    if mode != f"passthrough to {disk}":
        raise BenchError(f"g2 was not given the disk {disk} but '{mode}'; see /var/log/xen/xen-hotplug.log in dom0")
    host.lab("guest", "g2", "--", "udevadm", "settle")


def _has_card(host: Host) -> bool:
    return host.dom0("ls /sys/bus/pci/drivers/blanket_virtio 2>/dev/null | grep : || true").strip() != ""


# each device's own knobs
MAP_ALL = """
    set -e
    for knob in /sys/class/net/vif*/blanket/tx_{map,pin}_min /sys/bus/xen-backend/devices/vbd-*/blanket/{copy_max,pin_min}; do
        [ ! -e $knob ] || echo 0 > $knob
    done
"""
MAP_AS_USUAL = """
    set -e
    for knob in /sys/class/net/vif*/blanket/tx_{map,pin}_min; do
        [ ! -e $knob ] || cat /sys/module/blanket_net/parameters/${knob##*/} > $knob
    done
    for knob in /sys/bus/xen-backend/devices/vbd-*/blanket/{copy_max,pin_min}; do
        [ ! -e $knob ] || cat /sys/module/blanket_blk/parameters/${knob##*/} > $knob
    done
"""


def _uplink_map(host: Host) -> None:
    if not _running(host, "g2") or _has_card(host):
        _uplink(host)
    _no_persistent(host)
    host.dom0(MAP_ALL)


def _passthrough_map(host: Host) -> None:
    if not _running(host, "g2") or not _has_card(host):
        _passthrough(host)
    host.dom0(MAP_ALL)


def _uplink_again(host: Host) -> None:
    """As _uplink(), unless it is so."""
    if not _running(host, "g2") or _has_card(host):
        _uplink(host)
    host.dom0(MAP_AS_USUAL)


def _uplink_persistent(host: Host) -> None:
    _uplink_again(host)
    host.dom0(f"""
        set -e
        echo {PERSISTENT_PAGES} > /sys/module/blanket_blk/parameters/persistent_pages
        xl block-detach g2 xvdb
        xl block-attach g2 format=raw,vdev=xvdb,access=w,script=block-blanket,target={NULL}
    """)
    host.lab("guest", "g2", "--", "udevadm", "settle")
    # asked when it connects
    offered = host.dom0(f"""
        for i in $(seq 100); do [ "$(xenstore-read {BACKEND}/state)" = 4 ] && break; sleep 0.2; done
        xenstore-read {BACKEND}/feature-persistent
        echo 0 > /sys/module/blanket_blk/parameters/persistent_pages
    """).strip()
    if offered != "1":
        raise BenchError(f"g2's disk has no persistent grants (feature-persistent: '{offered}'); see dmesg in dom0")


def _no_persistent(host: Host) -> None:
    """g2's disk as ever, if it runs with another."""
    if host.dom0(f"xenstore-read {BACKEND}/feature-persistent 2>/dev/null", check=False).strip() != "1":
        return
    host.dom0(f"""
        set -e
        xl block-detach g2 xvdb
        xl block-attach g2 format=raw,vdev=xvdb,access=w,script=block-blanket,target={NULL}
    """)
    host.lab("guest", "g2", "--", "udevadm", "settle")


def _feature(host: Host, path: str) -> None:
    ours = path.startswith("uplink")
    if ours:
        _uplink_again(host)
    elif not _running(host, "g1"):
        _stock(host, False)
    features.enter(host, where(path), feature(path), ours)


_ENTER = {"floor": _enter_floor, "uplink": _uplink, "passthrough": _passthrough,
          "uplink-map": _uplink_map, "passthrough-map": _passthrough_map, "uplink-persistent": _uplink_persistent,
          "stock": lambda host: _stock(host, False), "stock-persistent": lambda host: _stock(host, True)}


def enter(host: Host, path: str) -> None:
    """Makes PATH the way that work goes, whatever the host was set up for."""
    features.clear(host, next((g for g in ("g1", "g2") if _running(host, g)), ""))
    if feature(path):
        _feature(host, path)
    else:
        _ENTER[path](host)


def where(path: str) -> str:
    """Who runs the program."""
    return "dom0" if path == "floor" else "g1" if path.startswith("stock") else "g2"


def peer(path: str) -> str:
    """The far end's address."""
    return features.FEATURES[feature(path)].peer if feature(path) else PEER


def device_of(host: Host, path: str, is_disk: bool) -> str:
    """The PCI device below PATH, in sysfs: of its disk or of its network."""
    if path.startswith("passthrough"):
        # what tells one kind from the other
        own = "sectors" if is_disk else "mac"
        return host.dom0(f"dirname $(dirname /sys/bus/pci/drivers/blanket_virtio/????:*/blanket/{own})").strip()
    if is_disk:
        null = host.dom0(f"basename $(readlink -f {NULL})").strip()
        return f"/sys/block/{null}/device/.."
    return features.DEVICE if feature(path) else UPLINK


def disk(path: str) -> str:
    """The disk as the measured program sees it."""
    return NULL if path == "floor" else GUEST_DISK

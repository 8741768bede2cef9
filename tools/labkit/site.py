# SPDX-License-Identifier: GPL-2.0-only
"""A site: the network namespace beyond the hosts' edge.

    netns blk-<tag>
      lan0  10.77.0.1  fd77::1   <- the peer
       |- up2, fa2 (taps) == uplink0, fast0 of the first host
       `- up3, fa3 (taps) == uplink0, fast0 of the second
      mgmt0 10.78.0.1
       |- mg2, mg3 (taps) == mgmt0 of each
"""

import os
import signal
import subprocess
import time
from pathlib import Path

from .errors import LabError

RUN = Path("/run/netns")


def _ip(*args: str, netns: str | None = None) -> None:
    command = ["ip", *(["-n", netns] if netns else []), *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"'{' '.join(command)}' failed: {done.stderr.strip()}")


def exists(netns: str) -> bool:
    """Is there a namespace of that name?"""
    return (RUN / netns).exists()


def create(netns: str) -> None:
    """The namespace with its two bridges."""
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        raise LabError("/dev/net/tun is missing or closed: load the tun module, or give the "
                       "container this device (docker: --device /dev/net/tun --cap-add NET_ADMIN)")
    _ip("netns", "add", netns)
    _ip("link", "set", "lo", "up", netns=netns)
    for bridge, mac, addresses in (("lan0", "52:54:00:77:00:01", ("10.77.0.1/24", "fd77::1/64")),
                                   ("mgmt0", "52:54:00:78:00:01", ("10.78.0.1/24",))):
        # a bridge of none takes one of its ports', another whenever a port comes or goes
        _ip("link", "add", bridge, "address", mac, "type", "bridge", netns=netns)
        for address in addresses:
            extra = ["nodad"] if ":" in address else []
            _ip("addr", "add", address, "dev", bridge, *extra, netns=netns)
        _ip("link", "set", bridge, "up", netns=netns)


def add_host(netns: str, index: int) -> None:
    """The taps of host number INDEX. Not every cloud shows its VM the one for passthrough."""
    for tap, bridge in ((f"up{index}", "lan0"), (f"fa{index}", "lan0"), (f"mg{index}", "mgmt0")):
        _ip("tuntap", "add", tap, "mode", "tap", "vnet_hdr", netns=netns)
        _ip("link", "set", tap, "master", bridge, "up", netns=netns)


def remove_host(netns: str, index: int) -> None:
    """Takes the taps away again."""
    for tap in (f"up{index}", f"fa{index}", f"mg{index}"):
        subprocess.run(["ip", "-n", netns, "link", "del", tap], capture_output=True, check=False)


def delete(netns: str) -> None:
    """Ends what still runs in the namespace, then the namespace itself."""
    if not exists(netns):
        return
    for sig in (signal.SIGTERM, signal.SIGKILL):
        pids = subprocess.run(["ip", "netns", "pids", netns], capture_output=True, text=True,
                              check=False).stdout.split()
        if not pids:
            break
        for pid in pids:
            try:
                os.kill(int(pid), sig)
            except ProcessLookupError:
                pass
        time.sleep(0.3)
    _ip("netns", "del", netns)

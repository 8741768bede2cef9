# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's control socket."""

import json
import socket
from pathlib import Path
from typing import Any

from .errors import LabError


def command(path: Path, request: dict[str, Any], timeout: float = 60) -> dict[str, Any]:
    """Sends one command, returns QEMU's answer."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(timeout)
        try:
            sock.connect(str(path))
        except OSError as error:
            raise LabError(f"no QEMU listens on {path} ({error.strerror}): is the lab up?") from error
        with sock.makefile("rw", encoding="utf-8") as stream:
            stream.readline()
            for message in ({"execute": "qmp_capabilities"}, request):
                stream.write(json.dumps(message) + "\n")
                stream.flush()
                while True:
                    line = stream.readline()
                    if not line:
                        raise LabError("QEMU closed its control socket")
                    answer = json.loads(line)
                    if "event" not in answer:
                        break
                if "error" in answer:
                    break
            return answer

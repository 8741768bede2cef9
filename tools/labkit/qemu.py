# SPDX-License-Identifier: GPL-2.0-only
"""QEMU 10 from the build root: its command line, its start and its end."""

import os
import signal
import subprocess
import time
from pathlib import Path

from .errors import LabError
from .paths import TOP, artifact, in_root
from .profile import Profile
from .state import Lab

# With SMAP a PV dom0 died of #PF at once. With XSAVE, as soon as a guest ran, dom0's sshd
# died and ld.so found its tables inconsistent; without, both lived.
TCG_CPU = "max,+invtsc,-la57,-smap,-pku,-pks,-xsave"
# with ERMS a copy counts an instruction a byte; with x2APIC 10.0 ends with "Bad icount read"
ICOUNT_CPU = TCG_CPU + ",-erms,-fsrm,-x2apic"
MEMORY_MIB = 4096
XEN_ARGS = ("dom0_mem=1536M,max:1536M com1=115200,8n1 console=com1 loglvl=warning "
            "guest_loglvl=warning spec-ctrl=no xpti=no bootscrub=false")
DOM0_ARGS = ("console=hvc0 console=ttyS1 mitigations=off "
             "quiet loglevel=4 TERM=dumb audit=0 panic=1")


def accelerator(lab: Lab) -> list[str]:
    """-accel, -cpu, -smp and -icount."""
    if lab.accel == "kvm":
        return ["-accel", "kvm", "-cpu", "host,-la57,-pku", "-smp", str(lab.smp)]
    if lab.icount:
        sleep = "on" if lab.icount == "sleep" else "off"
        return ["-accel", "tcg,thread=single,tb-size=1024", "-cpu", ICOUNT_CPU, "-smp", "1",
                "-icount", f"shift=0,sleep={sleep}"]
    return ["-accel", "tcg,thread=multi,tb-size=1024", "-cpu", TCG_CPU, "-smp", str(lab.smp)]


def _disks(lab: Lab, profile: Profile) -> list[str]:
    args = ["-device", profile.controller] if profile.controller else []
    drives = [("root", "file=root.qcow2,format=qcow2"),
              ("g1", "file=g1.qcow2,format=qcow2"),
              ("g2", "file=g2.qcow2,format=qcow2"),
              ("scratch", "file=scratch.raw,format=raw"),
              ("null", "file.driver=null-co,file.size=1G,format=raw")]
    for index, (serial, source) in enumerate(drives):
        args += ["-drive", f"{source},if=none,id=drive-{serial},cache=unsafe,discard=unmap",
                 "-device", profile.disk.format(drive=f"drive-{serial}", id=f"disk-{serial}",
                                                serial=f"lab-{serial}", index=index)]
    return args


def _nics(lab: Lab, profile: Profile) -> list[str]:
    args = []
    nics = [("uplink", profile.nic, f"up{lab.index}", f"52:54:00:77:00:{lab.index:02x}"),
            ("mgmt", profile.nic, f"mg{lab.index}", f"52:54:00:78:00:{lab.index:02x}")]
    # last, so that the others' places are the same with and without
    if profile.fast:
        nics.append(("fast", profile.fast, f"fa{lab.index}", f"52:54:00:79:00:{lab.index:02x}"))
    for name, device, tap, mac in nics:
        args += ["-netdev", f"tap,id=net-{name},ifname={tap},script=no,downscript=no,vhost=off",
                 "-device", device.format(netdev=f"net-{name}", id=f"nic-{name}", mac=mac)]
    return args


def _memory(lab: Lab) -> tuple[str, list[str]]:
    """What -machine says of memory, and options. A slot takes one device at a time."""
    if not lab.hotplug:
        return "", ["-m", str(MEMORY_MIB)]
    return ",memory-backend=ram", [
        "-m", str(MEMORY_MIB), "-object", f"memory-backend-memfd,id=ram,size={MEMORY_MIB}M,share=on"]


def _slot(lab: Lab) -> list[str]:
    """Behind all others, so that their places are the same with and without."""
    return ["-device", "pcie-root-port,id=slot0,chassis=1,slot=1,addr=1e.0"] if lab.hotplug else []


def _way_to_boot(lab: Lab) -> list[str]:
    """Xen and dom0's kernel from here; or by the boot entry that dom0's disk has."""
    if lab.grub:
        return ["-drive", f"file={in_root(artifact('grub.img'))},format=raw,readonly=on,if=none,id=drive-boot",
                "-device", "virtio-blk-pci,drive=drive-boot,id=disk-boot,bootindex=0,addr=1d.0"]
    smp = 1 if lab.icount else lab.smp
    init = "" if lab.systemd else " init=/usr/local/sbin/lab-init"
    if lab.kernel:
        kernel, initrd = (in_root(artifact(f"{lab.kernel}/{file}")) for file in ("vmlinux", "initrd.img"))
    else:
        kernel, initrd = in_root(artifact("vmlinuz")), in_root(artifact("initrd.img"))
    xsave = " xsave=0" if lab.accel == "tcg" else ""
    return ["-kernel", in_root(artifact("xen")),
            "-append", f"{XEN_ARGS} dom0_max_vcpus={smp}{xsave}",
            "-initrd", f"{kernel} {DOM0_ARGS}{init},{initrd}"]


def _spare(profile: Profile) -> list[str]:
    """A disk to pass through."""
    if not profile.spare:
        return []
    return ["-drive", "file=spare.raw,format=raw,if=none,id=drive-spare,cache=unsafe,discard=unmap",
            "-device", profile.spare.format(drive="drive-spare", id="disk-spare", serial="lab-spare")]


def command_line(lab: Lab, profile: Profile) -> list[str]:
    """Every path is relative to the lab's folder, or below /host."""
    serials = []
    for name in ("xen", "dom0"):
        serials += ["-chardev", f"socket,id=chr-{name},path={name}.sock,server=on,wait=off,logfile={name}.log",
                    "-serial", f"chardev:chr-{name}"]
    machine_memory, memory = _memory(lab)
    firmware = ["-smbios", profile.firmware] if profile.firmware else []
    args = ["qemu-system-x86_64", "-name", f"blanket-{lab.netns}-{lab.name}", "-nodefaults",
            "-machine", f"q35,vmport=off,sata=off,smbus=off,i8042=off{machine_memory}", *accelerator(lab), *memory,
            "-display", "none", "-vga", "none",
            *_way_to_boot(lab), *firmware, *_disks(lab, profile), *_nics(lab, profile),
            # last, so that the others' places are the same with and without
            *_spare(profile), *_slot(lab), *serials,
            "-qmp", "unix:qmp.sock,server=on,wait=off", "-no-reboot"]
    if lab.plugin:
        args += ["-plugin", lab.plugin]
    return args


def make_disks(lab: Lab) -> None:
    """Overlays, so that the images stay clean."""
    for name, base in (("root", "dom0.img"), ("g1", "guest.img"), ("g2", "guest.img")):
        done = subprocess.run(
            [TOP / "tools" / "inroot", "qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw",
             "-b", in_root(artifact(base)), f"{name}.qcow2"],
            env={**os.environ, "INROOT_DIR": in_root(lab.folder)}, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(f"cannot make {lab.folder}/{name}.qcow2: {done.stderr.strip()}")
    for name in ("scratch", "spare"):
        with open(lab.folder / f"{name}.raw", "wb") as scratch:
            scratch.truncate(1 << 30)


def start(lab: Lab, profile: Profile) -> None:
    """Starts QEMU in the site's namespace."""
    command = ["ip", "netns", "exec", lab.netns, str(TOP / "tools" / "inroot"), *command_line(lab, profile)]
    with open(lab.folder / "qemu.log", "wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "INROOT_DIR": in_root(lab.folder)})
    lab.pid, lab.started = process.pid, started(process.pid)


def started(pid: int) -> int:
    """When PID began, in ticks since boot: with it a reused id is told apart. 0: it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return 0 if fields[0] == "Z" else int(fields[19])


def alive(lab: Lab) -> bool:
    """Does LAB's QEMU still run?"""
    return lab.pid != 0 and started(lab.pid) == lab.started


def stop(lab: Lab) -> None:
    """A power cut."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        if not alive(lab):
            return
        os.kill(lab.pid, sig)
        for _ in range(50):
            if not alive(lab):
                return
            time.sleep(0.1)

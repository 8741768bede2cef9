# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Single files out of Debian's packages: checkpatch from Linux, the TCG plugin
# header from QEMU, GRUB for guests and for dom0.
needs=(root-build)
needs_gib=2
inputs=(tools/stages/sources-fetch tools/images/grub-first.cfg)

build()
{
	"$top/tools/inroot" /src/tools/stages/sources-fetch "/host$out"
}

publish()
{
	mkdir -p "$top/build/include"
	link "$out/linux/checkpatch.pl" checkpatch.pl
	link "$out/qemu-plugin.h" include/qemu-plugin.h
	link "$out/pvgrub" pvgrub
	link "$out/grub.img" grub.img
}

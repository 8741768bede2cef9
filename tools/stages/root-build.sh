# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# The Debian 13 root in which everything that runs in the blanket is built,
# and from which the lab takes its one pinned QEMU.
after=(host)
needs_gib=6
inputs=(tools/stages/build-packages)

build()
{
	local packages

	packages=$(grep -v '^#' "$top/tools/stages/build-packages" | paste -sd,)
	debian_root "$out" "$packages" --skip=cleanup/apt/lists
	mkdir -p "$out/src" "$out/host" "$out/out"
}

publish()
{
	link "$out" root-build
}

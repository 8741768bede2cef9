# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# The blanket's Xen.
needs=(root-build)
needs_gib=2
inputs=(xen/build xen/config.fragment xen/sources.sha256 xen/patches)

build()
{
	"$top/xen/build" "$out"
}

publish()
{
	link "$out/xen" xen
	link "$out/xen-syms" xen-syms
}

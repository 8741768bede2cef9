# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Headers of the oldest and the newest kernel that the modules compile for.
needs=(root-build)
needs_gib=1
inputs=(tools/stages/headers-fetch tools/stages/suite)

build()
{
	"$top/tools/inroot" /src/tools/stages/headers-fetch "/host$out"
}

publish()
{
	link "$out" headers
}

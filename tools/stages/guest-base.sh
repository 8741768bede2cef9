# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# The guest's packages; the guest stage makes an image of them.
after=(host)
needs_gib=3
inputs=(tools/images/packages tools/images/guest-packages)

build()
{
	local packages

	# shellcheck source=tools/images/packages
	source "$top/tools/images/packages"
	packages=$(grep -v '^#' "$top/tools/images/guest-packages" | paste -sd,)
	image_root "$out/root" "$packages" "xen-blkfront xen-netfront ext4"
}

publish()
{
	:
}

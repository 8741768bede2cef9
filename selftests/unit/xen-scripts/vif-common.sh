# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Stands in for the library of that name that xen-utils-common installs.

command=$1
dev=$vif
vifname=$(xenstore_read_default "$XENBUS_PATH/vifname" '')
if [[ -n $vifname ]]; then
	if [[ $command == online ]]; then
		mv "/sys/class/net/$dev" "/sys/class/net/$vifname"
	fi
	dev=$vifname
fi

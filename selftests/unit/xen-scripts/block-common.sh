# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Stands in for the library of that name that xen-utils-common installs.

# shellcheck source-path=SCRIPTDIR source=xen-hotplug-common.sh
. "$(dirname "$0")/xen-hotplug-common.sh"
export command=$1

ebusy()
{
	xenstore_write "$XENBUS_PATH/hotplug-error" "$*" "$XENBUS_PATH/hotplug-status" busy
	exit 1
}

device_major_minor()
{
	stat -L -c %t:%T "$1"
}

canonicalise_mode()
{
	case $1 in
	*w*!*) echo '!' ;;
	*w*) echo w ;;
	*) echo r ;;
	esac
}

same_vm()
{
	[[ $(xenstore_read_default "/local/domain/$1/vm" none) == "$FRONTEND_UUID" ]]
}

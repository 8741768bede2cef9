# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Stands in for the library of that name that xen-utils-common installs: the
# functions that our hotplug scripts call, over a folder in the place of
# xenstore ($STORE).

fatal()
{
	xenstore_write "$XENBUS_PATH/hotplug-error" "$*" "$XENBUS_PATH/hotplug-status" error
	exit 1
}

success()
{
	xenstore_write "$XENBUS_PATH/hotplug-status" connected
}

xenstore_write()
{
	while (($#)); do
		mkdir -p "$STORE${1%/*}"
		printf '%s' "$2" > "$STORE$1"
		shift 2
	done
}

xenstore_read()
{
	cat "$STORE$1" || fatal "xenstore-read $1 failed."
}

xenstore_read_default()
{
	if [[ -f $STORE$1 ]]; then
		cat "$STORE$1"
	else
		printf '%s' "$2"
	fi
}

xenstore-list()
{
	ls "$STORE$1"
}

xenstore-rm()
{
	rm -r "${STORE:?}$1"
}

log()
{
	:
}

call_hooks()
{
	:
}

claim_lock()
{
	printf 'lock\n' >> "$STORE/locks"
}

release_lock()
{
	printf 'unlock\n' >> "$STORE/locks"
}

trap 'fatal "$0 failed; error detected."' ERR

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What vif-blanket and block-blanket share: error reports that reach xl, and
# moving a backend device from the stock driver to ours.
#
#      xl -> libxl: writes the backend nodes, waits for InitWait
#              |
#      vif-blanket online / block-blanket add
#              | 1. which driver has the device? if the stock one: unbind,
#              |    drop the features it offered, bind ours, wait for InitWait
#              | 2. name what it is to serve (uplink, physical-device)
#              v 3. hotplug-status = connected
#      the backend connects to the guest
#
# libxl prints the backend's hotplug-error node ("script: ..."), so that is
# where every message goes; stderr is the log file of the Xen scripts.

bl_name=${0##*/}
bl_bus=/sys/bus/xen-backend
bl_why=

# Without Xen there is no xenstore to report through, hence plain stderr.
bl_require_xen()
{
	local type=none

	read -r type 2>/dev/null < /sys/hypervisor/type || true
	if [[ $type != xen ]]; then
		echo "$bl_name: not running on Xen (/sys/hypervisor/type: $type); boot this machine's Xen entry first" >&2
		exit 1
	fi
	if [[ -z ${XENBUS_PATH:-} ]]; then
		echo "$bl_name: XENBUS_PATH is not set; libxl runs this script, name it with script=$bl_name in the guest's configuration" >&2
		exit 1
	fi
}

bl_fatal()
{
	trap - ERR
	fatal "$bl_name: $*"
}

# bl_device: the backend's name on the bus, /.../backend/vif/3/0 -> vif-3-0
bl_device()
{
	local path=$XENBUS_PATH devid domid

	devid=${path##*/}
	path=${path%/*}
	domid=${path##*/}
	path=${path%/*}
	printf '%s-%s-%s\n' "${path##*/}" "$domid" "$devid"
}

# bl_driver DEVICE: the driver that has it, or nothing
bl_driver()
{
	local link

	link=$(readlink "$bl_bus/devices/$1/driver" 2>/dev/null) || return 0
	printf '%s\n' "${link##*/}"
}

# bl_try FILE TEXT: write, and leave the reason of a failure in bl_why
bl_try()
{
	bl_why=$({ printf '%s\n' "$2" > "$1"; } 2>&1) && return
	bl_why=${bl_why##*: }
	return 1
}

bl_load_module()
{
	local why

	[[ -d /sys/module/$1 ]] && return
	log debug "loading $1"
	why=$(modprobe "$1" 2>&1) ||
		bl_fatal "module $1 is not loaded and modprobe cannot load it (${why:-no reason given}); run 'make install' for kernel $(uname -r), then 'modprobe $1'"
}

# The stock driver's offers would outlive it and promise a guest what ours may
# not do (persistent grants, a control ring).
bl_drop_features()
{
	local node

	for node in $(xenstore-list "$XENBUS_PATH" 2>/dev/null); do
		case $node in
		feature-* | multi-queue-max-queues | max-ring-page-order | discard-*)
			xenstore-rm "$XENBUS_PATH/$node" || true
			;;
		esac
	done
}

# bl_take DRIVER: have our driver serve this backend, whoever was first
bl_take()
{
	local driver=$1 device old state='' i

	device=$(bl_device)
	bl_load_module "$driver"
	[[ -d $bl_bus/devices/$device ]] ||
		bl_fatal "no backend device $device in $bl_bus/devices; is this the domain that serves it?"
	old=$(bl_driver "$device")
	if [[ $old != "$driver" ]]; then
		log debug "moving $device from ${old:-no driver} to $driver"
		if [[ -n $old ]]; then
			bl_try "$bl_bus/drivers/$old/unbind" "$device" ||
				bl_fatal "cannot take $device from driver $old: $bl_why; see dmesg"
			bl_drop_features
		fi
		if ! bl_try "$bl_bus/drivers/$driver/bind" "$device"; then
			local why=$bl_why

			# with no driver at all, libxl would wait in vain for Closed
			if [[ -n $old ]]; then
				bl_try "$bl_bus/drivers/$old/bind" "$device" || true
			fi
			bl_fatal "$driver does not accept $device: $why; see dmesg"
		fi
	fi
	for ((i = 0; i < 100; i++)); do
		state=$(xenstore_read_default "$XENBUS_PATH/state" 0)
		case $state in
		2 | 3 | 4) return ;;
		esac
		sleep 0.05
	done
	bl_fatal "$device is in state $state under $driver, not in InitWait (2), after 5 s; see dmesg"
}

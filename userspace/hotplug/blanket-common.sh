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
#
# libxl ends a script that takes too long, and on a busy dom0 it is starting
# programs that takes long. Hence bash and sysfs wherever they will do, answers
# in named variables, one look at xenstore and one write, and none of Xen's own
# script libraries.

bl_name=${0##*/}
bl_bus=/sys/bus/xen-backend
bl_log=/var/log/xen/xen-hotplug.log
bl_why=
bl_never=
bl_device=
declare -A bl_store=()

# the kernel's reasons are compared with English text
export LC_ALL=C PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin

# bl_start: finds the backend's name on the bus, /.../backend/vif/3/0 -> vif-3-0
bl_start()
{
	local type=none

	# Without Xen there is no xenstore to report through, hence plain stderr.
	read -r type 2>/dev/null < /sys/hypervisor/type || true
	if [[ $type != xen ]]; then
		echo "$bl_name: not running on Xen (/sys/hypervisor/type: $type); boot this machine's Xen entry first" >&2
		exit 1
	fi
	if [[ -z ${XENBUS_PATH:-} ]]; then
		echo "$bl_name: XENBUS_PATH is not set; libxl runs this script, name it with script=$bl_name in the guest's configuration" >&2
		exit 1
	fi
	if [[ -d ${bl_log%/*} ]]; then
		exec 2>> "$bl_log"
	fi
	bl_device=${XENBUS_PATH##*backend/}
	bl_device=${bl_device//\//-}
}

bl_log()
{
	printf '%(%F %T)T %s: %s: %s\n' -1 "$bl_name" "$XENBUS_PATH" "$*" >&2
}

# bl_fail STATUS TEXT: libxl knows the statuses error and busy
bl_fail()
{
	trap - ERR
	bl_log "$2"
	xenstore-write "$XENBUS_PATH/hotplug-error" "$bl_name: $2" \
		"$XENBUS_PATH/hotplug-status" "$1" || true
	exit 1
}

bl_fatal()
{
	bl_fail error "$*"
}

# bl_write PATH VALUE...: in one transaction
bl_write()
{
	xenstore-write "$@" || bl_fatal "cannot write to xenstore: $*"
}

# bl_read NAME PATH DEFAULT: one node into variable NAME
bl_read()
{
	local value

	value=$(xenstore-read "$2" 2>/dev/null) || value=$3
	printf -v "$1" %s "$value"
}

# bl_list PATH: everything below it into bl_store, by full path
bl_list()
{
	local line value

	bl_store=()
	while IFS= read -r line; do
		value=${line#* = \"}
		value=${value%\"}
		# what is not printable is escaped, as in C
		[[ $value != *\\* ]] || printf -v value %b "$value"
		bl_store[${line%% = \"*}]=$value
	done < <(xenstore-ls -f "$1")
	((${#bl_store[@]})) || bl_fatal "cannot list $1 in xenstore; is xenstored running?"
}

# bl_try FILE TEXT: write, and leave the reason of a failure in bl_why
bl_try()
{
	bl_why=$({ printf '%s\n' "$2" > "$1"; } 2>&1) && return
	bl_why=${bl_why##*: }
	return 1
}

# bl_nap: 50 ms, without a program for it
bl_nap()
{
	[[ -n $bl_never ]] || exec {bl_never}<> <(:)
	read -r -t 0.05 -u "$bl_never" || true
}

bl_load_module()
{
	local why

	[[ -d /sys/module/$1 ]] && return
	bl_log "loading $1"
	why=$(modprobe "$1" 2>&1) ||
		bl_fatal "module $1 is not loaded and modprobe cannot load it (${why:-no reason given}); run 'make install' for kernel $(uname -r), then 'modprobe $1'"
}

# The stock driver's offers would outlive it and promise a guest what ours may
# not do (persistent grants, a control ring).
bl_drop_features()
{
	local node gone=()

	for node in "${!bl_store[@]}"; do
		case ${node#"$XENBUS_PATH/"} in
		*/*) ;;
		# ours offers these as well; a running front end may be reading them
		feature-sg | feature-gso-tcpv4 | feature-gso-tcpv6 | feature-ipv6-csum-offload) ;;
		feature-rx-copy | feature-rx-flip | feature-split-event-channels) ;;
		feature-* | multi-queue-max-queues | max-ring-page-order | discard-*)
			gone+=("$node")
			;;
		esac
	done
	((${#gone[@]} == 0)) || xenstore-rm "${gone[@]}" || true
}

# bl_take DRIVER PATH: have our driver serve this backend, whoever was first;
# what xenstore has below PATH is in bl_store then
bl_take()
{
	local driver=$1 dir old='' state='' why i

	bl_load_module "$driver"
	[[ -d $bl_bus/devices/$bl_device ]] ||
		bl_fatal "no backend device $bl_device in $bl_bus/devices; is this the domain that serves it?"
	for dir in "$bl_bus/drivers"/*; do
		[[ ! $dir -ef $bl_bus/devices/$bl_device/driver ]] || old=${dir##*/}
	done
	if [[ $old == "$driver" ]]; then
		bl_list "$2"
	else
		bl_log "moving $bl_device from ${old:-no driver} to $driver"
		if [[ -n $old ]]; then
			bl_try "$bl_bus/drivers/$old/unbind" "$bl_device" ||
				bl_fatal "cannot take $bl_device from driver $old: $bl_why; see dmesg"
		fi
		bl_list "$2"
		[[ -z $old ]] || bl_drop_features
		if ! bl_try "$bl_bus/drivers/$driver/bind" "$bl_device"; then
			why=$bl_why
			# with no driver at all, libxl would wait in vain for Closed
			if [[ -n $old ]]; then
				bl_try "$bl_bus/drivers/$old/bind" "$bl_device" || true
			fi
			bl_fatal "$driver does not accept $bl_device: $why; see dmesg"
		fi
	fi
	for ((i = 0; i < 100; i++)); do
		read -r state 2>/dev/null < "$bl_bus/devices/$bl_device/state" || true
		case $state in
		InitWait | Initialised | Connected) return ;;
		esac
		bl_nap
	done
	bl_fatal "$bl_device is in state $state under $driver, not in InitWait, after 5 s; see dmesg"
}

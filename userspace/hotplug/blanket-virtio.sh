# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # bl_why is for who sources this
# Giving a guest a virtio network card or disk to itself: which PCI device it
# is, and moving that from virtio-pci to blanket_virtio and back. Sourced after
# blanket-common.sh.
#
#	gatewaydev=0000:00:05.0		the device's PCI address
#	target=virtio3			as /sys/bus/virtio/devices has it now; the
#					number is another once a guest has had it
#
# blanket_virtio binds to nothing but what driver_override names it for, so
# dom0's own network card and root disk stay where they are. Only what was
# claimed here is given back, as a file of the device's says: what the operator
# bound ('blanket bind') stays so.

bl_pci=/sys/bus/pci
# and the PCI address; not empty: claimed
bl_claimed=/run/blanket-claimed-
bl_virtio=
bl_found=

# bl_is_virtio NAME: does it name a device rather than what dom0 makes of it?
bl_is_virtio()
{
	[[ $1 =~ ^([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]|virtio[0-9]+)$ ]]
}

# bl_virtio_find NAME: its PCI address into bl_virtio; bl_why if there is none
bl_virtio_find()
{
	local path

	bl_virtio=$1
	if [[ $1 == virtio* ]]; then
		path=$(readlink -f "/sys/bus/virtio/devices/$1") || path=
		[[ -d $path ]] || {
			bl_why="no such virtio device; it may have another number since a guest had it, its PCI address stays"
			return 1
		}
		bl_virtio=${path%/*}
		bl_virtio=${bl_virtio##*/}
	fi
	[[ -d $bl_pci/devices/$bl_virtio ]] || { bl_why="no such PCI device"; return 1; }
}

# bl_virtio_has CLASS: the network interface (net) or disk (block) that dom0
# makes of it while virtio-pci has it, or none
bl_virtio_has()
{
	local path

	for path in "$bl_pci/devices/$bl_virtio"/virtio*/"$1"/*; do
		[[ ! -e $path ]] || printf %s "${path##*/}"
	done
}

# bl_virtio_await CLASS: the same into bl_found, waiting for it up to 2 s
bl_virtio_await()
{
	local i

	for ((i = 0; i < 40; i++)); do
		bl_found=$(bl_virtio_has "$1")
		[[ -z $bl_found ]] || return 0
		bl_nap
	done
	return 1
}

bl_virtio_driver()
{
	local path

	path=$(readlink -f "$bl_pci/devices/$bl_virtio/driver") || return 0
	[[ ! -e $path ]] || printf %s "${path##*/}"
}

# bl_virtio_give_back USER: to virtio-pci and dom0 what was claimed, unless
# another than USER has it by now
bl_virtio_give_back()
{
	local user=

	[[ -s $bl_claimed$bl_virtio ]] || return 0
	read -r user 2>/dev/null < "$bl_pci/devices/$bl_virtio/blanket/user" || true
	[[ -z $user || $user == "$1" ]] || return 0
	if [[ $(bl_virtio_driver) == blanket_virtio ]]; then
		bl_try "$bl_pci/drivers/blanket_virtio/unbind" "$bl_virtio" || true
	fi
	bl_try "$bl_pci/devices/$bl_virtio/driver_override" '' || true
	[[ -n $(bl_virtio_driver) ]] || bl_try "$bl_pci/drivers_probe" "$bl_virtio" || true
	: > "$bl_claimed$bl_virtio"
}

# bl_virtio_is KIND ID...: is it one of these PCI devices of virtio's? or bl_why
bl_virtio_is()
{
	local dir=$bl_pci/devices/$bl_virtio kind=$1 vendor device

	shift
	read -r vendor < "$dir/vendor"
	read -r device < "$dir/device"
	[[ $vendor != 0x1af4 || " $* " != *" $device "* ]] || return 0
	bl_why="not a virtio $kind (PCI $vendor:$device)"
	return 1
}

# bl_virtio_claim USER: false with bl_why if blanket_virtio cannot have it. That
# dom0 does not use it was seen to.
bl_virtio_claim()
{
	local driver

	driver=$(bl_virtio_driver)
	[[ $driver != blanket_virtio ]] || return 0
	[[ -z $driver || $driver == virtio-pci ]] || {
		bl_why="driver $driver has it, for somebody else perhaps; unbind it there first"
		return 1
	}
	bl_load_module blanket_virtio
	echo "$1" > "$bl_claimed$bl_virtio"
	bl_try "$bl_pci/devices/$bl_virtio/driver_override" blanket_virtio || return 1
	if [[ -n $driver ]] && ! bl_try "$bl_pci/drivers/$driver/unbind" "$bl_virtio"; then
		bl_virtio_give_back "$1"
		return 1
	fi
	bl_try "$bl_pci/drivers_probe" "$bl_virtio" || true
	if [[ $(bl_virtio_driver) != blanket_virtio ]]; then
		bl_virtio_give_back "$1"
		bl_why="blanket_virtio does not take it; see dmesg"
		return 1
	fi
}

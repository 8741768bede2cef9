# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # bl_why is for who sources this
# Giving a guest a virtio network card to itself: which PCI device it is, and
# moving that from virtio-pci to blanket_virtio and back. Sourced after
# blanket-common.sh.
#
#	gatewaydev=0000:00:05.0		the device's PCI address
#	gatewaydev=virtio3		as /sys/bus/virtio/devices has it now
#
# blanket_virtio binds to nothing but what driver_override names it for, so
# dom0's own network card and root disk stay where they are.

bl_pci=/sys/bus/pci
bl_card=

# bl_is_card NAME: does it name a device rather than a network interface?
bl_is_card()
{
	[[ $1 =~ ^([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]|virtio[0-9]+)$ ]]
}

# bl_card_find NAME: its PCI address into bl_card; bl_why if there is none
bl_card_find()
{
	local path

	bl_card=$1
	if [[ $1 == virtio* ]]; then
		path=$(readlink -f "/sys/bus/virtio/devices/$1") || path=
		[[ -d $path ]] || { bl_why="no such virtio device"; return 1; }
		bl_card=${path%/*}
		bl_card=${bl_card##*/}
	fi
	[[ -d $bl_pci/devices/$bl_card ]] || { bl_why="no such PCI device"; return 1; }
}

# bl_card_netdev: the network interface it has while virtio_net has it, or none
bl_card_netdev()
{
	local path

	for path in "$bl_pci/devices/$bl_card"/virtio*/net/*; do
		[[ -e $path ]] && printf %s "${path##*/}"
	done
}

bl_card_driver()
{
	local path

	path=$(readlink -f "$bl_pci/devices/$bl_card/driver") || return 0
	[[ ! -e $path ]] || printf %s "${path##*/}"
}

# bl_card_give_back: to virtio-pci, and to virtio_net, unless another vif than
# $dev has it by now
bl_card_give_back()
{
	local user=

	read -r user 2>/dev/null < "$bl_pci/devices/$bl_card/blanket/user" || true
	[[ -z $user || $user == "${dev:-}" ]] || return 0
	if [[ $(bl_card_driver) == blanket_virtio ]]; then
		bl_try "$bl_pci/drivers/blanket_virtio/unbind" "$bl_card" || true
	fi
	bl_try "$bl_pci/devices/$bl_card/driver_override" '' || true
	[[ -n $(bl_card_driver) ]] || bl_try "$bl_pci/drivers_probe" "$bl_card" || true
}

# bl_card_claim: false with bl_why if blanket_virtio cannot have it
bl_card_claim()
{
	local dir=$bl_pci/devices/$bl_card vendor device netdev flags driver

	driver=$(bl_card_driver)
	[[ $driver != blanket_virtio ]] || return 0
	read -r vendor < "$dir/vendor"
	read -r device < "$dir/device"
	if [[ $vendor != 0x1af4 || $device != @(0x1000|0x1041) ]]; then
		bl_why="not a virtio network card (PCI $vendor:$device)"
		return 1
	fi
	netdev=$(bl_card_netdev)
	if [[ -n $netdev ]]; then
		read -r flags < "/sys/class/net/$netdev/flags"
		if ((flags & 1)) || [[ -e /sys/class/net/$netdev/master ]]; then
			bl_why="dom0 uses it as $netdev; free it with 'ip link set dev $netdev nomaster down'"
			return 1
		fi
	fi
	bl_load_module blanket_virtio
	bl_try "$dir/driver_override" blanket_virtio || return 1
	if [[ -n $driver ]] && ! bl_try "$bl_pci/drivers/$driver/unbind" "$bl_card"; then
		bl_card_give_back
		return 1
	fi
	bl_try "$bl_pci/drivers_probe" "$bl_card" || true
	if [[ $(bl_card_driver) != blanket_virtio ]]; then
		bl_card_give_back
		bl_why="blanket_virtio does not take it; see dmesg"
		return 1
	fi
}

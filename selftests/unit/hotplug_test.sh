#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vif-blanket and block-blanket against a made-up /sys and xenstore, in a mount
# and network namespace of their own: every message a user can cause, and what
# is left behind. The xenstore programs are stood in for by xenstore.sh. Each
# program started is counted: on a busy host they are what the time goes into.
set -euo pipefail

if [[ ${1:-} != inside ]]; then
	exec unshare --mount --net --propagation private "$0" inside
fi

top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../ktap.sh
. "$top/selftests/ktap.sh"
work=$(mktemp -d)
real=$(mktemp -d)
cleanup()
{
	local loop

	for loop in $(losetup --noheadings --output NAME --associated "$work/disk.raw" 2>/dev/null); do
		losetup -d "$loop"
	done
	umount -l "$real"
	rmdir "$real"
	rm -rf --one-file-system "$work"
}
trap cleanup EXIT
cp "$top"/userspace/hotplug/* "$work/"
mount --rbind /sys "$real"
mount -t tmpfs none /sys
mount -t tmpfs none /run
export STORE=$work/store
bus=/sys/bus/xen-backend

put()
{
	mkdir -p "${1%/*}"
	printf '%s\n' "$2" > "$1"
}

store()
{
	mkdir -p "$STORE${1%/*}"
	printf '%s' "$2" > "$STORE$1"
}

stored()
{
	cat "$STORE$1" 2>/dev/null || true
}

# net NAME TYPE: a device of dom0
net()
{
	put "/sys/class/net/$1/type" "$2"
	put "/sys/class/net/$1/mtu" 1500
	put "/sys/class/net/$1/flags" 0x1002
}

# virtio_card: a network card that virtio-pci has, its interface down
virtio_card()
{
	local dir=/sys/bus/pci/devices/0000:00:05.0

	mkdir -p "$dir" /sys/bus/virtio/devices /sys/bus/pci/drivers/{virtio-pci,blanket_virtio} /sys/module/blanket_virtio
	put "$dir/vendor" 0x1af4
	put "$dir/device" 0x1041
	put "$dir/driver_override" ''
	put "$dir/blanket/mac" 52:54:00:79:00:01
	put /sys/class/net/vif3.0/blanket/card ''
	pci_probe 0000:00:05.0
	ln -s "$dir/virtio3" /sys/bus/virtio/devices/virtio3
	store /local/domain/0/backend/vif/3/0/gatewaydev "$1"
}

# virtio_disk TARGET: a disk that virtio-pci has, 1 GiB
virtio_disk()
{
	local dir=/sys/bus/pci/devices/0000:00:09.0

	mkdir -p "$dir" /sys/bus/virtio/devices /sys/bus/pci/drivers/{virtio-pci,blanket_virtio} /sys/module/blanket_virtio
	put "$dir/vendor" 0x1af4
	put "$dir/device" 0x1042
	put "$dir/driver_override" ''
	put /sys/class/block/vdf/dev 254:80
	put /sys/dev/block/254:80/ro 0
	put /sys/dev/block/254:80/size 2097152
	put /sys/dev/block/254:80/uevent DEVNAME=vdf
	put "$bus/devices/vbd-3-51712/blanket/device" ''
	pci_probe 0000:00:09.0
	ln -s "$dir/virtio8" /sys/bus/virtio/devices/virtio8
	store /local/domain/0/backend/vbd/3/51712/params "$1"
}

# pci_probe ADDRESS: what the kernel does with a device without a driver
pci_probe()
{
	local dir=/sys/bus/pci/devices/$1 override

	override=$(< "$dir/driver_override")
	ln -sfn "/sys/bus/pci/drivers/${override:-virtio-pci}" "$dir/driver"
	[[ -z $override ]] || return 0
	if [[ $(< "$dir/device") == 0x1042 && $1 == *:09.0 ]]; then
		mkdir -p "$dir/virtio8/block/vdf"
		return
	fi
	mkdir -p "$dir/virtio3/net/fast0"
	[[ -e /sys/class/net/fast0 ]] || net fast0 1
}
export -f net put pci_probe

# bound ADDRESS: as by 'blanket bind'
bound()
{
	local dir=/sys/bus/pci/devices/$1

	put "$dir/driver_override" blanket_virtio
	rm -r "$dir"/virtio*
	pci_probe "$1"
}

# A file does nothing when it is written: what the kernel would do at once is
# done by this in the place of the scripts' own bl_try.
cat >> "$work/blanket-common.sh" <<'END'
bl_try()
{
	case $1 in
	*/mtu)
		printf '%s\n' "$2" > "$1" ;;
	/sys/bus/pci/drivers/*/unbind)
		/bin/rm "/sys/bus/pci/devices/$2/driver"
		/bin/rm -rf "/sys/bus/pci/devices/$2"/virtio* ;;
	*/drivers_probe)
		pci_probe "$2" ;;
	*/blanket/card | */blanket/device | */blanket/mode | */blanket/addresses | */blanket/antispoof)
		if [[ -e $1.refuses ]]; then
			bl_why=$(< "$1.refuses")
			return 1
		fi
		printf '%s\n' "$2" > "$1" ;;
	*/driver_override)
		printf '%s\n' "$2" > "$1" ;;
	*/bind)
		[[ ! -e ${1%/bind}/refuses ]] || { bl_why='No such device'; return 1; }
		ln -sfn "${1%/bind}" "$bl_bus/devices/$2/driver" ;;
	*/unbind)
		# with its path, not counted
		/bin/rm "$bl_bus/devices/$2/driver" ;;
	*/uplink)
		if [[ -e ${1%/uplink}/refuses && -n $2 ]]; then
			bl_why=$(< "${1%/uplink}/refuses")
			return 1
		fi
		printf '%s\n' "$2" > "$1" ;;
	esac
}
END

# fresh VIF-DRIVER: a machine with one vif in InitWait
fresh()
{
	rm -rf /sys/* "$STORE" 2>/dev/null || true
	mkdir -p /sys/hypervisor "$STORE" /sys/module/blanket_net/parameters /sys/module/blanket_blk
	put /sys/hypervisor/type xen
	put /sys/module/blanket_net/parameters/uplink '(null)'
	mkdir -p "$bus/drivers/"{vif,vbd,blanket_net,blanket_blk} "$bus/devices/"{vif-3-0,vbd-3-51712}
	ln -sfn "../../drivers/$1" "$bus/devices/vif-3-0/driver"
	ln -sfn "../../drivers/${1/vif/vbd}" "$bus/devices/vbd-3-51712/driver"
	put "$bus/devices/vif-3-0/state" InitWait
	put "$bus/devices/vbd-3-51712/state" InitWait
	net uplink0 1
	net lo 772
	net vif3.0 1
	put /sys/class/net/vif3.0/blanket/uplink ''
	put /sys/class/net/vif3.0/blanket/mode mac
	put /sys/class/net/vif3.0/blanket/addresses ''
	put /sys/class/net/vif3.0/blanket/antispoof 1
	store /local/domain/0/backend/vif/3/0/frontend /local/domain/3/device/vif/0
	store /local/domain/0/backend/vif/3/0/gatewaydev uplink0
	store /local/domain/0/backend/vbd/3/51712/frontend-id 3
	store /local/domain/0/backend/vbd/3/51712/mode w
	store /local/domain/3/vm /vm/three
}

vif()
{
	XENBUS_PATH=/local/domain/0/backend/vif/3/0 vif=vif3.0 \
		"$work/vif-blanket" "$1" type_if=vif 2>&1
}

block()
{
	XENBUS_PATH=/local/domain/0/backend/vbd/3/51712 "$work/block-blanket" "$1" 2>&1
}

# ip(8) cannot see made-up devices
mkdir "$work/bin"
cat > "$work/bin/ip" <<'END'
#!/bin/bash
net=/sys/class/net/$4
case $* in
*' name '*) mv "$net" "/sys/class/net/$6" ;;
*' up') : > "$net/up" ;;
*' down') rm -f "$net/up" ;;
esac
END
cat > "$work/bin/modprobe" <<'END'
#!/bin/bash
echo "modprobe: FATAL: Module $1 not found"
exit 1
END
for name in ls read rm write; do
	cp "$top/selftests/unit/xenstore.sh" "$work/bin/xenstore-$name"
done
chmod +x "$work/bin/"*
export PATH=$work/bin:$PATH

# programs FILE COMMAND...: the programs that a script started, into FILE
mkdir "$work/counted"
for name in basename cat cut dirname expr find flock grep ip logger losetup mkdir modprobe readlink rm sed \
	sleep stat udevadm uname xenstore-ls xenstore-read xenstore-rm xenstore-write; do
	printf '#!/bin/bash\necho "${0##*/}" >> "$PROGRAMS"\nPATH=${PATH#*:}\nexec "${0##*/}" "$@"\n' \
		> "$work/counted/$name"
done
chmod +x "$work/counted/"*
programs()
{
	: > "$1"
	PROGRAMS=$1 PATH=$work/counted:$PATH "${@:2}" > /dev/null
}

# frugal NAME COUNT COMMAND...: works with no more programs than that
frugal()
{
	if ! programs "$work/programs" "${@:3}"; then
		not_ok "$1" "fails: ${*:3}"
	elif (($(wc -l < "$work/programs") > $2)); then
		not_ok "$1" "more than $2: $(tr '\n' ' ' < "$work/programs")"
	else
		ok "$1"
	fi
	[[ -z ${VERBOSE:-} ]] || printf '# %s: %s\n' "$1" "$(tr '\n' ' ' < "$work/programs")"
}

# refused NAME KIND PATTERN: the script fails, says it, and leaves nothing
refused()
{
	local out rc=0 path=/local/domain/0/backend/vif/3/0 said

	[[ $2 == vif ]] || path=/local/domain/0/backend/vbd/3/51712
	if [[ $2 == vif ]]; then out=$(vif online) || rc=$?; else out=$(block add) || rc=$?; fi
	said=$(stored "$path/hotplug-error")
	if ((rc == 0)); then
		not_ok "$1" "exit status 0; $out"
	elif [[ ! $said$out =~ $3 ]]; then
		not_ok "$1" "said: $said; printed: $out; expected: $3"
	elif [[ $(stored "$path/hotplug-status") == connected || -n $(stored "$path/physical-device") ||
		-n $(< /sys/class/net/vif3.0/blanket/uplink) || -e /sys/class/net/vif3.0/up ]]; then
		not_ok "$1" "left half made: $(find /sys/class/net/vif3.0 "$STORE" -type f)"
	else
		ok "$1"
	fi
}

# works NAME CONDITION...: the vif comes up and the condition holds
works()
{
	local out rc=0 name=$1

	shift
	out=$(vif online) || rc=$?
	if ((rc)); then
		not_ok "$name" "$out $(stored /local/domain/0/backend/vif/3/0/hotplug-error)"
	elif [[ $(stored /local/domain/0/backend/vif/3/0/hotplug-status) != connected ]]; then
		not_ok "$name" "hotplug-status is not connected"
	elif ! "$@"; then
		not_ok "$name" "not so: $*"
	else
		ok "$name"
	fi
}

echo 'KTAP version 1'
echo '1..89'

driver_is()
{
	[[ $bus/devices/$1/driver -ef $bus/drivers/$2 ]]
}

attached()
{
	[[ $(< "/sys/class/net/$1/blanket/uplink") == "$2" && -e /sys/class/net/$1/up ]]
}

fresh blanket_net; works vif_attaches attached vif3.0 uplink0
fresh blanket_net; works vif_brings_the_uplink_up test -e /sys/class/net/uplink0/up
fresh vif; works vif_is_taken_from_the_stock_driver driver_is vif-3-0 blanket_net
fresh vif; store /local/domain/0/backend/vif/3/0/feature-ctrl-ring 1
store /local/domain/0/backend/vif/3/0/multi-queue-max-queues 4
works vif_stock_features_go test ! -e "$STORE/local/domain/0/backend/vif/3/0/feature-ctrl-ring" -a \
	! -e "$STORE/local/domain/0/backend/vif/3/0/multi-queue-max-queues" -a \
	-e "$STORE/local/domain/0/backend/vif/3/0/gatewaydev"
fresh blanket_net; store /local/domain/0/backend/vif/3/0/vifname web0
works vif_renamed attached web0 uplink0
fresh blanket_net; rm "$STORE/local/domain/0/backend/vif/3/0/gatewaydev"
put /sys/module/blanket_net/parameters/uplink uplink0
works vif_default_uplink attached vif3.0 uplink0
# shares MODE ADDRESSES
shares()
{
	attached vif3.0 uplink0 && [[ $(< /sys/class/net/vif3.0/blanket/mode) == "$1" &&
		$(< /sys/class/net/vif3.0/blanket/addresses) == "$2" ]]
}

# address_mode GATEWAYDEV IP
address_mode()
{
	fresh blanket_net
	store /local/domain/0/backend/vif/3/0/gatewaydev "$1"
	[[ -z $2 ]] || store /local/domain/0/backend/vif/3/0/ip "$2"
}

address_mode uplink0:address '10.0.0.11 fd00::11'
works vif_in_address_mode shares address '10.0.0.11 fd00::11'
address_mode uplink0:mac ''; put /sys/class/net/vif3.0/blanket/mode address
works vif_in_mac_mode shares mac ''
address_mode uplink0 10.0.0.11; put /sys/class/net/vif3.0/blanket/mode address
works vif_in_the_preferred_mode shares address 10.0.0.11
# antispoof VALUE COMMAND...
antispoof()
{
	[[ $(< /sys/class/net/vif3.0/blanket/antispoof) == "$1" ]] && "${@:2}"
}
address_mode uplink0 ''
works vif_in_mac_mode_needs_no_addresses antispoof 1 shares mac ''
address_mode uplink0 '10.0.0.11 fd00::11'
works vif_is_kept_to_the_addresses_it_has antispoof 2 shares mac '10.0.0.11 fd00::11'
fresh blanket_net; store /local/domain/0/backend/vif/3/0/mtu 1400
works vif_mtu grep -qx 1400 /sys/class/net/vif3.0/mtu
fresh blanket_net; works vif_mtu_for_the_guest grep -qx 1500 "$STORE/local/domain/3/device/vif/0/mtu"

card_driver_is()
{
	[[ $(readlink /sys/bus/pci/devices/0000:00:05.0/driver) == */$1 ]]
}

passed_through()
{
	card_driver_is blanket_virtio && [[ $(< /sys/class/net/vif3.0/blanket/card) == 0000:00:05.0 &&
		-z $(< /sys/class/net/vif3.0/blanket/uplink) &&
		$(stored /local/domain/0/backend/vif/3/0/blanket-mode) == "passthrough to 0000:00:05.0" ]]
}

fell_back()
{
	card_driver_is virtio-pci && attached vif3.0 fast0 &&
		[[ $(stored /local/domain/0/backend/vif/3/0/blanket-mode) == "uplink fast0, no passthrough: "*"$1"* ]]
}

fresh blanket_net; virtio_card 0000:00:05.0; works vif_passthrough passed_through
vif offline > /dev/null
if card_driver_is virtio-pci; then ok vif_card_is_given_back; else not_ok vif_card_is_given_back "it is not"; fi
fresh blanket_net; virtio_card 0000:00:05.0; bound 0000:00:05.0
works vif_card_that_was_bound passed_through
vif offline > /dev/null
if card_driver_is blanket_virtio; then ok vif_card_stays_bound; else not_ok vif_card_stays_bound "it was given back"; fi
fresh blanket_net; virtio_card 0000:00:05.0; bound 0000:00:05.0
put /sys/class/net/vif3.0/blanket/card.refuses 'Operation not supported'
refused vif_poor_card_that_was_bound vif "'blanket unbind 0000:00:05.0'"
if card_driver_is blanket_virtio; then ok vif_poor_card_stays_bound; else not_ok vif_poor_card_stays_bound "it was given back"; fi
fresh blanket_net; virtio_card 0000:00:05.0; bound 0000:00:05.0
mkdir -p /sys/bus/pci/drivers/vfio-pci; ln -sfn /sys/bus/pci/drivers/vfio-pci /sys/bus/pci/devices/0000:00:05.0/driver
refused vif_card_of_another_driver vif 'driver vfio-pci has it, for somebody else'
if card_driver_is vfio-pci; then ok vif_card_stays_with_it; else not_ok vif_card_stays_with_it "it was taken"; fi
fresh blanket_net; virtio_card virtio3; works vif_passthrough_by_virtio_name passed_through
fresh blanket_net; virtio_card 0000:00:05.0; store /local/domain/0/backend/vif/3/0/ip 10.0.0.11
works vif_passthrough_keeps_to_its_addresses antispoof 2 passed_through
fresh blanket_net; virtio_card virtio3; put /sys/class/net/fast0/flags 0x1003
works vif_card_in_use_is_an_uplink fell_back "dom0 uses it as fast0"
fresh blanket_net; virtio_card virtio3; put /sys/class/net/vif3.0/blanket/card.refuses 'Operation not supported'
works vif_poor_card_is_an_uplink fell_back "lacks checksum or segmentation"
fresh blanket_net; virtio_card virtio3; put /sys/bus/pci/devices/0000:00:05.0/device 0x1042
works vif_disk_is_no_card fell_back "not a virtio network card"

fresh blanket_net; vif online > /dev/null; vif offline > /dev/null
if [[ -z $(< /sys/class/net/vif3.0/blanket/uplink) && ! -e /sys/class/net/vif3.0/up ]]; then
	ok vif_offline_detaches
else
	not_ok vif_offline_detaches "still attached or up"
fi
fresh blanket_net; rm -r /sys/class/net/vif3.0
if vif offline > /dev/null; then ok vif_offline_when_gone; else not_ok vif_offline_when_gone failed; fi
fresh blanket_net; frugal vif_online_is_cheap 4 vif online
frugal vif_offline_is_cheap 2 vif offline
fresh vif; store /local/domain/0/backend/vif/3/0/feature-sg 1
store /local/domain/0/backend/vif/3/0/vifname web0
frugal vif_online_moved_is_cheap 6 vif online

# block_works NAME CONDITION...: the disk comes up and the condition holds
block_works()
{
	local out rc=0 name=$1

	shift
	out=$(block add) || rc=$?
	if ((rc)); then
		not_ok "$name" "$out $(stored /local/domain/0/backend/vbd/3/51712/hotplug-error)"
	elif [[ $(stored /local/domain/0/backend/vbd/3/51712/hotplug-status) != connected ]]; then
		not_ok "$name" "hotplug-status is not connected"
	elif ! "$@"; then
		not_ok "$name" "not so: $*"
	else
		ok "$name"
	fi
}

disk_driver_is()
{
	[[ $(readlink /sys/bus/pci/devices/0000:00:09.0/driver) == */$1 ]]
}

disk_passed_through()
{
	disk_driver_is blanket_virtio && [[ $(< "$bus/devices/vbd-3-51712/blanket/device") == 0000:00:09.0 &&
		-z $(stored /local/domain/0/backend/vbd/3/51712/physical-device) &&
		$(stored /local/domain/0/backend/vbd/3/51712/blanket-mode) == "passthrough to 0000:00:09.0" ]]
}

disk_fell_back()
{
	disk_driver_is virtio-pci && [[ $(stored /local/domain/0/backend/vbd/3/51712/physical-device) == fe:50 &&
		$(stored /local/domain/0/backend/vbd/3/51712/blanket-mode) == "block device vdf, no passthrough: "*"$1"* ]]
}

fresh blanket_net; virtio_disk 0000:00:09.0; block_works disk_passthrough disk_passed_through
block remove > /dev/null
if disk_driver_is virtio-pci; then ok disk_is_given_back; else not_ok disk_is_given_back "it is not"; fi
fresh blanket_net; virtio_disk 0000:00:09.0; bound 0000:00:09.0
block_works disk_that_was_bound disk_passed_through
block remove > /dev/null
if disk_driver_is blanket_virtio; then ok disk_stays_bound; else not_ok disk_stays_bound "it was given back"; fi
fresh blanket_net; virtio_disk virtio8; block_works disk_passthrough_by_virtio_name disk_passed_through
fresh blanket_net; virtio_disk virtio8; put "$bus/devices/vbd-3-51712/blanket/device.refuses" 'No such device'
block_works disk_that_is_not_taken_is_a_block_device disk_fell_back "No such device"
fresh blanket_net; virtio_disk virtio8; put /sys/bus/pci/devices/0000:00:09.0/vendor 0x1000
block_works other_disk_is_a_block_device disk_fell_back "not a virtio disk"
fresh blanket_net; virtio_disk virtio8; store /local/domain/0/backend/vbd/7/51728/physical-device fe:50
store /local/domain/0/backend/vbd/7/51728/mode w; store /local/domain/7/vm /vm/seven
refused disk_of_another_guest block 'in use by domain 7'
if disk_driver_is virtio-pci; then ok disk_in_use_is_left_alone; else not_ok disk_in_use_is_left_alone "it is not"; fi
fresh blanket_net; virtio_disk virtio8
put "$bus/devices/vbd-3-51712/blanket/device.refuses" 'Device or resource busy'
refused disk_is_taken block 'another guest has the disk'
fresh blanket_net; virtio_disk virtio8; put "$bus/devices/vbd-3-51712/blanket/device.refuses" 'Read-only file system'
refused disk_is_read_only block 'read-only; add access=r'
if disk_driver_is virtio-pci; then ok disk_refused_is_given_back; else not_ok disk_refused_is_given_back "it is not"; fi
fresh blanket_net; store /local/domain/0/backend/vbd/3/51712/params virtio9
refused no_such_virtio_disk block 'target=virtio9: no such virtio device'

fresh blanket_net; store /local/domain/0/backend/vif/3/0/gatewaydev eth7
refused vif_no_such_uplink vif 'gatewaydev=eth7: no such network device in dom0; candidates: uplink0'
fresh blanket_net; store /local/domain/0/backend/vif/3/0/gatewaydev virtio9
refused vif_no_such_card vif 'gatewaydev=virtio9: no such virtio device; .*uplinks uplink0'
fresh blanket_net; virtio_card virtio3
put /sys/class/net/vif3.0/blanket/card.refuses 'Cannot assign requested address'
refused vif_card_of_another_address vif "card's address is 52:54:00:79:00:01.*write mac=52:54:00:79:00:01"
fresh blanket_net; virtio_card 0000:00:05.0; put /sys/class/net/vif3.0/blanket/card.refuses 'Device or resource busy'
refused vif_card_is_taken vif 'another guest has the card'
fresh blanket_net; store /local/domain/0/backend/vif/3/0/gatewaydev ../../etc
refused vif_bad_name vif 'gatewaydev=\.\./\.\./etc: not a network device'
fresh blanket_net; rm "$STORE/local/domain/0/backend/vif/3/0/gatewaydev"
refused vif_no_uplink_named vif 'no uplink named .*gatewaydev=DEVICE .*candidates: uplink0'
fresh blanket_net; net xenbr0 1; mkdir /sys/class/net/xenbr0/bridge
ln -s ../xenbr0 /sys/class/net/uplink0/master
refused vif_uplink_in_bridge vif "port of bridge xenbr0; free it with 'ip link set dev uplink0 nomaster'.* script=vif-bridge,bridge=xenbr0"
fresh blanket_net; net bond0 1; ln -s ../bond0 /sys/class/net/uplink0/master
refused vif_uplink_in_bond vif 'enslaved to bond0; use gatewaydev=bond0'
fresh blanket_net; store /local/domain/0/backend/vif/3/0/gatewaydev lo
refused vif_uplink_not_ethernet vif 'gatewaydev=lo: not an Ethernet device \(type 772\)'
fresh blanket_net; store /local/domain/0/backend/vif/3/0/gatewaydev vif3.0
refused vif_own_uplink vif "that is a guest's vif, not an uplink"
fresh blanket_net; put /sys/class/net/vif3.0/blanket/refuses 'Device or resource busy'
refused vif_uplink_busy vif 'gatewaydev=uplink0: another receive handler'
address_mode uplink0:address ''
refused vif_without_addresses vif 'gatewaydev=uplink0:address: address mode .* add the guest.s, as ip='
address_mode uplink0:address 10.0.0.0/24
put /sys/class/net/vif3.0/blanket/addresses.refuses 'Invalid argument'
refused vif_addresses_are_nonsense vif 'ip=10.0.0.0/24: not addresses of a host'
address_mode uplink0:address 10.0.0.11
put /sys/class/net/vif3.0/blanket/addresses.refuses 'Argument list too long'
refused vif_too_many_addresses vif 'ip=10.0.0.11: more than 16 addresses'
address_mode uplink0:address 10.0.0.11
put /sys/class/net/vif3.0/blanket/refuses 'Cannot assign requested address'
refused vif_address_is_taken vif 'ip=10.0.0.11: dom0 or another guest on uplink0 has one of them'
address_mode uplink0:address 10.0.0.11
put /sys/class/net/vif3.0/blanket/refuses 'Wrong medium type'
refused vif_mode_of_the_others vif 'uplink0:address: guests there are not in address mode'
address_mode eth7:address 10.0.0.11
refused vif_no_such_uplink_for_address_mode vif 'gatewaydev=eth7:address: no such network device'
fresh blanket_net; rm /sys/class/net/vif3.0/blanket/addresses
refused vif_older_module vif 'has no .*blanket/addresses; blanket_net on this kernel is older'
fresh blanket_net; store /local/domain/0/backend/vif/3/0/mtu 9000
refused vif_mtu_too_large vif 'mtu=9000: uplink0 carries 68 to 1500'
fresh blanket_net; store /local/domain/0/backend/vif/3/0/mtu -1
refused vif_mtu_nonsense vif 'mtu=-1: uplink0 carries'
fresh vif; rm -r /sys/module/blanket_net
refused vif_no_module vif "module blanket_net is not loaded .*not found.* run 'make install'"
if driver_is vif-3-0 vif; then ok vif_no_module_leaves_the_driver; else not_ok vif_no_module_leaves_the_driver ''; fi
fresh vif; : > "$bus/drivers/blanket_net/refuses"
refused vif_driver_refuses vif 'blanket_net does not accept vif-3-0: No such device'
if driver_is vif-3-0 vif; then ok vif_driver_refuses_goes_back; else not_ok vif_driver_refuses_goes_back ''; fi
fresh vif; put /sys/hypervisor/type none
refused vif_no_xen vif "vif-blanket: not running on Xen .*type: none.*; boot this machine's Xen entry first"
refused block_no_xen block "block-blanket: not running on Xen .*; boot this machine's Xen entry first"
if driver_is vif-3-0 vif && driver_is vbd-3-51712 vbd; then
	ok no_xen_leaves_the_drivers
else
	not_ok no_xen_leaves_the_drivers "moved to ours"
fi

# From here on with real block devices: loop, over the real /sys.
fresh vif
truncate -s 1M "$work/disk.raw"
target()
{
	store /local/domain/0/backend/vbd/3/51712/params "$1"
}
real_sys()
{
	mkdir -p /sys/dev
	ln -sfn "$real/dev/block" /sys/dev/block
	ln -sfn "$real/class/block" /sys/class/block
	ln -sfn "$real/block" /sys/block
}
fresh vif; target ''
refused block_no_target block 'the disk has no target'
fresh vif; target /dev/nonesuch
refused block_missing block 'target=/dev/nonesuch: no such block device or file'
fresh vif; target /dev/null
refused block_not_a_disk block 'neither a block device nor a file \(character special file\)'
fresh vif; target "$work/disk.raw"; store /local/domain/0/backend/vbd/3/51712/mode rwx
refused block_bad_mode block "access mode 'rwx' of target=.*access="
fresh vif; target "$work/disk.raw"; chmod 444 "$work/disk.raw"
refused block_file_read_only block 'the file is read-only; add access=r'
chmod 644 "$work/disk.raw"

if ! losetup --find > /dev/null 2>&1; then
	for name in file_works file_removed file_busy file_busy_leaves_no_loop file_shared_read_only \
		file_forced block_empty file_add_is_cheap file_remove_is_cheap \
		device_add_is_cheap device_remove_is_cheap file_without_direct_io empty_leaves_no_loop; do
		ok "$name # SKIP no loop devices here"
	done
	exit $((bad > 0))
fi
vbd=/local/domain/0/backend/vbd/3/51712
fresh vif; real_sys; target "file:$work/disk.raw"
out=$(block add) || true
loop=$(stored $vbd/node)
if [[ -b $loop && $(stored $vbd/physical-device) == "$(stat -c %t:%T "$loop")" && $(stored $vbd/hotplug-status) == connected &&
	$(stored $vbd/physical-device-path) == "$loop" ]] && driver_is vbd-3-51712 blanket_blk; then
	ok file_works
else
	not_ok file_works "$out $(stored $vbd/hotplug-error)"
fi
block remove > /dev/null
if [[ ! -e $STORE$vbd/node && -z $(losetup --noheadings --associated "$work/disk.raw") ]]; then
	ok file_removed
else
	not_ok file_removed "$(losetup --associated "$work/disk.raw")"
fi

other=$(losetup --find --show "$work/disk.raw")
share()
{
	store /local/domain/0/backend/vbd/5/51712/physical-device "$(stat -c %t:%T "$other")"
	store /local/domain/0/backend/vbd/5/51712/mode "$1"
	store /local/domain/0/backend/vbd/5/51712/dev xvda
	store /local/domain/5/name other
	store /local/domain/5/vm /vm/five
}
fresh vif; real_sys; target "$work/disk.raw"; share w
refused file_busy block 'in use by domain 5 \(other\) as xvda'
if [[ $(losetup --noheadings --output NAME --associated "$work/disk.raw") == "$other" ]]; then
	ok file_busy_leaves_no_loop
else
	not_ok file_busy_leaves_no_loop "$(losetup --associated "$work/disk.raw")"
fi
shared_works()
{
	local out

	if out=$(block add) && [[ $(stored $vbd/hotplug-status) == connected ]]; then
		ok "$1"
	else
		not_ok "$1" "$out $(stored $vbd/hotplug-error)"
	fi
	block remove > /dev/null
}
fresh vif; real_sys; target "$work/disk.raw"; share r; store $vbd/mode r
shared_works file_shared_read_only
fresh vif; real_sys; target "$work/disk.raw"; share w; store $vbd/mode 'w!'
shared_works file_forced
losetup -d "$other"
fresh vif; real_sys; target "$work/disk.raw"; store $vbd/feature-persistent 1
frugal file_add_is_cheap 8 block add
frugal file_remove_is_cheap 4 block remove
other=$(losetup --find --show "$work/disk.raw")
fresh vif; real_sys; target "$other"; store $vbd/feature-persistent 1
frugal device_add_is_cheap 5 block add
frugal device_remove_is_cheap 1 block remove
losetup -d "$other"
mkdir "$work/ramfs"
mount -t ramfs none "$work/ramfs"
truncate -s 1M "$work/ramfs/disk.raw"
fresh vif; real_sys; target "$work/ramfs/disk.raw"
shared_works file_without_direct_io
umount "$work/ramfs"
truncate -s 0 "$work/disk.raw"
fresh vif; real_sys; target "$work/disk.raw"
refused block_empty block 'has no sectors'
if [[ -z $(losetup --noheadings --associated "$work/disk.raw") ]]; then
	ok empty_leaves_no_loop
else
	not_ok empty_leaves_no_loop "$(losetup --associated "$work/disk.raw")"
fi
((bad == 0))

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# NAT mode: dom0 is the guest's gateway, and what the guest sends leaves by the
# uplink with dom0's address. Sourced by vif-blanket, which says
#
#	dev	the vif		uplink	where guests' packets leave
#	origin	what named the uplink
#
# One nft table is all guests'. A guest's vif, and its addresses with its uplink, are
# elements of its sets:
#
#	guest --> vifX.Y --> its uplink			masquerade
#	guest --> vifX.Y --> vifX.Y --> guest		goes
#	guest --> vifX.Y --> any other device		dropped
#	any device --> vifX.Y --> guest			what answers, or dom0 forwards a port to
#
# Its addresses are in the back end's node "ip".

bl_nat_lock=/run/blanket-nat.lock

# bl_nat_addresses FAMILY: ip's, one a line; family 4 or 6
bl_nat_addresses()
{
	local ip family
	local -A seen=()

	for ip in ${bl_store[$XENBUS_PATH/ip]:-}; do
		family=4
		[[ $ip != *:* ]] || family=6
		[[ $family == "$1" && -z ${seen[$ip]:-} ]] || continue
		seen[$ip]=yes
		printf '%s\n' "$ip"
	done
}

# bl_nat_gateway IPV4
bl_nat_gateway()
{
	printf %s "${1%.*}.1"
}

# bl_nat_foreign FAMILY ADDRESS: dom0's route there, in bl_why; false: it has none but
# the default, by whatever name, and what leads to guests
bl_nat_foreign()
{
	local route routes

	routes=$(ip -o "-$1" route show match "$2" 2>&1) || {
		bl_why=$routes
		return
	}
	while read -r route; do
		case $route in
		'' | default* | [a-z]*' default '* | 0.0.0.0/1* | 128.0.0.0/1* | ::/1* | 8000::/1* | 2000::/3*) ;;
		*)
			bl_why=$route
			return
			;;
		esac
	done <<< "$routes"
	return 1
}

# Would dom0 lose a way of its own? Checked before anything is done.
bl_nat_check()
{
	local family gateway ip

	[[ -z ${bl_store[$XENBUS_PATH/vlan]:-} ]] ||
		bl_fatal "vlan=${bl_store[$XENBUS_PATH/vlan]}: a guest behind NAT is on no network of the uplink's; name the VLAN's device as gatewaydev=DEVICE:nat"
	type nft > /dev/null 2>&1 ||
		bl_fatal "$origin: NAT mode needs the command nft; apt install nftables"
	for family in 4 6; do
		for ip in $(bl_nat_addresses $family); do
			! bl_nat_foreign $family "$ip" ||
				bl_fatal "ip=$ip: dom0 has a route there ($bl_why); behind NAT give each guest an address of its own, of a network that dom0 has no part in"
		done
	done
	for ip in $(bl_nat_addresses 4); do
		gateway=$(bl_nat_gateway "$ip")
		[[ $gateway != "$ip" ]] ||
			bl_fatal "ip=$ip: the first address of its /24 is the gateway's, dom0's own; give the guest another"
		! bl_nat_foreign 4 "$gateway" ||
			bl_fatal "ip=$ip: its gateway would be $gateway, and dom0 has a route there ($bl_why); behind NAT give guests addresses of a network that dom0 has no part in"
	done
}

bl_nat_try()
{
	local why

	why=$("$@" 2>&1) || bl_fatal "$origin: $*: $why"
}

bl_nat_set()
{
	bl_try "/proc/sys/net/$1" "$2" || bl_fatal "$origin: cannot set net/$1 to $2: $bl_why"
}

# The first to forward: a host that does takes no router's word any more, on any of its
# devices, unless told to.
bl_nat_forward6()
{
	local conf now=0

	read -r now < /proc/sys/net/ipv6/conf/all/forwarding ||
		bl_fatal "$origin: dom0's kernel has no IPv6; leave such addresses out of ip="
	((now == 0)) || return 0
	for conf in /proc/sys/net/ipv6/conf/*/accept_ra; do
		read -r now < "$conf" || continue
		((now != 1)) || bl_nat_set "${conf#/proc/sys/net/}" 2
	done
	bl_nat_set ipv6/conf/all/forwarding 1
}

# bl_nat_element FAMILY ADDRESS
bl_nat_element()
{
	printf 'element inet blanket_nat guests%s { %s . "%s" }\n' "$1" "$2" "$uplink"
}

# Chains are filled anew each time, in one transaction, so that they are always whole.
bl_nat_rules()
{
	local family ip

	cat <<-EOF
		add table inet blanket_nat
		add set inet blanket_nat vifs { type ifname; }
		add set inet blanket_nat guests4 { type ipv4_addr . ifname; }
		add set inet blanket_nat guests6 { type ipv6_addr . ifname; }
		add chain inet blanket_nat leave { type nat hook postrouting priority srcnat; }
		flush chain inet blanket_nat leave
		add rule inet blanket_nat leave ip saddr . oifname @guests4 masquerade
		add rule inet blanket_nat leave ip6 saddr . oifname @guests6 masquerade
		add chain inet blanket_nat pass { type filter hook forward priority filter; }
		flush chain inet blanket_nat pass
		add rule inet blanket_nat pass ct state established,related accept
		add rule inet blanket_nat pass ct status dnat accept
		add rule inet blanket_nat pass iifname @vifs oifname @vifs accept
		add rule inet blanket_nat pass iifname @vifs ip saddr . oifname @guests4 accept
		add rule inet blanket_nat pass iifname @vifs ip6 saddr . oifname @guests6 accept
		add rule inet blanket_nat pass iifname @vifs drop
		add rule inet blanket_nat pass oifname @vifs drop
		add element inet blanket_nat vifs { "$dev" }
	EOF
	for family in 4 6; do
		for ip in $(bl_nat_addresses $family); do
			printf 'add %s\n' "$(bl_nat_element $family "$ip")"
		done
	done
}

# bl_nat_route ADDRESS/LEN: two guests that ask at the same time do not both get it
bl_nat_route()
{
	local why

	why=$(ip route add "$1" dev "$dev" 2>&1) && return
	# nothing to undo that is this guest's
	bl_store["$XENBUS_PATH/ip"]=
	bl_fatal "ip=${1%/*}: dom0 cannot route it to $dev: $why; give each guest an address of its own"
}

# bl_nat_up: routes and rules; the vif is up
bl_nat_up()
{
	local ip why

	for ip in $(bl_nat_addresses 4); do
		bl_nat_route "$ip/32"
		bl_nat_try ip address replace "$(bl_nat_gateway "$ip")/32" dev "$dev"
		# for other guests, which it takes to be next to it
		bl_nat_set "ipv4/conf/$dev/proxy_arp" 1
		bl_nat_set "ipv4/neigh/$dev/proxy_delay" 0
		bl_nat_set "ipv4/conf/$dev/forwarding" 1
		bl_nat_set "ipv4/conf/$uplink/forwarding" 1
	done
	for ip in $(bl_nat_addresses 6); do
		bl_nat_route "$ip/128"
		bl_nat_try ip address replace fe80::1/64 dev "$dev" nodad
		bl_nat_forward6
	done
	why=$({ flock 9; bl_nat_rules | nft -f -; } 9> "$bl_nat_lock" 2>&1) ||
		bl_fatal "$origin: nft: ${why%%$'\n'*}"
}

# bl_nat_down: routes went with the vif. The last guest takes the table with it.
bl_nat_down()
{
	local family ip

	{
		flock 9
		nft "delete element inet blanket_nat vifs { \"$dev\" }" || true
		for family in 4 6; do
			for ip in $(bl_nat_addresses $family); do
				nft "delete $(bl_nat_element $family "$ip")" || true
			done
		done
		[[ $(nft list table inet blanket_nat) == *'elements = '* ]] ||
			nft delete table inet blanket_nat || true
	} 9> "$bl_nat_lock" 2> /dev/null
}

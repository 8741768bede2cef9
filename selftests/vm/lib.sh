# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the tests in this folder: KTAP, and short ways to ask dom0. A test is
# called as NN-name.sh [LAB] with both guests up, ours loaded in dom0.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top"
lab=${1:-test}
# shellcheck disable=SC2034 # for guest_config
quick=1
# shellcheck source=/dev/null
. "$top/selftests/lib.sh"

ktap_n=0
ktap_bad=0

plan()
{
	printf 'KTAP version 1\n1..%d\n' "$1"
}

# t NAME COMMAND...: one test; what COMMAND prints is shown when it fails.
# COMMAND runs in a subshell: it cannot set our variables.
t()
{
	local name=$1 out rc start=$SECONDS

	shift
	# not "|| rc=": that would switch -e off inside
	set +e
	out=$(set -e; "$@" 2>&1 < /dev/null)
	rc=$?
	set -e
	ktap_n=$((ktap_n + 1))
	if ((rc)); then
		ktap_bad=$((ktap_bad + 1))
		out=$(tail -n 25 <<< "$out")
		printf '# status %d: %s\n' "$rc" "${out//$'\n'/$'\n# '}"
		printf 'not ok %d %s\n' "$ktap_n" "$name"
	else
		printf 'ok %d %s # %d s\n' "$ktap_n" "$name" $((SECONDS - start))
	fi
}

finish()
{
	((ktap_bad == 0))
}

# in_dom0: a script on stdin
in_dom0()
{
	in_lab dom0 -- bash -s -- "$@"
}

domid()
{
	dom0 "xl domid $1"
}

# vif_of GUEST, vbd_of GUEST DISK: names in dom0
vif_of()
{
	printf 'vif%d.0\n' "$(domid "$1")"
}

vbd_of()
{
	local -A number=([xvda]=51712 [xvdb]=51728 [xvdc]=51744 [xvdd]=51760)

	printf '/sys/bus/xen-backend/devices/vbd-%d-%d\n' "$(domid "$1")" "${number[$2]}"
}

# ensure_guests NAME...: up on ours, starting those that are not
ensure_guests()
{
	local name missing=()

	for name; do
		dom0 "xl domid $name > /dev/null 2>&1" || missing+=("$name")
	done
	((${#missing[@]})) || return 0
	for name in "${missing[@]}"; do
		put_config "$name" ours
	done
	create_guests "${missing[@]}" && await_guests "${missing[@]}" && put_wire "${missing[@]}"
}

# foresee PATTERN: this test makes a kernel say so, and logs_are_clean is to let it pass
foresee()
{
	mkdir -p "build/lab/$lab/logs"
	echo "$1" >> "build/lab/$lab/logs/foreseen"
}

# forgotten GUEST: no zombie is left of a guest that was destroyed
forgotten()
{
	in_dom0 "$1" <<-'EOF_DOM0'
		for i in $(seq 100); do
			xl list | grep -q "(null)\|^$1 " || exit 0
			sleep 0.2
		done
		xl list
		exit 1
	EOF_DOM0
}

# interrupts PATTERN: that dom0 took, of those with such names
interrupts()
{
	dom0 "grep -E '$1' /proc/interrupts" | awk '{ for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i } END { print sum + 0 }'
}

# polling VIF LOOKS: a millisecond apart, before it asks for events
polling()
{
	dom0 "cd /sys/class/net/$1; echo $(($2 ? 1000000 : 0)) > gro_flush_timeout; echo $2 > napi_defer_hard_irqs"
}

# polled VIF PATTERN COMMAND...: takes less than half of these interrupts with
# polling, and as many as ever after it
polled()
{
	local vif=$1 pattern=$2 looks rc=0 before
	local -a taken=()

	shift 2
	for looks in 0 50 0; do
		polling "$vif" "$looks"
		before=$(interrupts "$pattern")
		"$@" || rc=1
		taken+=($(($(interrupts "$pattern") - before)))
	done
	echo "interrupts without polling ${taken[0]}, with it ${taken[1]}, without it ${taken[2]}"
	((rc == 0 && 2 * taken[1] < taken[0] && 2 * taken[1] < taken[2]))
}

# lives_on_polling VIF PATTERN ADDRESS: g1's vif, interrupts of that name. With polling
# there is hardly one, nothing is lost, and nothing is left lying.
lives_on_polling()
{
	local vif=$1 pattern=$2 address=$3 rc=0

	polled "$vif" "$pattern" peer ping -q -c 100 -i 0.02 -W 10 "$address"
	polling "$vif" 50
	exchange g1 500000 16 10.77.0.1 fd77::1 || rc=1
	exchange peer 500000 16 "$address" || rc=1
	# more than a second after the last look
	peer ping -c 3 -i 1.5 -W 1 "$address" || rc=1
	polling "$vif" 0
	return $rc
}

# have_queues GUEST NUMBER: its vif and its first disk, so many each
have_queues()
{
	local net blk

	net=$(dom0 "cat /sys/class/net/$(vif_of "$1")/blanket/queues")
	blk=$(dom0 "cat $(vbd_of "$1" xvda)/blanket/queues")
	echo "vCPUs $(guest "$1" nproc), vif $net, vbd $blk"
	((net == $2 && blk == $2))
}

# let_go GUEST DEVICE: so has the guest's kernel of what was detached. Before, it
# does not notice when a device of that name comes again.
let_go()
{
	guest "$1" "for i in \$(seq 150); do test -e /sys/bus/xen/devices/$2 || exit 0; sleep 0.2; done
		echo \"the guest keeps $2, state \$(cat /sys/bus/xen/devices/$2/state)\"; exit 1"
}

# second_vif GUEST CONFIG ADDRESS/LEN...: a vif more, with its addresses in a namespace of
# the guest's, "new", where the first vif does not answer for it
second_vif()
{
	local name=$1 config=$2

	shift 2
	dom0 "xl network-attach $name script=vif-blanket $config"
	guest "$name" "set -e
		for i in \$(seq 100); do test -e /sys/bus/xen/devices/vif-1/net && break; sleep 0.2; done
		udevadm settle
		dev=\$(ls /sys/bus/xen/devices/vif-1/net)
		ip netns add new
		ip link set \$dev netns new
		for address in $*; do ip -n new addr add \$address dev \$dev nodad; done
		ip -n new link set \$dev up"
}

# no_second_vif GUEST
no_second_vif()
{
	dom0 "xl network-detach $1 1"
	guest "$1" 'ip netns del new'
	let_go "$1" vif-1
}

# exchange WHERE BYTES PACKETS ADDRESS...: no byte wrong, next to none lost
exchange()
{
	local where=$1 out

	shift
	if [[ $where == dom0 ]]; then
		out=$(dom0 "wire run $wire_port $*")
	elif [[ $where == peer ]]; then
		out=$(peer "$top/build/selftests/wire" run "$wire_port" "$@")
	else
		out=$(guest "$where" "wire run $wire_port $*")
	fi
	echo "$out"
	awk -v allowed=$(($2 / 50)) '$8 > allowed { bad = 1 } END { exit bad || NR == 0 }' <<< "$out"
}

# keeps_to_rate VIF: g1, which reaches the peer by it, sends no faster than it may and
# not much slower; nothing is lost for it, and what it receives is not limited
keeps_to_rate()
{
	local dir=/sys/class/net/$1/blanket out waits

	dom0 "echo 20000 > $dir/rate_interval; echo 250000 > $dir/rate"
	out=$(exchange g1 1000000 64 10.77.0.1) || { echo "$out"; return 1; }
	dom0 "echo 0 > $dir/rate"
	echo "$out"
	awk '/^tcp-tx/ { there = $6 } /^tcp-rx/ { back = $6 }
		END { exit !(there > 3900 && there < 6000 && back && back < there / 2) }' <<< "$out"
	waits=$(dom0 "ethtool -S $1" | awk '$1 == "tx_throttled:" { print $2 }')
	out=$(exchange g1 1000000 64 10.77.0.1)
	echo "waited $waits times, then without a limit: $out"
	awk '/^tcp-tx/ { there = $6 } END { exit !(there && there < 2000) }' <<< "$out"
	((waits > 50))
	dom0 "ethtool -S $1" | grep -q "tx_throttled: $waits\$"
}

# put_module WHERE NAME: a module of selftests/kmod to /root there. Tests of
# another lab may want the same one.
put_module()
{
	flock "$top/build/selftests" "$top/tools/inroot" make -s -C "selftests/kmod/$2"
	in_lab push "$1" "$top/build/selftests/kmod/$2/$2.ko" /root/
}

# keeps_to_addresses GUEST VIF NUMBER ADDRESS: of what the guest sends by its interface NUMBER,
# VIF here, all passes that is from ADDRESS or asks for one by DHCP, and no other protocol
keeps_to_addresses()
{
	local before after

	before=$(dom0 "ethtool -S $2" | sed -n 's/^ *tx_spoofed: //p')
	guest "$1" "python3 -c '
import os, socket
name = os.listdir(\"/sys/bus/xen/devices/vif-$3/net\")[0]
mac = bytes.fromhex(open(\"/sys/class/net/\" + name + \"/address\").read().strip().replace(\":\", \"\"))
def udp(source, sport, dport):
    return (bytes.fromhex(\"08004500001e0000400040110000\") + socket.inet_aton(source) + b\"\\xff\" * 4 +
            sport.to_bytes(2, \"big\") + dport.to_bytes(2, \"big\") + bytes.fromhex(\"000a0000\") + bytes(20))
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((name, 0))
for frame in (udp(\"$4\", 5000, 9), udp(\"0.0.0.0\", 68, 67), udp(\"10.77.0.99\", 5000, 9), udp(\"0.0.0.0\", 5000, 9),
              bytes.fromhex(\"88b5\") + bytes(50)):
    for _ in range(10):
        s.send(b\"\\xff\" * 6 + mac + frame)
'"
	after=$(dom0 "ethtool -S $2" | sed -n 's/^ *tx_spoofed: //p')
	echo "tx_spoofed $before -> $after"
	((after - before == 30))
}

# begin_wire GUEST ADDRESS [PREFIX]: a TCP connection each way, which end_wire ends; what a
# test that failed has left ends now
begin_wire()
{
	guest "$1" "pkill -x timeout; rm -f /tmp/stop
		${3:-} timeout 600 wire last $wire_port /tmp/stop $2 > /tmp/wire 2>&1 < /dev/null & sleep 1"
}

# begin_fio GUEST DISK, end_fio GUEST: likewise with a disk, all that is written read again
begin_fio()
{
	guest "$1" "pkill -x fio; rm -f /tmp/stop
		(timeout 600 sh -c 'until test -e /tmp/stop; do
			fio --name=v --filename=$2 --size=4M --direct=1 --ioengine=libaio --thread --verify=crc32c \
				--verify_fatal=1 --do_verify=1 --rw=randwrite --bsrange=4k-128k --iodepth=8 || exit
		done'; echo status \$?) > /tmp/fio 2>&1 < /dev/null &
		sleep 2"
}

end_fio()
{
	end_programs "$1"
	guest "$1" 'grep -E "err=|READ:|WRITE:|^status" /tmp/fio | tail -n 4
		grep -q "err= 0" /tmp/fio && ! grep "err=[^0]*[1-9]" /tmp/fio && grep -qx "status 0" /tmp/fio'
}

# end_programs GUEST: those under timeout, in order
end_programs()
{
	# shellcheck disable=SC2016
	guest "$1" 'touch /tmp/stop; for i in $(seq 500); do pgrep -x timeout > /dev/null || break; sleep 0.4; done'
}

# goes_on GUEST [PROGRAMS]: what began (that many, under timeout) has not ended
goes_on()
{
	guest "$1" "test \"\$(pgrep -xc timeout)\" = ${2:-1} || { tail -n 3 /tmp/wire /tmp/fio; exit 1; }"
}

# end_wire GUEST: no connection failed, no byte was wrong
end_wire()
{
	local out

	end_programs "$1"
	out=$(guest "$1" 'cat /tmp/wire')
	echo "$out"
	awk '/ lost 0$/ && $4 > 0 { n++; next } { bad = 1 } END { exit bad || n != 2 }' <<< "$out"
}

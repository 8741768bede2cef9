# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the demo and the VM tests share: progress, a lab, its guests.
#
#	peer 10.77.0.1 ---- uplink0 dom0 10.77.0.2 ---- g1 10.77.0.11
#	                                            `-- g2 10.77.0.12
#
# Callers set $top and $lab (the lab's name); with $quick guests boot the short way.

wire_port=7000
guest_wait=600

# clock START: m:ss since then
clock()
{
	local s=$((SECONDS - $1))

	printf '%3d:%02d' $((s / 60)) $((s % 60))
}

say()
{
	printf '[%s] %s\n' "$(clock 0)" "$*"
}

# stage TEXT COMMAND...: runs it with a live line and keeps what it prints in
# $work/stage, shown when it fails. COMMAND cannot set our variables.
stage()
{
	local text=$1 start=$SECONDS rc=0 pid shown=$SECONDS

	shift
	# a process group of its own, for stop_stage
	set -m
	"$@" > "$work/stage" 2>&1 < /dev/null &
	pid=$!
	set +m
	stage_pid=$pid
	while kill -0 "$pid" 2> /dev/null; do
		if [[ -t 1 ]]; then
			printf '\r\033[K[%s] %s ... %s' "$(clock 0)" "$text" "$(clock "$start")"
		elif ((SECONDS - shown >= 60)); then
			say "$text ... $(clock "$start")"
			shown=$SECONDS
		fi
		sleep 0.3
	done
	wait "$pid" || rc=$?
	stage_pid=
	[[ ! -t 1 ]] || printf '\r\033[K'
	if ((rc)); then
		say "$text: FAILED after$(clock "$start")"
		sed 's/^/    /' "$work/stage" | tail -n 40 >&2
		return "$rc"
	fi
	say "$text: $((SECONDS - start)) s"
}

stop_stage()
{
	[[ -z ${stage_pid:-} ]] || kill -TERM -- "-$stage_pid" 2> /dev/null || true
}

in_lab()
{
	local verb=$1

	shift
	"$top/tools/lab" "$verb" --name "$lab" "$@"
}

# dom0 TEXT, guest NAME TEXT: shell text there
dom0()
{
	in_lab dom0 -- "$1"
}

guest()
{
	in_lab guest "$1" -- "$2"
}

peer()
{
	in_lab peer -- "$@"
}

build_wire()
{
	"$top/tools/inroot" make -s -C selftests/wire OUT=/src/build/selftests
}

# guest_config NAME STYLE [LINE...]: NAME's configuration, every device by ours
# or by the stock drivers. g1 has the scratch disk as well.
guest_config()
{
	local name=$1 style=$2 vif disks mac

	shift 2
	mac=$(printf '00:16:3e:77:00:%02x' $((10 + ${name#g})))
	if [[ $style == ours ]]; then
		vif="script=vif-blanket,gatewaydev=uplink0"
		disks="'format=raw,vdev=xvda,access=w,script=block-blanket,target=/dev/lab/$name'"
		[[ $name != g1 ]] ||
			disks+=", 'format=raw,vdev=xvdb,access=w,script=block-blanket,target=/dev/lab/scratch'"
	else
		vif="bridge=xenbr0"
		disks="'phy:/dev/lab/$name,xvda,w'"
		[[ $name != g1 ]] || disks+=", 'phy:/dev/lab/scratch,xvdb,w'"
	fi
	cat <<-EOF_CONFIG
	name = "$name"
	type = "pv"
	memory = 256
	vcpus = 1
	bootloader = "pygrub"
	# Xen would emulate RDTSC where it finds the TSC unreliable, as here
	tsc_mode = "native"
	on_crash = "destroy"
	vif = [ "mac=$mac,$vif" ]
	disk = [ $disks ]
	EOF_CONFIG
	# and more grants than dom0 keeps the table of mapped
	[[ -z ${quick:-} ]] || printf '%s\n' 'bootloader_args = [ "--entry=1" ]' 'max_grant_frames = 66'
	(($# == 0)) || printf '%s\n' "$@"
}

# put_config NAME STYLE [LINE...]: into dom0
put_config()
{
	guest_config "$@" | in_lab dom0 -- "mkdir -p /etc/xen/lab && cat > /etc/xen/lab/$1.cfg"
}

# load_modules: two queues though dom0 has one CPU, for 30-multiqueue
load_modules()
{
	dom0 'set -e
		rmmod blanket_net blanket_blk blanket 2> /dev/null || true
		modprobe blanket_net max_queues=2
		modprobe blanket_blk max_queues=2'
}

# favour_dom0: libxl ends hotplug scripts that take 40 s, as they can on an
# emulated machine when they compete with a guest that boots
favour_dom0()
{
	dom0 'xl sched-credit2 -d Domain-0 -w 4096'
}

# create_guests NAME...: one after the other, for the same reason
create_guests()
{
	local name

	for name; do
		dom0 "xl create /etc/xen/lab/$name.cfg" || return
	done
}

# await_guests NAME...: until each answers on ssh
await_guests()
{
	local name end=$((SECONDS + guest_wait)) address

	for name; do
		address=10.77.0.$((10 + ${name#g}))
		# the knock costs the guest nothing, unlike an ssh handshake
		until peer timeout 5 bash -c "exec 3<>/dev/tcp/$address/22 && read -r -t 4 <&3" 2> /dev/null; do
			if ((SECONDS > end)); then
				echo "$name does not answer on $address after $guest_wait s; its console ends with:"
				in_lab log "$name" | tail -n 15
				return 1
			fi
			sleep 1
		done
		guest "$name" true || return
	done
}

# stop_guests NAME...: shut down in order, destroy who doesn't; the short init
# knows no orderly end
stop_guests()
{
	local name

	for name; do
		dom0 "xl domid $name > /dev/null 2>&1" || continue
		if [[ -n ${quick:-} ]]; then
			guest "$name" sync && dom0 "xl destroy $name" || return
		else
			dom0 "timeout 240 xl shutdown -w $name || xl destroy $name" || return
		fi
	done
}

# put_wire TARGET...: the traffic program into dom0 or guests, serving there
put_wire()
{
	local target verb serve

	# its streams closed as a whole, or ssh would wait for it
	serve="{ pidof wire || setsid wire serve $wire_port; } > /dev/null 2>&1 < /dev/null &"
	for target; do
		verb=(guest "$target")
		[[ $target != dom0 ]] || verb=(dom0)
		in_lab push "$target" "$top/build/selftests/wire" /usr/local/bin/ || return
		in_lab "${verb[@]}" -- "$serve" || return
	done
}

# The namespace ends with the lab, and what runs in it with the namespace.
peer_wire()
{
	peer bash -c "setsid '$top/build/selftests/wire' serve $wire_port > /dev/null 2>&1 < /dev/null &"
}

# bridge_uplink, free_uplink: dom0's address moves with the uplink
bridge_uplink()
{
	# shellcheck disable=SC2016
	dom0 'set -e
		modprobe -a xen-netback xen-blkback
		ip link add xenbr0 type bridge
		ip link set xenbr0 address "$(cat /sys/class/net/uplink0/address)"
		ip addr flush dev uplink0
		ip link set uplink0 up master xenbr0
		ip link set xenbr0 up
		ip addr add 10.77.0.2/24 dev xenbr0
		ip addr add fd77::2/64 dev xenbr0 nodad'
}

free_uplink()
{
	dom0 'set -e
		[ -e /sys/class/net/xenbr0 ] || exit 0
		ip link del xenbr0
		ip addr replace 10.77.0.2/24 dev uplink0
		ip addr replace fd77::2/64 dev uplink0 nodad'
}

# verify_disk GUEST DEVICE MIB NAME=VALUE...: fio writes and reads back with
# crc32c; prints "write KiB/s" and "read KiB/s"
verify_disk()
{
	local name=$1 device=$2 mib=$3

	shift 3
	guest "$name" "fio --alloc-size=1024 --name=v --filename=$device --size=${mib}M --direct=1 --ioengine=libaio --thread \
		--verify=crc32c --verify_fatal=1 --do_verify=1 --randrepeat=0 --minimal --terse-version=3 ${*/#/--} |
		awk -F';' '{ if (\$5) exit 1; print \"write\", \$48; print \"read\", \$7 }'"
}

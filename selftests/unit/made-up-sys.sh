# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For tests of blanket's commands: a /sys and an /etc made up in $work, on a
# machine without xenstore, and results in KTAP. $1 is the program to be tested,
# built with sanitizers.

# shellcheck disable=SC2034 # for the test
blanket=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BLANKET_SYSFS=$work/sys
export BLANKET_ETC=$work/etc
export XENSTORED_PATH=$work/none
n=0 bad=0

put()
{
	mkdir -p "$BLANKET_SYSFS/${1%/*}"
	printf '%s\n' "$2" > "$BLANKET_SYSFS/$1"
}

counters()
{
	put "class/net/$1/statistics/rx_bytes" "$2"
	put "class/net/$1/statistics/rx_packets" "$3"
	put "class/net/$1/statistics/tx_bytes" "$4"
	put "class/net/$1/statistics/tx_packets" "$5"
}

backend()
{
	local dir=$BLANKET_SYSFS/bus/xen-backend/devices/$1

	mkdir -p "$dir"
	[[ -z $2 ]] || ln -s "../../../bus/xen-backend/drivers/$2" "$dir/driver"
	put "bus/xen-backend/devices/$1/state" "$3"
}

result()
{
	n=$((n + 1))
	if [[ $1 == 0 ]]; then
		echo "ok $n $2"
	else
		bad=$((bad + 1))
		echo "not ok $n $2"
	fi
}

# like NAME PATTERN TEXT
like()
{
	local rc=0

	if [[ ! $3 =~ $2 ]]; then
		printf '# no match for %s in:\n' "$2"
		printf '#   %s\n' "${3//$'\n'/$'\n#   '}"
		rc=1
	fi
	result $rc "$1"
}

# same NAME TEXT TEXT
same()
{
	local rc=0

	if [[ $2 != "$3" ]]; then
		diff <(echo "$2") <(echo "$3") | sed 's/^/# /'
		rc=1
	fi
	result $rc "$1"
}

# json NAME EXPRESSION: Python on the parsed object "a"
json()
{
	local rc=0

	python3 -c "
import json, sys
a = json.load(open('$work/json'))
v = $2
if v is not True:
    print('# got', v)
    sys.exit(1)" || rc=1
	result $rc "$1"
}

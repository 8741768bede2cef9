# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Runs tests that print KTAP, shows each result with its test's name, and counts.
# Callers set $work and have lib.sh's say.
: "${work:=}"

passed=0 failed=0 skipped=0
test_pid=''

# judge NAME WHAT STATUS: one more result
judge()
{
	if (($3)); then
		failed=$((failed + 1))
		printf 'not ok %s.%s\n' "$1" "$2"
	else
		passed=$((passed + 1))
		printf 'ok %s.%s\n' "$1" "$2"
	fi
}

# count NAME: KTAP on stdin, shown with NAME and counted
count()
{
	local line planned='' seen=0

	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*)
			seen=$((seen + 1))
			[[ $line =~ ^((not )?ok)\ [0-9]+\ (- )?(.*)$ ]]
			printf '%s %s.%s\n' "${BASH_REMATCH[1]}" "$1" "${BASH_REMATCH[4]}"
			case $line in
			not*) failed=$((failed + 1)) ;;
			*'# SKIP'*) skipped=$((skipped + 1)) ;;
			*) passed=$((passed + 1)) ;;
			esac
			;;
		1..*) planned=${line#1..} ;;
		'KTAP version'*) ;;
		[0-9]*' passed, '*) ;;
		*) printf '# %s: %s\n' "$1" "${line#\# }" ;;
		esac
	done
	[[ $planned == "$seen" ]] || judge "$1" "all_tests_run ($seen of ${planned:-an unknown number})" 1
}

# run_test NAME COMMAND...: in a process group of its own, so that Ctrl-C ends it
run_test()
{
	local name=$1 start=$SECONDS

	shift
	say "$name"
	mkfifo "$work/ktap"
	set -m
	"$@" > "$work/ktap" 2>&1 < /dev/null &
	test_pid=$!
	set +m
	count "$name" < "$work/ktap"
	wait "$test_pid" || true
	test_pid=
	rm "$work/ktap"
	say "$name took $((SECONDS - start)) s"
}

stop_test()
{
	[[ -z $test_pid ]] || kill -TERM -- "-$test_pid" 2> /dev/null || true
}

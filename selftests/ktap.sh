# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Results in KTAP, for tests that are one script.

n=0 bad=0

ok()
{
	n=$((n + 1))
	echo "ok $n $1"
}

# not_ok NAME WHY
not_ok()
{
	n=$((n + 1))
	bad=$((bad + 1))
	printf '# %s\nnot ok %d %s\n' "${2//$'\n'/$'\n# '}" "$n" "$1"
}

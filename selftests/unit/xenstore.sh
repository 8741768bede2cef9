#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Stands in for xenstore-ls -f, -read, -rm and -write, by whichever name it has,
# over a folder in the place of xenstore ($STORE).
set -euo pipefail

case ${0##*/} in
xenstore-ls)
	shopt -s globstar nullglob
	[[ -d $STORE$2 ]] || exit 1
	for f in "$STORE$2"/**; do
		value=
		[[ ! -f $f ]] || value=$(< "$f")
		[[ $f == "$STORE$2/" ]] || printf '%s = "%s"\n' "${f#"$STORE"}" "${value//\\/\\\\}"
	done
	;;
xenstore-read)
	[[ -f $STORE$1 ]] && printf '%s\n' "$(< "$STORE$1")"
	;;
xenstore-rm)
	for path; do
		rm -r "${STORE:?}$path"
	done
	;;
xenstore-write)
	while (($#)); do
		mkdir -p "$STORE${1%/*}"
		printf '%s' "$2" > "$STORE$1"
		shift 2
	done
	;;
esac

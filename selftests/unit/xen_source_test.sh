#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which Xen source xen/build takes when Debian's archive has moved on since
# xen/sources.sha256 was written. Made-up archives, which apt reads from a folder.
set -euo pipefail

top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../ktap.sh
. "$top/selftests/ktap.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work"/{xen/patches,apt/lists/partial,apt/cache/archives/partial}
cp "$top/xen/build" "$work/xen/"
unset MAKEFLAGS MAKELEVEL
export TMPDIR=$work LC_ALL=C.UTF-8

# this machine's apt must not see any of it
export APT_CONFIG=$work/apt/conf
cat > "$APT_CONFIG" <<END
Dir::State::lists "$work/apt/lists";
Dir::Cache "$work/apt/cache";
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
END
echo "deb-src [trusted=yes] file:$work/archive trixie main" > "$work/apt/sources.list"

# version VERSION: a source package, in the pool
version()
{
	local pool=$work/archive/pool/main/x/xen up=${1%-*} tree=$work/source

	rm -rf "$tree"
	mkdir -p "$tree/xen-$up" "$tree/debian/patches" "$pool"
	echo "$1" > "$tree/xen-$up/version"
	: > "$tree/debian/patches/series"
	tar -C "$tree" -cJf "$pool/xen_$up.orig.tar.xz" "xen-$up"
	tar -C "$tree" -cJf "$pool/xen_$1.debian.tar.xz" debian
}

# sums VERSION: as in sources.sha256
sums()
{
	(cd "$work/archive/pool/main/x/xen" && sha256sum "xen_$1.debian.tar.xz" "xen_${1%-*}.orig.tar.xz")
}

# lists VERSION...: the index
lists()
{
	local dists=$work/archive/dists/trixie v sum name

	mkdir -p "$dists/main/source"
	for v; do
		printf 'Package: xen\nVersion: %s\nDirectory: pool/main/x/xen\nFormat: 3.0 (quilt)\nBinary: xen\nArchitecture: any\n' "$v"
		echo 'Checksums-Sha256:'
		while read -r sum name; do
			printf ' %s %s %s\n' "$sum" "$(stat -c %s "$work/archive/pool/main/x/xen/$name")" "$name"
		done < <(sums "$v")
		echo
	done > "$dists/main/source/Sources"
	{
		printf 'Codename: trixie\nComponents: main\nArchitectures: all amd64\nSHA256:\n'
		printf ' %s %s main/source/Sources\n' "$(sha256sum < "$dists/main/source/Sources" | cut -d' ' -f1)" \
			"$(stat -c %s "$dists/main/source/Sources")"
	} > "$dists/Release"
}

# gone VERSION: no longer in the pool
gone()
{
	rm "$work/archive/pool/main/x/xen/xen_$1.debian.tar.xz" "$work/archive/pool/main/x/xen/xen_${1%-*}.orig.tar.xz"
}

# takes NAME VERSION [notice]: that one, and only a notice says that it was not pinned
takes()
{
	local out rc=0 got says=


	rm -rf "$work/tree"
	out=$("$work/xen/build" --inside source "$work/tree" 2>&1) || rc=$?
	got=$(cat "$work/tree/version" 2>&1 || true)
	[[ $out != *"Debian no longer has xen_$old; this is a newer one"* ]] || says=notice
	if [[ $rc == 0 && $got == "$2" && $says == "${3:-}" ]]; then
		ok "$1"
	else
		not_ok "$1" "status $rc, version '$got', and says: $out"
	fi
}

# refuses NAME PATTERN
refuses()
{
	local out rc=0

	rm -rf "$work/tree"
	out=$("$work/xen/build" --inside source "$work/tree" 2>&1) || rc=$?
	if [[ $rc != 0 && $out =~ $2 && ! -e $work/tree/version ]]; then
		ok "$1"
	else
		not_ok "$1" "status $rc, and says: $out"
	fi
}

old=4.20.3-1 new=4.20.4-1 newer=4.20.10-1 other=4.21.0-1
echo 'KTAP version 1'
echo '1..8'

for v in $old $new $newer $other; do
	version "$v"
done
sums "$old" > "$work/xen/sources.sha256"
lists $old $new $newer $other
takes pinned $old
lists $new $newer $other
takes pinned_while_the_pool_has_it $old
sed 's/^....../000000/' "$work/xen/sources.sha256" > "$work/wrong"
mv "$work/xen/sources.sha256" "$work/right"
mv "$work/wrong" "$work/xen/sources.sha256"
lists $old
refuses "index_contradicts" "xen_$old.debian.tar.xz: xen/sources.sha256 has 000000.*but apt's index says"
mv "$work/right" "$work/xen/sources.sha256"
gone $old
lists $new $newer $other
takes newest_of_the_series $newer notice
gone $newer
takes newest_that_the_pool_has $new notice
says=$("$work/xen/build" --inside update 2>&1 | tail -n 2)
if [[ $(grep -v '^#' "$work/xen/sources.sha256" | sort) == "$(sums "$new" | sort)" ]]; then
	ok hashes_are_updated
else
	not_ok hashes_are_updated "$says"
fi
takes updated_is_pinned $new
gone $new
refuses nothing_left "no mirror has a Xen 4.20 source, .*index lists \(.*xen_$new.debian.tar.xz"
((bad == 0))

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What stops a set-up or an installation: no mirror, a full disk, a kernel that
# cannot be dom0 or has no headers. Each must stop at once, say what is wrong
# and the remedy, and leave nothing half made. On a copy of the tree, in a mount
# and network namespace of its own; runs in the build root.
set -euo pipefail

if [[ ${1:-} != inside ]]; then
	exec unshare --mount --net --propagation private "$0" inside
fi

top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../ktap.sh
. "$top/selftests/ktap.sh"
work=$(mktemp -d)
server=
cleanup()
{
	stop_server
	umount -l "$work/cache" "$work/dest" 2> /dev/null || true
	rm -rf --one-file-system "$work"
}
trap cleanup EXIT
chmod 755 "$work"
mkdir -p "$work"/{tree/build,tmp,cache,dest,www,apt/lists/partial,apt/cache/archives/partial}
tree=$work/tree
cp -r "$top"/{Makefile,tools,xen,userspace} "$tree/"
mkdir "$tree/kmod"
cp -r "$top/kmod/core" "$tree/kmod/"
# a silent mirror is given up after a second, here
sed -i 's/Timeout=10/Timeout=1/g' "$tree/tools/setup"
unset http_proxy https_proxy MAKEFLAGS MAKELEVEL
export BLANKET_CACHE=$work/cache TMPDIR=$work/tmp LC_ALL=C.UTF-8
ip link set lo up

# this machine's apt must not see any of it
export APT_CONFIG=$work/apt/conf
cat > "$APT_CONFIG" <<END
Dir::State::lists "$work/apt/lists";
Dir::Cache "$work/apt/cache";
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Acquire::http::Proxy "DIRECT";
END

# mirror URI: apt's only one
mirror()
{
	local codename

	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	echo "deb $1 $codename main" > "$work/apt/sources.list"
}

# serve PYTHON: a server on port 8000 of this namespace
serve()
{
	python3 -c "$1" > /dev/null 2>&1 &
	server=$!
	until (: < /dev/tcp/127.0.0.1/8000) 2> /dev/null; do
		sleep 0.05
	done
}

stop_server()
{
	[[ -n $server ]] || return 0
	kill "$server" 2> /dev/null || true
	wait "$server" 2> /dev/null || true
	server=
}

# recipe NAME BODY: in the place of a real stage
recipe()
{
	printf 'needs_gib=0\nbuild()\n{\n%s\n}\npublish()\n{\n\t:\n}\n' "$2" > "$tree/tools/stages/$1.sh"
}

# everything that a command may have left
traces()
{
	find "$work/cache" "$work/dest" "$work/tmp" "$tree" -path "$work/cache/log" -prune \
		-o -type d -printf '%p\n' -o -printf '%p %s\n' | LC_ALL=C sort
	findmnt -rno TARGET | grep -F "$work" || true
}

# [most=SECONDS] refused NAME PATTERN COMMAND...
refused()
{
	local name=$1 pattern=$2 out rc=0 start=$SECONDS before after

	shift 2
	before=$(traces)
	out=$(timeout 30 "$@" 2>&1 < /dev/null) || rc=$?
	after=$(traces)
	if ((rc == 0)); then
		not_ok "$name" "succeeded: $*"$'\n'"$out"
	elif [[ ! $out =~ $pattern ]]; then
		not_ok "$name" "no '$pattern' in: $out"
	elif [[ $before != "$after" ]]; then
		not_ok "$name" "left: $(diff <(echo "$before") <(echo "$after"))"
	elif ((SECONDS - start > ${most:-4})); then # apt alone tries for minutes
		not_ok "$name" "took $((SECONDS - start)) s"
	else
		ok "$name"
	fi
}

# works NAME PATTERN COMMAND...
works()
{
	local name=$1 pattern=$2 out rc=0

	shift 2
	out=$(timeout 30 "$@" 2>&1 < /dev/null) || rc=$?
	if ((rc)) || [[ ! $out =~ $pattern ]]; then
		not_ok "$name" "status $rc, no '$pattern' in: $out"
	else
		ok "$name"
	fi
}

echo 'KTAP version 1'
echo '1..35'
setup=$tree/tools/setup

printf 'ID=other\nPRETTY_NAME="Other 1"\nVERSION_CODENAME=one\n' > "$work/os-release"
mount --bind "$work/os-release" /etc/os-release
refused other_system 'this is Other 1; the set-up knows Debian 12 and 13' "$setup"
umount /etc/os-release

# apt has nothing to ask
remedy='Check the network, the mirror in /etc/apt/sources\.list.*proxy'
mirror http://192.0.2.1/debian
refused mirror_out_of_reach \
	"setup: apt cannot fetch http://192\.0\.2\.1/debian/dists/trixie/InRelease: .*unreachable.*$remedy" "$setup"
refused proxy_out_of_reach "Could not connect to 127\.0\.0\.1:9 .*$remedy" \
	env http_proxy=http://127.0.0.1:9 APT_CONFIG=<(sed /Proxy/d "$APT_CONFIG") "$setup" guest-base
mirror http://mirror.invalid/debian
refused mirror_has_no_address "http://mirror\.invalid/debian/.* resolv.*$remedy" "$setup" sources
echo http://192.0.2.7/debian > "$work/apt/mirrors"
mirror "mirror+file:$work/apt/mirrors"
refused mirror_list_out_of_reach "cannot fetch http://192\.0\.2\.7/debian/dists" "$setup" xen
: > "$work/apt/sources.list"
refused no_mirror 'knows no Debian mirror here; add one to /etc/apt/sources\.list\.d' "$setup"
mirror http://name:password@127.0.0.1:8000/debian
# It counts who asked, and how long they waited for an answer: of all that apt does
# here, 3 s on an idle machine, that alone is what the set-up decides.
serve "import socket, time
s = socket.create_server(('127.0.0.1', 8000))
while True:
    asker = s.accept()[0]
    start = time.monotonic()
    if asker.recv(4096): # not serve(), which looks only whether somebody listens
        asker.recv(1)
        print(round(time.monotonic() - start), file=open('$work/patience', 'a'))"
most=15 refused mirror_is_silent "cannot fetch http://127\.0\.0\.1:8000/debian/dists/.*$remedy" "$setup"
stop_server
patience=$(< "$work/patience")
if [[ $patience =~ ^[12]($'\n'[12])?$ ]]; then
	ok silent_mirror_is_given_up_in_time
else
	not_ok silent_mirror_is_given_up_in_time "seconds it was waited for, each time: ${patience//$'\n'/, }"
fi

mkdir -p "$work/www/debian/dists"
serve "import http.server, os
os.chdir('$work/www')
http.server.ThreadingHTTPServer(('127.0.0.1', 8000), http.server.SimpleHTTPRequestHandler).serve_forever()"
refused mirror_without_our_suite "404.*it must have trixie" "$setup" sources
mkdir "$work/www/debian/dists/trixie"
echo any > "$work/www/debian/dists/trixie/InRelease"
recipe host ':'
works mirror_answers 'host +done' "$setup" host
recipe guest-base "kill $server; sleep 0.2; mktemp; touch \"\$out/half\"; false"
refused mirror_goes_meanwhile \
	"guest-base +FAILED.*cannot fetch .*$remedy.*stage guest-base failed with status 1 and was removed" "$setup" guest-base
stop_server

# disk
mount -t tmpfs -o size=16m none "$work/cache"
refused disk_too_small \
	"building host ssh .* needs [0-9.]+ GiB, $work/cache has 0\.0 GiB free.*BLANKET_CACHE=" "$setup"
# shellcheck disable=SC2016
recipe filler 'mktemp; head -c 32M /dev/zero > "$out/half"'
refused disk_fills "Disk full: $work/cache has 0\.0 GiB free.*BLANKET_CACHE=.*stage filler failed" "$setup" filler
# shellcheck disable=SC2016
recipe filler 'mktemp; touch "$out/whole"'
mkdir "$work/cache/tmp.filler.killed"
works what_a_killed_set_up_left_goes 'filler +done' "$setup" filler
left=$(find "$work/cache" -mindepth 1 -path "$work/cache/log" -prune -o -printf '%P\n' | sort)
if [[ ${left//$'\n'/ } =~ ^filler-[0-9a-f]{16}\ filler-[0-9a-f]{16}/whole$ ]]; then
	ok finished_stage_is_alone
else
	not_ok finished_stage_is_alone "$left"
fi
umount "$work/cache"
: > "$work/file"
refused cache_is_no_folder "cannot create $work/file/cache/log .*owner and the free space" \
	env BLANKET_CACHE="$work/file/cache" "$setup"

# kernels: the build root's headers, this machine's kernels
root=$tree/build/root-build
mkdir -p "$root"
refused headers_of_no_kernel "no kernel headers in .*run tools/setup root-build" make -C "$tree" modules
for kver in 6.12.1-amd64 6.12.1-cloud; do
	mkdir -p "$root/usr/src/linux-headers-$kver" "$root/lib/modules/$kver"
	ln -s "../../../usr/src/linux-headers-$kver" "$root/lib/modules/$kver/build"
	touch "$root/usr/src/linux-headers-$kver/Makefile"
	printf '# CONFIG_XEN_DOM0 is not set\nCONFIG_XEN_BACKEND=y\n' > "$root/usr/src/linux-headers-$kver/.config"
done
sed -i 's/^# \(.*\) is not set/\1=y/' "$root/usr/src/linux-headers-6.12.1-amd64/.config"
missing='kernel 6\.1\.0-9: its headers are not in the build root, which has: 6\.12\.1-amd64 6\.12\.1-cloud\..*apt-get install -y linux-headers-6\.1\.0-9'
refused headers_missing "$missing" make -C "$tree" modules KVER=6.1.0-9
refused headers_missing_for_install "$missing" make -C "$tree" install KVER=6.1.0-9
refused headers_without_dom0 'kernel 6\.12\.1-cloud has no Xen dom0 support: no CONFIG_XEN_DOM0=y in .*linux-image-amd64' \
	make -C "$tree" install KVER=6.12.1-cloud DESTDIR="$work/dest"
mount -t tmpfs none /lib/modules
mount -t tmpfs none /boot
mkdir -p /lib/modules/6.1.0-9/kernel
refused machine_without_the_kernel \
	'kernel 6\.12\.1-amd64 is not on this machine, which has: 6\.1\.0-9 .*apt-get install linux-image-6\.12\.1-amd64' \
	make -C "$tree" install KVER=6.12.1-amd64
mkdir -p /lib/modules/6.12.1-amd64/kernel
echo '# CONFIG_XEN_DOM0 is not set' > /boot/config-6.12.1-amd64
refused machine_without_dom0 'no Xen dom0 support: no CONFIG_XEN_DOM0=y in /boot/config-6\.12\.1-amd64' \
	make -C "$tree" install KVER=6.12.1-amd64
cp "$root/usr/src/linux-headers-6.12.1-amd64/.config" /boot/config-6.12.1-amd64
works machine_not_on_xen "note: this is not Xen's dom0 with kernel 6\.12\.1-amd64; boot that" \
	"$tree/tools/check-kernel" machine 6.12.1-amd64

# installing, all or nothing
mkdir -p "$tree/build/kmod/kmod" "$tree/build/userspace/work"
echo 'const char x[1 << 20] = { 1 };' | gcc -c -x c -o "$tree/build/kmod/kmod/blanket.ko" -
cp "$tree/build/kmod/kmod/blanket.ko" "$tree/build/kmod/kmod/blanket_net.ko"
echo program > "$tree/build/userspace/blanket"
echo 'int main(void) { return 0; }' | gcc -x c -o "$tree/build/userspace/work/net" -
cp "$tree/build/userspace/work/net" "$tree/build/userspace/work/disk"
refused install_without_xen "no Xen in $tree/build/xen; run make xen" "$tree/tools/install" 6.12.1 "$work/dest"
echo xen > "$tree/build/xen"
mount -t tmpfs -o size=1536k none "$work/dest"
mkdir -p "$work/dest/lib/modules/6.12.1/updates/blanket"
echo old > "$work/dest/lib/modules/6.12.1/updates/blanket/blanket.ko"
refused install_on_a_full_disk \
	"cannot write to $work/dest/lib/modules/6\.12\.1/updates/blanket: No space left .*K free, .*K needed.*Nothing was installed" \
	"$tree/tools/install" 6.12.1 "$work/dest"
mount -o remount,ro,size=8m "$work/dest"
refused install_read_only "cannot write to $work/dest/.*: Read-only file system" \
	"$tree/tools/install" 6.12.1 "$work/dest"
mount -o remount,rw "$work/dest"
if out=$("$tree/tools/install" 6.12.1 "$work/dest" 2>&1) &&
	cmp -s "$work/dest/usr/sbin/blanket" "$tree/build/userspace/blanket" &&
	[[ $(zcat "$work"/dest/boot/xen-4.*-blanket.gz) == xen && -e $work/dest/usr/lib/systemd/system/blanket.service ]] &&
	[[ -x $work/dest/etc/xen/scripts/vif-blanket && -z $(find "$work/dest" -name '*.new') ]] &&
	(($(stat -c %s "$work/dest/lib/modules/6.12.1/updates/blanket/blanket.ko") > 1 << 20)); then
	ok install_works
else
	not_ok install_works "$out $(find "$work/dest" -type f)"
fi

# and taking it away again, for two kernels, beside what others have there
tree_of()
{
	find "$1" -printf '%P %m %s\n' | LC_ALL=C sort
}

root=$work/dest2
mkdir -p "$root/etc/xen/scripts" "$root/lib/modules/6.12.1/kernel" "$root/usr/sbin"
touch "$root/etc/xen/scripts/vif-bridge" "$root/usr/sbin/xl"
before=$(tree_of "$root")
refused uninstall_of_nothing "nothing of ours is in $root" make -C "$tree" uninstall DESTDIR="$root"
"$tree/tools/install" 6.12.1 "$root"
installed=$(tree_of "$root")
"$tree/tools/install" 6.12.2 "$root"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
refused uninstall_read_only 'cannot remove .*: Read-only file system. Check who may write' "$tree/tools/uninstall" "$root"
umount "$root"
: > "$root/usr/lib/blanket/mine"
if out=$(make -s -C "$tree" uninstall DESTDIR="$root" 2>&1) && [[ -e $root/usr/lib/blanket/mine ]] &&
	rm -r "$root/usr/lib" && [[ $(tree_of "$root") == "$before" ]]; then
	ok uninstall_leaves_what_was_there
else
	not_ok uninstall_leaves_what_was_there "$out $(diff <(echo "$before") <(tree_of "$root"))"
fi
"$tree/tools/install" 6.12.1 "$root"
"$tree/tools/install" 6.12.1 "$root"
if out=$(diff <(echo "$installed") <(tree_of "$root") 2>&1) && out=$("$tree/tools/uninstall" "$root" 2>&1) &&
	out=$(diff <(echo "$before") <(tree_of "$root")); then
	ok uninstall_after_installing_twice
else
	not_ok uninstall_after_installing_twice "$out"
fi

# as in an image that it was copied into
image=$work/image
"$tree/tools/install" 6.12.1 "$image"
cp -a "$image/lib/." "$image/usr/lib/"
rm -r "${image:?}/lib"
ln -s usr/lib "$image/lib"
if out=$("$tree/tools/uninstall" "$image" 2>&1) && [[ -L $image/lib && -z $(find "$image" -name '*blanket*') ]]; then
	ok uninstall_where_lib_is_a_link
else
	not_ok uninstall_where_lib_is_a_link "$out $(find "$image" -name '*blanket*')"
fi

# by DKMS: what it says it builds is what kbuild builds, and all sources are there
version=$(sed -n 's/^#define BLANKET_VERSION "\(.*\)"/\1/p' "$top/kmod/core/main.c")
sources=$root/usr/src/xen-blanket-$version
rm -r "$tree/kmod"
cp -r "$top"/{kmod,Kbuild} "$tree/"
if out=$(DKMS=1 "$tree/tools/install" 6.12.1 "$root" 2>&1) && out=$(diff -r "$tree/kmod" "$sources/kmod" 2>&1) &&
	out=$(diff <(cd "$tree" && sed -n 's|^obj-y += ||p' Kbuild | while read -r folder; do
		sed -n "s|^obj-m := \(.*\)\.o|\1 ${folder%/}|p" "${folder}Kbuild"
	done | sort) <(# shellcheck source=/dev/null
		kernel_source_dir='' dkms_tree='' . "$sources/dkms.conf" && for i in "${!BUILT_MODULE_NAME[@]}"; do
		echo "${BUILT_MODULE_NAME[i]} ${BUILT_MODULE_LOCATION[i]}"
		[[ ${DEST_MODULE_LOCATION[i]} == /updates/dkms && $PACKAGE_VERSION == "$version" ]] || echo "$i is wrong"
	done | sort) 2>&1); then
	ok install_for_dkms
else
	not_ok install_for_dkms "$out"
fi
refused install_beside_dkms 'installed by DKMS in .*; add DKMS=1, or run make uninstall' "$tree/tools/install" 6.12.1 "$root"
if "$tree/tools/uninstall" "$root" && [[ $(tree_of "$root") == "$before" ]]; then
	ok uninstall_for_dkms
else
	not_ok uninstall_for_dkms "$(diff <(echo "$before") <(tree_of "$root"))"
fi
((bad == 0))

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What 'make install' put into dom0 is what boots: GRUB's menu as update-grub made it,
# our Xen from /boot, Debian's own init, our modules by our service. Then it is taken
# away again.
#
#	GRUB -- /boot/grub/grub.cfg -- /boot/xen-4.20-blanket.gz -- systemd -- blanket.service
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

cleanup()
{
	in_lab reboot
	in_lab install
	load_modules
	put_wire dom0
	favour_dom0
}
trap cleanup EXIT

# As an operator sets up a machine with two serial consoles. The lab's disk has no
# initrd of its own, as each would take its time.
prepare()
{
	in_lab push dom0 "$top/build/initrd.img" /root/
	in_dom0 <<-'EOF_DOM0'
		set -e
		mv /root/initrd.img "/boot/initrd.img-$(uname -r)"
		mkdir -p /boot/grub
		cat > /etc/default/grub <<-'EOF_GRUB'
			GRUB_TIMEOUT=0
			GRUB_TERMINAL=serial
			GRUB_SERIAL_COMMAND="serial --unit=0"
			GRUB_DISABLE_LINUX_UUID=true
			GRUB_CMDLINE_XEN="com1=115200,8n1 console=com1 loglvl=warning spec-ctrl=no xpti=no bootscrub=false xsave=0"
			GRUB_CMDLINE_LINUX="console=hvc0 console=ttyS1 mitigations=off quiet loglevel=4 TERM=dumb audit=0 panic=1"
		EOF_GRUB
		/usr/lib/blanket/activate
		grep -A 12 "menuentry.*with Xen" /boot/grub/grub.cfg | head -n 14
		grep 'multiboot2.*/xen-4.20-blanket.gz .*dom0_mem=1G+10%' /boot/grub/grub.cfg
	EOF_DOM0
}

boots()
{
	in_lab reboot --grub
	put_wire dom0
	favour_dom0
	in_dom0 <<-'EOF_DOM0'
		set -e
		xl info | grep -E 'xen_version|xen_commandline|xen_changeset'
		xl info xen_commandline | grep 'dom0_mem=1G+10%'
		test "$(cat /proc/1/comm)" = systemd
	EOF_DOM0
}

modules_are_there()
{
	in_dom0 <<-'EOF_DOM0'
		for i in $(seq 100); do
			[[ $(systemctl is-active blanket) == activating || $(systemctl is-active blanket) == inactive ]] || break
			sleep 1
		done
		systemctl --no-pager status blanket
		lsmod | awk '/^blanket_(net|blk|virtio) / { n++ } END { exit n != 3 }' && systemctl -q is-active blanket
	EOF_DOM0
}

# with everything else, too, as blanket doctor sees it
is_a_blanket()
{
	dom0 'blanket doctor || test $? = 3' | tee /dev/stderr |
		grep -E '^blanket  yes: dom0 of Xen 4\.20[^ ]* \(ours, with lean operations\), Linux 6'
}

guest_runs()
{
	put_config g1 ours
	create_guests g1
	await_guests g1
	put_wire g1
	exchange g1 300000 64 10.77.0.1 10.77.0.2
	verify_disk g1 /dev/xvdb 2 bs=16k rw=randwrite iodepth=16
}

# it stays while the modules below it are loaded anew
service_reloads()
{
	local before

	before=$(dom0 'stat -c %i /sys/module/blanket_blk')
	dom0 'systemctl reload blanket'
	(($(dom0 'stat -c %i /sys/module/blanket_blk') != before))
	exchange g1 300000 64 10.77.0.1
	verify_disk g1 /dev/xvdb 2 bs=16k rw=randwrite iodepth=16
	dom0 'xl destroy g1'
}

# by the list that is there
uninstalls()
{
	in_dom0 < "$top/tools/uninstall"
	in_dom0 <<-'EOF_DOM0'
		left=$(find / -xdev -name '*blanket*' ! -path '/proc/*' ! -path '/sys/*' ! -path '/run/*' ! -path '/tmp/*' ! -path '/var/*' ! -path '/root/*')
		echo "left: $left"
		! grep 'blanket' /boot/grub/grub.cfg && [[ -z $left ]]
	EOF_DOM0
}

plan 7
t update_grub_finds_xen prepare
t boots_what_is_installed boots
t service_loads_the_modules modules_are_there
t doctor_is_content is_a_blanket
t guest_runs guest_runs
t service_reloads_the_modules service_reloads
t uninstalls uninstalls
finish

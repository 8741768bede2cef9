# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# The lab's key pair: who may log in as root to dom0 and the guests, and the
# host key they all show.
after=(host)

build()
{
	ssh-keygen -q -t ed25519 -N '' -C blanket-lab -f "$out/id"
	ssh-keygen -q -t ed25519 -N '' -C blanket-lab-host -f "$out/host_key"
}

publish()
{
	link "$out" ssh
}

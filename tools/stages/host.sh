# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Packages on the machine itself: only what makes roots and drives the lab.
inputs=(tools/stages/host-packages)

build()
{
	local packages missing=()

	mapfile -t packages < <(grep -v '^#' "$top/tools/stages/host-packages")
	for p in "${packages[@]}"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) == installed ]] ||
			missing+=("$p")
	done
	if ! apt-get -o DPkg::Lock::Timeout=300 update; then
		echo "apt-get update fails: see above, and check /etc/apt/sources.list*" >&2
		return 1
	fi
	if ((${#missing[@]})); then
		DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}"
	fi
	sources_list "$out/debian.sources"
}

publish()
{
	:
}

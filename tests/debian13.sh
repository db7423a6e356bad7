#!/bin/bash
# What runs in a Debian 13: tests/debian13.sh, called by run.sh.
#
# Makes a minimal root in build/debian13/root, once, copies the tree into it, and
# runs unit tests, contract tests and the quick start there, as a newcomer would:
# with the two commands.  All that was started ends with it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$here/.." && pwd)
folder=$tree/build/debian13
root=$folder/root
log=$folder/made.log

# shellcheck source=deploy/steps.sh
source "$tree/deploy/steps.sh"

# Where this machine has its Debian from; nothing when it has none.
mirror() {
	# shellcheck disable=SC1091,SC2016
	apt-get indextargets --format '$(SITE)' 'Created-By: Packages' \
		'Origin: Debian' "Codename: $(
			source /etc/os-release && echo "$VERSION_CODENAME"
		)" 2>/dev/null | head -n 1
}

make_root() {
	local mirror

	if [[ -e $root/made ]]; then
		return
	fi
	echo "  making a minimal root"
	as_root rm -rf "$root"
	mirror=$(mirror)
	as_root mmdebstrap --variant=minbase trixie "$root" \
		${mirror:+"$mirror"} >"$log" 2>&1 ||
		fail_with_log "A Debian 13 cannot be made."
	as_root touch "$root/made"
}

# What was built there before stays.
copy_tree() {
	as_root mkdir -p "$root/src"
	as_root find "$root/src" -mindepth 1 -maxdepth 1 ! -name build \
		-exec rm -rf {} +
	(cd "$tree" && git ls-files -coz --exclude-standard |
		tar -c --null --ignore-failed-read -T - 2>>"$log") |
		as_root tar -x --no-same-owner -C "$root/src"
}

# in_root COMMAND: with processes and mounts of its own, which end with it.
in_root() {
	as_root cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	# shellcheck disable=SC2016
	as_root unshare --mount --pid --fork --kill-child \
		env -u M2MGATE "ROOT=$root" bash -c '
			mount -t proc proc "$ROOT/proc"
			mount --rbind /dev "$ROOT/dev"
			exec chroot "$ROOT" bash -c "cd /src && $1"' - "$1"
}

keep_counts() {
	if [[ -e $root/src/build/results/counted ]]; then
		cp "$root/src/build/results/counted" "$folder/counted"
	fi
}

mkdir -p "$folder"
: >"$log"
make_root
copy_tree
as_root rm -f "$root/src/build/results/counted"
in_root "tests/run.sh unit contract" || true
keep_counts
if in_root "deploy/quickstart.sh --once"; then
	echo "passed quick start" >>"$folder/counted"
else
	echo "failed quick start" >>"$folder/counted"
fi
[[ -e $root/src/build/results/counted ]]

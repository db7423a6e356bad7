#!/bin/bash
# Install what the build needs, and build the release program:
#
#	deploy/build.sh [PACKAGE...]
#
# Installs Debian packages that are missing, also those named, and leaves the
# program at build/release/m2mgate.  The output of the tools goes to
# build/release.log and is shown only when something fails.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
log=$root/build/release.log

# libwebsockets loads its libuv support at run time: libwebsockets-evlib-uv.
readonly PACKAGES=(gcc libc6-dev meson ninja-build pkg-config
	libmicrohttpd-dev libcurl4-openssl-dev libwebsockets-dev
	libwebsockets-evlib-uv libcjson-dev libuv1-dev libcyaml-dev
	libyaml-dev libsqlite3-dev
	libcbor-dev libcoap3-dev libpaho-mqtt-dev)

fail() {
	echo
	echo "$1 The last lines of $log:" >&2
	tail -n 20 "$log" >&2
	exit 1
}

# progress LABEL: read lines that begin with a percentage and show how far it
# is; on a terminal as one line that changes, elsewhere once in a while.
progress() {
	local label=$1 percent shown=-25 bar=####################

	while read -r percent _; do
		percent=${percent%%[!0-9]*}
		[[ -n $percent ]] || continue
		if [[ -t 1 ]]; then
			printf '\r  %-28s [%-20s] %3d %%' "$label" \
				"${bar:0:percent / 5}" "$percent"
		elif ((percent >= shown + 25)); then
			printf '  %-28s %3d %%\n' "$label" "$percent"
			shown=$percent
		fi
	done
	if [[ -t 1 ]]; then
		echo
	fi
}

as_root() {
	if ((EUID == 0)); then
		"$@"
	else
		sudo "$@"
	fi
}

is_installed() {
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == \
		installed ]]
}

# apt-get tells its progress as "dlstatus:ITEM:PERCENT:TEXT" while it downloads,
# then as "pmstatus:..." while it unpacks, on the descriptor that it is given,
# which is the pipe here.
apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
		--no-install-recommends -o APT::Status-Fd=1 \
		-o Dpkg::Use-Pty=0 "$@" 2>&1 |
		tee -a "$log" |
		sed -un 's/^\(dl\|pm\)status:[^:]*:\([0-9]*\).*/\1 \2/p' |
		while read -r phase percent; do
			if [[ $phase == dl ]]; then
				echo $((percent / 3))
			else
				echo $((34 + percent * 66 / 100))
			fi
		done | progress "installing $# packages"
}

install_missing() {
	local missing=() package

	for package in "$@"; do
		is_installed "$package" || missing+=("$package")
	done
	if ((${#missing[@]} == 0)); then
		return
	fi
	if ((EUID != 0)) && ! command -v sudo >/dev/null; then
		echo "As root, please: apt-get install ${missing[*]}" >&2
		exit 1
	fi
	echo "  reading the list of packages"
	as_root apt-get update >>"$log" 2>&1 ||
		fail "The list of packages cannot be read."
	apt_install "${missing[@]}" ||
		fail "The packages cannot be installed."
}

# A folder that was prepared before keeps its options.
prepare() {
	if [[ ! -e $build/build.ninja ]]; then
		meson setup "$build" "$root" --buildtype=release -Db_lto=true \
			-Dtests=false >>"$log" 2>&1 ||
			fail "The build cannot be prepared."
	fi
}

compile() {
	NINJA_STATUS='%p ' ninja -C "$build" m2mgate 2>&1 | tee -a "$log" |
		sed -un 's/^ *\([0-9]*\)% .*/\1/p' | progress "building m2mgate" ||
		fail "The build failed."
}

mkdir -p "$root/build"
: >"$log"
install_missing "${PACKAGES[@]}" "$@"
prepare
compile

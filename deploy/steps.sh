#!/bin/bash
# What the steps of build.sh and tests/run.sh share: Debian packages that are
# missing are installed, and how far something is gets shown.
#
# To be sourced, under "set -euo pipefail".
# shellcheck disable=SC2034

# Takes what the tools say, which is shown only when something fails.
log=${log:-/dev/null}

# How long another program may be at the packages.
readonly LOCK_SECONDS=900

# What the build needs.  libwebsockets loads its libuv support at run time:
# libwebsockets-evlib-uv.
readonly BUILD_PACKAGES=(
	gcc libc6-dev meson ninja-build pkg-config
	libcjson-dev libcoap3-dev libcurl4-openssl-dev
	libcyaml-dev libmicrohttpd-dev libpaho-mqtt-dev libsqlite3-dev libssl-dev
	libuv1-dev libwebsockets-dev libwebsockets-evlib-uv libyaml-dev
)

# Packages that bring a service nobody asked for: only their programs are used.
readonly SERVICES=(mosquitto nginx)
readonly POLICY=/usr/sbin/policy-rc.d

fail() {
	printf '\n%s\n' "$1" >&2
	exit 1
}

fail_with_log() {
	echo >&2
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

# compile LABEL FOLDER [TARGET...]: what ninja says goes to the log.
compile() {
	local label=$1 folder=$2

	shift 2
	NINJA_STATUS='%p ' ninja -C "$folder" "$@" 2>&1 | tee -a "$log" |
		sed -un 's/^ *\([0-9]*\)% .*/\1/p' | progress "$label"
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

# apt_get ARGUMENT...: what it says goes to the log, and its progress to
# descriptor 3.  Of its three locks apt waits for one only, and without a word;
# so all of them are waited for here.
apt_get() {
	local said status until=$((SECONDS + LOCK_SECONDS)) is_told=no

	said=$(mktemp)
	while true; do
		status=0
		as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
			apt-get "$@" </dev/null 2>&1 | tee "$said" >&3 ||
			status=$?
		cat "$said" >>"$log"
		if ((status == 0)) || ((SECONDS > until)) ||
			! grep -Eq '^E: (Could not get lock|Unable to (lock|acquire))' \
				"$said"; then
			break
		fi
		if [[ $is_told == no ]]; then
			echo "  waiting for another program that installs packages$(
				sed -n 's/.*held by \(process [^.]*\)$/: \1/p' \
					"$said" | head -n 1
			)"
			is_told=yes
		fi
		sleep 1
	done
	rm -f "$said"
	return "$status"
}

# apt-get tells its progress as "dlstatus:ITEM:PERCENT:TEXT" while it downloads,
# then as "pmstatus:..." while it unpacks.
show_apt() {
	sed -un 's/^\(dl\|pm\)status:[^:]*:\([0-9]*\).*/\1 \2/p' |
		while read -r phase percent; do
			if [[ $phase == dl ]]; then
				echo $((percent / 3))
			else
				echo $((34 + percent * 66 / 100))
			fi
		done | progress "$1"
}

# What a package server that cannot be reached makes apt say.
readonly UNREACHABLE='Temporary failure resolving|Could not resolve|Could not connect|Cannot initiate the connection|Unable to connect|Connection timed out|Connection failed|Network is unreachable'

unreachable_in() {
	grep -Em 1 "$UNREACHABLE" | sed 's/^[EWI]: *//; s/^ *//' || true
}

# fail_to_install LINES PACKAGE...: what was said behind so many lines of the
# log tells why; or what was before, when all that is missing is a list.
fail_to_install() {
	local why said

	said=$(tail -n "+$(($1 + 1))" "$log")
	shift
	why=$(unreachable_in <<<"$said")
	if [[ -z $why && $said =~ (Unable to locate|no installation candidate) ]]; then
		why=$(unreachable_in <"$log")
	fi
	if [[ -n $why ]]; then
		fail "There is no network to the package server, which is needed for: $*.
  $why
Once it is there - or http_proxy is set - start this again."
	fi
	fail_with_log "The packages cannot be installed."
}

# new_services PACKAGE...: those among them that would bring a service.
new_services() {
	local package service

	for package in "$@"; do
		for service in "${SERVICES[@]}"; do
			if [[ $package == "$service" ||
				$package == "$service"-light ]]; then
				echo "$service"
			fi
		done
	done
}

# Let no new service start while it is installed, and take its place among those
# that start with the machine.  One that was there before is not touched.
forbid_start() {
	[[ ! -e $POLICY ]] || return 0
	printf '#!/bin/sh\n# Only while m2mgate installs packages.\n%s\nexit 0\n' \
		"case \$1 in $(IFS='|' && echo "$*")) exit 101 ;; esac" |
		as_root tee "$POLICY" >/dev/null
	as_root chmod 755 "$POLICY"
	is_forbidden=yes
}

allow_start() {
	if [[ $is_forbidden == yes ]]; then
		as_root rm -f "$POLICY"
		is_forbidden=no
	fi
}

# What was brought by an init script, and what has none.  deb-systemd-helper does
# nothing for who is no script of a package.
disable_services() {
	local service

	for service in "$@"; do
		as_root update-rc.d "$service" disable >>"$log" 2>&1 || true
		as_root env DPKG_MAINTSCRIPT_PACKAGE="$service" \
			deb-systemd-helper disable "$service.service" \
			>>"$log" 2>&1 || true
	done
}

# In a shell of its own, so that no trap of ours is lost.
install_now() (
	local services is_forbidden=no

	mapfile -t services < <(new_services "$@")
	trap allow_start EXIT
	trap 'exit 130' INT TERM
	if ((${#services[@]})); then
		forbid_start "${services[@]}"
	fi
	{
		apt_get install -y --no-install-recommends \
			-o APT::Status-Fd=1 -o Dpkg::Use-Pty=0 "$@" \
			3>&1 >&4 | show_apt "installing $# packages"
	} 4>&1 || exit
	if ((${#services[@]})); then
		disable_services "${services[@]}"
	fi
)

# install_missing PACKAGE...
install_missing() {
	local missing=() package n_lines

	for package in "$@"; do
		is_installed "$package" || missing+=("$package")
	done
	if ((${#missing[@]} == 0)); then
		return
	fi
	if ((EUID != 0)) && ! command -v sudo >/dev/null; then
		fail "As root, please: apt-get install ${missing[*]}"
	fi
	echo "  reading the list of packages"
	# A list that is older may still do where some server answers.
	apt_get update -o APT::Update::Error-Mode=any 3>/dev/null ||
		grep -Eq '^(Hit|Get):' "$log" ||
		fail_to_install 0 "${missing[@]}"
	n_lines=$(wc -l <"$log")
	install_now "${missing[@]}" ||
		fail_to_install "$n_lines" "${missing[@]}"
}

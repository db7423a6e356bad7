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

# shellcheck source=deploy/steps.sh
source "$root/deploy/steps.sh"

# A folder that was prepared before keeps its options.
prepare() {
	if [[ ! -e $build/build.ninja ]]; then
		meson setup "$build" "$root" --buildtype=release -Db_lto=true \
			-Dtests=false >>"$log" 2>&1 ||
			fail_with_log "The build cannot be prepared."
	fi
}

mkdir -p "$root/build"
: >"$log"
install_missing "${BUILD_PACKAGES[@]}" "$@"
prepare
compile "building m2mgate" "$build" m2mgate ||
	fail_with_log "The build failed."

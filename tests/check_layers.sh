#!/bin/bash
# Fail when a room includes a header that it may not know: check_layers.sh ROOT
#
# core knows nobody; a binding knows core and its own library; gateway knows
# all.  A library is met in one room only, so that it can be exchanged there.
# Inside core, lib knows nobody, and codec knows lib and the message that it
# writes.
set -euo pipefail
cd "$1"
bad=0

# forbid PATTERN ROOM...: no file there includes a header that matches.
forbid() {
	local pattern=$1
	shift
	if grep -rnE "^[[:blank:]]*#[[:blank:]]*include[[:blank:]]+[\"<]($pattern)" \
		--include='*.c' --include='*.h' "$@"; then
		bad=1
	fi
}

# knows ROOM PATTERN: of core, a file there includes only what matches.
knows() {
	if grep -rnE '^[[:blank:]]*#[[:blank:]]*include[[:blank:]]+"core/' \
		--include='*.c' --include='*.h' "$1" |
		grep -vE "include[[:blank:]]+\"core/($2)"; then
		bad=1
	fi
}

# only PATTERN ROOM...: the library's headers are included nowhere else.  Tests
# may meet a library as a client or a server of their own.
only() {
	local pattern=$1 room rooms=()
	shift
	for room in core gateway bindings/* plugins; do
		if [[ -d $room && ! " $* " =~ \ $room\  ]]; then
			rooms+=("$room")
		fi
	done
	forbid "$pattern" "${rooms[@]}"
}

forbid 'bindings/|plugins/|gateway/|tests/' core
knows core/lib 'lib/'
knows core/codec 'lib/|codec/|(primitive|status)\.h'
forbid 'plugins/|gateway/|tests/' bindings
forbid 'tests/' gateway
forbid 'bindings/|gateway/|tests/|core/(exchange|binding|lib/loop|relay|route)\.h' \
	plugins
for room in bindings/*/; do
	name=$(basename "$room")
	others=$(find bindings -mindepth 1 -maxdepth 1 -type d ! -name "$name" \
		-printf '%f|')
	forbid "bindings/(${others%|})/" "$room"
done

only 'microhttpd|curl/' bindings/http
only 'libwebsockets' bindings/ws
only 'coap' bindings/coap
only 'MQTT' bindings/mqtt
# libwebsockets leaves handles of its own in our loop, which its room waits for.
only 'uv\.h' gateway bindings/ws
only 'cyaml|yaml\.h' gateway
only 'sqlite3' gateway
only 'openssl/' gateway bindings/ws
only 'cjson/|cJSON' core gateway bindings/sandbox

exit "$bad"

#!/bin/bash
# See the gateway at work with one command:
#
#	deploy/quickstart.sh [--once] [--build-only]
#
# Installs what is missing, builds build/release/m2mgate, starts a sandbox CSE
# and a gateway on free loopback ports, and plays two HTTP devices.  Stays up
# until Ctrl-C.  --once stops everything after the play, --build-only stops
# before it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$here/../build/release/m2mgate
is_once=no
work=
pids=()

usage() {
	sed -n '2,9s/^#[ 	]\{0,1\}//p' "${BASH_SOURCE[0]}"
}

clean_up() {
	local status=$? pid

	trap '' INT TERM
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	for pid in "${pids[@]}"; do
		wait "$pid" 2>/dev/null || true
	done
	if [[ -n $work ]] && ((status == 0 || status == 130)); then
		rm -rf "$work"
	elif [[ -n $work ]]; then
		echo "The logs are in $work" >&2
	fi
	exit "$status"
}

fail() {
	echo "$*" >&2
	exit 1
}

title() {
	if [[ -t 1 ]]; then
		printf '\n\033[1m%s\033[0m\n' "$1"
	else
		printf '\n%s\n' "$1"
	fi
}

# wait_for FILE PATTERN PID: print what \(...\) of the pattern matches in FILE,
# as soon as it is there.
wait_for() {
	local deadline=$((SECONDS + 20)) found

	until found=$(sed -n "s/.*$2.*/\1/p" "$1" | head -n 1) &&
		[[ -n $found ]]; do
		if ! kill -0 "$3" 2>/dev/null || ((SECONDS > deadline)); then
			tail -n 20 "$1" >&2
			fail "This did not start: see above."
		fi
		sleep 0.05
	done
	echo "$found"
}

# start NAME COMMAND...: run it in the background; its output goes to a file.
start() {
	local name=$1

	shift
	: >"$work/$name.log"
	"$@" >"$work/$name.log" 2>&1 &
	pid=$!
	pids+=("$pid")
}

start_all() {
	local listening='"listening".*:\([0-9][0-9]*\)"'

	start sandbox "$program" sandbox --port 0
	sandbox_port=$(wait_for "$work/sandbox.log" \
		' listening: .*:\([0-9][0-9]*\)' "$pid")
	cat >"$work/m2mgate.yaml" <<-END
		node: { cse-id: /id-gw, name: gateway }
		listen:
		  http: { address: 127.0.0.1, port: 0 }
		  ws: { address: 127.0.0.1, port: 0 }
		cses:
		  - id: /id-sandbox
		    name: sandbox
		    url: ws://127.0.0.1:$sandbox_port
		    default: true
		    register: true
		log: { level: debug, format: json }
	END
	start gateway "$program" run -c "$work/m2mgate.yaml"
	gateway_pid=$pid
	http_port=$(wait_for "$work/gateway.log" "\"http\".*$listening" "$pid")
	ws_port=$(wait_for "$work/gateway.log" "\"ws\".*$listening" "$pid")
	start listener python3 "$here/listener.py" "$work"
	listener_port=$(wait_for "$work/listener.log" 'port \([0-9]*\)' "$pid")
}

# post ID PATH ORIGIN TYPE BODY: one CREATE by a device.  Keeps request and
# answer as files.
post() {
	local id=$1 path=$2 origin=$3 type=$4 body=$5

	cat >"$work/$id.request" <<-END
		POST $path HTTP/1.1
		X-M2M-Origin: $origin
		X-M2M-RI: $id
		X-M2M-RVI: 3
		Content-Type: application/json;ty=$type

		$body
	END
	curl -sS -i -m 20 -o "$work/$id.answer" \
		-H "X-M2M-Origin: $origin" -H "X-M2M-RI: $id" \
		-H 'X-M2M-RVI: 3' -H "Content-Type: application/json;ty=$type" \
		-H 'Expect:' -d "$body" "http://127.0.0.1:$http_port$path" ||
		fail "The gateway did not answer."
	if ! grep -qi '^X-M2M-RSC: 2001' "$work/$id.answer"; then
		cat "$work/$id.answer" >&2
		fail "The request $id was refused."
	fi
}

granted_id() {
	sed -n 's/.*"aei": *"\([^"]*\)".*/\1/p' "$work/$1.answer"
}

columns() {
	python3 "$here/columns.py" "$@"
}

# head_line LEFT RIGHT: who speaks to whom, over the two columns.
head_line() {
	printf '   %-52s | %s\n' "$1" "$2"
	printf '   %.52s-+-%.53s\n' \
		"$(printf '%060d' 0 | tr 0 -)" "$(printf '%060d' 0 | tr 0 -)"
}

# show ID: a request and its answer, both sides of the gateway.
show() {
	head_line 'device -> gateway, HTTP' 'gateway -> CSE, WebSocket'
	columns "$work/$1.request" "$work/gateway.log" sent "$1"
	echo
	head_line 'device <- gateway, HTTP' 'gateway <- CSE, WebSocket'
	columns "$work/$1.answer" "$work/gateway.log" received "$1"
}

show_notification() {
	local file=$work/notification.1 deadline=$((SECONDS + 20)) id

	until [[ -e $file ]]; do
		((SECONDS <= deadline)) || fail "No notification has come."
		sleep 0.05
	done
	id=$(sed -n 's/^X-M2M-RI: *\([^ \r]*\).*/\1/Ip' "$file")
	head_line 'gateway -> device, HTTP' 'CSE -> gateway, WebSocket'
	columns "$file" "$work/gateway.log" received "$id"
}

play() {
	local heater sensor

	title '1. A heater registers. "C" asks the CSE for an id.'
	post register /sandbox C 2 "{\"m2m:ae\":{\"rn\":\"heater\",\
\"api\":\"N.heater\",\"rr\":true,\"srv\":[\"3\"],\
\"poa\":[\"http://127.0.0.1:$listener_port\"]}}"
	show register
	heater=$(granted_id register)
	echo
	echo '   Its point of access stays here: the CSE only knows the link.'

	title '2. It makes a container for temperatures.'
	post container /sandbox/heater "$heater" 3 \
		'{"m2m:cnt":{"rn":"room","mni":10}}'
	show container

	title '3. It stores a first value.'
	post instance /sandbox/heater/room "$heater" 4 \
		'{"m2m:cin":{"cnf":"text/plain:0","con":"21.5"}}'
	show instance

	title '4. It subscribes: new values are to be sent to it.'
	post subscription /sandbox/heater/room "$heater" 23 \
		"{\"m2m:sub\":{\"rn\":\"news\",\"nu\":[\"$heater\"],\
\"enc\":{\"net\":[3]},\"nct\":1}}"
	show subscription

	title '5. Another device, a sensor, registers and stores a value.'
	post sensor /sandbox C 2 '{"m2m:ae":{"rn":"sensor","api":"N.sensor",
"rr":false,"srv":["3"]}}'
	sensor=$(granted_id sensor)
	post value /sandbox/heater/room "$sensor" 4 \
		'{"m2m:cin":{"cnf":"text/plain:0","con":"19.0"}}'
	show value

	title '6. So the CSE notifies the heater, through the gateway.'
	show_notification
}

tell_how_to_go_on() {
	title 'All of this went through m2mgate.  How to go on:'
	if [[ $is_once == yes ]]; then
		cat <<-END
			   deploy/quickstart.sh              the same, and it stays up
			   build/release/m2mgate sandbox     a CSE to try things with
			   build/release/m2mgate run         the gateway in front of it
		END
	else
		cat <<-END
			   gateway   http://127.0.0.1:$http_port and ws://127.0.0.1:$ws_port
			   CSE       ws://127.0.0.1:$sandbox_port, /id-sandbox; it forgets when it stops
			   files     $work (configuration and logs)

			   curl -H 'X-M2M-Origin: Cme' -H 'X-M2M-RI: 1' -H 'X-M2M-RVI: 3' \\
			     http://127.0.0.1:$http_port/sandbox/heater/room/la
		END
	fi
	echo
	echo '   README.md tells the rest, deploy/m2mgate.yaml explains every setting.'
}

read_options() {
	local option

	for option in "$@"; do
		case $option in
		--once) is_once=yes ;;
		--build-only) is_once=build ;;
		-h | --help)
			usage
			exit 0
			;;
		*)
			usage >&2
			exit 2
			;;
		esac
	done
}

read_options "$@"
title 'Building m2mgate'
"$here/build.sh" curl python3
if [[ $is_once == build ]]; then
	exit 0
fi
work=$(mktemp -d)
trap clean_up EXIT
trap 'exit 130' INT TERM
title 'Starting a sandbox CSE and the gateway'
start_all
play
tell_how_to_go_on
if [[ $is_once == no ]]; then
	title 'Ctrl-C stops it.'
	trap 'exit 0' INT TERM
	wait "$gateway_pid" || fail "The gateway has stopped."
fi

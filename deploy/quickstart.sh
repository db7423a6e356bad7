#!/bin/bash
# See the gateway at work with one command:
#
#	deploy/quickstart.sh [--once] [--build-only]
#
# Installs what is missing, but no service, builds build/release/m2mgate, starts
# a sandbox CSE, an MQTT broker and a gateway on free loopback ports, and plays
# devices that speak HTTP, CoAP and MQTT.  Stays up until Ctrl-C.  --once stops
# everything after the play, --build-only stops before it.
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

free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# Mosquitto cannot choose a port itself; somebody else may be faster.
start_broker() {
	local tries

	for ((tries = 0; tries < 5; tries++)); do
		broker_port=$(free_port)
		printf 'listener %s 127.0.0.1\nallow_anonymous true\n' \
			"$broker_port" >"$work/mosquitto.conf"
		start broker "$(PATH=$PATH:/usr/sbin command -v mosquitto)" \
			-c "$work/mosquitto.conf"
		if (wait_for "$work/broker.log" '\(running\)' "$pid" \
			>/dev/null 2>&1); then
			return
		fi
	done
	fail "The MQTT broker did not start: see $work/broker.log."
}

start_all() {
	local listening='"listening".*:\([0-9][0-9]*\)"'

	start_broker
	start sandbox "$program" sandbox --port 0
	sandbox_port=$(wait_for "$work/sandbox.log" \
		' listening: .*:\([0-9][0-9]*\)' "$pid")
	cat >"$work/m2mgate.yaml" <<-END
		node: { cse-id: /id-gw, name: gateway }
		listen:
		  http: { address: 127.0.0.1, port: 0 }
		  ws: { address: 127.0.0.1, port: 0 }
		  coap: { address: 127.0.0.1, port: 0 }
		deliver: { allow: [ 127.0.0.0/8, "::1" ] }
		brokers:
		  - url: mqtt://127.0.0.1:$broker_port
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
	coap_port=$(wait_for "$work/gateway.log" "\"coap\".*$listening" "$pid")
	wait_for "$work/gateway.log" '"mqtt".*"\(connected\)"' "$pid" >/dev/null
	start meter python3 "$here/coap_device.py" listen "$work"
	meter_port=$(wait_for "$work/meter.log" 'port \([0-9]*\)' "$pid")
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
	refused_unless "$id" '^X-M2M-RSC: 2001'
}

# refused_unless ID PATTERN: stop when the answer is another one.
refused_unless() {
	if ! grep -qi "$2" "$work/$1.answer"; then
		cat "$work/$1.answer" >&2
		fail "The request $1 was refused."
	fi
}

# post_coap ID PATH ORIGIN TYPE BODY: the same by CoAP.
post_coap() {
	python3 "$here/coap_device.py" post "$coap_port" "$work" "$@"
	refused_unless "$1" '^oneM2M-RSC: 2001'
}

# subscribe NAME FILTER...: hear what the broker has; it goes to a file.
subscribe() {
	local name=$1 filter filters=()

	shift
	for filter in "$@"; do
		filters+=(-t "$filter")
	done
	start "$name" stdbuf -oL mosquitto_sub -h 127.0.0.1 -p "$broker_port" \
		-q 1 -d -v "${filters[@]}"
	wait_for "$work/$name.log" '\(Subscribed\)' "$pid" >/dev/null
}

# publish TOPIC PRIMITIVE
publish() {
	mosquitto_pub -h 127.0.0.1 -p "$broker_port" -q 1 -t "$1" -m "$2"
}

# post_mqtt ID TOPIC-END ORIGIN TO TYPE BODY: the same by MQTT; the topic ends
# in who asks and who is asked.
post_mqtt() {
	local id=$1 topic=/oneM2M/$2/json primitive answer

	primitive="{\"op\":1,\"to\":\"$4\",\"fr\":\"$3\",\"rqi\":\"$id\",\
\"rvi\":\"3\",\"ty\":$5,\"pc\":$6}"
	printf 'PUBLISH %s\n\n%s\n' "$topic" "$primitive" >"$work/$id.request"
	publish "$topic" "$primitive"
	answer=$(wait_for "$work/valve.log" \
		"\(\/oneM2M\/[a-z_]*resp\/[^ ]* .*\"rqi\":\"$id\".*\)" "$gateway_pid")
	printf 'PUBLISH %s\n\n%s\n' "${answer%% *}" "${answer#* }" \
		>"$work/$id.answer"
	refused_unless "$id" '"rsc":2001'
}

# What the valve does with a notification: it answers on the topic that the
# request came on, with resp for req.
answer_notifications() {
	local n=0 topic payload rqi

	while sleep 0.05; do
		while read -r topic payload; do
			rqi=${payload#*\"rqi\":\"}
			rqi=${rqi%%\"*}
			n=$((n + 1))
			printf 'PUBLISH %s\n\n%s\n' "$topic" "$payload" \
				>"$work/mqtt-notification.part"
			mv "$work/mqtt-notification.part" \
				"$work/mqtt-notification.$n"
			publish "${topic/\/req\//\/resp\/}" \
				"{\"rsc\":2000,\"rqi\":\"$rqi\",\"rvi\":\"3\"}"
		done < <(grep '^/oneM2M/req/' "$work/valve.log" |
			tail -n "+$((n + 1))")
	done
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

# show ID PROTOCOL: a request and its answer, both sides of the gateway.
show() {
	head_line "device -> gateway, $2" 'gateway -> CSE, WebSocket'
	columns "$work/$1.request" "$work/gateway.log" sent "$1"
	echo
	head_line "device <- gateway, $2" 'gateway <- CSE, WebSocket'
	columns "$work/$1.answer" "$work/gateway.log" received "$1"
}

# show_notification FILE PROTOCOL
show_notification() {
	local file=$work/$1 deadline=$((SECONDS + 20)) id

	until [[ -e $file ]]; do
		((SECONDS <= deadline)) || fail "No notification has come."
		sleep 0.05
	done
	id=$(sed -n -e 's/^X-M2M-RI: *\([^ \r]*\).*/\1/Ip' \
		-e 's/^oneM2M-RQI: *\(.*\)/\1/p' \
		-e 's/.*"op":5,"to":"\([^"]*\)".*/\1/p' "$file")
	head_line "gateway -> device, $2" 'CSE -> gateway, WebSocket'
	columns "$file" "$work/gateway.log" received "$id"
}

# subscription NAME: the content that asks for new instances.
subscription() {
	echo "{\"m2m:sub\":{\"rn\":\"$1\",\"nu\":[\"$2\"],\
\"enc\":{\"net\":[3]},\"nct\":1}}"
}

play_http() {
	title '1. A heater speaks HTTP.  It registers: "C" asks for an id.'
	post register /sandbox C 2 "{\"m2m:ae\":{\"rn\":\"heater\",\
\"api\":\"N.heater\",\"rr\":true,\"srv\":[\"3\"],\
\"poa\":[\"http://127.0.0.1:$listener_port\"]}}"
	show register HTTP
	heater=$(granted_id register)
	echo
	echo '   Its point of access stays here: the CSE only knows the link.'

	title '2. It makes a container for temperatures, and wants to be told.'
	post container /sandbox/heater "$heater" 3 \
		'{"m2m:cnt":{"rn":"room","mni":10}}'
	show container HTTP
	post subscription /sandbox/heater/room "$heater" 23 \
		"$(subscription heater-news "$heater")"
}

play_coap() {
	local meter

	title '3. A meter speaks CoAP.  It registers, too.'
	post_coap meter /sandbox C 2 "{\"m2m:ae\":{\"rn\":\"meter\",\
\"api\":\"N.meter\",\"rr\":true,\"srv\":[\"3\"],\
\"poa\":[\"coap://127.0.0.1:$meter_port\"]}}"
	show meter CoAP
	meter=$(granted_id meter)

	title '4. It stores a value.'
	post_coap value /sandbox/heater/room "$meter" 4 \
		'{"m2m:cin":{"cnf":"text/plain:0","con":"19.0"}}'
	show value CoAP

	title '5. So the CSE notifies the heater, through the gateway, by HTTP.'
	show_notification notification.1 HTTP
	post_coap meter-sub /sandbox/heater/room "$meter" 23 \
		"$(subscription meter-news "$meter")"
}

play_mqtt() {
	local valve

	title '6. A valve speaks MQTT.  It has no id yet: it registers by reg_req.'
	subscribe valve '/oneM2M/reg_resp/valve-1/+/#'
	post_mqtt valve reg_req/valve-1/id-sandbox C sandbox 2 \
		'{"m2m:ae":{"rn":"valve","api":"N.valve","rr":true,"srv":["3"]}}'
	show valve MQTT
	valve=$(granted_id valve)

	title '7. It stores a value, on the topics of the id it was granted.'
	subscribe valve "/oneM2M/resp/$valve/+/#" "/oneM2M/req/+/$valve/#"
	start answers answer_notifications
	post_mqtt opening "req/$valve/id-sandbox" "$valve" \
		sandbox/heater/room 4 \
		'{"m2m:cin":{"cnf":"text/plain:0","con":"18.5"}}'
	show opening MQTT

	title '8. The meter is notified by CoAP.'
	show_notification coap-notification.1 CoAP

	title '9. The valve subscribes, the heater stores a value: by MQTT.'
	post_mqtt valve-sub "req/$valve/id-sandbox" "$valve" \
		sandbox/heater/room 23 "$(subscription valve-news "$valve")"
	post instance /sandbox/heater/room "$heater" 4 \
		'{"m2m:cin":{"cnf":"text/plain:0","con":"21.5"}}'
	show_notification mqtt-notification.1 MQTT
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
			             coap://127.0.0.1:$coap_port, and /oneM2M/req/+/id-sandbox/#
			             at mqtt://127.0.0.1:$broker_port
			   CSE       ws://127.0.0.1:$sandbox_port, /id-sandbox; it forgets when it stops
			   files     $work (configuration and logs)

			   curl -H 'X-M2M-Origin: Cme' -H 'X-M2M-RI: 1' -H 'X-M2M-RVI: 3' \\
			     http://127.0.0.1:$http_port/sandbox/heater/room/la
			   mosquitto_sub -p $broker_port -v -t '/oneM2M/#'
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
"$here/build.sh" curl python3 mosquitto mosquitto-clients libcoap3-bin
if [[ $is_once == build ]]; then
	exit 0
fi
work=$(mktemp -d)
trap clean_up EXIT
trap 'exit 130' INT TERM
title 'Starting a sandbox CSE, an MQTT broker and the gateway'
start_all
play_http
play_coap
play_mqtt
tell_how_to_go_on
if [[ $is_once == no ]]; then
	title 'Ctrl-C stops it.'
	trap 'exit 0' INT TERM
	wait "$gateway_pid" || fail "The gateway has stopped."
fi

#!/bin/bash
# What the gateway costs: tests/bench/run.sh [NAME...]
#
# Prints each figure, its budget and what it was measured against in the same
# run.  README.md beside this file tells what the figures mean.  Exits with 0
# unless something could not be measured.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/release
gateway=$build/m2mgate
programs=$build/tests/bench

readonly NAMES=(http-ws-vs-nginx http-ws-vs-mhd http-ws-instructions
	http-ws-latency-vs-nginx idle-http-bytes idle-ws-bytes
	registrees-100k-vs-10 coap-ws-vs-libcoap idle-coap-bytes
	mqtt-ws-vs-mosquitto)

readonly CONNECTIONS=64
readonly ROUNDS=${BENCH_ROUNDS:-7}
readonly SECONDS_EACH=${BENCH_SECONDS:-2}
readonly WARMUP=2000

# What is measured runs on one processor, its client and its server on another.
# On a machine with one processor, or that does not let us, nothing is pinned.
SUBJECT=()
OTHERS=()

pids=()
work=

die() {
	echo "bench: $*" >&2
	exit 1
}

stop_all() {
	local pid

	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	for pid in "${pids[@]}"; do
		wait "$pid" 2>/dev/null || true
	done
	pids=()
}

# Called when the script ends, however it does.
clean_up() {
	stop_all
	if [[ -n $work ]]; then
		rm -rf "$work"
	fi
}

choose_processors() {
	local allowed

	allowed=$(taskset -pc $$ 2>/dev/null | sed 's/.*: //' |
		tr ',' '\n' | awk -F- '{ for (i = $1; i <= $NF; i++) print i }')
	if (($(wc -l <<<"$allowed") >= 2)); then
		SUBJECT=(taskset -c "$(sed -n 1p <<<"$allowed")")
		OTHERS=(taskset -c "$(sed -n 2p <<<"$allowed")")
	fi
}

# wait_for FILE PATTERN PID: print what \(...\) of the pattern matches in FILE,
# as soon as it is there.
wait_for() {
	local deadline=$((SECONDS + 60)) found

	until found=$(sed -n "s/.*$2.*/\1/p" "$1" | head -n 1) &&
		[[ -n $found ]]; do
		if ! kill -0 "$3" 2>/dev/null || ((SECONDS > deadline)); then
			cat "$1" >&2
			die "no line /$2/ in $1"
		fi
		sleep 0.02
	done
	echo "$found"
}

# start_stub NAME [COMMAND...]: one of the stubs, run by COMMAND; sets
# stub_port and stub_pid.
start_stub() {
	local name=$1

	shift
	: >"$work/$name.log"
	"$@" "$programs/$name" >"$work/$name.log" 2>&1 &
	stub_pid=$!
	pids+=("$stub_pid")
	stub_port=$(wait_for "$work/$name.log" 'port \([0-9]*\)' "$stub_pid")
}

# start_gateway NAME CSE_PORT [COMMAND...]: a gateway in front of the CSE stub,
# run by COMMAND; sets http_port, ws_port, coap_port and gateway_pid.
start_gateway() {
	local name=$1 cse_port=$2

	shift 2
	cat >"$work/$name.yaml" <<-END
		listen:
		  http: { address: 127.0.0.1, port: 0, idle-timeout: 1h }
		  ws: { address: 127.0.0.1, port: 0, idle-timeout: 1h }
		  coap: { address: 127.0.0.1, port: 0, idle-timeout: 1h }
		cses:
		  - id: /id-in
		    name: cse-in
		    url: ws://127.0.0.1:$cse_port
		    profile: standard
		    default: true
		limits: { registrees: 200000 }
		timeouts: { request: 60s }
		log: { level: info, format: text }
	END
	: >"$work/$name.log"
	"${SUBJECT[@]}" "$@" "$gateway" run -c "$work/$name.yaml" \
		>"$work/$name.log" 2>&1 &
	gateway_pid=$!
	pids+=("$gateway_pid")
	http_port=$(wait_for "$work/$name.log" \
		' http listening: .*:\([0-9][0-9]*\)' "$gateway_pid")
	ws_port=$(wait_for "$work/$name.log" \
		' ws listening: .*:\([0-9][0-9]*\)' "$gateway_pid")
	coap_port=$(wait_for "$work/$name.log" \
		' coap listening: .*:\([0-9][0-9]*\)' "$gateway_pid")
}

# hold_port: sets held_port, which is kept until stop_all() by a socket that
# never listens: a server that reuses addresses gets it, nobody else does.
hold_port() {
	local pid

	: >"$work/port.log"
	python3 -c 'import signal, socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 0))
print("port", s.getsockname()[1], flush=True)
signal.pause()' >"$work/port.log" &
	pid=$!
	pids+=("$pid")
	held_port=$(wait_for "$work/port.log" 'port \([0-9]*\)' "$pid")
}

# start_nginx PORT: one worker that forwards to the port; sets nginx_port
# and nginx_pid.
start_nginx() {
	hold_port
	nginx_port=$held_port
	mkdir -p "$work/nginx"
	cat >"$work/nginx.conf" <<-END
		daemon off;
		user $(id -un);
		worker_processes 1;
		error_log $work/nginx/error.log;
		pid $work/nginx/pid;
		events { worker_connections 4096; }
		http {
			access_log off;
			client_body_temp_path $work/nginx/body;
			proxy_temp_path $work/nginx/proxy;
			fastcgi_temp_path $work/nginx/fastcgi;
			uwsgi_temp_path $work/nginx/uwsgi;
			scgi_temp_path $work/nginx/scgi;
			keepalive_requests 1000000000;
			upstream backend {
				server 127.0.0.1:$1;
				keepalive $CONNECTIONS;
				keepalive_requests 1000000000;
			}
			server {
				listen 127.0.0.1:$nginx_port;
				location / {
					proxy_pass http://backend;
					proxy_http_version 1.1;
					proxy_set_header Connection "";
				}
			}
		}
	END
	"${SUBJECT[@]}" nginx -c "$work/nginx.conf" >"$work/nginx.log" 2>&1 &
	nginx_pid=$!
	pids+=("$nginx_pid")
	wait_for_port "$nginx_port" "$nginx_pid"
}

wait_for_port() {
	local deadline=$((SECONDS + 20))

	until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
		if ! kill -0 "$2" 2>/dev/null || ((SECONDS > deadline)); then
			die "nothing listens on port $1"
		fi
		sleep 0.02
	done
}

# load PORT OPTIONS...: run the client, which is $client if that is set;
# prints its line.
load() {
	local port=$1

	shift
	"${OTHERS[@]}" "$programs/${client:-load}" -p "$port" "$@" ||
		die "the client failed at port $port: $*"
}

# field NAME: its number in a line of the client.
field() {
	sed -n "s/.*\<$1=\([0-9.]*\).*/\1/p"
}

# The median, the least and the greatest of the numbers on standard input.
median() {
	sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

span() {
	sort -g | awk 'NR == 1 { a = $1 } { b = $1 } END { print a "-" b }'
}

# calc EXPRESSION [FORMAT]
calc() {
	awk "BEGIN { printf \"${2:-%.2f}\", ($1) }"
}

# print_figure NAME VALUE min|max BUDGET TEXT...
print_figure() {
	local ok=no

	[[ $2 =~ ^-?[0-9]+(\.[0-9]+)?$ ]] || die "$1 could not be measured: $2"
	if [[ $3 == min && $(calc "$2 >= $4" %d) == 1 ]] ||
		[[ $3 == max && $(calc "$2 <= $4" %d) == 1 ]]; then
		ok=yes
	fi
	echo "figure=$1 value=$2 budget=$4 ok=$ok"
	shift 4
	printf '  %s\n' "$@"
}

# Nanoseconds that a process, with its threads and its children, has had a
# processor, user and kernel.
processor_ns() {
	local pid

	for pid in "$1" $(pgrep -P "$1"); do
		cat "/proc/$pid"/task/*/schedstat
	done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# measure_rate PID PORT OPTIONS...: sets rate, and cost, the nanoseconds of
# processor that the process had for each exchange.
measure_rate() {
	local pid=$1 port=$2 before after line

	shift 2
	load "$port" -n "$WARMUP" "$@" >/dev/null
	before=$(processor_ns "$pid")
	line=$(load "$port" -s "$SECONDS_EACH" "$@")
	after=$(processor_ns "$pid")
	rate=$(field rps <<<"$line")
	cost=$(calc "($after - $before) / $(field requests <<<"$line")" %.0f)
}

# Requests per second at two places, PID PORT PID PORT, in turns; sets rates_a,
# rates_b, costs_a, costs_b and ratios.
compare_rates() {
	local round

	rates_a=() rates_b=() costs_a=() costs_b=() ratios=()
	for ((round = 0; round < ROUNDS; round++)); do
		measure_rate "$1" "$2"
		rates_a+=("$rate") costs_a+=("$cost")
		measure_rate "$3" "$4"
		rates_b+=("$rate") costs_b+=("$cost")
		ratios+=("$(calc "${rates_a[-1]} / $rate" %.3f)")
	done
}

lines() {
	printf '%s\n' "$@"
}

# print_rates NAME BUDGET OTHER [WHAT]: what compare_rates has found, with so
# many connections, or whatever else there were.
print_rates() {
	print_figure "$1" "$(lines "${ratios[@]}" | median)" min "$2" \
		"gateway $(lines "${rates_a[@]}" | median)/s, $3\
 $(lines "${rates_b[@]}" | median)/s, $CONNECTIONS ${4:-connections};\
 ratios of $ROUNDS pairs: $(lines "${ratios[@]}" | span)" \
		"processor time of each request: gateway\
 $(lines "${costs_a[@]}" | median) ns, $3\
 $(lines "${costs_b[@]}" | median) ns"
}

measure_http_ws_vs_nginx() {
	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	start_stub http_stub "${OTHERS[@]}"
	start_nginx "$stub_port"
	compare_rates "$gateway_pid" "$http_port" "$nginx_pid" "$nginx_port"
	print_rates http-ws-vs-nginx 1.5 'nginx with one worker'
}

measure_http_ws_vs_mhd() {
	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	start_stub http_stub "${SUBJECT[@]}"
	compare_rates "$gateway_pid" "$http_port" "$stub_pid" "$stub_port"
	print_rates http-ws-vs-mhd 0.6 'bare libmicrohttpd'
}

# count_instructions CONNECTIONS REQUESTS: all that a gateway executes in user
# space from its start to its end; sets instructions and profile.
count_instructions() {
	profile=$work/callgrind.$1.$2
	start_gateway valgrind "$stub_port" valgrind --tool=callgrind \
		--callgrind-out-file="$profile"
	load "$http_port" -c "$1" -n "$2" >/dev/null
	kill "$gateway_pid"
	wait "$gateway_pid" || die "the gateway failed under valgrind"
	instructions=$(sed -n 's/^totals: //p' "$profile")
}

# What one more request costs, so that start and end do not count; sets it.
count_per_request() {
	local few=$2 many=$3 first

	count_instructions "$1" "$few"
	first=$instructions
	count_instructions "$1" "$many"
	per_request=$(calc "($instructions - $first) / ($many - $few)" %.0f)
}

measure_http_ws_instructions() {
	local batched list=$build/bench/instructions.txt

	start_stub cse_stub "${OTHERS[@]}"
	count_per_request "$CONNECTIONS" 1000 6000
	batched=$per_request
	mkdir -p "$build/bench"
	callgrind_annotate "$profile" >"$list" 2>/dev/null || true
	count_per_request 1 200 2200
	print_figure http-ws-instructions "$batched" max 60000 \
		"in user space, body of 300 bytes, $CONNECTIONS in flight;\
 with one in flight $per_request" \
		"functions: ${list#"$root/"}"
}

# All on one processor: how long another one takes to wake up is the same for
# all sides, and would hide what differs.  Many short rounds, so that the three
# of one round meet the machine in the same mood.
measure_http_ws_latency_vs_nginx() {
	local round a b c ratios=() gateways=() nginxes=() bares=()
	local n_rounds=$((ROUNDS * 10))
	local OTHERS=("${SUBJECT[@]}")

	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	start_stub http_stub "${OTHERS[@]}"
	start_nginx "$stub_port"
	for ((round = 0; round < n_rounds; round++)); do
		a=$(load "$http_port" -c 1 -s 0.1 -w 100 | field median_us)
		b=$(load "$nginx_port" -c 1 -s 0.1 -w 100 | field median_us)
		c=$(load "$stub_port" -c 1 -s 0.1 -w 100 | field median_us)
		gateways+=("$a") nginxes+=("$b") bares+=("$c")
		ratios+=("$(calc "($a - $c) / ($b - $c)" %.3f)")
	done
	print_figure http-ws-latency-vs-nginx \
		"$(lines "${ratios[@]}" | median)" max 1.0 \
		"medians with one in flight: gateway\
 $(lines "${gateways[@]}" | median) us, nginx\
 $(lines "${nginxes[@]}" | median) us, neither\
 $(lines "${bares[@]}" | median) us;\
 ratios of $n_rounds rounds: $(lines "${ratios[@]}" | span)"
}

# Proportional set size in bytes.
memory_of() {
	awk '/^Pss:/ { print $2 * 1024 }' "/proc/$1/smaps_rollup"
}

# measure_idle http|ws BUDGET
measure_idle() {
	local kind=$1 budget=$2 n=10000 port before after idle_pid value

	(($(ulimit -Hn) > n + 500)) || n=$(($(ulimit -Hn) - 500))
	ulimit -n "$(ulimit -Hn)"
	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	load "$http_port" -n 2000 >/dev/null
	port=$http_port
	[[ $kind == http ]] || port=$ws_port
	before=$(memory_of "$gateway_pid")
	mkfifo "$work/$kind.hold"
	"$programs/idle" "$kind" "$port" "$n" <"$work/$kind.hold" \
		>"$work/idle.log" 2>&1 &
	idle_pid=$!
	pids+=("$idle_pid")
	exec 4>"$work/$kind.hold"
	wait_for "$work/idle.log" '\(open\)' "$idle_pid" >/dev/null
	after=$(memory_of "$gateway_pid")
	exec 4>&-
	wait "$idle_pid" || die "idle connections did not last"
	value=$(calc "($after - $before) / $n" %.0f)
	print_figure "idle-$kind-bytes" "$value" max "$budget" \
		"proportional set size $before bytes, with $n idle\
 connections $after bytes (user space; sockets in the kernel not counted)"
}

measure_idle_http_bytes() {
	measure_idle http 12288
}

measure_idle_ws_bytes() {
	measure_idle ws 8192
}

measure_registrees_100k_vs_10() {
	local many=100000 few=10 round many_pid many_port
	local manys=() fews=() ratios=()

	start_stub cse_stub "${OTHERS[@]}"
	start_gateway many "$stub_port"
	many_pid=$gateway_pid many_port=$http_port
	load "$many_port" -r -n $many >/dev/null
	start_gateway few "$stub_port"
	load "$http_port" -r -c 1 -n $few >/dev/null
	for ((round = 0; round < ROUNDS; round++)); do
		measure_rate "$many_pid" "$many_port" -o $many
		manys+=("$cost")
		measure_rate "$gateway_pid" "$http_port" -o $few
		fews+=("$cost")
		ratios+=("$(calc "${manys[-1]} / $cost" %.3f)")
	done
	print_figure registrees-100k-vs-10 \
		"$(lines "${ratios[@]}" | median)" max 1.1 \
		"processor time of the gateway per exchange: $many registrees\
 $(lines "${manys[@]}" | median) ns, $few registrees\
 $(lines "${fews[@]}" | median) ns;\
 ratios of $ROUNDS pairs: $(lines "${ratios[@]}" | span)"
}

measure_coap_ws_vs_libcoap() {
	local client=coap_load

	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	start_stub coap_stub "${SUBJECT[@]}"
	compare_rates "$gateway_pid" "$coap_port" "$stub_pid" "$stub_port"
	print_figure coap-ws-vs-libcoap "$(lines "${ratios[@]}" | median)" \
		min 0.6 \
		"gateway $(lines "${rates_a[@]}" | median)/s, bare libcoap\
 $(lines "${rates_b[@]}" | median)/s, 32 sessions;\
 ratios of $ROUNDS pairs: $(lines "${ratios[@]}" | span)" \
		"processor time of each request: gateway\
 $(lines "${costs_a[@]}" | median) ns, bare libcoap\
 $(lines "${costs_b[@]}" | median) ns"
}

measure_idle_coap_bytes() {
	local n=10000 before after idle_pid client=coap_load

	(($(ulimit -Hn) > n + 500)) || n=$(($(ulimit -Hn) - 500))
	ulimit -n "$(ulimit -Hn)"
	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	load "$coap_port" -n 2000 >/dev/null
	before=$(memory_of "$gateway_pid")
	mkfifo "$work/coap.hold"
	"$programs/coap_load" -p "$coap_port" -i "$n" <"$work/coap.hold" \
		>"$work/idle.log" 2>&1 &
	idle_pid=$!
	pids+=("$idle_pid")
	exec 4>"$work/coap.hold"
	wait_for "$work/idle.log" '\(open\)' "$idle_pid" >/dev/null
	after=$(memory_of "$gateway_pid")
	exec 4>&-
	wait "$idle_pid" || die "idle sessions did not last"
	print_figure idle-coap-bytes "$(calc "($after - $before) / $n" %.0f)" \
		max 2048 \
		"proportional set size $before bytes, with $n idle sessions\
 $after bytes, each with the answer to its one request"
}

# start_mosquitto: sets broker_port.
start_mosquitto() {
	local pid

	hold_port
	broker_port=$held_port
	cat >"$work/mosquitto.conf" <<-END
		listener $broker_port 127.0.0.1
		allow_anonymous true
		user $(id -un)
		max_inflight_messages 0
		max_queued_messages 0
		set_tcp_nodelay true
	END
	PATH=$PATH:/usr/sbin "${OTHERS[@]}" mosquitto \
		-c "$work/mosquitto.conf" >"$work/mosquitto.log" 2>&1 &
	pid=$!
	pids+=("$pid")
	wait_for_port "$broker_port" "$pid"
}

# start_mqtt_gateway CSE_PORT: sets gateway_pid.
start_mqtt_gateway() {
	cat >"$work/mqtt.yaml" <<-END
		brokers:
		  - url: mqtt://127.0.0.1:$broker_port/gateway
		cses:
		  - id: /id-in
		    name: cse-in
		    url: ws://127.0.0.1:$1
		log: { level: info, format: text }
	END
	: >"$work/mqtt.log"
	"${SUBJECT[@]}" "$gateway" run -c "$work/mqtt.yaml" \
		>"$work/mqtt.log" 2>&1 &
	gateway_pid=$!
	pids+=("$gateway_pid")
	wait_for "$work/mqtt.log" '\(mqtt broker-up\)' "$gateway_pid" >/dev/null
}

# Paho's echo speaks to the same broker, in the same way.
measure_mqtt_ws_vs_mosquitto() {
	local echo_pid client=mqtt_load

	start_mosquitto
	start_stub cse_stub "${OTHERS[@]}"
	start_mqtt_gateway "$stub_port"
	: >"$work/echo.log"
	"${SUBJECT[@]}" "$programs/mqtt_echo" "$broker_port" echo \
		>"$work/echo.log" 2>&1 &
	echo_pid=$!
	pids+=("$echo_pid")
	wait_for "$work/echo.log" '\(ready\)' "$echo_pid" >/dev/null
	compare_rates "$gateway_pid" "$broker_port/gateway" \
		"$echo_pid" "$broker_port/echo"
	print_rates mqtt-ws-vs-mosquitto 0.6 'a Paho echo' 'requests in flight'
}

prepare() {
	"$root/deploy/build.sh" nginx-light valgrind libcmocka-dev \
		mosquitto procps python3 >&2
	meson configure "$build" -Dtests=true
	if ! ninja -C "$build" tests/bench/{load,idle,cse_stub,http_stub} \
		tests/bench/coap_{load,stub} \
		tests/bench/mqtt_{load,echo} \
		>"$work/log" 2>&1; then
		tail -n 30 "$work/log" >&2
		die "the programs of the benchmark cannot be built"
	fi
}

main() {
	local name known=" ${NAMES[*]} "

	for name in "$@"; do
		if [[ $known != *" $name "* ]]; then
			echo "usage: tests/bench/run.sh [NAME...]" >&2
			echo "names: ${NAMES[*]}" >&2
			exit 2
		fi
	done
	(($#)) || set -- "${NAMES[@]}"
	trap clean_up EXIT
	trap 'exit 130' INT TERM
	work=$(mktemp -d)
	prepare
	choose_processors
	for name in "$@"; do
		"measure_${name//-/_}"
		stop_all
	done
}

main "$@"

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

# shellcheck source=tests/bench/servers.sh
. "$here/servers.sh"

readonly NAMES=(http-ws-vs-nginx http-ws-p99-vs-nginx http-ws-vs-mhd
	http-ws-instructions cbor-mb-instructions http-ws-latency-vs-nginx
	refused-vs-answered hop-refuses-vs-answered idle-http-bytes idle-ws-bytes
	registrees-100k-vs-10 coap-ws-vs-libcoap idle-coap-bytes
	mqtt-ws-vs-mosquitto fairness greedy-p99-ratio account-instructions)

readonly CONNECTIONS=64
readonly ROUNDS=${BENCH_ROUNDS:-15}
readonly SECONDS_EACH=${BENCH_SECONDS:-0.7}
readonly WARMUP=2000
readonly HONEST=50

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

# print_figure NAME VALUE min|max BUDGET TEXT...: $beside, if that is set, ends
# the line of the figure.
print_figure() {
	local ok=no

	[[ $2 =~ ^-?[0-9]+(\.[0-9]+)?$ ]] || die "$1 could not be measured: $2"
	if [[ $3 == min && $(calc "$2 >= $4" %d) == 1 ]] ||
		[[ $3 == max && $(calc "$2 <= $4" %d) == 1 ]]; then
		ok=yes
	fi
	echo "figure=$1 value=$2 budget=$4 ok=$ok${beside:+ $beside}"
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

# measure PID REQUESTS PORT OPTIONS...: sets rate, in requests per second, and
# cost, the nanoseconds of processor that the process had for each.  What the
# first requests cost is not counted.
measure() {
	local pid=$1 n=$2 before after line

	shift 2
	load "$@" -n "$WARMUP" >/dev/null
	before=$(processor_ns "$pid")
	line=$(load "$@" -n "$n")
	after=$(processor_ns "$pid")
	rate=$(field rps <<<"$line")
	cost=$(calc "($after - $before) / $n" %.0f)
}

# measure_a and measure_b: one more of each; arguments as of measure().
measure_a() {
	measure "$@"
	rates_a+=("$rate") costs_a+=("$cost")
}

measure_b() {
	measure "$@"
	rates_b+=("$rate") costs_b+=("$cost")
}

# choose_number: sets n, how many requests the slower of the sides a and b of
# compare() answers in the time of a round: both get so many.
choose_number() {
	local rate_a rate_b

	rate_a=$(load "${a[@]}" -s 0.5 | field rps)
	rate_b=$(load "${b[@]}" -s 0.5 | field rps)
	n=$(calc "($rate_a < $rate_b ? $rate_a : $rate_b) * $SECONDS_EACH" %.0f)
}

# compare PID "PORT OPTIONS..." PID "PORT OPTIONS...": rates and costs at two
# places, in turns, each first in every other round; sets rates_a, rates_b,
# rate_ratios, costs_a, costs_b and cost_ratios.
compare() {
	local round n a b

	read -ra a <<<"$2"
	read -ra b <<<"$4"
	rates_a=() rates_b=() rate_ratios=() costs_a=() costs_b=() cost_ratios=()
	choose_number
	for ((round = 0; round < ROUNDS; round++)); do
		if ((round % 2)); then
			measure_b "$3" "$n" "${b[@]}"
			measure_a "$1" "$n" "${a[@]}"
		else
			measure_a "$1" "$n" "${a[@]}"
			measure_b "$3" "$n" "${b[@]}"
		fi
		rate_ratios+=("$(calc "${rates_a[-1]} / ${rates_b[-1]}" %.3f)")
		cost_ratios+=("$(calc "${costs_a[-1]} / ${costs_b[-1]}" %.3f)")
	done
}

lines() {
	printf '%s\n' "$@"
}

# rates_of WHAT_A WHAT_B HOW and costs_of WHAT_A WHAT_B: what compare() has
# found, in words.
rates_of() {
	echo "$1 $(lines "${rates_a[@]}" | median)/s, $2\
 $(lines "${rates_b[@]}" | median)/s, $3"
}

costs_of() {
	echo "processor time of each request: $1\
 $(lines "${costs_a[@]}" | median) ns, $2\
 $(lines "${costs_b[@]}" | median) ns"
}

# print_costs NAME BUDGET WHAT_A WHAT_B [HOW]: what compare() has found, judged
# by the ratio of the processor times.
print_costs() {
	local beside

	beside="throughput=$(lines "${rate_ratios[@]}" | median)"
	print_figure "$1" "$(lines "${cost_ratios[@]}" | median)" max "$2" \
		"$(rates_of "$3" "$4" "${5:-$CONNECTIONS connections}")" \
		"$(costs_of "$3" "$4");\
 ratios of $ROUNDS pairs: $(lines "${cost_ratios[@]}" | span)"
}

# print_rates NAME BUDGET WHAT_A WHAT_B HOW: the same, judged by the ratio of
# the throughputs.
print_rates() {
	print_figure "$1" "$(lines "${rate_ratios[@]}" | median)" min "$2" \
		"$(rates_of "$3" "$4" "$5");\
 ratios of $ROUNDS pairs: $(lines "${rate_ratios[@]}" | span)" \
		"$(costs_of "$3" "$4")"
}

measure_http_ws_vs_nginx() {
	start_http_and_nginx
	compare "$gateway_pid" "$http_port" "$nginx_pid" "$nginx_port"
	print_costs http-ws-vs-nginx 0.55 gateway 'nginx with one worker'
}

# Rounds that are shorter, and more of them: one that the machine disturbs has
# no tail that means anything.
measure_http_ws_p99_vs_nginx() {
	local round a b ratios=() gateways=() nginxes=()
	local n_rounds=$((ROUNDS * 2))

	start_http_and_nginx
	for ((round = 0; round < n_rounds; round++)); do
		a=$(load "$http_port" -s 0.5 -w "$WARMUP" | field p99_us)
		b=$(load "$nginx_port" -s 0.5 -w "$WARMUP" | field p99_us)
		gateways+=("$a") nginxes+=("$b")
		ratios+=("$(calc "$a / $b" %.3f)")
	done
	print_figure http-ws-p99-vs-nginx \
		"$(lines "${ratios[@]}" | median)" max 1.0 \
		"99th percentiles with $CONNECTIONS in flight: gateway\
 $(lines "${gateways[@]}" | median) us, nginx\
 $(lines "${nginxes[@]}" | median) us;\
 ratios of $n_rounds rounds: $(lines "${ratios[@]}" | span)"
}

measure_http_ws_vs_mhd() {
	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	start_stub http_stub "${SUBJECT[@]}"
	compare "$gateway_pid" "$http_port" "$stub_pid" "$stub_port"
	print_costs http-ws-vs-mhd 1.25 gateway 'bare libmicrohttpd'
}

# Its time is over when it comes, so that no hop ever hears of it.
measure_refused_vs_answered() {
	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	compare "$gateway_pid" "$http_port -x 20200101T000000 -e 504" \
		"$gateway_pid" "$http_port"
	print_costs refused-vs-answered 2.0 refused answered
}

# Both hops are CSEs on HTTP; the port of one is closed.
measure_hop_refuses_vs_answered() {
	local more_cses

	start_stub http_stub "${OTHERS[@]}"
	hold_port
	more_cses="\
  - { id: /id-web, url: \"http://127.0.0.1:$stub_port\", default: true }
  - { id: /id-gone, url: \"http://127.0.0.1:$held_port\" }"
	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	compare "$gateway_pid" "$http_port -t /~/id-gone/cnt1 -e 404" \
		"$gateway_pid" "$http_port -t /~/id-web/cnt1"
	print_costs hop-refuses-vs-answered 2.0 refused answered
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
	print_figure http-ws-instructions "$batched" max 47000 \
		"in user space, body of 300 bytes, $CONNECTIONS in flight;\
 with one in flight $per_request" \
		"functions: ${list#"$root/"}"
}

# Every kind of content in every direction, and the one that costs most.
measure_cbor_mb_instructions() {
	local file worst

	valgrind --tool=callgrind --callgrind-out-file="$work/codec" \
		"$programs/codec" >"$work/log" 2>&1 ||
		die "the codec failed under valgrind"
	for file in "$work"/codec.*; do
		sed -n 's/^desc: Trigger: Client Request: //p; s/^totals: //p' \
			"$file" | paste -sd' '
	done | awk 'NF > 2 { printf "%.0f", $NF * 1e6 / $1
		for (i = 2; i < NF; i++) printf " %s", $i
		print "" }' | sort -g >"$work/codec.txt"
	worst=$(tail -n 1 "$work/codec.txt")
	print_figure cbor-mb-instructions "${worst%% *}" max 350000000 \
		"a megabyte of ${worst#* }; the least:\
 $(head -n 1 "$work/codec.txt")"
}

# All on one processor: how long another one takes to wake up is the same for
# all sides, and would hide what differs.  Many short rounds, so that the three
# of one round meet the machine in the same mood.
measure_http_ws_latency_vs_nginx() {
	local round a b c ratios=() gateways=() nginxes=() bares=()
	local n_rounds=$((ROUNDS * 5))
	local OTHERS=("${SUBJECT[@]}")

	start_http_and_nginx
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
	local http_keys=', connections: 1000' ws_keys=', connections: 1000'

	# All are of one address, and need the descriptors of the process.
	printf -v "${kind}_keys" %s ', trust: [ 127.0.0.1 ]'
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
	local many=100000 few=10 many_pid many_port

	start_stub cse_stub "${OTHERS[@]}"
	start_gateway many "$stub_port"
	many_pid=$gateway_pid many_port=$http_port
	load "$many_port" -r -n $many >/dev/null
	start_gateway few "$stub_port"
	load "$http_port" -r -c 1 -n $few >/dev/null
	compare "$many_pid" "$many_port -o $many" \
		"$gateway_pid" "$http_port -o $few"
	print_costs registrees-100k-vs-10 1.1 "$many registrees" \
		"$few registrees"
}

measure_coap_ws_vs_libcoap() {
	local client=coap_load

	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	start_stub coap_stub "${SUBJECT[@]}"
	compare "$gateway_pid" "$coap_port" "$stub_pid" "$stub_port"
	print_costs coap-ws-vs-libcoap 1.3 gateway 'bare libcoap' '32 sessions'
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
	compare "$gateway_pid" "$broker_port/gateway" \
		"$echo_pid" "$broker_port/echo"
	print_rates mqtt-ws-vs-mosquitto 0.6 gateway 'a Paho echo' \
		"$CONNECTIONS requests in flight"
}

# start_greedy PEERS: so many, at the gateway; sets greedy_pid.
start_greedy() {
	: >"$work/greedy.log"
	"${OTHERS[@]}" "$programs/greedy" "$ws_port" "$1" \
		>"$work/greedy.log" 2>&1 &
	greedy_pid=$!
	pids+=("$greedy_pid")
	wait_for "$work/greedy.log" '\(open\)' "$greedy_pid" >/dev/null
}

stop_greedy() {
	kill "$greedy_pid" || die "the greedy ones did not last"
	wait "$greedy_pid" || true
}

# Each honest device has an address of its own, and one connection.
measure_fairness() {
	local round line values=() rates=() alone

	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	alone=$(load "$http_port" -a -c "$HONEST" -s 1 -w "$WARMUP")
	start_greedy 1
	for ((round = 0; round < ROUNDS; round++)); do
		line=$(load "$http_port" -a -c "$HONEST" -s 1 -w "$WARMUP")
		values+=("$(field fairness <<<"$line")")
		rates+=("$(field rps <<<"$line")")
	done
	stop_greedy
	print_figure fairness "$(lines "${values[@]}" | median)" min 0.8 \
		"$HONEST devices beside one greedy peer: together\
 $(lines "${rates[@]}" | median)/s; slowest by fastest of $ROUNDS rounds:\
 $(lines "${values[@]}" | span)" \
		"without it: $(field rps <<<"$alone")/s, slowest by fastest\
 $(field fairness <<<"$alone")"
}

measure_greedy_p99_ratio() {
	local round a b ratios=() alone=() beside_them=()

	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	for ((round = 0; round < ROUNDS; round++)); do
		a=$(load "$http_port" -a -c "$HONEST" -s 0.5 -w "$WARMUP" |
			field p99_us)
		start_greedy 10
		b=$(load "$http_port" -a -c "$HONEST" -s 0.5 -w "$WARMUP" |
			field p99_us)
		stop_greedy
		alone+=("$a") beside_them+=("$b")
		ratios+=("$(calc "$b / $a" %.3f)")
	done
	print_figure greedy-p99-ratio "$(lines "${ratios[@]}" | median)" max 5 \
		"99th percentiles of $HONEST devices: beside ten greedy peers\
 $(lines "${beside_them[@]}" | median) us, without them\
 $(lines "${alone[@]}" | median) us;\
 ratios of $ROUNDS rounds: $(lines "${ratios[@]}" | span)"
}

# count_exchanges with|without: instructions of one in core.
count_exchanges() {
	sed -n "s/^desc: Trigger: Client Request: \([0-9]*\) $1\$/\1/p;
		s/^totals: //p" "$work"/exchange.[0-9]* |
		awk -v n=0 '$1 == 10000 { n = $1; next }
			n { printf "%.1f", $1 / n; exit }'
}

measure_account_instructions() {
	local with without

	valgrind --tool=callgrind --callgrind-out-file="$work/exchange" \
		"$programs/exchange" >"$work/log" 2>&1 ||
		die "the exchanges failed under valgrind"
	with=$(count_exchanges with)
	without=$(count_exchanges without)
	print_figure account-instructions "$(calc "$with - $without" %.0f)" \
		max 200 \
		"an exchange in core, of a device with an account $with, of one\
 without $without"
}

prepare() {
	"$root/deploy/build.sh" nginx-light valgrind libcmocka-dev \
		mosquitto procps python3 >&2
	meson configure "$build" -Dtests=true
	if ! ninja -C "$build" tests/bench/{load,idle,cse_stub,http_stub,codec} \
		tests/bench/{exchange,greedy} \
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

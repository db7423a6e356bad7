#!/bin/bash
# Servers - what the benchmark measures and what that is measured against:
# started here, on a processor of their own where there are two, and ended.
# Sourced by run.sh, which says where the programs are, and reads what is set.
#
# shellcheck disable=SC2034,SC2154

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
# and of $more_cses if that is set, run by COMMAND; $http_keys and $ws_keys are
# further ones of its listeners.  Sets http_port, ws_port, coap_port and
# gateway_pid.
start_gateway() {
	local name=$1 cse_port=$2

	shift 2
	cat >"$work/$name.yaml" <<-END
		listen:
		  http: { address: 127.0.0.1, port: 0, idle-timeout: 1h ${http_keys:-} }
		  ws: { address: 127.0.0.1, port: 0, idle-timeout: 1h ${ws_keys:-} }
		  coap: { address: 127.0.0.1, port: 0, idle-timeout: 1h }
		cses:
		  - { id: /id-in, name: cse-in, url: "ws://127.0.0.1:$cse_port" }
		${more_cses:-}
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

# A gateway and an nginx, and what is behind them.
start_http_and_nginx() {
	start_stub cse_stub "${OTHERS[@]}"
	start_gateway gateway "$stub_port"
	start_stub http_stub "${OTHERS[@]}"
	start_nginx "$stub_port"
}

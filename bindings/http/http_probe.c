/*
 * Probe - which guard goes with the libmicrohttpd at hand.
 */

#include "bindings/http/http_probe.h"

#include <microhttpd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bindings/http/http_head.h"

/* Each turn brings a request of a few lines further; its end comes with it. */
#define TURNS_MAX 16

#define FIRST "POST /p HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define CHUNKED HOST "Transfer-Encoding: chunked\r\n\r\n"
#define SAMPLE(text, is_clean)                   \
	{                                        \
		text, sizeof(text) - 1, is_clean \
	}

static const struct sample {
	const char *at;
	size_t len;
	bool is_clean;
} samples[] = {
	SAMPLE(FIRST HOST "X-A:  b \r\nContent-Length: 2\r\n\r\n{}", true),
	SAMPLE(FIRST CHUNKED "2\r\n{}\r\n1\r\n \r\n0\r\n\r\n", true),
	SAMPLE("POST /p HTTP/1.1\nHost: a\n\n", false),
	SAMPLE(FIRST HOST "X-A: b\nX-B: c\r\n\r\n", false),
	SAMPLE(FIRST HOST "X-A: b\r\n c\r\n\r\n", false),
	SAMPLE(FIRST HOST "X-A: b\0c\r\n\r\n", false),
	SAMPLE(FIRST HOST "X-A : b\r\n\r\n", false),
	SAMPLE("POST  /p HTTP/1.1\r\n" HOST "\r\n", false),
	SAMPLE("POST /p q HTTP/1.1\r\n" HOST "\r\n", false),
	SAMPLE(FIRST CHUNKED "2\n{}\r\n0\r\n\r\n", false),
	SAMPLE(FIRST CHUNKED "2\r\n{}\n1\r\n \r\n0\r\n\r\n", false),
	SAMPLE(FIRST HOST HOST "\r\n", false),
};

/* A daemon with one connection. */
struct probe {
	enum http_guard_way way;
	struct http_head head;
	unsigned turn;
	bool has_head;
	bool is_chunked;
	bool is_taken;
	bool is_over;
};

static void *on_target(void *arg, const char *target,
		       struct MHD_Connection *native)
{
	struct probe *probe = arg;

	probe->head = (struct http_head){
		.way = probe->way,
		.native = native,
		.native_target = target,
		.target = gw_str_from(target),
	};
	return probe;
}

static bool takes_head(struct probe *probe, const char *method,
		       const char *version)
{
	struct http_values values = { 0 };
	struct http_refusal refusal;

	probe->has_head = true;
	probe->head.method = method;
	probe->head.version = version;
	refusal = http_head_check(&probe->head, &values);
	probe->is_chunked = gw_str_is_present(
		values.of[HTTP_TRANSFER_ENCODING]);
	return !refusal.reason;
}

/* libmicrohttpd says which parameters. */
// NOLINTNEXTLINE(readability-function-size)
static enum MHD_Result on_access(void *arg, struct MHD_Connection *native,
				 const char *url, const char *method,
				 const char *version, const char *data,
				 size_t *lenp, void **contextp)
{
	struct probe *probe = arg;
	size_t len = *lenp;
	bool goes_on = false;

	*lenp = 0;
	if (!probe->has_head) {
		goes_on = takes_head(probe, method, version);
	} else if (len > 0) {
		goes_on = !probe->is_chunked ||
			  http_chunks_piece(&probe->head.chunks, probe->turn,
					    data, len);
	} else {
		probe->is_taken = http_chunks_end(&probe->head.chunks,
						  probe->turn);
	}
	probe->is_over = !goes_on;
	return goes_on ? MHD_YES : MHD_NO;
}

static struct MHD_Daemon *start_daemon(struct probe *probe)
{
	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
		on_access, probe, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		HTTP_POOL_BYTES, MHD_OPTION_STRICT_FOR_CLIENT,
		http_guard_strictness(probe->way), MHD_OPTION_URI_LOG_CALLBACK,
		on_target, probe, MHD_OPTION_END);
}

/* Both ends are taken. */
static void converse(struct probe *probe, const int ends[2],
		     struct gw_str request)
{
	const struct sockaddr_un nowhere = { .sun_family = AF_UNIX };
	struct MHD_Daemon *daemon = start_daemon(probe);

	if (!daemon) {
		(void)close(ends[0]);
	} else if (MHD_add_connection(daemon, ends[0], (const void *)&nowhere,
				      sizeof(nowhere)) == MHD_YES &&
		   send(ends[1], request.at, request.len, MSG_NOSIGNAL) ==
			   (ssize_t)request.len &&
		   shutdown(ends[1], SHUT_WR) == 0) {
		while (!probe->is_over && probe->turn < TURNS_MAX) {
			probe->turn++;
			(void)MHD_run(daemon);
		}
	}
	if (daemon) {
		MHD_stop_daemon(daemon);
	}
	(void)close(ends[1]);
}

static bool library_takes(enum http_guard_way way, const char *at, size_t len)
{
	struct probe probe = { .way = way };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       ends)) {
		return false;
	}
	converse(&probe, ends, (struct gw_str){ at, len });
	return probe.is_taken;
}

static bool tells_apart(enum http_guard_way way, http_probe_fn *takes)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		if (takes(way, samples[i].at, samples[i].len) !=
		    samples[i].is_clean) {
			return false;
		}
	}
	return true;
}

enum http_guard_way http_probe_with(http_probe_fn *takes)
{
	enum http_guard_way ways[] = { HTTP_GUARD_LAYOUT, HTTP_GUARD_STRICT };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (tells_apart(ways[i], takes)) {
			return ways[i];
		}
	}
	return HTTP_GUARD_NONE;
}

enum http_guard_way http_probe(void)
{
	return http_probe_with(library_takes);
}

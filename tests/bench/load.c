/*
 * Load - a closed loop of HTTP devices: every connection sends its next
 * request when the answer to the last one is there.
 *
 * Prints one line: requests, seconds, requests per second, the median and the
 * 99th percentile of the latency, and how many requests the slowest connection
 * did for each of the fastest.  An answer that is not the expected one
 * ends the program with 1, because its figures would mean nothing.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/message.h"

#define SAMPLES_MAX 8000000
#define PATIENCE_MS 15000
#define FIRST_ADDRESS 0x7f000001U // 127.0.0.1

struct options {
	uint16_t port;
	unsigned n_connections;
	uint64_t n_requests; // 0: until the time is over
	uint64_t n_warmup;   // before anything is counted
	double seconds;
	uint64_t n_origins;  // the requests come from so many devices
	bool has_addresses;  // each connection has one of its own
	struct message like; // what all requests have in common
};

struct conn {
	int fd;
	struct message asked;
	int64_t sent_ns;
	uint64_t n_done;
	size_t n_in;
	char in[MESSAGE_BYTES];
};

struct run {
	const struct options *options;
	struct conn *conns;
	int epoll;
	uint64_t next_number;
	uint64_t n_wanted; // 0: until end_ns
	uint64_t n_sent;
	uint64_t n_done;
	int64_t begin_ns;
	int64_t end_ns;
	int64_t last_ns;
	uint32_t *samples; // latencies in nanoseconds
	uint64_t seed;
};

/* Where the request numbers of this run begin: none is used by two runs. */
static uint64_t first_number(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return ((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000) %
	       UINT64_C(10000000000);
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The same devices in the same order in every run. */
static uint64_t next_origin(struct run *run)
{
	run->seed = run->seed * 6364136223846793005U + 1442695040888963407U;
	return (run->seed >> 33) % run->options->n_origins;
}

static int send_next(struct run *run, struct conn *conn)
{
	char out[MESSAGE_BYTES];
	size_t len = 0;

	conn->asked = run->options->like;
	conn->asked.number = run->next_number++;
	conn->asked.origin = next_origin(run);
	len = message_write(out, sizeof(out), &conn->asked);
	conn->n_in = 0;
	conn->sent_ns = now_ns();
	run->n_sent++;
	return send(conn->fd, out, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

static bool has_more(const struct run *run, int64_t now)
{
	return run->n_wanted ? run->n_sent < run->n_wanted : now < run->end_ns;
}

static int take_answer(struct run *run, struct conn *conn)
{
	int64_t now = now_ns();

	if (run->n_done < SAMPLES_MAX) {
		run->samples[run->n_done] = (uint32_t)(now - conn->sent_ns);
	}
	run->n_done++;
	conn->n_done++;
	run->last_ns = now;
	return has_more(run, now) ? send_next(run, conn) : 0;
}

static int read_answer(struct run *run, struct conn *conn)
{
	size_t room = sizeof(conn->in) - 1 - conn->n_in;
	ssize_t n = recv(conn->fd, conn->in + conn->n_in, room, 0);

	if (n <= 0) {
		(void)fprintf(stderr, "load: the connection was closed\n");
		return -1;
	}
	conn->n_in += (size_t)n;
	conn->in[conn->n_in] = '\0';
	switch (message_judge(conn->in, conn->n_in, &conn->asked)) {
	case MESSAGE_PARTIAL:
		return conn->n_in < sizeof(conn->in) - 1 ? 0 : -1;
	case MESSAGE_GOOD:
		return take_answer(run, conn);
	case MESSAGE_BAD:
		break;
	}
	(void)fprintf(stderr, "load: unexpected answer:\n%s\n", conn->in);
	return -1;
}

static int begin(struct run *run, uint64_t n_wanted)
{
	run->n_wanted = n_wanted;
	run->n_sent = 0;
	run->n_done = 0;
	for (unsigned i = 0; i < run->options->n_connections; i++) {
		run->conns[i].n_done = 0;
	}
	run->begin_ns = now_ns();
	run->end_ns = run->begin_ns + (int64_t)(run->options->seconds * 1e9);
	for (unsigned i = 0; i < run->options->n_connections; i++) {
		if (has_more(run, run->begin_ns) &&
		    send_next(run, &run->conns[i])) {
			return -1;
		}
	}
	return 0;
}

static int read_answers(struct run *run)
{
	struct epoll_event events[64];
	int n = epoll_wait(run->epoll, events, 64, PATIENCE_MS);
	int result = 0;

	if (n <= 0 && errno != EINTR) {
		(void)fprintf(stderr, "load: no answer came\n");
		return -1;
	}
	for (int i = 0; i < n && !result; i++) {
		result = read_answer(run, events[i].data.ptr);
	}
	return result;
}

/* Send so many requests, or for so long, and wait for all answers. */
static int drive(struct run *run, uint64_t n_wanted)
{
	int result = begin(run, n_wanted);

	while (!result && run->n_done < run->n_sent) {
		result = read_answers(run);
	}
	return result;
}

static int connect_all(struct run *run)
{
	for (unsigned i = 0; i < run->options->n_connections; i++) {
		struct conn *conn = &run->conns[i];
		struct epoll_event event = { .events = EPOLLIN,
					     .data = { .ptr = conn } };

		conn->fd = message_connect_from(
			run->options->port,
			FIRST_ADDRESS + (run->options->has_addresses ? i : 0));
		if (conn->fd < 0 ||
		    epoll_ctl(run->epoll, EPOLL_CTL_ADD, conn->fd, &event)) {
			(void)fprintf(stderr, "load: cannot connect\n");
			return -1;
		}
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* What the slowest connection did, by what the fastest did. */
static double fairness(const struct run *run)
{
	uint64_t least = UINT64_MAX, most = 1;

	for (unsigned i = 0; i < run->options->n_connections; i++) {
		uint64_t n = run->conns[i].n_done;

		least = n < least ? n : least;
		most = n > most ? n : most;
	}
	return (double)least / (double)most;
}

static void print_result(const struct run *run)
{
	size_t n = run->n_done < SAMPLES_MAX ? run->n_done : SAMPLES_MAX;
	double seconds = (double)(run->last_ns - run->begin_ns) / 1e9;
	size_t n_half = n / 2;
	size_t n_tail = n / 100;

	qsort(run->samples, n, sizeof(*run->samples), compare);
	printf("requests=%" PRIu64 " seconds=%.3f rps=%.0f median_us=%.1f "
	       "p99_us=%.1f fairness=%.3f\n",
	       run->n_done, seconds, (double)run->n_done / seconds,
	       run->samples[n_half] / 1e3, run->samples[n - 1 - n_tail] / 1e3,
	       fairness(run));
}

static int run_all(struct run *run)
{
	if (connect_all(run)) {
		return 1;
	}
	if (run->options->n_warmup && drive(run, run->options->n_warmup)) {
		return 1;
	}
	if (drive(run, run->options->n_requests) || run->n_done == 0) {
		return 1;
	}
	print_result(run);
	return 0;
}

static bool read_options(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "p:c:n:w:s:o:t:x:e:ra")) != -1) {
		switch (c) {
		case 'p':
			o->port = (uint16_t)strtoul(optarg, NULL, 10);
			break;
		case 'c':
			o->n_connections = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			o->n_requests = strtoull(optarg, NULL, 10);
			break;
		case 'w':
			o->n_warmup = strtoull(optarg, NULL, 10);
			break;
		case 's':
			o->seconds = strtod(optarg, NULL);
			break;
		case 'o':
			o->n_origins = strtoull(optarg, NULL, 10);
			break;
		case 't':
			o->like.target = optarg;
			break;
		case 'x':
			o->like.expiry = optarg;
			break;
		case 'e':
			o->like.status = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'a':
			o->has_addresses = true;
			break;
		case 'r':
			o->like.kind = MESSAGE_AE;
			break;
		default:
			return false;
		}
	}
	return o->port && o->n_connections && o->n_origins;
}

int main(int argc, char **argv)
{
	struct options options = { .n_connections = 64,
				   .seconds = 3,
				   .n_origins = 64 };
	struct run run = { .options = &options,
			   .next_number = first_number(),
			   .seed = 1 };
	int result;

	if (!read_options(&options, argc, argv)) {
		(void)fprintf(
			stderr,
			"usage: load -p PORT [-c CONNECTIONS] [-n REQUESTS"
			" | -s SECONDS] [-w WARMUP] [-o DEVICES]"
			" [-t TARGET] [-x EXPIRY] [-e STATUS] [-r] [-a]\n");
		return 2;
	}
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	run.conns = calloc(options.n_connections, sizeof(*run.conns));
	run.samples = calloc(SAMPLES_MAX, sizeof(*run.samples));
	result = run.epoll < 0 || !run.conns || !run.samples ? 1
							     : run_all(&run);
	free(run.conns);
	free(run.samples);
	return result;
}

/*
 * CoAP load - a closed loop of CoAP devices: each sends its next request when
 * the answer to the last one is there.
 *
 * Prints one line: requests, seconds and requests per second.  An answer that
 * is not the expected one ends the program with 1.  With -i it asks once from
 * so many ports, prints "open N", and holds them until its standard input ends.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/coap_message.h"

#define PATIENCE_MS 2000
#define TRIES_MAX 5
#define ORIGINS 64

struct device {
	int fd;
	uint64_t number;
	bool is_waiting;
};

struct run {
	uint16_t port;
	unsigned n_devices;
	uint64_t n_wanted; // 0: until end_ns
	double seconds;
	struct device *devices;
	int epoll;
	uint64_t next_number;
	uint64_t n_sent;
	uint64_t n_done;
	uint64_t n_again;
	int64_t begin_ns;
	int64_t end_ns;
};

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int send_request(const struct device *d)
{
	uint8_t out[COAP_MESSAGE_BYTES];
	size_t len = coap_message_write(out, d->number, d->number % ORIGINS);

	return send(d->fd, out, len, 0) == (ssize_t)len ? 0 : -1;
}

static int send_next(struct run *run, struct device *d)
{
	d->number = run->next_number++;
	d->is_waiting = true;
	run->n_sent++;
	return send_request(d);
}

/* 1: not yet; -1: no. */
static int read_answer(const struct device *d)
{
	uint8_t in[COAP_MESSAGE_BYTES];
	ssize_t n = recv(d->fd, in, sizeof(in), 0);

	if (n < 0) {
		return -1;
	}
	if (n >= 4 && in[0] >> 4 == 4) { // CON, to be acknowledged
		const uint8_t ack[] = { 0x60, 0, in[2], in[3] };

		(void)send(d->fd, ack, sizeof(ack), 0);
	}
	switch (coap_message_judge(in, (size_t)n, d->number)) {
	case COAP_MESSAGE_GOOD:
		return 0;
	case COAP_MESSAGE_OTHER:
		return 1;
	default:
		(void)fprintf(stderr, "coap_load: unexpected answer %u.%02u\n",
			      in[1] >> 5, in[1] & 31U);
		return -1;
	}
}

static bool has_more(const struct run *run)
{
	return run->n_wanted ? run->n_sent < run->n_wanted
			     : now_ns() < run->end_ns;
}

static int take(struct run *run, struct device *d)
{
	int result = read_answer(d);

	if (result != 0 || !d->is_waiting) {
		return result < 0 ? -1 : 0;
	}
	run->n_done++;
	d->is_waiting = false;
	return has_more(run) ? send_next(run, d) : 0;
}

/* What was lost between two sockets of one machine is sent again. */
static int send_again(struct run *run)
{
	if (++run->n_again > TRIES_MAX) {
		(void)fprintf(stderr, "coap_load: no answer came\n");
		return -1;
	}
	for (unsigned i = 0; i < run->n_devices; i++) {
		if (run->devices[i].is_waiting &&
		    send_request(&run->devices[i])) {
			return -1;
		}
	}
	return 0;
}

static int drive(struct run *run)
{
	struct epoll_event events[64];
	int result = 0;

	run->begin_ns = now_ns();
	run->end_ns = run->begin_ns + (int64_t)(run->seconds * 1e9);
	for (unsigned i = 0; i < run->n_devices && !result; i++) {
		if (has_more(run)) {
			result = send_next(run, &run->devices[i]);
		}
	}
	while (!result && run->n_done < run->n_sent) {
		int n = epoll_wait(run->epoll, events, 64, PATIENCE_MS);

		if (n <= 0) {
			result = send_again(run);
		}
		for (int i = 0; i < n && !result; i++) {
			result = take(run, events[i].data.ptr);
		}
	}
	return result;
}

static int connect_all(struct run *run)
{
	for (unsigned i = 0; i < run->n_devices; i++) {
		struct device *d = &run->devices[i];
		struct epoll_event event = { .events = EPOLLIN,
					     .data = { .ptr = d } };

		d->fd = coap_message_connect(run->port);
		if (d->fd < 0 ||
		    epoll_ctl(run->epoll, EPOLL_CTL_ADD, d->fd, &event)) {
			(void)fprintf(stderr, "coap_load: cannot connect\n");
			return -1;
		}
	}
	return 0;
}

static int ask_once(struct run *run, struct device *d)
{
	int result = send_next(run, d);

	if (result) {
		return result;
	}
	do {
		result = read_answer(d);
	} while (result > 0);
	return result;
}

static int hold(struct run *run)
{
	char byte;

	for (unsigned i = 0; i < run->n_devices; i++) {
		if (ask_once(run, &run->devices[i])) {
			return 1;
		}
	}
	printf("open %u\n", run->n_devices);
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
	return 0;
}

static int load(struct run *run)
{
	double seconds;

	if (drive(run) || run->n_done == 0) {
		return 1;
	}
	seconds = (double)(now_ns() - run->begin_ns) / 1e9;
	printf("requests=%" PRIu64 " seconds=%.3f rps=%.0f repeated=%" PRIu64
	       "\n",
	       run->n_done, seconds, (double)run->n_done / seconds,
	       run->n_again);
	return 0;
}

static bool read_options(struct run *run, bool *is_idle, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "p:c:n:s:i:")) != -1) {
		switch (c) {
		case 'p':
			run->port = (uint16_t)strtoul(optarg, NULL, 10);
			break;
		case 'i':
			*is_idle = true;
			run->n_devices = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'c':
			run->n_devices = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			run->n_wanted = strtoull(optarg, NULL, 10);
			break;
		case 's':
			run->seconds = strtod(optarg, NULL);
			break;
		default:
			return false;
		}
	}
	return run->port && run->n_devices;
}

int main(int argc, char **argv)
{
	struct run run = { .n_devices = 32, .seconds = 3 };
	struct rlimit files;
	bool is_idle = false;

	if (!read_options(&run, &is_idle, argc, argv)) {
		(void)fprintf(stderr, "usage: coap_load -p PORT [-c SESSIONS]"
				      " [-n REQUESTS | -s SECONDS] | -i N\n");
		return 2;
	}
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	/* Message ids of two runs are far apart, though both are counted up. */
	run.next_number = (uint64_t)now_ns() / 1000;
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	run.devices = calloc(run.n_devices, sizeof(*run.devices));
	if (run.epoll < 0 || !run.devices || connect_all(&run)) {
		return 1;
	}
	return is_idle ? hold(&run) : load(&run);
}

/*
 * MQTT load - a closed loop of requests over MQTT, on one plain socket: when
 * the answer to one is there, the next is published, with QoS 1.
 *
 * mqtt_load -p PORT/PREFIX [-c IN_FLIGHT] [-n REQUESTS | -s SECONDS] prints one
 * line: requests, seconds, requests per second.  An answer that is not the
 * expected one ends the program with 1.
 */

#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/message.h"

#define IN_BYTES ((size_t)1 << 18)
#define OUT_BYTES ((size_t)1 << 18)
#define IN_FLIGHT_MAX 1024
#define PATIENCE_MS 15000

enum {
	CONNACK = 2,
	PUBLISH = 3,
	PUBACK = 4,
	SUBACK = 9,
};

struct run {
	int fd;
	const char *prefix;
	unsigned n_in_flight;
	uint64_t n_wanted; // 0: until the time is over
	double seconds;
	uint64_t n_sent;
	uint64_t n_done;
	bool is_subscribed;
	int64_t begin_ns;
	size_t n_in;
	size_t n_out;
	uint8_t in[IN_BYTES];
	uint8_t out[OUT_BYTES];
};

static void die(const char *what)
{
	(void)fprintf(stderr, "mqtt_load: %s\n", what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void add(struct run *r, const void *at, size_t len)
{
	if (r->n_out + len > OUT_BYTES) {
		die("the broker does not read");
	}
	memcpy(r->out + r->n_out, at, len);
	r->n_out += len;
}

static void add_byte(struct run *r, unsigned byte)
{
	const uint8_t one = (uint8_t)byte;

	add(r, &one, 1);
}

static void add_number(struct run *r, size_t n)
{
	add_byte(r, (unsigned)(n >> 8));
	add_byte(r, (unsigned)(n & 0xff));
}

static void add_head(struct run *r, unsigned first, size_t len)
{
	add_byte(r, first);
	while (len >= 128) {
		add_byte(r, (unsigned)(len % 128 + 128));
		len /= 128;
	}
	add_byte(r, (unsigned)len);
}

static void add_text(struct run *r, const char *text)
{
	add_number(r, strlen(text));
	add(r, text, strlen(text));
}

static void add_greeting(struct run *r)
{
	char id[32];
	char filter[128];

	(void)snprintf(id, sizeof(id), "load-%d", getpid());
	add_head(r, 0x10, 10 + 2 + strlen(id));
	add_text(r, "MQTT");
	add_byte(r, 4);
	add_byte(r, 2); // clean session
	add_number(r, 0);
	add_text(r, id);
	(void)snprintf(filter, sizeof(filter), "%s/oneM2M/resp/Cload/id-in/#",
		       r->prefix);
	add_head(r, 0x82, 2 + 2 + strlen(filter) + 1);
	add_number(r, 1);
	add_text(r, filter);
	add_byte(r, 1);
}

static void add_request(struct run *r)
{
	static const char con[] =
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	char topic[128];
	char payload[512];
	uint64_t n = ++r->n_sent;
	int len = snprintf(payload, sizeof(payload),
			   "{\"op\":1,\"to\":\"cse-in/Cload/data\",\"fr\":"
			   "\"Cload\",\"rqi\":\"%d-%" PRIu64
			   "\",\"rvi\":\"3\",\"ty\":4,\"pc\":{\"m2m:cin\":{"
			   "\"con\":\"%s%s\"}}}",
			   getpid(), n, con, con);

	(void)snprintf(topic, sizeof(topic), "%s/oneM2M/req/Cload/id-in/json",
		       r->prefix);
	add_head(r, 0x32, 2 + strlen(topic) + 2 + (size_t)len);
	add_text(r, topic);
	add_number(r, n % 65535 + 1);
	add(r, payload, (size_t)len);
}

static bool is_over(const struct run *r)
{
	if (r->n_wanted > 0) {
		return r->n_sent >= r->n_wanted;
	}
	return (double)(now_ns() - r->begin_ns) / 1e9 >= r->seconds;
}

static void answered(struct run *r, const uint8_t *body, size_t len)
{
	size_t topic_len = len < 4 ? len : (size_t)body[0] << 8 | body[1];
	char own[32];
	int n = snprintf(own, sizeof(own), "\"rqi\":\"%d-", getpid());

	if (topic_len + 4 > len) {
		die("a publication is cut off");
	}
	add_head(r, 0x40, 2);
	add(r, body + 2 + topic_len, 2);
	if (!memmem(body, len, own, (size_t)n)) {
		die("an answer is none of ours");
	}
	r->n_done++;
	if (!is_over(r)) {
		add_request(r);
	}
}

static void heard(struct run *r, unsigned first, const uint8_t *body,
		  size_t len)
{
	switch (first >> 4) {
	case CONNACK:
		if (len < 2 || body[1] != 0) {
			die("the broker refuses the connection");
		}
		return;
	case SUBACK:
		r->is_subscribed = true;
		r->begin_ns = now_ns();
		for (unsigned i = 0; i < r->n_in_flight && !is_over(r); i++) {
			add_request(r);
		}
		return;
	case PUBLISH:
		answered(r, body, len);
		return;
	default:
		return;
	}
}

/* Take one packet off the front.  Returns its bytes, or 0 when it is not all
 * there. */
static size_t take(struct run *r, size_t at)
{
	size_t len = 0;
	size_t n = 1;
	unsigned shift = 0;

	do {
		if (at + n >= r->n_in) {
			return 0;
		}
		len |= (size_t)(r->in[at + n] & 0x7f) << shift;
		shift += 7;
	} while (r->in[at + n++] & 0x80);
	if (at + n + len > r->n_in) {
		return 0;
	}
	heard(r, r->in[at], r->in + at + n, len);
	return n + len;
}

static void receive(struct run *r)
{
	ssize_t n = recv(r->fd, r->in + r->n_in, IN_BYTES - r->n_in, 0);
	size_t at = 0;
	size_t len = 0;

	if (n <= 0) {
		die("the broker hung up");
	}
	r->n_in += (size_t)n;
	while (at < r->n_in && (len = take(r, at)) > 0) {
		at += len;
	}
	memmove(r->in, r->in + at, r->n_in - at);
	r->n_in -= at;
}

static void flush(struct run *r)
{
	size_t at = 0;

	while (at < r->n_out) {
		ssize_t n = send(r->fd, r->out + at, r->n_out - at, 0);

		if (n <= 0) {
			die("the broker does not take it");
		}
		at += (size_t)n;
	}
	r->n_out = 0;
}

static void run(struct run *r)
{
	struct pollfd poll_fd = { .fd = r->fd, .events = POLLIN };
	double seconds = 0;

	add_greeting(r);
	while (!r->is_subscribed || r->n_done < r->n_sent) {
		flush(r);
		if (poll(&poll_fd, 1, PATIENCE_MS) != 1) {
			die("an answer is missing");
		}
		receive(r);
	}
	flush(r);
	seconds = (double)(now_ns() - r->begin_ns) / 1e9;
	(void)printf("requests=%" PRIu64 " seconds=%.3f rps=%.0f\n", r->n_done,
		     seconds, (double)r->n_done / seconds);
}

int main(int argc, char **argv)
{
	static struct run r = { .n_in_flight = 64, .seconds = 1 };
	char *end = NULL;
	int option = 0;
	unsigned long port = 0;

	while ((option = getopt(argc, argv, "p:c:n:s:")) != -1) {
		switch (option) {
		case 'p':
			port = strtoul(optarg, &end, 10);
			r.prefix = *end == '/' ? end + 1 : "";
			break;
		case 'c':
			r.n_in_flight = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			r.n_wanted = strtoull(optarg, NULL, 10);
			break;
		case 's':
			r.seconds = strtod(optarg, NULL);
			break;
		default:
			die("usage: mqtt_load -p PORT/PREFIX [-c IN_FLIGHT] "
			    "[-n REQUESTS | -s SECONDS]");
		}
	}
	if (port == 0 || r.n_in_flight == 0 || r.n_in_flight > IN_FLIGHT_MAX) {
		die("-p PORT/PREFIX is needed, and -c is at most 1024");
	}
	r.fd = message_connect((uint16_t)port);
	if (r.fd < 0) {
		die("nothing listens there");
	}
	run(&r);
	return 0;
}

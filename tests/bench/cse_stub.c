/*
 * CSE stub - a WebSocket CSE that answers as fast as libwebsockets can.
 *
 * It reads no more of a request than its rqi, and whether an AE registers, who
 * is granted the next id "C00000000", "C00000001" and so on of its connection.
 * What is for ".../hold" is not answered; what is for ".../large", with much.
 * What has come in one turn of the service loop is answered in one write of
 * ready-made frames at its end, without waiting for another turn.
 * Prints "port N" and ends with SIGTERM.
 */

#include <libwebsockets.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/answer.h"

#define READ_BYTES 65536
#define ANSWER_BYTES 62000
#define LARGE_BYTES 60000

/* What is answered with. */
enum kind {
	INSTANCE,
	AE,
	LARGE
};

/* One link of a gateway. */
struct link {
	struct lws *wsi;
	struct link *next; // among those with answers to send
	char *in;          // a message that has not come whole
	size_t n_in;
	size_t in_size;
	char *out; // frames behind LWS_PRE
	size_t n_out;
	size_t out_size;
	unsigned n_granted;
};

struct stub {
	struct link *answering;
};

static const char ae_format[] =
	"{\"m2m:ae\":{\"rn\":\"d%08u\",\"ty\":2,\"ri\":\"C%08u\","
	"\"pi\":\"id-in\",\"ct\":\"20260101T120000,000000\","
	"\"lt\":\"20260101T120000,000000\",\"et\":\"20990101T120000,000000\","
	"\"aei\":\"C%08u\",\"api\":\"N.bench\",\"rr\":false,\"srv\":[\"3\"]}}";

/* Room for n bytes behind the first used ones. */
static int make_room(char **slot, size_t *size, size_t used, size_t n)
{
	char *moved;

	if (used + n <= *size) {
		return 0;
	}
	moved = realloc(*slot, (used + n) * 2);
	if (!moved) {
		return -1;
	}
	*slot = moved;
	*size = (used + n) * 2;
	return 0;
}

static size_t write_content(struct link *link, char *at, size_t size,
			    enum kind kind)
{
	unsigned n = link->n_granted;

	if (kind == INSTANCE) {
		memcpy(at, ANSWER_CONTENT, sizeof(ANSWER_CONTENT) - 1);
		return sizeof(ANSWER_CONTENT) - 1;
	}
	if (kind == LARGE) {
		memset(at, 'x', LARGE_BYTES);
		at[0] = at[LARGE_BYTES - 1] = '"';
		return LARGE_BYTES;
	}
	link->n_granted++;
	return (size_t)snprintf(at, size, ae_format, n, n, n);
}

/* The header of an unmasked text frame.  Returns its length. */
static size_t write_frame_header(char *frame, size_t len)
{
	unsigned char *at = (unsigned char *)frame;

	at[0] = 0x81;
	if (len < 126) {
		at[1] = (unsigned char)len;
		return 2;
	}
	at[1] = 126;
	at[2] = (unsigned char)(len >> 8);
	at[3] = (unsigned char)len;
	return 4;
}

static int add_answer(struct link *link, const char *id, size_t n_id,
		      enum kind kind)
{
	static const char head[] = "{\"rsc\":2001,\"rqi\":\"";
	static const char middle[] = "\",\"rvi\":\"3\",\"pc\":";
	char text[ANSWER_BYTES];
	size_t n = sizeof(head) - 1;

	memcpy(text, head, n);
	memcpy(text + n, id, n_id);
	n += n_id;
	memcpy(text + n, middle, sizeof(middle) - 1);
	n += sizeof(middle) - 1;
	n += write_content(link, text + n, sizeof(text) - n - 1, kind);
	text[n++] = '}';
	if (make_room(&link->out, &link->out_size, LWS_PRE + link->n_out,
		      n + 4)) {
		return -1;
	}
	link->n_out += write_frame_header(link->out + LWS_PRE + link->n_out, n);
	memcpy(link->out + LWS_PRE + link->n_out, text, n);
	link->n_out += n;
	return 0;
}

static void will_answer(struct lws *wsi, struct link *link)
{
	struct stub *stub = lws_context_user(lws_get_context(wsi));

	if (link->n_out == 0) {
		link->wsi = wsi;
		link->next = stub->answering;
		stub->answering = link;
	}
}

static enum kind kind_of(const char *at, size_t len)
{
	if (memmem(at, len, "\"m2m:ae\"", 8)) {
		return AE;
	}
	return memmem(at, len, "/large\"", 7) ? LARGE : INSTANCE;
}

static int take_message(struct lws *wsi, struct link *link, const char *at,
			size_t len)
{
	static const char name[] = "\"rqi\":\"";
	const char *id = memmem(at, len, name, sizeof(name) - 1);
	const char *end;

	if (!id || !memmem(at, len, "\"op\":", 5) ||
	    memmem(at, len, "/hold\"", 6)) {
		return 0;
	}
	id += sizeof(name) - 1;
	end = memchr(id, '"', len - (size_t)(id - at));
	if (!end || end - id > 200) {
		return 0;
	}
	will_answer(wsi, link);
	return add_answer(link, id, (size_t)(end - id), kind_of(at, len));
}

static int receive(struct lws *wsi, struct link *link, const char *at,
		   size_t len)
{
	bool is_whole = lws_is_final_fragment(wsi) &&
			!lws_remaining_packet_payload(wsi);
	int result;

	if (is_whole && !link->n_in) {
		return take_message(wsi, link, at, len);
	}
	if (make_room(&link->in, &link->in_size, link->n_in, len)) {
		return -1;
	}
	memcpy(link->in + link->n_in, at, len);
	link->n_in += len;
	if (!is_whole) {
		return 0;
	}
	result = take_message(wsi, link, link->in, link->n_in);
	link->n_in = 0;
	return result;
}

static void forget(struct lws *wsi, struct link *link)
{
	struct stub *stub = lws_context_user(lws_get_context(wsi));
	struct link **slot = &stub->answering;

	while (*slot && *slot != link) {
		slot = &(*slot)->next;
	}
	if (*slot) {
		*slot = link->next;
	}
	free(link->in);
	free(link->out);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason,
		    void *state, void *in, size_t len)
{
	struct link *link = state;

	switch (reason) {
	case LWS_CALLBACK_RECEIVE:
		return receive(wsi, link, in, len);
	case LWS_CALLBACK_CLOSED:
		forget(wsi, link);
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, state, in, len);
	}
}

/* LWS_WRITE_HTTP is how libwebsockets sends bytes as they are.  What the socket
 * does not take it keeps and sends later; a link that fails is closed by the
 * next turn. */
static void answer_all(struct stub *stub)
{
	while (stub->answering) {
		struct link *link = stub->answering;
		size_t n = link->n_out;

		stub->answering = link->next;
		link->n_out = 0;
		(void)lws_write(link->wsi, (unsigned char *)link->out + LWS_PRE,
				n, LWS_WRITE_HTTP);
	}
}

static volatile sig_atomic_t is_ended;

static void end(int signal)
{
	is_ended = 1;
}

int main(void)
{
	const struct lws_protocols protocols[] = {
		{ .name = "oneM2M.json",
		  .callback = on_event,
		  .per_session_data_size = sizeof(struct link),
		  .rx_buffer_size = READ_BYTES },
		{ 0 },
	};
	struct stub stub = { 0 };
	struct lws_context_creation_info info = {
		.user = &stub,
		.port = 0,
		.iface = "127.0.0.1",
		.protocols = protocols,
		.pt_serv_buf_size = READ_BYTES,
	};
	struct lws_context *context;

	(void)signal(SIGTERM, end);
	(void)signal(SIGINT, end);
	lws_set_log_level(LLL_ERR, NULL);
	context = lws_create_context(&info);
	if (!context) {
		(void)fprintf(stderr, "cse_stub: cannot start\n");
		return 1;
	}
	printf("port %d\n", lws_get_vhost_listen_port(
				    lws_get_vhost_by_name(context, "default")));
	(void)fflush(stdout);
	while (!is_ended && lws_service(context, 0) >= 0) {
		answer_all(&stub);
	}
	lws_context_destroy(context);
	return 0;
}

/*
 * Wire - what libcurl writes and reads.
 */

#include "bindings/http/http_wire.h"

#include "core/lib/wire.h"

#define HEAD_BYTES_MAX ((size_t)64 * 1024)

/* libcurl gives the head of a request in one piece, that of an answer line by
 * line. */
static int take(CURL *easy, curl_infotype type, char *at, size_t len, void *arg)
{
	struct http_wire *wire = arg;

	if (type == CURLINFO_HEADER_OUT) {
		gw_wire_tell(&(struct gw_wire){ .topic = "http",
						.head = { at, len },
						.body = wire->sent });
	} else if (type == CURLINFO_HEADER_IN) {
		gw_buf_add(&wire->head, at, len);
	}
	return 0;
}

void http_wire_watch(struct http_wire *wire, CURL *easy, struct gw_bytes body)
{
	if (!gw_wire_is_watched()) {
		return;
	}
	gw_buf_init(&wire->head, 0, HEAD_BYTES_MAX);
	wire->sent = body;
	(void)curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, take);
	(void)curl_easy_setopt(easy, CURLOPT_DEBUGDATA, wire);
}

void http_wire_end(struct http_wire *wire, struct gw_bytes body)
{
	if (wire->head.len > 0) {
		gw_wire_tell(&(struct gw_wire){ .topic = "http",
						.is_received = true,
						.head = gw_buf_str(&wire->head),
						.body = body });
	}
}

void http_wire_deinit(struct http_wire *wire)
{
	gw_buf_deinit(&wire->head);
}

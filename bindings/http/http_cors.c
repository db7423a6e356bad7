/*
 * CORS - which web pages may use the gateway.
 */

#include "bindings/http/http_cors.h"

#include "bindings/http/http_map.h"
#include "core/lib/buf.h"

#define HEADERS_BYTES_MAX ((size_t)2048)

bool http_cors_allows(const struct gw_conf_listen *listen, struct gw_str origin)
{
	for (size_t i = 0; i < listen->allow_origins.n; i++) {
		struct gw_str allowed = gw_str_from(
			listen->allow_origins.at[i]);

		if (gw_str_is(allowed, "*") || gw_str_eq(allowed, origin)) {
			return true;
		}
	}
	return false;
}

char *http_cors_headers(void)
{
	struct gw_buf buf;
	char *text = NULL;

	gw_buf_init(&buf, 0, HEADERS_BYTES_MAX);
	gw_buf_lit(&buf, "Content-Type, Accept");
	for (int i = HTTP_FROM; i < HTTP_N_HEADERS; i++) {
		const struct http_header *h = http_header(
			(enum http_header_id)i);

		if ((h->where & HTTP_IN_REQUEST) != 0) {
			gw_buf_lit(&buf, ", ");
			gw_buf_add_str(&buf, h->name);
		}
	}
	text = gw_buf_is_short(&buf) ? NULL : gw_str_dup(gw_buf_str(&buf));
	gw_buf_deinit(&buf);
	return text;
}

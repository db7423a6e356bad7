/*
 * CORS - what pages that may use a listener are told.
 */

#include "bindings/http/http_cors.h"

#include "bindings/http/http_map.h"
#include "core/lib/buf.h"

#define HEADERS_BYTES_MAX ((size_t)2048)

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

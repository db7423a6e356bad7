/*
 * Path - `to` and the path of a URL.
 */

#include "bindings/http/http_path.h"

#include "bindings/http/http_escape.h"
#include "core/address.h"
#include "core/lib/buf.h"

struct gw_str http_path_read(struct gw_arena *a, struct gw_str path)
{
	struct gw_str plain = { 0 };

	if (!gw_str_starts(path, GW_STR("/"))) {
		return plain;
	}
	plain = http_unescape(a, path, HTTP_PART_PATH);
	return gw_str_is_present(plain) ? gw_address_of_path(a, plain) : plain;
}

bool http_path_write(struct gw_buf *buf, struct gw_str to)
{
	struct gw_str mark;
	struct gw_str segments;

	if (!gw_address_to_path(&mark, &segments, to)) {
		return false;
	}
	gw_buf_lit(buf, "/");
	if (gw_str_is_present(mark)) {
		gw_buf_add_str(buf, mark);
		gw_buf_lit(buf, "/");
	}
	http_escape(buf, segments, HTTP_PART_PATH);
	return true;
}

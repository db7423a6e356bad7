/*
 * Config header - what the configuration adds to requests over HTTP and to
 * handshakes.
 *
 * It may be a secret: its text is not told.
 */

#include <stdio.h>

#include "core/conf.h"
#include "core/lib/str.h"
#include "gateway/config_take.h"

static bool refuse(struct gw_wrong *wrong, const char *reason)
{
	(void)snprintf(wrong->text, sizeof(wrong->text), "%s", reason);
	return false;
}

static bool is_value(struct gw_wrong *wrong, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c < ' ' || *c >= 0x7f) {
			return refuse(wrong, "holds what no header may hold");
		}
	}
	return true;
}

bool gw_take_header(struct gw_wrong *wrong, void *to, const char *text,
		    struct gw_bounds bounds)
{
	if (!is_value(wrong, text)) {
		return false;
	}
	*(const char **)to = text;
	return true;
}

/* Whether the gateway writes this header itself.  What ends in a dash is a
 * family. */
static bool is_own(struct gw_str name)
{
	static const char *const own[] = {
		"Accept",         "Authorization",
		"Connection",     "Content-",
		"Expect",         "Host",
		"Keep-Alive",     "Transfer-Encoding",
		"Upgrade",        "X-M2M-",
		"Sec-WebSocket-",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		struct gw_str one = gw_str_from(own[i]);
		struct gw_str head = name;

		if (gw_str_ends(one, GW_STR("-")) && head.len > one.len) {
			head.len = one.len;
		}
		if (gw_str_eq_nocase(head, one)) {
			return true;
		}
	}
	return false;
}

bool gw_take_header_line(struct gw_wrong *wrong, void *to, const char *text,
			 struct gw_bounds bounds)
{
	struct gw_str value = gw_str_from(text);
	struct gw_str name = gw_str_cut(&value, ':');

	if (gw_str_trim(value).len == 0 || !gw_str_is_token(name) ||
	    name.len > GW_HEADER_NAME_MAX) {
		return refuse(wrong, "is no header such as \"X-API-Key: abc\"");
	}
	if (is_own(name)) {
		return refuse(wrong, "is a header that the gateway writes "
				     "itself");
	}
	return is_value(wrong, text);
}

/*
 * Map - the names WebSocket knows oneM2M by (TS-0020 6.2.2.9).
 */

#include "bindings/ws/ws_map.h"

/* Mobius and the nCube device libraries write lower case. */
static const char *const json_names[] = {
	"oneM2M.json",
	"oneM2M.R2.0.json",
	"onem2m.json",
	"onem2m.r2.0.json",
};

const char *ws_map_subprotocol(size_t i)
{
	return i < sizeof(json_names) / sizeof(*json_names) ? json_names[i]
							    : NULL;
}

bool ws_map_is_json(struct gw_str name)
{
	const char *known = NULL;

	for (size_t i = 0; (known = ws_map_subprotocol(i)); i++) {
		if (gw_str_is(name, known)) {
			return true;
		}
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct gw_str ws_map_trim(struct gw_str s)
{
	while (s.len > 0 && is_blank(s.at[0])) {
		s = gw_str_skip(s, 1);
	}
	while (s.len > 0 && is_blank(s.at[s.len - 1])) {
		s.len--;
	}
	return s;
}

struct gw_str ws_map_element(struct gw_str *list)
{
	if (!gw_str_is_present(*list)) {
		return *list;
	}
	return ws_map_trim(gw_str_cut(list, ','));
}

/* A token of RFC 9110 5.6.2, as far as names of subprotocols need it. */
static bool is_token(struct gw_str s)
{
	static const char others[] = "!#$%&'*+-.^_`|~/";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool is_word = (c >= '0' && c <= '9') ||
			       (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (!is_word && (c == '\0' || !strchr(others, c))) {
			return false;
		}
	}
	return s.len > 0;
}

bool ws_map_has_json(struct gw_str list)
{
	bool has_json = false;

	while (gw_str_is_present(list)) {
		struct gw_str name = ws_map_element(&list);

		if (!is_token(name)) {
			return false;
		}
		has_json = has_json || ws_map_is_json(name);
	}
	return has_json;
}

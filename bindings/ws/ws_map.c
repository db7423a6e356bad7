/*
 * Map - the names WebSocket knows oneM2M by (TS-0020 6.2.2.9).
 */

#include "bindings/ws/ws_map.h"

/* Mobius takes only the second and dies when that is missing; ACME and tinyIoT
 * take the first. */
#define JSON "oneM2M.json, oneM2M.R2.0.json"

/* Mobius and the nCube device libraries write lower case.  The first row is
 * what a peer speaks that names nothing. */
static const struct {
	const char *name;
	enum gw_media media;
} names[] = {
	{ "oneM2M.json", GW_MEDIA_JSON }, { "oneM2M.R2.0.json", GW_MEDIA_JSON },
	{ "onem2m.json", GW_MEDIA_JSON }, { "onem2m.r2.0.json", GW_MEDIA_JSON },
	{ "oneM2M.cbor", GW_MEDIA_CBOR }, { "oneM2M.R2.0.cbor", GW_MEDIA_CBOR },
	{ "onem2m.cbor", GW_MEDIA_CBOR }, { "onem2m.r2.0.cbor", GW_MEDIA_CBOR },
};

#define N_NAMES (sizeof(names) / sizeof(*names))

const char *ws_map_subprotocol(size_t i)
{
	return i < N_NAMES ? names[i].name : NULL;
}

enum gw_media ws_map_media(struct gw_str name)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		if (gw_str_is(name, names[i].name)) {
			return names[i].media;
		}
	}
	return GW_MEDIA_NONE;
}

const char *ws_map_offer(enum gw_media media)
{
	return media == GW_MEDIA_CBOR ? "oneM2M.cbor, oneM2M.R2.0.cbor, " JSON
				      : JSON;
}

struct gw_str ws_map_element(struct gw_str *list)
{
	if (!gw_str_is_present(*list)) {
		return *list;
	}
	return gw_str_trim(gw_str_cut(list, ','));
}

/* A token of RFC 9110 5.6.2, as far as names of subprotocols need it, or
 * nothing: empty elements of a list are passed over (5.6.1.2). */
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
	return true;
}

struct gw_str ws_map_known(struct gw_str list)
{
	struct gw_str known = { 0 };

	while (gw_str_is_present(list)) {
		struct gw_str name = ws_map_element(&list);

		if (!is_token(name)) {
			return (struct gw_str){ 0 };
		}
		if (!gw_str_is_present(known) &&
		    ws_map_media(name) != GW_MEDIA_NONE) {
			known = name;
		}
	}
	return known;
}

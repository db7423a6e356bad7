/*
 * Random - the oracle: what a hop makes of a primitive.
 *
 * Bindings that write whole primitives carry everything but controls in the
 * names of who asks and what for.  HTTP and CoAP have a place for what the
 * table says, and refuse what cannot stand there.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/coap/coap.h"
#include "bindings/http/http.h"
#include "bindings/mqtt/mqtt.h"
#include "core/lib/arena.h"
#include "tests/contract/chain.h"
#include "tests/contract/random.h"

#define OPTION_BYTES_MAX 255
#define TARGETS_BYTES_MAX 512 // of oneM2M-GTM
#define DIGITS_MAX 19
#define ID_BYTES_MAX 256 // that WebSocket keeps

/* A hop over a binding that takes primitives apart. */
struct hop {
	bool is_coap;
	enum gw_op op;
};

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f) {
			return true;
		}
	}
	return false;
}

/* A value of a query may have tabs and line ends. */
static bool has_odd_control(const char *text)
{
	for (; *text; text++) {
		if (((unsigned char)*text < ' ' && !strchr("\t\r\n", *text)) ||
		    *text == 0x7f) {
			return true;
		}
	}
	return false;
}

static bool is_padded(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
}

/* Two names that a proxy has joined are none. */
static bool is_one_name(struct gw_str from)
{
	return gw_str_find(from, ',') == from.len &&
	       gw_str_find(from, ' ') == from.len;
}

/* A header or an option that is a text. */
static bool line_fits(const struct hop *hop, const char *text)
{
	return !has_control(text) &&
	       (hop->is_coap ? strlen(text) <= OPTION_BYTES_MAX
			     : !is_padded(text));
}

static bool str_fits(const struct hop *hop, struct gw_str s)
{
	char text[2048];

	assert_true(s.len < sizeof(text));
	(void)snprintf(text, sizeof(text), GW_STR_FMT, GW_STR_ARG(s));
	return line_fits(hop, text);
}

/* The length of a text in a field of a query over CoAP. */
static size_t escaped_bytes(const char *text)
{
	size_t n = 0;

	for (; *text; text++) {
		n += strchr("%&+=", *text) ? 3 : 1;
	}
	return n;
}

/* An item of a list in a header or an option; joint parts items there. */
static bool item_fits(const char *text, char joint)
{
	return text[0] && !strchr(text, joint) && !has_control(text) &&
	       !is_padded(text);
}

static bool list_line_fits(const struct hop *hop, const cJSON *list, char joint,
			   size_t max)
{
	const cJSON *item = NULL;
	size_t len = 0;

	cJSON_ArrayForEach(item, list)
	{
		if (!item_fits(item->valuestring, joint)) {
			return false;
		}
		len += strlen(item->valuestring) + (len > 0);
	}
	return !hop->is_coap || len <= max;
}

static bool is_whole(const char *json)
{
	size_t sign = json[0] == '-';
	size_t n = strspn(json + sign, "0123456789");

	return n > 0 && n <= DIGITS_MAX && !json[sign + n] &&
	       (!sign || json[1] != '0');
}

/* cJSON has no more than a double: the text is taken from the source. */
static bool number_fits(const struct hop *hop, enum random_way way,
			struct gw_str json)
{
	char text[64];
	long n = 0;

	(void)snprintf(text, sizeof(text), GW_STR_FMT, GW_STR_ARG(json));
	if (!is_whole(text)) {
		return false;
	}
	n = strtol(text, NULL, 10);
	return !hop->is_coap || way != RANDOM_LINE || (n >= 0 && n <= 65535);
}

/* A field of a query with that name and these items. */
static bool field_fits(const struct hop *hop, size_t name_bytes,
		       const cJSON *value)
{
	const cJSON *item = NULL;
	size_t len = name_bytes + 1;

	if (cJSON_IsString(value)) {
		len += escaped_bytes(value->valuestring);
		return !has_odd_control(value->valuestring) &&
		       (!hop->is_coap || len <= OPTION_BYTES_MAX);
	}
	cJSON_ArrayForEach(item, value)
	{
		if (cJSON_IsString(item) &&
		    (!item->valuestring[0] ||
		     has_odd_control(item->valuestring))) {
			return false;
		}
		len += 1 + (cJSON_IsString(item)
				    ? escaped_bytes(item->valuestring)
				    : 0);
	}
	len -= cJSON_GetArraySize(value) > 0;
	return !hop->is_coap || len <= OPTION_BYTES_MAX;
}

static bool attributes_fit(const struct hop *hop, const char *list,
			   const cJSON *value)
{
	bool has_prefix = list[0] != 'a'; // "c." or "p."
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, value)
	{
		const char *name = cJSON_GetObjectItem(item, "nm")->valuestring;

		if (!name[0] || has_control(name) ||
		    (!has_prefix && random_is_filter(name)) ||
		    !field_fits(hop, escaped_bytes(name) + (has_prefix ? 2 : 0),
				cJSON_GetObjectItem(item, "val"))) {
			return false;
		}
	}
	return true;
}

/* The numbers of a filter; those of a list stand between brackets. */
static bool numbers_fit(const struct hop *hop, struct gw_str json)
{
	struct gw_str rest = json;

	if (json.at[0] == '[') {
		rest = gw_str_head(gw_str_skip(json, 1), json.len - 2);
	}
	while (rest.len > 0) {
		if (!number_fits(hop, RANDOM_QUERY, gw_str_cut(&rest, ','))) {
			return false;
		}
	}
	return true;
}

static bool filter_fits(const struct hop *hop, const struct random_filter *f,
			const cJSON *value, struct gw_str json)
{
	switch (f->shape) {
	case RANDOM_ANY:
		return attributes_fit(hop, f->name, value);
	case RANDOM_NUMBER:
		return numbers_fit(hop, json);
	default:
		return field_fits(hop, strlen(f->name), value);
	}
}

static bool filters_fit(const struct hop *hop, const cJSON *fc,
			struct gw_str json)
{
	for (const struct random_filter *f = random_filters; f->name; f++) {
		const cJSON *value = cJSON_GetObjectItem(fc, f->name);
		struct gw_json_member member = { 0 };

		if (value &&
		    (!gw_json_get(&member, json, gw_str_from(f->name)) ||
		     !filter_fits(hop, f, value, member.value))) {
			return false;
		}
	}
	return true;
}

static bool tokens_fit(const struct hop *hop, const cJSON *ati)
{
	const cJSON *item = NULL;
	size_t len = 0;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(ati, "ltia"))
	{
		const char *local =
			cJSON_GetObjectItem(item, "lti")->valuestring;
		const char *token =
			cJSON_GetObjectItem(item, "tkid")->valuestring;

		if (strchr(token, '+') || has_control(token) ||
		    is_padded(token)) {
			return false;
		}
		len += strlen(local) + 1 + strlen(token) + (len > 0);
	}
	return !hop->is_coap || len <= OPTION_BYTES_MAX;
}

static bool texts_fit(const struct hop *hop, const struct random_param *row,
		      enum random_way way, const cJSON *value)
{
	const cJSON *item = NULL;

	if (way == RANDOM_QUERY) {
		return field_fits(hop, strlen(row->name), value);
	}
	/* With a blank it would be a credential for the next hop. */
	cJSON_ArrayForEach(item, value)
	{
		if (strcmp(row->name, "tkns") == 0 &&
		    strchr(item->valuestring, ' ')) {
			return false;
		}
	}
	return list_line_fits(hop, value, '+',
			      strcmp(row->name, "grtm") ? OPTION_BYTES_MAX
							: TARGETS_BYTES_MAX);
}

static bool value_fits(const struct hop *hop, const struct random_param *row,
		       const cJSON *value, struct gw_str json)
{
	enum random_way way = hop->is_coap ? row->coap : row->http;

	switch (row->shape) {
	case RANDOM_TEXT:
		return line_fits(hop, value->valuestring);
	case RANDOM_NUMBER:
		return number_fits(hop, way, json);
	case RANDOM_TEXTS:
		return texts_fit(hop, row, way, value);
	case RANDOM_TOKENS:
		return tokens_fit(hop, value);
	case RANDOM_RESPONSE_TYPE:
		return list_line_fits(hop, cJSON_GetObjectItem(value, "nu"),
				      '&', OPTION_BYTES_MAX);
	case RANDOM_FILTERS:
		return filters_fit(hop, value, json);
	default:
		return true;
	}
}

static bool param_fits(const struct hop *hop, const struct random_param *row,
		       struct gw_str json)
{
	cJSON *value = cJSON_ParseWithLength(json.at, json.len);
	bool fits = false;

	assert_non_null(value);
	fits = value_fits(hop, row, value, json);
	cJSON_Delete(value);
	return fits;
}

/* A time in an option has whole seconds: a fraction becomes the next one.  What
 * is relative becomes absolute, and is looked at when it has arrived. */
static void round_time(struct gw_param *param)
{
	static const struct {
		const char *from;
		const char *to;
	} rounded[] = {
		{ "\"20991231T235958,000000\"", "\"20991231T235958\"" },
		{ "\"20991231T235958,999999\"", "\"20991231T235959\"" },
		{ "\"20991231T235959,5\"", "\"21000101T000000\"" },
		{ "\"21000228T235959,001\"", "\"21000301T000000\"" },
		{ "600000", "+600000" },
		{ "86400000", "+86400000" },
	};

	for (size_t i = 0; i < sizeof(rounded) / sizeof(*rounded); i++) {
		if (gw_str_is(param->value, rounded[i].from)) {
			param->value = gw_str_from(rounded[i].to);
			return;
		}
	}
}

/* An answer is not lost for a header that should be a whole number: it crosses
 * as a text. */
static bool becomes_text(struct gw_primitive *p, const struct hop *hop,
			 const struct random_param *row, struct gw_param *param)
{
	if (p->op || hop->is_coap || row->shape != RANDOM_NUMBER) {
		return false;
	}
	if (param->value.at[0] != '"') {
		param->value = gw_arena_print(p->arena, "\"" GW_STR_FMT "\"",
					      GW_STR_ARG(param->value));
	}
	return true;
}

static enum random_way way_of(const struct hop *hop,
			      const struct random_param *row)
{
	return hop->is_coap ? row->coap : row->http;
}

/* A header or option without a value is absent, but for the list in rt. */
static bool is_nothing(const struct hop *hop, const struct random_param *row,
		       const struct gw_param *param)
{
	return way_of(hop, row) == RANDOM_LINE &&
	       (gw_str_is(param->value, "\"\"") ||
		gw_str_is(param->value, "[]"));
}

/* Whether it has no place there. */
static bool is_left_behind(const struct gw_primitive *p, const struct hop *hop,
			   const struct random_param *row)
{
	enum random_way way = way_of(hop, row);
	unsigned where = p->op ? RANDOM_IN_REQUEST : RANDOM_IN_ANSWER;

	return !row->name || way == RANDOM_STAYS || (row->where & where) == 0 ||
	       (way == RANDOM_BODY && p->content.len > 0);
}

/* Whether it became absolute on an earlier hop. */
static bool is_absolute(const struct gw_param *param)
{
	return param->value.at[0] == '+';
}

static bool is_rounded(const struct hop *hop, const struct random_param *row)
{
	return hop->is_coap && row->coap == RANDOM_LINE &&
	       (row->shape == RANDOM_TIME || row->shape == RANDOM_STAMP);
}

/* One that has a place.  False when it does not fit there. */
static bool cross_param(struct gw_primitive *p, const struct hop *hop,
			const struct random_param *row, struct gw_param *param)
{
	if (is_absolute(param)) {
		return true;
	}
	if (!param_fits(hop, row, param->value) &&
	    !becomes_text(p, hop, row, param)) {
		return false;
	}
	if (is_rounded(hop, row)) {
		round_time(param);
	}
	return true;
}

/* False when one of them does not fit; what has no place is taken out. */
static bool cross_params(struct gw_primitive *p, const struct hop *hop)
{
	struct gw_param **at = &p->params;

	while (*at) {
		const struct random_param *row = random_param((*at)->name);

		if (is_left_behind(p, hop, row) || is_nothing(hop, row, *at)) {
			*at = (*at)->next;
		} else if (cross_param(p, hop, row, *at)) {
			at = &(*at)->next;
		} else {
			return false;
		}
	}
	return true;
}

static bool has_dots(struct gw_str path)
{
	struct gw_str rest = path;

	while (gw_str_is_present(rest)) {
		struct gw_str segment = gw_str_cut(&rest, '/');

		if (gw_str_is(segment, ".") || gw_str_is(segment, "..")) {
			return true;
		}
	}
	return false;
}

/* TS-0009 6.2.2.1: a path that begins with ~ or _ is SP-relative or absolute,
 * so no resource may be named so. */
static bool target_fits(const struct gw_primitive *p, const struct hop *hop)
{
	struct gw_str name = gw_str_head(p->to, gw_str_find(p->to, '#'));
	bool has_attribute = name.len < p->to.len;

	if (has_attribute && (p->op != GW_OP_RETRIEVE || p->content.len > 0 ||
			      name.len + 1 == p->to.len)) {
		return false;
	}
	return name.len > 0 && !gw_str_starts(name, GW_STR("~/")) &&
	       !gw_str_starts(name, GW_STR("_/")) &&
	       !(hop->is_coap && has_dots(name));
}

/* Whether the content is an object (TS-0004 7.2.1). */
static bool is_object(const struct gw_primitive *p)
{
	return p->content.len > 0 && p->content.at[0] == '{';
}

/* A partial RETRIEVE of one attribute is one of `to` (TS-0004 7.3.2.4). */
static bool cross_attributes(struct gw_primitive *p)
{
	static const char one[] = "{\"m2m:atrl\":[\"lbl\"]}";
	struct gw_str text = gw_str_of(p->content);

	if (!gw_str_starts(text, GW_STR("{\"m2m:atrl\""))) {
		return false;
	}
	if (gw_str_is(text, one)) {
		p->to = gw_arena_print(p->arena, GW_STR_FMT "#lbl",
				       GW_STR_ARG(p->to));
		p->content = (struct gw_bytes){ 0 };
		p->media = GW_MEDIA_NONE;
	}
	return true;
}

static bool cross_content(struct gw_primitive *p)
{
	switch (p->op) {
	case GW_OP_CREATE:
	case GW_OP_UPDATE:
	case GW_OP_NOTIFY:
		return is_object(p);
	case GW_OP_RETRIEVE:
		return p->content.len == 0 || cross_attributes(p);
	case GW_OP_DELETE:
		return p->content.len == 0;
	default:
		return true;
	}
}

/* In HTTP a POST without ty is a NOTIFY, and nothing but a CREATE has one.  In
 * CoAP 48 to 57 may be a digit: the content has to be of it, and is not. */
static bool cross_type(struct gw_primitive *p, bool is_coap)
{
	if (is_coap) {
		return p->op != GW_OP_CREATE || p->type < '0' || p->type > '9';
	}
	if (p->op == GW_OP_CREATE) {
		return p->type != 0;
	}
	p->type = 0;
	return true;
}

static bool is_clean(struct gw_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f) {
			return false;
		}
	}
	return true;
}

/* What a broker's topic vouches for: AEs that the CSE which it names has
 * brought. */
static bool is_vouched_for(struct gw_str from)
{
	for (const char *const *id = chain_brought; *id; id++) {
		if (gw_str_is(from, *id)) {
			return true;
		}
	}
	return false;
}

/* A binding that matches answers by rqi sends one of its own where it must. */
static bool cross_whole(struct gw_primitive *p, const struct chain_end *end)
{
	if (end->ops == &mqtt_ops || p->id.len > ID_BYTES_MAX) {
		p->id = GW_STR("id-near-1");
	}
	return is_clean(p->from) && is_clean(p->to) && is_clean(p->id) &&
	       is_clean(p->release) &&
	       (end->ops != &mqtt_ops || !p->op || is_vouched_for(p->from));
}

bool random_is_accepted(const struct gw_primitive *p)
{
	bool is_named = p->to.len > 0;

	for (size_t i = 0; i < p->to.len; i++) {
		if ((unsigned char)p->to.at[i] <= ' ' ||
		    (unsigned char)p->to.at[i] >= 0x7f) {
			is_named = false;
		}
	}
	return is_named && !gw_str_is(p->to, "/") && !gw_str_is(p->to, "//");
}

/* What is null is absent, and an empty object no content of a RETRIEVE or
 * DELETE. */
static void drop_what_says_nothing(struct gw_primitive *p)
{
	struct gw_param **at = &p->params;

	while (*at) {
		if (gw_str_is((*at)->value, "null")) {
			*at = (*at)->next;
		} else {
			at = &(*at)->next;
		}
	}
	if ((p->op == GW_OP_RETRIEVE || p->op == GW_OP_DELETE) &&
	    gw_str_is(gw_str_of(p->content), "{}")) {
		p->content = (struct gw_bytes){ 0 };
		p->media = GW_MEDIA_NONE;
	}
}

bool random_cross(struct gw_primitive *p, const struct chain_end *end)
{
	const struct hop hop = { .is_coap = end->ops == &coap_ops,
				 .op = p->op };

	drop_what_says_nothing(p);
	if (end->carries_all) {
		return cross_whole(p, end);
	}
	if (!str_fits(&hop, p->release)) {
		return false;
	}
	if (!p->op) {
		return cross_params(p, &hop);
	}
	return str_fits(&hop, p->id) && str_fits(&hop, p->from) &&
	       (hop.is_coap || is_one_name(p->from)) && target_fits(p, &hop) &&
	       cross_type(p, hop.is_coap) && cross_content(p) &&
	       cross_params(p, &hop);
}

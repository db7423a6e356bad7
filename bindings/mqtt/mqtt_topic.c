/*
 * Topic - the topics of TS-0010 6.4, and the identifiers in them.
 */

#include "bindings/mqtt/mqtt_topic.h"

#include <assert.h>

#include "core/address.h"
#include "core/lib/buf.h"

static const char *const kinds[] = {
	[MQTT_REQ] = "req",
	[MQTT_RESP] = "resp",
	[MQTT_REG_REQ] = "reg_req",
	[MQTT_REG_RESP] = "reg_resp",
};

#define N_KINDS (sizeof(kinds) / sizeof(*kinds))
#define TYPE_MAX 16

/* What an identifier may be made of here: printable, and with a meaning of its
 * own neither in MQTT nor in a path. */
static bool is_level_char(char c)
{
	return c > ' ' && c < 0x7f && c != '/' && c != '+' && c != '#';
}

static bool is_level(struct gw_str level, size_t max)
{
	for (size_t i = 0; i < level.len; i++) {
		if (!is_level_char(level.at[i])) {
			return false;
		}
	}
	return level.len > 0 && level.len <= max;
}

static bool find_kind(enum mqtt_kind *kindp, struct gw_str name)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		if (gw_str_is(name, kinds[i])) {
			*kindp = (enum mqtt_kind)i;
			return true;
		}
	}
	return false;
}

/* Without the prefix and the slash behind it. */
static bool cut_prefix(struct gw_str *text, struct gw_str prefix)
{
	if (!gw_str_starts(*text, prefix)) {
		return false;
	}
	*text = gw_str_skip(*text, prefix.len);
	if (text->len == 0 || text->at[0] != '/') {
		return false;
	}
	*text = gw_str_skip(*text, 1);
	return true;
}

bool mqtt_topic_parse(struct mqtt_topic *t, struct gw_str prefix,
		      struct gw_str text)
{
	if (!cut_prefix(&text, prefix) ||
	    !gw_str_is(gw_str_cut(&text, '/'), "oneM2M") ||
	    !find_kind(&t->kind, gw_str_cut(&text, '/'))) {
		return false;
	}
	t->originator = gw_str_cut(&text, '/');
	t->receiver = gw_str_cut(&text, '/');
	t->type = text;
	return is_level(t->originator, MQTT_LEVEL_MAX) &&
	       is_level(t->receiver, MQTT_LEVEL_MAX) &&
	       (!gw_str_is_present(t->type) || is_level(t->type, TYPE_MAX));
}

void mqtt_topic_print(struct gw_buf *buf, struct gw_str prefix,
		      const struct mqtt_topic *t)
{
	assert((size_t)t->kind < N_KINDS);
	gw_buf_add_str(buf, prefix);
	gw_buf_lit(buf, "/oneM2M/");
	gw_buf_add_str(buf, gw_str_from(kinds[t->kind]));
	gw_buf_add_char(buf, '/');
	gw_buf_add_str(buf, t->originator);
	gw_buf_add_char(buf, '/');
	gw_buf_add_str(buf, t->receiver);
	if (gw_str_is_present(t->type)) {
		gw_buf_add_char(buf, '/');
		gw_buf_add_str(buf, t->type);
	}
}

/* Bytes of a UTF-8 sequence that begins with this one; 0: none does. */
static size_t sequence_length(unsigned char first)
{
	if (first < 0x80) {
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		return 3;
	}
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Whether the second byte fits the first: no overlong form, no surrogate, and
 * nothing beyond U+10FFFF (RFC 3629 4). */
static bool is_second(unsigned char first, unsigned char second)
{
	unsigned char least = first == 0xe0   ? 0xa0
			      : first == 0xf0 ? 0x90
					      : 0x80;
	unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return second >= least && second <= most;
}

/* Bytes of the character that text begins with; 0: it begins with none that may
 * stand in a topic. */
static size_t topic_char(struct gw_str text)
{
	unsigned char first = (unsigned char)text.at[0];
	size_t n = sequence_length(first);

	if (n == 0 || n > text.len || first < ' ' || first == 0x7f ||
	    first == '+' || first == '#') {
		return 0;
	}
	if (n > 1 && !is_second(first, (unsigned char)text.at[1])) {
		return 0;
	}
	for (size_t i = 2; i < n; i++) {
		if (((unsigned char)text.at[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return n;
}

bool mqtt_topic_is_plain(struct gw_str text)
{
	if (text.len == 0 || text.len > MQTT_TOPIC_MAX || text.at[0] == '$') {
		return false;
	}
	while (text.len > 0) {
		size_t n = topic_char(text);

		if (n == 0) {
			return false;
		}
		text = gw_str_skip(text, n);
	}
	return true;
}

/* Without what is not written in a level: "/id-in" begins with its name, and of
 * "//sp.org" one slash stays and becomes the first colon. */
static struct gw_str bare(struct gw_str id)
{
	return id.len > 0 && id.at[0] == '/' ? gw_str_skip(id, 1) : id;
}

static char level_char(char c)
{
	if (c == '/') {
		return ':';
	}
	return c;
}

bool mqtt_level_print(struct gw_buf *buf, struct gw_str id)
{
	struct gw_str rest = bare(id);

	for (size_t i = 0; i < rest.len; i++) {
		if (!is_level_char(level_char(rest.at[i])) ||
		    rest.at[i] == ':') {
			return false;
		}
	}
	if (rest.len == 0 || rest.len > MQTT_LEVEL_MAX) {
		return false;
	}
	for (size_t i = 0; i < rest.len; i++) {
		gw_buf_add_char(buf, level_char(rest.at[i]));
	}
	return true;
}

bool mqtt_level_print_at(struct gw_buf *buf, struct gw_str id,
			 const struct gw_home *home)
{
	size_t len = buf->len;

	/* An S-type AE-ID is SP-relative without its CSE (TS-0001 7.2). */
	if (id.len == 0 || id.at[0] == '/' || id.at[0] == 'S') {
		return mqtt_level_print(buf, id);
	}
	/* A stem has no path. */
	if (gw_str_find(id, '/') < id.len ||
	    !mqtt_level_print(buf, home->cse)) {
		return false;
	}
	gw_buf_add_char(buf, ':');
	if (!mqtt_level_print(buf, id)) {
		buf->len = len;
		return false;
	}
	return true;
}

/* Equal when slashes are colons. */
static bool is_same_level(struct gw_str a, struct gw_str b)
{
	if (a.len != b.len) {
		return false;
	}
	for (size_t i = 0; i < a.len; i++) {
		if (level_char(a.at[i]) != level_char(b.at[i])) {
			return false;
		}
	}
	return true;
}

/* Whether a level begins with these words and a colon behind them. */
static bool begins_with(struct gw_str level, struct gw_str words)
{
	return words.len > 0 && level.len > words.len &&
	       level_char(level.at[words.len]) == ':' &&
	       is_same_level(gw_str_head(level, words.len), words);
}

struct gw_str mqtt_level_local(struct gw_str level, const struct gw_home *home)
{
	struct gw_str text = bare(level);
	struct gw_str sp = bare(home->sp);
	struct gw_str cse = bare(home->cse);

	if (begins_with(text, sp)) {
		text = gw_str_skip(text, sp.len + 1);
	}
	if (begins_with(text, cse)) {
		text = gw_str_skip(text, cse.len + 1);
	}
	return text;
}

bool mqtt_level_is(struct gw_str level, struct gw_str id,
		   const struct gw_home *home)
{
	return is_same_level(mqtt_level_local(level, home),
			     mqtt_level_local(id, home));
}

/* The words of a provider, ":sp.org", in the level of a CSE there,
 * ":sp.org:id-in"; absent when it is none, such as that of an AE. */
static struct gw_str provider_of(struct gw_str level)
{
	size_t n_words = 0;
	size_t len = 0;

	if (level.len == 0 || level_char(level.at[0]) != ':') {
		return (struct gw_str){ 0 };
	}
	for (size_t i = 0; i < level.len; i++) {
		if (level_char(level.at[i]) == ':') {
			len = i;
			n_words++;
		}
	}
	return n_words == 2 ? gw_str_head(level, len) : (struct gw_str){ 0 };
}

bool mqtt_level_speaks_for(struct gw_str level, struct gw_str from,
			   const struct gw_home *home)
{
	struct gw_str who = mqtt_level_local(level, home);
	struct gw_str whom = mqtt_level_local(from, home);
	struct gw_str provider = provider_of(who);

	return is_same_level(who, whom) || begins_with(whom, who) ||
	       begins_with(whom, provider);
}

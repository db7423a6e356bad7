/*
 * Config take - what a text in the configuration means.
 */

#include "gateway/config_take.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/address.h"
#include "core/conf.h"
#include "core/lib/net.h"
#include "core/lib/str.h"
#include "core/lib/url.h"
#include "core/page.h"
#include "core/profile.h"
#include "gateway/config_url.h"

#define PORT_MAX 65535
#define SHOWN_BYTES 128
#define N_WORDS_MAX 16

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {
	{ "ms", 1 },      { "s", 1000 }, { "m", 60000 },
	{ "h", 3600000 }, { NULL, 0 },
};

static const struct unit sizes[] = {
	{ "B", 1 },
	{ "KiB", (uint64_t)1 << 10 },
	{ "MiB", (uint64_t)1 << 20 },
	{ "GiB", (uint64_t)1 << 30 },
	{ NULL, 0 },
};

bool gw_wrong(struct gw_wrong *wrong, const char *text, const char *fmt, ...)
{
	char shown[SHOWN_BYTES];
	size_t len = 0;
	va_list args;

	gw_url_print(shown, sizeof(shown),
		     gw_str_from(wrong->shown ? wrong->shown : text));
	(void)snprintf(wrong->text, sizeof(wrong->text), "\"%.80s%s\" ", shown,
		       strlen(shown) > 80 ? "..." : "");
	len = strlen(wrong->text);
	va_start(args, fmt);
	(void)vsnprintf(wrong->text + len, sizeof(wrong->text) - len, fmt,
			args);
	va_end(args);
	return false;
}

void gw_print_list(char *to, size_t size, const char *const *words, size_t n,
		   const char *last)
{
	size_t len = 0;

	to[0] = '\0';
	for (size_t i = 0; i < n && len < size; i++) {
		const char *between = i == 0 ? "" : i + 1 < n ? ", " : last;

		len += (size_t)snprintf(to + len, size - len, "%s%s", between,
					words[i]);
	}
}

static bool keep(void *to, const char *text)
{
	*(const char **)to = text;
	return true;
}

bool gw_take_text(struct gw_wrong *wrong, void *to, const char *text,
		  struct gw_bounds bounds)
{
	return keep(to, text);
}

/* Unreserved characters of RFC 3986, of which identifiers and resource names
 * are made (TS-0001 7.2). */
static bool is_unreserved(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._~";

	return *text && text[strspn(text, allowed)] == '\0';
}

bool gw_take_cse_id(struct gw_wrong *wrong, void *to, const char *text,
		    struct gw_bounds bounds)
{
	if (text[0] != '/' || !is_unreserved(text + 1)) {
		return gw_wrong(wrong, text, "is no CSE-ID such as /id-in");
	}
	return keep(to, text);
}

bool gw_take_sp_id(struct gw_wrong *wrong, void *to, const char *text,
		   struct gw_bounds bounds)
{
	if (strncmp(text, "//", 2) != 0 || !is_unreserved(text + 2)) {
		return gw_wrong(wrong, text,
				"is no M2M-SP-ID such as //sp.example");
	}
	return keep(to, text);
}

bool gw_take_name(struct gw_wrong *wrong, void *to, const char *text,
		  struct gw_bounds bounds)
{
	if (!is_unreserved(text)) {
		return gw_wrong(wrong, text,
				"is no resource name: letters, digits and "
				"- . _ ~");
	}
	return keep(to, text);
}

bool gw_take_address(struct gw_wrong *wrong, void *to, const char *text,
		     struct gw_bounds bounds)
{
	struct gw_net_address address;

	if (!gw_net_address_parse(&address, gw_str_from(text))) {
		return gw_wrong(wrong, text,
				"is no numeric address such as 127.0.0.1, "
				"0.0.0.0 or ::1");
	}
	return keep(to, text);
}

bool gw_take_url(struct gw_wrong *wrong, void *to, const char *text,
		 struct gw_bounds bounds)
{
	return gw_url_check_any(wrong, text) && keep(to, text);
}

bool gw_take_broker_url(struct gw_wrong *wrong, void *to, const char *text,
			struct gw_bounds bounds)
{
	static const char *const schemes[] = { "mqtt", "mqtts" };

	return gw_url_check(wrong, text, schemes, 2) && keep(to, text);
}

/* The place of a text among n words. */
static bool find_word(struct gw_wrong *wrong, size_t *atp, const char *text,
		      const char *const *words, size_t n)
{
	char list[160];

	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], text) == 0) {
			*atp = i;
			return true;
		}
	}
	gw_print_list(list, sizeof(list), words, n, ", ");
	return gw_wrong(wrong, text, "is none of %s", list);
}

bool gw_take_boolean(struct gw_wrong *wrong, void *to, const char *text,
		     struct gw_bounds bounds)
{
	static const char *const words[] = { "true", "false" };
	size_t at = 0;

	if (!find_word(wrong, &at, text, words, 2)) {
		return false;
	}
	*(bool *)to = at == 0;
	return true;
}

bool gw_take_profile(struct gw_wrong *wrong, void *to, const char *text,
		     struct gw_bounds bounds)
{
	const struct gw_profile *known[N_WORDS_MAX];
	const char *words[N_WORDS_MAX];
	const struct gw_profile *p = NULL;
	size_t n = 0;
	size_t at = 0;

	for (size_t i = 0; n < N_WORDS_MAX && (p = gw_profile_at(i)); i++) {
		/* The CSE in this process has a command of its own. */
		if (p->poa != GW_POA_KEEP) {
			known[n] = p;
			words[n++] = p->name;
		}
	}
	if (!find_word(wrong, &at, text, words, n)) {
		return false;
	}
	*(const struct gw_profile **)to = known[at];
	return true;
}

bool gw_take_link(struct gw_wrong *wrong, void *to, const char *text,
		  struct gw_bounds bounds)
{
	static const char *const words[] = { "shared", "per-originator" };
	size_t at = 0;

	if (!find_word(wrong, &at, text, words, 2)) {
		return false;
	}
	*(enum gw_conf_link *)to = at == 0 ? GW_LINK_SHARED
					   : GW_LINK_PER_ORIGINATOR;
	return true;
}

bool gw_take_own_id_link(struct gw_wrong *wrong, void *to, const char *text,
			 struct gw_bounds bounds)
{
	static const char *const words[] = { "auto", "off" };
	size_t at = 0;

	if (!find_word(wrong, &at, text, words, 2)) {
		return false;
	}
	*(bool *)to = at == 1;
	return true;
}

bool gw_take_media(struct gw_wrong *wrong, void *to, const char *text,
		   struct gw_bounds bounds)
{
	static const char *const words[] = { "json", "cbor" };
	size_t at = 0;

	if (!find_word(wrong, &at, text, words, 2)) {
		return false;
	}
	*(enum gw_media *)to = at == 0 ? GW_MEDIA_JSON : GW_MEDIA_CBOR;
	return true;
}

bool gw_take_mqtt_version(struct gw_wrong *wrong, void *to, const char *text,
			  struct gw_bounds bounds)
{
	static const char *const words[] = { "3.1.1", "5" };
	size_t at = 0;

	if (!find_word(wrong, &at, text, words, 2)) {
		return false;
	}
	*(enum gw_conf_mqtt *)to = at == 0 ? GW_MQTT_3_1_1 : GW_MQTT_5;
	return true;
}

bool gw_take_level(struct gw_wrong *wrong, void *to, const char *text,
		   struct gw_bounds bounds)
{
	static const char *const words[] = {
		[GW_LOG_ERROR] = "error",
		[GW_LOG_WARN] = "warn",
		[GW_LOG_INFO] = "info",
		[GW_LOG_DEBUG] = "debug",
	};
	size_t at = 0;

	if (!find_word(wrong, &at, text, words, 4)) {
		return false;
	}
	*(enum gw_log_level *)to = (enum gw_log_level)at;
	return true;
}

bool gw_take_format(struct gw_wrong *wrong, void *to, const char *text,
		    struct gw_bounds bounds)
{
	static const char *const words[] = { "text", "json" };
	size_t at = 0;

	if (!find_word(wrong, &at, text, words, 2)) {
		return false;
	}
	*(bool *)to = at == 1;
	return true;
}

bool gw_take_told(struct gw_wrong *wrong, void *to, const char *text,
		  struct gw_bounds bounds)
{
	static const char *const words[] = {
		[GW_TOLD_FAILED] = "failed",
		[GW_TOLD_ALL] = "all",
		[GW_TOLD_NONE] = "none",
	};
	size_t at = 0;

	if (!find_word(wrong, &at, text, words, 3)) {
		return false;
	}
	*(enum gw_told *)to = (enum gw_told)at;
	return true;
}

bool gw_take_port(struct gw_wrong *wrong, void *to, const char *text,
		  struct gw_bounds bounds)
{
	uint64_t n = 0;

	if (!gw_str_number(&n, gw_str_from(text), PORT_MAX)) {
		return gw_wrong(wrong, text, "is no port: 0 to 65535");
	}
	*(uint16_t *)to = (uint16_t)n;
	return true;
}

static bool read_number(struct gw_wrong *wrong, uint64_t *np, const char *text,
			struct gw_bounds bounds)
{
	if (!gw_str_number(np, gw_str_from(text), bounds.max) ||
	    *np < bounds.min) {
		return gw_wrong(wrong, text,
				"is no number from %" PRIu64 " to %" PRIu64,
				bounds.min, bounds.max);
	}
	return true;
}

bool gw_take_count(struct gw_wrong *wrong, void *to, const char *text,
		   struct gw_bounds bounds)
{
	uint64_t n = 0;

	if (!read_number(wrong, &n, text, bounds)) {
		return false;
	}
	*(size_t *)to = (size_t)n;
	return true;
}

bool gw_take_number(struct gw_wrong *wrong, void *to, const char *text,
		    struct gw_bounds bounds)
{
	uint64_t n = 0;

	if (!read_number(wrong, &n, text, bounds)) {
		return false;
	}
	*(int *)to = (int)n;
	return true;
}

bool gw_take_share(struct gw_wrong *wrong, void *to, const char *text,
		   struct gw_bounds bounds)
{
	struct gw_str n = gw_str_from(text);
	uint64_t share = 0;

	if (!gw_str_starts(n, GW_STR("1/")) ||
	    !gw_str_number(&share, gw_str_skip(n, 2), bounds.max) ||
	    share < bounds.min) {
		return gw_wrong(
			wrong, text,
			"is no share such as 1/8, and at least 1/%" PRIu64,
			bounds.max);
	}
	*(size_t *)to = (size_t)share;
	return true;
}

/* A number and its unit, in the smallest unit; UINT64_MAX for what is larger
 * than that.  False when it is none. */
static bool measure(uint64_t *np, const char *text, const struct unit *units)
{
	struct gw_str digits = { text, strspn(text, "0123456789") };
	uint64_t n = 0;

	for (; units->name; units++) {
		if (strcmp(text + digits.len, units->name) != 0) {
			continue;
		}
		*np = UINT64_MAX;
		if (gw_str_number(&n, digits, UINT64_MAX / units->factor)) {
			*np = n * units->factor;
		}
		return digits.len > 0;
	}
	return false;
}

static const char *print_measure(char to[GW_MEASURE_BYTES], uint64_t n,
				 const struct unit *units)
{
	const struct unit *best = units;

	for (; units->name; units++) {
		if (n > 0 && n % units->factor == 0) {
			best = units;
		}
	}
	(void)snprintf(to, GW_MEASURE_BYTES, "%" PRIu64 "%s", n / best->factor,
		       best->name);
	return to;
}

const char *gw_print_duration(char to[GW_MEASURE_BYTES], uint64_t ms)
{
	return ms == 0 ? "0s" : print_measure(to, ms, durations);
}

const char *gw_print_size(char to[GW_MEASURE_BYTES], uint64_t bytes)
{
	return print_measure(to, bytes, sizes);
}

static bool read_duration(struct gw_wrong *wrong, uint64_t *msp,
			  const char *text, struct gw_bounds bounds)
{
	char min[GW_MEASURE_BYTES];
	char max[GW_MEASURE_BYTES];

	if (!measure(msp, text, durations)) {
		return gw_wrong(wrong, text,
				"is no duration such as 500ms, 30s, 2m or 1h");
	}
	if (*msp < bounds.min || *msp > bounds.max) {
		return gw_wrong(wrong, text, "is out of range: %s to %s",
				gw_print_duration(min, bounds.min),
				gw_print_duration(max, bounds.max));
	}
	return true;
}

bool gw_take_duration(struct gw_wrong *wrong, void *to, const char *text,
		      struct gw_bounds bounds)
{
	uint64_t ms = 0;

	if (!read_duration(wrong, &ms, text, bounds)) {
		return false;
	}
	*(int64_t *)to = (int64_t)ms;
	return true;
}

bool gw_take_short_duration(struct gw_wrong *wrong, void *to, const char *text,
			    struct gw_bounds bounds)
{
	uint64_t ms = 0;

	if (!read_duration(wrong, &ms, text, bounds)) {
		return false;
	}
	*(int *)to = (int)ms;
	return true;
}

bool gw_take_size(struct gw_wrong *wrong, void *to, const char *text,
		  struct gw_bounds bounds)
{
	uint64_t bytes = 0;
	char min[GW_MEASURE_BYTES];
	char max[GW_MEASURE_BYTES];

	if (!measure(&bytes, text, sizes)) {
		return gw_wrong(wrong, text,
				"is no size such as 512B, 64KiB, 1MiB or "
				"2GiB");
	}
	if (bytes < bounds.min || bytes > bounds.max) {
		return gw_wrong(wrong, text, "is out of range: %s to %s",
				gw_print_size(min, bounds.min),
				gw_print_size(max, bounds.max));
	}
	*(size_t *)to = (size_t)bytes;
	return true;
}

bool gw_take_network(struct gw_wrong *wrong, void *to, const char *text,
		     struct gw_bounds bounds)
{
	struct gw_net net;

	return gw_net_parse(&net, gw_str_from(text)) ||
	       gw_wrong(wrong, text,
			"is no network such as 10.0.0.0/8 or fd00::/8");
}

/* "/id-in", or "//sp.example/id-in" for a CSE of another provider. */
bool gw_take_served(struct gw_wrong *wrong, void *to, const char *text,
		    struct gw_bounds bounds)
{
	struct gw_address a;

	if (!gw_address_parse(&a, gw_str_from(text)) || a.rest.len > 0 ||
	    a.cse.len < 2 || text[strcspn(text, "+#:")] != '\0') {
		return gw_wrong(wrong, text,
				"is no CSE-ID such as /id-in or "
				"//sp.example/id-in");
	}
	return true;
}

/* An origin as browsers send it (RFC 6454 6.2): in lower case, no path, not
 * even a slash. */
bool gw_take_origin(struct gw_wrong *wrong, void *to, const char *text,
		    struct gw_bounds bounds)
{
	static const char *const schemes[] = { "http", "https" };
	struct gw_wrong ignored = { .shown = NULL };

	if (strcmp(text, "*") == 0) {
		return true;
	}
	if (!gw_url_check(&ignored, text, schemes, 2) ||
	    strpbrk(strstr(text, "://") + 3, "/?") ||
	    strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
		return gw_wrong(wrong, text,
				"is no origin such as https://app.example, "
				"and not \"*\"");
	}
	return true;
}

/* host[:port] */
bool gw_take_host(struct gw_wrong *wrong, void *to, const char *text,
		  struct gw_bounds bounds)
{
	return gw_page_is_host(gw_str_from(text)) ||
	       gw_wrong(wrong, text, "is no host such as gw.example:8080");
}

/*
 * Config URL - whether a text is a URL that can be used here.
 */

#include "gateway/config_url.h"

#include <string.h>

#include "core/binding.h"
#include "core/lib/net.h"
#include "gateway/builtin.h"
#include "gateway/config_take.h"

#define N_SCHEMES_MAX 16
#define PORT_MAX 65535

static bool check_characters(struct gw_wrong *wrong, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c <= ' ' || *c >= 0x7f || strchr("\"<>\\^`{|}", *c)) {
			return gw_wrong(wrong, text,
					"holds a blank or a character that no "
					"URL holds");
		}
	}
	if (strchr(text, '#')) {
		return gw_wrong(wrong, text, "holds a fragment (#)");
	}
	return true;
}

static bool check_scheme(struct gw_wrong *wrong, const char *text,
			 const char *const *schemes, size_t n)
{
	const char *end = strstr(text, "://");
	char list[128];

	if (!end || end == text) {
		return gw_wrong(wrong, text,
				"is no URL such as ws://127.0.0.1:8180");
	}
	for (size_t i = 0; i < n; i++) {
		if (strlen(schemes[i]) == (size_t)(end - text) &&
		    strncasecmp(schemes[i], text, (size_t)(end - text)) == 0) {
			return true;
		}
	}
	gw_print_list(list, sizeof(list), schemes, n, " or ");
	return gw_wrong(wrong, text,
			"has a scheme that nothing here speaks: %s", list);
}

/* Cut the host off the front of an authority; brackets are not part of it. */
static bool cut_host(struct gw_str *host, struct gw_str *authority)
{
	struct gw_net_address address;
	size_t n = gw_str_find(*authority, ':');

	if (authority->len == 0 || authority->at[0] != '[') {
		*host = gw_str_head(*authority, n);
		*authority = gw_str_skip(*authority, n);
		return true;
	}
	n = gw_str_find(*authority, ']');
	*host = gw_str_skip(gw_str_head(*authority, n), 1);
	if (n == authority->len || !gw_net_address_parse(&address, *host)) {
		return false;
	}
	*authority = gw_str_skip(*authority, n + 1);
	return gw_str_find(*host, ':') < host->len;
}

static bool check_authority(struct gw_wrong *wrong, const char *text,
			    struct gw_str authority)
{
	struct gw_str host = { 0 };
	uint64_t port = 0;

	if (gw_str_find(authority, '@') < authority.len) {
		return gw_wrong(wrong, text,
				"holds a user name: use authorization instead");
	}
	if (!cut_host(&host, &authority)) {
		return gw_wrong(wrong, text,
				"has brackets that hold no IPv6 address");
	}
	if (authority.len > 1 &&
	    gw_str_find(gw_str_skip(authority, 1), ':') < authority.len - 1) {
		return gw_wrong(wrong, text,
				"has an IPv6 address without brackets");
	}
	if (host.len == 0) {
		return gw_wrong(wrong, text, "has no host");
	}
	if (authority.len > 0 &&
	    (authority.at[0] != ':' ||
	     !gw_str_number(&port, gw_str_skip(authority, 1), PORT_MAX) ||
	     port == 0)) {
		return gw_wrong(wrong, text,
				"has a port that is none: 1 to 65535");
	}
	return true;
}

bool gw_url_check(struct gw_wrong *wrong, const char *text,
		  const char *const *schemes, size_t n)
{
	struct gw_str authority = { 0 };

	if (!check_scheme(wrong, text, schemes, n) ||
	    !check_characters(wrong, text)) {
		return false;
	}
	authority = gw_str_from(strstr(text, "://") + 3);
	authority.len = strcspn(authority.at, "/?");
	return check_authority(wrong, text, authority);
}

bool gw_url_check_any(struct gw_wrong *wrong, const char *text)
{
	const char *schemes[N_SCHEMES_MAX];
	size_t n = 0;

	for (size_t i = 0; builtin_bindings[i]; i++) {
		const char *const *scheme = builtin_bindings[i]->schemes;

		for (; scheme && *scheme && n < N_SCHEMES_MAX; scheme++) {
			schemes[n++] = *scheme;
		}
	}
	return gw_url_check(wrong, text, schemes, n);
}

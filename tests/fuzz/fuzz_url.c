/*
 * Fuzz target: URLs.
 *
 * What is taken apart is made of slices that stand in the text in their order,
 * holds nothing that could end a line of a protocol, and is shown without what
 * logs in.
 */

#include <assert.h>
#include <stdlib.h>

#include "core/lib/url.h"

#define SHOWN_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *expect_within(struct gw_str part, const char *from,
				 const char *end)
{
	if (!gw_str_is_present(part)) {
		return from;
	}
	assert(part.at >= from && part.at + part.len <= end);
	for (size_t i = 0; i < part.len; i++) {
		assert(part.at[i] > ' ' && part.at[i] <= '~');
	}
	return part.at + part.len;
}

static void expect_good(const struct gw_url *url, struct gw_str text)
{
	const char *end = text.at + text.len;
	const char *at = expect_within(url->scheme, text.at, end);
	struct gw_url again;

	at = expect_within(url->user, at, end);
	(void)expect_within(url->authority, at, end);
	at = expect_within(url->host, at, end);
	(void)expect_within(url->target, at, end);
	at = expect_within(url->path, at, end);
	at = expect_within(url->query, at, end);
	(void)expect_within(url->fragment, at, end);
	assert(url->host.len > 0 && url->host.len <= GW_URL_HOST_MAX);
	assert(url->path.len == 0 || url->path.at[0] == '/');
	assert(gw_url_parse_authority(&again, url->authority));
	assert(gw_str_eq(again.host, url->host));
	assert(again.port == 0 || again.port == url->port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of its own, so that what reads beyond is seen. */
	char *copy = malloc(size + 1);
	struct gw_str text = { copy, size };
	char shown[SHOWN_BYTES];
	struct gw_url url;

	assert(copy);
	if (size > 0) {
		memcpy(copy, data, size);
	}
	gw_url_print(shown, sizeof(shown), text);
	if (!gw_url_read(&url, text)) {
		assert(gw_url_parse(&url, text));
		expect_good(&url, text);
		assert(!gw_str_is_present(url.user) || strstr(shown, "***@"));
	} else {
		assert(!gw_url_parse(&url, text));
	}
	free(copy);
	return 0;
}

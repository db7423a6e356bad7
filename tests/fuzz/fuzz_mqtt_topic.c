/*
 * Fuzz target: topics, ids in topics and addresses of MQTT.  The first line of
 * the input is a topic, the second an id, the third a URL.
 *
 * What is parsed is written again as it was; what an id becomes in a topic is a
 * level that names the same; and a whole topic is one that may be published to.
 */

#include <assert.h>
#include <stdlib.h>

#include "bindings/mqtt/mqtt_topic.h"
#include "bindings/mqtt/mqtt_url.h"
#include "core/address.h"
#include "core/lib/buf.h"

#define TEXT_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct gw_home home = { .cse = { "/id-in", 6 },
				     .sp = { "//sp.org", 8 } };

static void try_topic(struct gw_str prefix, struct gw_str text)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	struct mqtt_topic t;

	gw_buf_init(&buf, 0, TEXT_MAX);
	if (!mqtt_topic_parse(&t, prefix, text)) {
		return;
	}
	assert(t.originator.len <= MQTT_LEVEL_MAX);
	assert(t.receiver.len <= MQTT_LEVEL_MAX);
	mqtt_topic_print(&buf, prefix, &t);
	assert(gw_str_eq(gw_buf_str(&buf), text));
	assert(mqtt_level_is(t.originator, t.originator, &home));
}

static void try_id(struct gw_str id)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, TEXT_MAX);
	if (mqtt_level_print_at(&buf, id, &home)) {
		struct gw_str level = gw_buf_str(&buf);

		assert(gw_str_find(level, '/') == level.len);
		assert(gw_str_find(level, '+') == level.len);
		assert(gw_str_find(level, '#') == level.len);
		assert(mqtt_level_is(level, id, &home));
		assert(mqtt_level_speaks_for(level, id, &home));
	}
}

static void try_url(struct gw_str text)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	struct gw_str prefix;
	struct mqtt_url url;

	gw_buf_init(&buf, 0, TEXT_MAX);
	if (!mqtt_url_parse(&url, text)) {
		return;
	}
	assert(url.host.len > 0);
	assert(url.port > 0);
	assert(mqtt_url_is_same_broker(&url, &url));
	prefix = mqtt_url_prefix(&url);
	assert(prefix.len == 0 || prefix.at[0] != '/');
	(void)mqtt_url_receiver(&url);
	if (mqtt_url_topic(&buf, &url)) {
		assert(mqtt_topic_is_plain(gw_buf_str(&buf)));
		try_topic(prefix, gw_buf_str(&buf));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gw_str rest = { (const char *)data, size };

	if (size == 0) {
		return 0;
	}
	try_topic(GW_STR(""), gw_str_cut(&rest, '\n'));
	try_id(gw_str_is_present(rest) ? gw_str_cut(&rest, '\n') : rest);
	try_url(rest);
	return 0;
}

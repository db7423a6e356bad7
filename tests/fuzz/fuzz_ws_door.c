/* Handshakes: whatever comes is judged, and a name that is let in is one. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/ws/ws_door.h"
#include "bindings/ws/ws_hello.h"
#include "core/conf.h"
#include "core/lib/buf.h"
#include "core/lib/net.h"

/* More than the longest simple head has. */
#define SIMPLE_BYTES 512

/* What is let in asks for the same when it is said more simply. */
static void simplify(struct gw_str head)
{
	struct ws_hello hello;
	struct ws_hello again;
	struct gw_buf simple;

	gw_buf_init(&simple, 0, SIMPLE_BYTES);
	ws_hello_simplify(&simple, head);
	assert(!gw_buf_is_short(&simple));
	assert(ws_hello_length(gw_buf_str(&simple)) == simple.len);
	assert(!ws_hello_read(&hello, head));
	assert(!ws_hello_read(&again, gw_buf_str(&simple)));
	assert(gw_str_eq(hello.key, again.key));
	assert(gw_str_eq(hello.protocol, again.protocol));
	gw_buf_deinit(&simple);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *hosts[] = { "gw.local:1", "[::1]" };
	const struct gw_conf_listen conf = {
		.advertise = "ws://gw:8181",
		.hosts = { hosts, 2 },
	};
	const struct gw_net_end at = { .port = 8181 };
	struct gw_str text = { (const char *)data, size };
	size_t length = ws_hello_length(text);
	char name[WS_NAME_MAX + 1];
	char answer[WS_DOOR_TEXT_BYTES];
	struct ws_refusal refusal;

	assert(length <= size);
	refusal = ws_door_judge(length > 0 ? gw_str_head(text, length) : text,
				&conf, &at, name);
	if (refusal.status != 0) {
		assert(ws_door_print(answer, refusal) < sizeof(answer));
		return 0;
	}
	simplify(gw_str_head(text, length));
	assert(length > 0 && strlen(name) <= WS_NAME_MAX);
	assert(!strpbrk(name, " ,\r\n\t"));
	return 0;
}

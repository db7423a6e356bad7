/*
 * Builtin - the only list of the bindings of a gateway.
 */

#include "gateway/builtin.h"

#include <assert.h>
#include <stddef.h>

#include "bindings/coap/coap.h"
#include "bindings/http/http.h"
#include "bindings/mqtt/mqtt.h"
#include "bindings/ws/ws.h"

const struct gw_binding_ops *const builtin_bindings[] = {
	&http_ops, &ws_ops, &coap_ops, &mqtt_ops, NULL,
};

void builtin_and(const struct gw_binding_ops *list[BUILTIN_ROOM],
		 const struct gw_binding_ops *more)
{
	size_t n = 0;

	for (; builtin_bindings[n]; n++) {
		assert(n + 2 < BUILTIN_ROOM);
		list[n] = builtin_bindings[n];
	}
	list[n] = more;
	list[n + 1] = NULL;
}

/*
 * Builtin - the only list of the bindings of a gateway.
 */

#include "gateway/builtin.h"

#include <stddef.h>

#include "bindings/coap/coap.h"
#include "bindings/http/http.h"
#include "bindings/mqtt/mqtt.h"
#include "bindings/ws/ws.h"

const struct gw_binding_ops *const builtin_bindings[] = {
	&http_ops, &ws_ops, &coap_ops, &mqtt_ops, NULL,
};

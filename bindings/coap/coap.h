#pragma once

/*
 * CoAP - the binding of TS-0008, on libcoap.
 */

#include "core/binding.h"

extern const struct gw_binding_ops coap_ops;

#pragma once

/*
 * MQTT - the binding of TS-0010, on Eclipse Paho.
 */

#include "core/binding.h"

extern const struct gw_binding_ops mqtt_ops;

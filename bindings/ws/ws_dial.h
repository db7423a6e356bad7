#pragma once

/*
 * Dial - what opening one connection takes.
 */

#include "core/lib/str.h"
#include "core/primitive.h"

struct ws_url;

struct ws_dial {
	const struct ws_url *url;
	const char *address;         // numeric; the name was looked up before
	struct gw_str origin;        // X-M2M-Origin
	struct gw_str authorization; // absent: none
	enum gw_media media;         // how messages are best written
};

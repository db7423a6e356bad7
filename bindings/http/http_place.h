#pragma once

/*
 * Place - where a URL leads.
 */

#include <stdbool.h>

struct http_place {
	char host[256]; // without brackets
	char port[8];
};

/* False when text is no URL, or names a user. */
bool http_place_find(struct http_place *place, const char *text);

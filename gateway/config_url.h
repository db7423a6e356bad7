#pragma once

/*
 * Config URL - whether a text is a URL that can be used here.
 */

#include <stdbool.h>
#include <stddef.h>

struct gw_wrong;

/* Whether text is SCHEME://HOST[:PORT][/PATH] with one of n schemes. */
bool gw_url_check(struct gw_wrong *wrong, const char *text,
		  const char *const *schemes, size_t n);

/* Whether some binding can send there. */
bool gw_url_check_any(struct gw_wrong *wrong, const char *text);

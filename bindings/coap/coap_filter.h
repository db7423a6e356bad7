#pragma once

/*
 * Filter - making libcoap take the options of oneM2M.
 */

#include <stdbool.h>

struct coap_context_t;

/* Let all options through to this binding, which looks at them itself. */
void coap_filter_open(struct coap_context_t *context);

/* Whether that can take effect in this process.  It cannot when the program
 * does not export coap_option_filter_get() and coap_pdu_parse(), or something
 * else does. */
bool coap_filter_is_open(void);

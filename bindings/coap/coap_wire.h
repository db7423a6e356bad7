#pragma once

/*
 * Wire - a CoAP message as a person reads it, for the log at debug.
 */

#include <stdbool.h>

struct coap_message;
struct gw_buf;

/* Append type, code, message id and token as one line, and one line for each
 * option: "Uri-Path: cse-in", "oneM2M-FR: CAdmin", "Block2: 0/more/1024". */
void coap_wire_print(struct gw_buf *to, const struct coap_message *m);

/* Tell it to the log, if anybody wants to know. */
void coap_wire_tell(const struct coap_message *m, bool is_received);

#pragma once

/*
 * HTTP rig - what the tests of the pure parts share.
 */

#include "bindings/http/http_decode.h"
#include "bindings/http/http_encode.h"

/* A primitive with room for anything a test does.  Freed with
 * gw_primitive_free(). */
struct gw_primitive *rig_primitive(enum gw_op op, const char *to);

/* Add a parameter; value is JSON. */
void rig_param(struct gw_primitive *p, const char *name, const char *json);

/* The JSON text of a parameter is exactly this; NULL: it is absent. */
void rig_expect_param(const struct gw_primitive *p, const char *name,
		      const char *json);

/* Text equals; NULL means absent. */
void rig_expect_text(struct gw_str text, const char *wanted);

/* Headers from lines "Name: value", ended by NULL. */
struct http_values rig_values(const char *const *lines);

/* Decode a request and expect a status. */
struct rig_request {
	struct gw_primitive *p;
	struct http_asked asked;
	struct gw_reason why;
	enum gw_status status;
};

struct rig_request rig_decode(const char *method, const char *target,
			      const char *const *lines, const char *body);

/* The value of a header that was written, or NULL. */
const char *rig_line(const struct http_lines *lines, const char *name);

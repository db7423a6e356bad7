#pragma once

/*
 * Config rig - loads texts as configuration files and compares what is said.
 */

#include <stddef.h>

struct gw_conf;
struct gw_config;

/* What a configuration needs to be complete; more lines may follow. */
#define GOOD_CSE "cses:\n  - id: /id-in\n    url: ws://127.0.0.1:8180\n"
#define GOOD "listen: { http: { } }\n" GOOD_CSE

struct config_outcome {
	struct gw_config *config; // owned by the caller; NULL when refused
	char said[65536];         // with "F" for the name of the file
	int error;
};

void load_config(struct config_outcome *o, const char *yaml, size_t len);

/* The file is refused, and this is all that is said. */
void expect_mistake(const char *yaml, const char *said);

/* The file is refused, and this is among what is said. */
void expect_among(const char *yaml, const char *said);

/* The file is good. */
const struct gw_conf *expect_good(struct config_outcome *o, const char *yaml);

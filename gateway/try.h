#pragma once

/*
 * Try - whether the CSEs and brokers of a configuration answer.
 */

#include <stdbool.h>
#include <stdio.h>

struct gw_conf;
struct gw_loop;

/* Ask each broker for a connection and each CSE for its CSEBase, as the gateway
 * itself and one after the other, and print what came of each.  Nothing is
 * registered, and nothing listened for.  Returns whether all of them answered,
 * and each CSE as the one that it is configured as. */
bool gw_try(FILE *to, const struct gw_conf *conf, struct gw_loop *loop);

#pragma once

/*
 * Interfaces - the addresses of this machine.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stdint.h>

struct gw_net_address;
struct ifaddrs;

/* Zeroed is one that has not been read. */
struct gw_interfaces {
	struct ifaddrs *list;
	int64_t read_ms;
};

/* Whether an interface has this address; as of a second ago at most, and true
 * when the system has never told. */
bool gw_interfaces_have(struct gw_interfaces *all,
			const struct gw_net_address *address, int64_t now_ms);

void gw_interfaces_deinit(struct gw_interfaces *all);

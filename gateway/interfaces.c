/*
 * Interfaces - the addresses of this machine.
 */

#include "gateway/interfaces.h"

#include <ifaddrs.h>
#include <stddef.h>

#include "core/lib/net.h"

/* Whoever is asked about at each delivery is not looked up as often. */
#define FRESH_MS 1000

/* Without descriptors or memory the old ones stay. */
static void refresh(struct gw_interfaces *all, int64_t now_ms)
{
	struct ifaddrs *list = NULL;

	if ((all->list && now_ms - all->read_ms < FRESH_MS) ||
	    getifaddrs(&list) != 0) {
		return;
	}
	gw_interfaces_deinit(all);
	all->list = list;
	all->read_ms = now_ms;
}

bool gw_interfaces_have(struct gw_interfaces *all,
			const struct gw_net_address *address, int64_t now_ms)
{
	refresh(all, now_ms);
	for (const struct ifaddrs *i = all->list; i; i = i->ifa_next) {
		struct gw_net_end end;

		if (i->ifa_addr && gw_net_end_of(&end, i->ifa_addr) &&
		    gw_net_address_eq(&end.address, address)) {
			return true;
		}
	}
	return all->list == NULL;
}

void gw_interfaces_deinit(struct gw_interfaces *all)
{
	if (all->list) {
		freeifaddrs(all->list);
		all->list = NULL;
	}
}

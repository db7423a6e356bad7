/*
 * Nodelay - no waiting for full segments toward a broker.
 */

#include "bindings/mqtt/mqtt_nodelay.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "core/lib/net.h"

#define DECIMAL 10

static bool is_connected_to(int fd, uint16_t port)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof(peer);
	struct gw_net_end end;

	return !getpeername(fd, (struct sockaddr *)&peer, &len) &&
	       gw_net_end_of(&end, (struct sockaddr *)&peer) &&
	       end.port == port;
}

void mqtt_nodelay(uint16_t port)
{
	DIR *all = opendir("/proc/self/fd");
	const struct dirent *entry = NULL;
	const int on = 1;

	while (all && (entry = readdir(all))) {
		char *end = NULL;
		int fd = (int)strtol(entry->d_name, &end, DECIMAL);

		if (*end == '\0' && end != entry->d_name &&
		    is_connected_to(fd, port)) {
			(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
					 sizeof(on));
		}
	}
	if (all) {
		(void)closedir(all);
	}
}

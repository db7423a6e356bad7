/*
 * Process - what every command that talks to peers sets up first.
 */

#include "gateway/process.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <openssl/crypto.h>

/* Libraries obey proxies from the environment, even for 127.0.0.1; a gateway
 * goes where its configuration says. */
static void clear_environment(void)
{
	static const char *const names[] = { "http_proxy",  "HTTP_PROXY",
					     "https_proxy", "HTTPS_PROXY",
					     "all_proxy",   "ALL_PROXY",
					     "ws_proxy",    "socks_proxy" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)unsetenv(names[i]);
	}
}

static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

size_t gw_process_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max > INT_MAX) {
		return INT_MAX; // the number of a descriptor is an int
	}
	return (size_t)limit.rlim_max;
}

/* A socket that got the number of a closed standard stream would be written to
 * by whoever logs. */
static void fill_standard_streams(void)
{
	int fd = open("/dev/null", O_RDWR);

	while (fd >= 0 && fd <= STDERR_FILENO) {
		fd = open("/dev/null", O_RDWR);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
}

/* Threads of Paho that are in the middle of a handshake outlive main(), and
 * exit() would free what they use. */
static void keep_openssl(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

void gw_process_prepare(void)
{
	keep_openssl();
	fill_standard_streams();
	(void)signal(SIGPIPE, SIG_IGN);
	clear_environment();
	raise_limits();
}

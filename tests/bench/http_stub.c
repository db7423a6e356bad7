/*
 * HTTP stub - a bare libmicrohttpd: one thread, its default settings, the
 * answer that the gateway would give and nothing else.
 *
 * It is what the gateway is held against, and the server behind nginx.
 * Prints "port N" and ends with SIGTERM.
 */

#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>

#include "tests/bench/answer.h"

/* Not const, because libmicrohttpd takes no pointer to const. */
static char content[] = ANSWER_CONTENT;

static enum MHD_Result answer(struct MHD_Connection *connection)
{
	const char *id = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, "X-M2M-RI");
	struct MHD_Response *response = MHD_create_response_from_buffer(
		sizeof(content) - 1, content, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (!response) {
		return MHD_NO;
	}
	(void)MHD_add_response_header(response, "Content-Type",
				      "application/json");
	(void)MHD_add_response_header(response, "X-M2M-RSC", "2001");
	(void)MHD_add_response_header(response, "X-M2M-RI", id ? id : "");
	(void)MHD_add_response_header(response, "X-M2M-RVI", "3");
	result = MHD_queue_response(connection, MHD_HTTP_CREATED, response);
	MHD_destroy_response(response);
	return result;
}

/* First comes a call without a body, then pieces of it, then one at its end.
 * libmicrohttpd says which parameters. */
// NOLINTNEXTLINE(readability-function-size)
static enum MHD_Result handle(void *arg, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *body,
			      size_t *n_body, void **state)
{
	if (!*state) {
		*state = connection;
		return MHD_YES;
	}
	if (*n_body) {
		*n_body = 0;
		return MHD_YES;
	}
	return answer(connection);
}

int main(void)
{
	sigset_t signals;
	int ended;
	struct MHD_Daemon *daemon;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
				  handle, NULL, MHD_OPTION_END);
	if (!daemon) {
		(void)fprintf(stderr, "http_stub: cannot start\n");
		return 1;
	}
	printf("port %u\n",
	       MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	(void)fflush(stdout);
	(void)sigwait(&signals, &ended);
	MHD_stop_daemon(daemon);
	return 0;
}

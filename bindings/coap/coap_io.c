/*
 * IO - the context of libcoap, hung into the loop.
 */

#include "bindings/coap/coap_io.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <coap3/coap.h>

#include "bindings/coap/coap_filter.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/lib/log.h"
#include "core/lib/loop.h"
#include "core/lib/net.h"

#define GW_LOG_TOPIC "coap"

/* libcoap walks all its sessions whenever it is called, and what we remember of
 * peers does not live in them: it may keep few that are idle. */
#define IDLE_SESSIONS_MAX 128
#define IDLE_SECONDS_MIN 1

/* Times that libcoap is called in one turn while there is more to read. */
#define ROUNDS_MAX 64

#define SECOND_MS 1000

static const coap_request_t methods[] = {
	COAP_REQUEST_GET,    COAP_REQUEST_POST,  COAP_REQUEST_PUT,
	COAP_REQUEST_DELETE, COAP_REQUEST_FETCH, COAP_REQUEST_PATCH,
	COAP_REQUEST_IPATCH,
};

/* libcoap is kept from answering by itself: a CON would get its ACK at once,
 * and the answer could not go with it.  An empty NON is not sent. */
static void on_request(coap_resource_t *resource, coap_session_t *session,
		       const coap_pdu_t *request, const coap_string_t *query,
		       coap_pdu_t *response)
{
	struct coap_io *io = coap_get_app_data(
		coap_session_get_context(session));

	coap_pdu_set_type(response, COAP_MESSAGE_NON);
	io->n_received++;
	io->on_request(io->server, session, request);
}

static coap_response_t on_answer(coap_session_t *session,
				 const coap_pdu_t *sent,
				 const coap_pdu_t *received,
				 const coap_mid_t mid)
{
	struct coap_io *io = coap_get_app_data(
		coap_session_get_context(session));

	io->n_received++;
	if (coap_pdu_get_code(received) == (coap_pdu_code_t)COAP_GARBLED) {
		io->n_garbled++;
		return COAP_RESPONSE_FAIL;
	}
	if (coap_pdu_get_code(received) == (coap_pdu_code_t)COAP_ACKNOWLEDGED) {
		if (io->on_acknowledged) {
			io->on_acknowledged(io->server, session, (uint16_t)mid);
		}
		return COAP_RESPONSE_OK;
	}
	return io->on_answer(io->client, session, received)
		       ? COAP_RESPONSE_OK
		       : COAP_RESPONSE_FAIL;
}

static void on_lost(coap_session_t *session, const coap_pdu_t *sent,
		    const coap_nack_reason_t reason, const coap_mid_t mid)
{
	struct coap_io *io = coap_get_app_data(
		coap_session_get_context(session));

	if (sent) {
		io->on_lost(io->client, session, sent,
			    reason == COAP_NACK_TOO_MANY_RETRIES);
	}
}

static void on_log(coap_log_t level, const char *text)
{
	struct gw_str line = gw_str_from(text);

	while (line.len > 0 && line.at[line.len - 1] == '\n') {
		line.len--;
	}
	gw_debug("library", GW_STR_FMT, GW_STR_ARG(line));
}

/* libcoap reads one datagram of a socket in a call and does not tell whether
 * there is another. */
static void on_ready(void *arg, int events)
{
	struct coap_io *io = arg;
	size_t n_before = 0;
	unsigned n_rounds = 0;

	assert(io->context);
	do {
		n_before = io->n_received;
		(void)coap_io_process(io->context, COAP_IO_NO_WAIT);
		n_rounds++;
	} while (io->n_received != n_before && n_rounds < ROUNDS_MAX);
}

static bool add_resource(coap_context_t *context)
{
	coap_resource_t *all = coap_resource_unknown_init(on_request);

	if (!all) {
		return false;
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		coap_register_request_handler(all, methods[i], on_request);
	}
	coap_add_resource(context, all);
	return true;
}

static void set_up(struct coap_io *io, const struct gw_conf *conf)
{
	coap_context_t *c = io->context;
	int64_t seconds = conf->coap.idle_ms / SECOND_MS;

	coap_set_app_data(c, io);
	coap_set_log_handler(on_log);
	coap_set_log_level(gw_log_wants(GW_LOG_DEBUG) ? LOG_INFO : LOG_EMERG);
	coap_filter_open(c);

	/* Without SINGLE_BODY libcoap leaves blocks alone, and without
	 * USE_LIBCOAP it keeps nothing for them either: with it, one datagram
	 * can make it reserve a gigabyte. */
	coap_context_set_block_mode(c, 0);
	coap_context_set_max_idle_sessions(c, IDLE_SESSIONS_MAX);
	coap_context_set_session_timeout(
		c, (unsigned)(seconds < IDLE_SECONDS_MIN ? IDLE_SECONDS_MIN
							 : seconds));
	coap_register_response_handler(c, on_answer);
	coap_register_nack_handler(c, on_lost);
}

int coap_io_start(struct coap_io *io, struct gw_binding *b)
{
	io->loop = b->loop;
	coap_startup();
	if (!coap_filter_is_open()) {
		gw_error("start-failed",
			 "libcoap does not ask this program for options: "
			 "coap_option_filter_get or coap_pdu_parse is "
			 "not exported, or something else provides it");
		return -ENOTSUP;
	}
	assert(!io->context);
	assert(io->on_request && io->on_answer && io->on_lost);
	io->context = coap_new_context(NULL);
	if (!io->context) {
		gw_error("start-failed", "libcoap does not start");
		return -ENOMEM;
	}
	set_up(io, b->conf);
	io->watch = gw_loop_watch(b->loop,
				  coap_context_get_coap_fd(io->context),
				  GW_READABLE, on_ready, io);
	return io->watch ? 0 : -ENOMEM;
}

/* A numeric address and port; 0 or -EINVAL. */
static int listen_address(coap_address_t *to,
			  const struct gw_conf_listen *listen)
{
	struct sockaddr_storage at;

	if (!gw_net_sockaddr(&at, listen->address, listen->port)) {
		return -EINVAL;
	}
	coap_io_address(to, &at);
	return 0;
}

/* libcoap shares its port with whoever asks for it, and then one of the two
 * gets nothing; so somebody else is looked for first. */
static int probe(const coap_address_t *at)
{
	int fd = socket(at->addr.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = fd < 0 ? -errno : 0;

	if (!error && bind(fd, &at->addr.sa, at->size)) {
		error = -errno;
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return error;
}

/* The port that the system chose, from "127.0.0.1:5683 UDP". */
static uint16_t port_of(const coap_endpoint_t *endpoint)
{
	struct gw_str rest = gw_str_from(coap_endpoint_str(endpoint));
	struct gw_str last = { 0 };
	uint64_t port = 0;

	while (rest.len > 0) {
		last = gw_str_cut(&rest, ':');
	}
	(void)gw_str_number(&port, gw_str_head(last, gw_str_find(last, ' ')),
			    UINT16_MAX);
	return (uint16_t)port;
}

int coap_io_listen(struct coap_io *io, struct gw_binding *b)
{
	const struct gw_conf_listen *listen = &b->conf->coap;
	bool is_ipv6 = strchr(listen->address, ':') != NULL;
	coap_address_t at;
	coap_endpoint_t *endpoint = NULL;
	int error = listen_address(&at, listen);

	assert(io->context && io->watch);
	if (!error) {
		error = probe(&at);
	}
	if (!error && !add_resource(io->context)) {
		error = -ENOMEM;
	}
	if (!error) {
		errno = 0;
		endpoint = coap_new_endpoint(io->context, &at, COAP_PROTO_UDP);
		error = endpoint ? 0 : errno ? -errno : -EIO;
	}
	if (error) {
		gw_error("listen", "cannot listen for CoAP on %s:%u: %s",
			 listen->address, listen->port, strerror(-error));
		return error;
	}
	(void)gw_net_end_of(&io->at, &at.addr.sa);
	io->at.port = port_of(endpoint);
	gw_info("listening", "CoAP on %s%s%s:%u", is_ipv6 ? "[" : "",
		listen->address, is_ipv6 ? "]" : "", io->at.port);
	return 0;
}

void coap_io_stop(struct coap_io *io)
{
	if (!io->loop) {
		return;
	}
	io->watch = gw_loop_unwatch(io->loop, io->watch);
	if (io->context) {
		coap_free_context(io->context);
		io->context = NULL;
	}
}

void coap_io_read(struct coap_message *m, const struct coap_pdu_t *pdu)
{
	coap_bin_const_t token = coap_pdu_get_token(pdu);
	coap_opt_iterator_t options;
	coap_opt_t *option = NULL;
	const uint8_t *at = NULL;
	size_t len = 0;

	coap_message_init(m, (uint8_t)coap_pdu_get_type(pdu),
			  (uint8_t)coap_pdu_get_code(pdu));
	m->id = (uint16_t)coap_pdu_get_mid(pdu);
	m->token_len = (uint8_t)(token.length < COAP_TOKEN_BYTES
					 ? token.length
					 : COAP_TOKEN_BYTES);
	memcpy(m->token, token.s, m->token_len);
	(void)coap_option_iterator_init(pdu, &options, COAP_OPT_ALL);
	while ((option = coap_option_next(&options))) {
		coap_message_add(
			m, options.number,
			(struct gw_str){ (const char *)coap_opt_value(option),
					 coap_opt_length(option) });
	}
	if (coap_get_data(pdu, &len, &at)) {
		m->payload = (struct gw_bytes){ at, len };
	}
}

void coap_io_address(struct coap_address_t *to,
		     const struct sockaddr_storage *address)
{
	coap_address_init(to);
	to->size = gw_net_sockaddr_bytes(address);
	memcpy(&to->addr, address, to->size);
}

bool coap_io_send(struct coap_session_t *session, const uint8_t *at, size_t len)
{
	coap_pdu_t *pdu = NULL;

	assert(len >= COAP_HEADER_BYTES);
	pdu = coap_pdu_init(COAP_MESSAGE_CON, 0, 0, len);
	if (!pdu) {
		return false;
	}
	if (!coap_pdu_parse(COAP_PROTO_UDP, at, len, pdu)) {
		coap_delete_pdu(pdu);
		return false;
	}
	return coap_send(session, pdu) != COAP_INVALID_MID;
}

bool coap_io_acknowledge(struct coap_session_t *session, uint16_t id)
{
	coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_ACK, 0, id, 0);

	return pdu && coap_send(session, pdu) != COAP_INVALID_MID;
}

/*
 * Link - a session of libcoap toward an address that we ask.
 */

#include "bindings/coap/coap_link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <coap3/coap.h>

#include "bindings/coap/coap_io.h"
#include "core/lib/hash.h"

/* The window of the client bounds what is out; libcoap would keep the rest in a
 * queue from which nothing can be taken back. */
#define NSTART UINT16_MAX

void coap_links_init(struct coap_links *ls, struct coap_context_t *context)
{
	*ls = (struct coap_links){ .context = context };
	coap_ring_init(&ls->idle);
}

/* Operators and registrees choose the addresses, and there are few: it needs no
 * key. */
static uint64_t hash_of(const struct gw_net_end *end)
{
	return gw_hash((struct gw_hash_key){ 0 }, end, sizeof(*end));
}

static struct coap_link *find(const struct coap_links *ls,
			      const struct gw_net_end *end)
{
	struct gw_table_entry *e = gw_table_first(&ls->links, hash_of(end));

	for (; e; e = gw_table_next(e)) {
		struct coap_link *link = gw_container(e, struct coap_link,
						      by_end);

		if (memcmp(&link->end, end, sizeof(*end)) == 0) {
			return link;
		}
	}
	return NULL;
}

static void close_link(struct coap_links *ls, struct coap_link *link)
{
	assert(link->n_users == 0 && link->n_out == 0);
	gw_turns_deinit(&link->waiting);
	gw_table_remove(&ls->links, &link->by_end);
	coap_ring_remove(&link->idle);
	coap_session_release(link->session);
	free(link);
}

void coap_links_deinit(struct coap_links *ls)
{
	struct gw_table_entry *e = NULL;
	size_t at = 0;

	while ((e = gw_table_any(&ls->links, &at))) {
		close_link(ls, gw_container(e, struct coap_link, by_end));
	}
	assert(ls->links.n_entries == 0);
	gw_table_deinit(&ls->links);
}

static struct coap_link *oldest(const struct coap_links *ls)
{
	return coap_ring_is_empty(&ls->idle)
		       ? NULL
		       : gw_container(ls->idle.next, struct coap_link, idle);
}

static struct coap_session_t *connect_to(struct coap_context_t *context,
					 const coap_address_t *to)
{
	coap_session_t *session = coap_new_client_session(context, NULL, to,
							  COAP_PROTO_UDP);

	if (session) {
		coap_session_set_nstart(session, NSTART);
	}
	return session;
}

struct coap_link *coap_links_get(struct coap_links *ls,
				 const struct sockaddr_storage *address)
{
	struct gw_net_end end = { 0 };
	coap_address_t to;
	struct coap_link *link = NULL;
	struct coap_link *old = NULL;

	(void)gw_net_end_of(&end, (const struct sockaddr *)address);
	link = find(ls, &end);
	if (link) {
		return link;
	}
	if (ls->links.n_entries >= ls->n_max) {
		old = oldest(ls);
		if (!old) {
			return NULL;
		}
		close_link(ls, old);
	}
	assert(ls->context);
	link = calloc(1, sizeof(*link));
	if (!link) {
		return NULL;
	}
	coap_io_address(&to, address);
	link->session = connect_to(ls->context, &to);
	if (!link->session) {
		free(link);
		return NULL;
	}
	link->end = end;
	gw_turns_init(&link->waiting);
	gw_table_add(&ls->links, &link->by_end, hash_of(&end));
	return link;
}

void coap_link_quiet(struct coap_link *link)
{
	assert(link->n_out == 0);
	/* libcoap takes back all of a session, or nothing. */
	coap_session_disconnected(link->session, COAP_NACK_NOT_DELIVERABLE);
	link->is_stale = false;
}

bool coap_link_reopen(struct coap_link *link)
{
	coap_session_t *old = link->session;
	coap_session_t *session = NULL;

	assert(link->n_out <= 1);
	session = connect_to(coap_session_get_context(old),
			     coap_session_get_addr_remote(old));
	if (!session) {
		return false;
	}
	coap_session_release(old);
	link->session = session;
	return true;
}

void coap_link_use(struct coap_link *link)
{
	assert(link->session);
	link->n_users++;
	coap_ring_remove(&link->idle);
}

void coap_link_leave(struct coap_links *ls, struct coap_link *link,
		     int64_t now_ms)
{
	assert(link->n_users > 0);
	link->n_users--;
	assert(link->n_out <= link->n_users);
	link->used_ms = now_ms;
	if (link->n_users == 0) {
		coap_ring_append(&ls->idle, &link->idle);
	}
}

void coap_links_sweep(struct coap_links *ls, int64_t before_ms)
{
	struct coap_link *link = NULL;

	while ((link = oldest(ls)) && link->used_ms <= before_ms) {
		close_link(ls, link);
	}
}

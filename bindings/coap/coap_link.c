/*
 * Link - a session of libcoap toward an address that we ask.
 */

#include "bindings/coap/coap_link.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <coap3/coap.h>

/* The window of the client bounds what is out; libcoap would keep the rest in a
 * queue from which nothing can be taken back. */
#define NSTART UINT16_MAX

void coap_links_init(struct coap_links *ls, struct coap_context_t *context)
{
	*ls = (struct coap_links){ .context = context };
	coap_ring_init(&ls->idle);
}

static socklen_t length_of(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					: sizeof(struct sockaddr_in);
}

static bool is_same(const struct sockaddr_storage *a,
		    const struct sockaddr_storage *b)
{
	const struct sockaddr_in *in[] = { (const void *)a, (const void *)b };
	const struct sockaddr_in6 *in6[] = { (const void *)a, (const void *)b };

	if (a->ss_family != b->ss_family) {
		return false;
	}
	if (a->ss_family == AF_INET6) {
		return in6[0]->sin6_port == in6[1]->sin6_port &&
		       memcmp(&in6[0]->sin6_addr, &in6[1]->sin6_addr,
			      sizeof(in6[0]->sin6_addr)) == 0;
	}
	return in[0]->sin_port == in[1]->sin_port &&
	       in[0]->sin_addr.s_addr == in[1]->sin_addr.s_addr;
}

/* Operators and registrees choose the addresses, and there are few: any mixture
 * does. */
static size_t bucket_of(const struct sockaddr_storage *a)
{
	const uint8_t *p = (const void *)a;
	size_t len = a->ss_family == AF_INET6
			     ? offsetof(struct sockaddr_in6, sin6_scope_id)
			     : offsetof(struct sockaddr_in, sin_zero);
	uint32_t hash = 2166136261U;

	for (size_t i = offsetof(struct sockaddr_in, sin_port); i < len; i++) {
		hash = (hash ^ p[i]) * 16777619U;
	}
	return hash % COAP_LINK_BUCKETS;
}

static struct coap_link **slot_of(struct coap_links *ls,
				  const struct sockaddr_storage *address)
{
	struct coap_link **slot = &ls->buckets[bucket_of(address)];

	while (*slot && !is_same(&(*slot)->address, address)) {
		slot = &(*slot)->next;
	}
	return slot;
}

static void close_link(struct coap_links *ls, struct coap_link *link)
{
	struct coap_link **slot = slot_of(ls, &link->address);

	*slot = link->next;
	coap_ring_remove(&link->idle);
	coap_session_release(link->session);
	ls->n_links--;
	free(link);
}

void coap_links_deinit(struct coap_links *ls)
{
	for (size_t i = 0; i < COAP_LINK_BUCKETS; i++) {
		while (ls->buckets[i]) {
			close_link(ls, ls->buckets[i]);
		}
	}
}

static struct coap_link *oldest(const struct coap_links *ls)
{
	return coap_ring_is_empty(&ls->idle)
		       ? NULL
		       : gw_container(ls->idle.next, struct coap_link, idle);
}

static struct coap_session_t *connect_to(struct coap_links *ls,
					 const struct sockaddr_storage *address)
{
	coap_address_t to;
	coap_session_t *session = NULL;

	coap_address_init(&to);
	to.size = length_of(address);
	memcpy(&to.addr, address, to.size);
	session = coap_new_client_session(ls->context, NULL, &to,
					  COAP_PROTO_UDP);
	if (session) {
		coap_session_set_nstart(session, NSTART);
	}
	return session;
}

struct coap_link *coap_links_get(struct coap_links *ls,
				 const struct sockaddr_storage *address)
{
	struct coap_link **slot = slot_of(ls, address);
	struct coap_link *link = *slot;
	struct coap_link *old = NULL;

	if (link) {
		return link;
	}
	if (ls->n_links >= COAP_LINKS_MAX) {
		old = oldest(ls);
		if (!old) {
			return NULL;
		}
		close_link(ls, old);
	}
	link = calloc(1, sizeof(*link));
	if (!link) {
		return NULL;
	}
	link->session = connect_to(ls, address);
	if (!link->session) {
		free(link);
		return NULL;
	}
	memcpy(&link->address, address, sizeof(*address));
	coap_ring_init(&link->waiting);
	slot = slot_of(ls, address);
	*slot = link;
	ls->n_links++;
	return link;
}

void coap_link_quiet(struct coap_link *link)
{
	/* libcoap takes back all of a session, or nothing. */
	coap_session_disconnected(link->session, COAP_NACK_NOT_DELIVERABLE);
	link->is_stale = false;
}

void coap_link_use(struct coap_link *link)
{
	link->n_users++;
	coap_ring_remove(&link->idle);
}

void coap_link_leave(struct coap_links *ls, struct coap_link *link,
		     int64_t now_ms)
{
	link->n_users--;
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

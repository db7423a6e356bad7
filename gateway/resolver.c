/*
 * Resolver - looks names up without blocking the loop.
 */

#include "gateway/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <uv.h>

#include "core/lib/net.h"

/* Addresses of one name that are passed on. */
#define ADDRESSES_MAX 16

struct gw_lookup {
	uv_getaddrinfo_t req;
	struct gw_task task; // answers for a numeric address
	struct sockaddr_storage numeric;
	gw_resolved_fn *found; // NULL: nobody wants to know any more
	void *arg;
	struct gw_lookup *next;
	struct gw_lookup **link; // who points at us
};

static int lookup_error(int status)
{
	switch (status) {
	case UV_EAI_NONAME:
	case UV_EAI_NODATA:
	case UV_EAI_ADDRFAMILY:
		return -ENOENT;
	case UV_EAI_MEMORY:
	case UV_ENOMEM:
		return -ENOMEM;
	case UV_EAI_CANCELED:
	case UV_ECANCELED:
		return -ECANCELED;
	default:
		return -EAGAIN;
	}
}

static struct gw_lookup *lookup_new(struct gw_resolver *res,
				    gw_resolved_fn *found, void *arg)
{
	struct gw_lookup *l = calloc(1, sizeof(*l));

	if (!l) {
		return NULL;
	}
	l->found = found;
	l->arg = arg;
	l->req.data = l;
	l->next = res->lookups;
	l->link = &res->lookups;
	if (l->next) {
		l->next->link = &l->next;
	}
	res->lookups = l;
	return l;
}

static void lookup_free(struct gw_lookup *l)
{
	*l->link = l->next;
	if (l->next) {
		l->next->link = l->link;
	}
	free(l);
}

static void lookup_end(struct gw_lookup *l,
		       const struct sockaddr_storage *found, size_t n_found,
		       int error)
{
	gw_resolved_fn *fn = l->found;
	void *arg = l->arg;

	lookup_free(l);
	if (fn) {
		fn(arg, found, n_found, error);
	}
}

static void name_found(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct sockaddr_storage found[ADDRESSES_MAX] = { 0 };
	size_t n = 0;

	for (const struct addrinfo *ai = list; ai && n < ADDRESSES_MAX;
	     ai = ai->ai_next) {
		if (ai->ai_addrlen <= sizeof(*found)) {
			memcpy(&found[n], ai->ai_addr, ai->ai_addrlen);
			n++;
		}
	}
	uv_freeaddrinfo(list);
	if (status == 0 && n == 0) {
		status = UV_EAI_NONAME;
	}
	lookup_end(req->data, found, n, status == 0 ? 0 : lookup_error(status));
}

static void number_found(struct gw_task *task)
{
	struct gw_lookup *l =
		(struct gw_lookup *)(void *)((char *)task -
					     offsetof(struct gw_lookup, task));
	struct sockaddr_storage numeric = l->numeric;

	lookup_end(l, &numeric, 1, 0);
}

void gw_resolver_init(struct gw_resolver *res, struct gw_loop *loop,
		      struct uv_loop_s *uv)
{
	*res = (struct gw_resolver){ .loop = loop, .uv = uv };
}

void gw_resolver_deinit(struct gw_resolver *res)
{
	struct gw_lookup *next = NULL;

	for (struct gw_lookup *l = res->lookups; l; l = next) {
		next = l->next;
		if (l->task.run) {
			gw_loop_undefer(res->loop, &l->task);
			lookup_end(l, NULL, 0, -ECANCELED);
			continue;
		}
		l->found(l->arg, NULL, 0, -ECANCELED);
		l->found = NULL;
		(void)uv_cancel((uv_req_t *)&l->req);
	}
}

int gw_resolver_start(struct gw_resolver *res, const char *name,
		      gw_resolved_fn *found, void *arg)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct gw_lookup *l = lookup_new(res, found, arg);
	int error = 0;

	if (!l) {
		return -ENOMEM;
	}
	/* libuv's threads are few.  Numbers keep out of their queue, so that
	 * slow names do not hold them up. */
	if (gw_net_sockaddr(&l->numeric, name, 0)) {
		l->task.run = number_found;
		gw_loop_defer(res->loop, &l->task);
		return 0;
	}
	error = uv_getaddrinfo(res->uv, &l->req, name_found, name, NULL,
			       &hints);
	if (error < 0) {
		lookup_free(l);
		return error == UV_ENOMEM ? -ENOMEM : -EINVAL;
	}
	return 0;
}

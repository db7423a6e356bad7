/*
 * Resolver - looks names up without blocking the loop.
 *
 * A look-up has two holders, the loop and its thread; the last one frees it.
 */

#include "gateway/resolver.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Addresses of one name that are passed on. */
#define ADDRESSES_MAX 16

/* The system's resolver and its modules need little. */
#define STACK_BYTES ((size_t)512 * 1024)

/* A pause while memory is short. */
#define MOMENT_NS 10000000

struct gw_lookup {
	gw_resolved_fn *found;
	void *arg;
	struct gw_lookup *next;
	struct gw_lookup **link; // who points at us

	/* Under the lock. */
	pthread_mutex_t lock;
	struct gw_resolver *res; // NULL: nobody waits any more
	unsigned n_holders;
	bool is_over;

	/* Of the thread, until it is over. */
	struct sockaddr_storage at[ADDRESSES_MAX];
	size_t n;
	int error;
	char name[];
};

static struct gw_lookup *lookup_new(struct gw_resolver *res, const char *name)
{
	size_t size = strlen(name) + 1;
	struct gw_lookup *l = calloc(1, sizeof(*l) + size);

	if (!l) {
		return NULL;
	}
	(void)pthread_mutex_init(&l->lock, NULL);
	memcpy(l->name, name, size);
	l->res = res;
	l->n_holders = 1;
	return l;
}

static void let_go(struct gw_lookup *l)
{
	bool is_last = false;

	(void)pthread_mutex_lock(&l->lock);
	assert(l->n_holders > 0);
	is_last = --l->n_holders == 0;
	(void)pthread_mutex_unlock(&l->lock);
	if (is_last) {
		(void)pthread_mutex_destroy(&l->lock);
		free(l);
	}
}

static void link_in(struct gw_resolver *res, struct gw_lookup *l)
{
	l->next = res->lookups;
	l->link = &res->lookups;
	if (l->next) {
		l->next->link = &l->next;
	}
	res->lookups = l;
}

static void link_out(struct gw_lookup *l)
{
	*l->link = l->next;
	if (l->next) {
		l->next->link = l->link;
	}
}

/* --- The thread. */

static int errno_of(int code)
{
	switch (code) {
	case 0:
		return 0;
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return -ENOENT;
	case EAI_MEMORY:
		return -ENOMEM;
	default:
		return -EAGAIN;
	}
}

static void ask(struct gw_lookup *l)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int code = getaddrinfo(l->name, NULL, &hints, &list);

	for (const struct addrinfo *ai = list; ai && l->n < ADDRESSES_MAX;
	     ai = ai->ai_next) {
		if (ai->ai_addrlen <= sizeof(*l->at)) {
			memcpy(&l->at[l->n++], ai->ai_addr, ai->ai_addrlen);
		}
	}
	if (list) {
		freeaddrinfo(list);
	}
	l->error = code == 0 && l->n == 0 ? -ENOENT : errno_of(code);
}

/* On the loop: tell of those that are over. */
static void gather(void *arg)
{
	struct gw_resolver *res = arg;
	struct gw_lookup *next = NULL;

	for (struct gw_lookup *l = res->lookups; l; l = next) {
		bool is_over = false;

		next = l->next;
		(void)pthread_mutex_lock(&l->lock);
		is_over = l->is_over;
		(void)pthread_mutex_unlock(&l->lock);
		if (is_over) {
			link_out(l);
			l->found(l->arg, l->at, l->n, l->error);
			let_go(l);
		}
	}
}

/* False when memory is short. */
static bool give_back(struct gw_lookup *l)
{
	bool is_given = false;

	(void)pthread_mutex_lock(&l->lock);
	l->is_over = true;
	is_given = !l->res || !gw_loop_post(l->res->loop, gather, l->res);
	(void)pthread_mutex_unlock(&l->lock);
	return is_given;
}

static void *run(void *arg)
{
	const struct timespec moment = { .tv_nsec = MOMENT_NS };
	struct gw_lookup *l = arg;

	ask(l);
	while (!give_back(l)) {
		(void)nanosleep(&moment, NULL);
	}
	let_go(l);
	return NULL;
}

/* Signals are for the loop.  Returns 0 or -ENOMEM. */
static int start_thread(struct gw_lookup *l)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all;
	sigset_t before;
	int error = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	error = pthread_create(&thread, &attr, run, l);
	(void)pthread_attr_destroy(&attr);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error ? -ENOMEM : 0;
}

/* --- For the loop. */

void gw_resolver_init(struct gw_resolver *res, struct gw_loop *loop)
{
	*res = (struct gw_resolver){ .loop = loop };
}

void gw_resolver_deinit(struct gw_resolver *res)
{
	while (res->lookups) {
		struct gw_lookup *l = res->lookups;

		(void)pthread_mutex_lock(&l->lock);
		l->res = NULL;
		(void)pthread_mutex_unlock(&l->lock);
		link_out(l);
		l->found(l->arg, NULL, 0, -ECANCELED);
		let_go(l);
	}
}

int gw_resolver_start(struct gw_resolver *res, const char *name,
		      gw_resolved_fn *found, void *arg)
{
	struct gw_lookup *l = lookup_new(res, name);
	int error = 0;

	if (!l) {
		return -ENOMEM;
	}
	l->found = found;
	l->arg = arg;
	l->n_holders++;
	error = start_thread(l);
	if (error) {
		l->n_holders--;
		let_go(l);
		return error;
	}
	link_in(res, l);
	return 0;
}

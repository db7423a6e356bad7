/*
 * Client - one connection to a broker, as the loop may use it without waiting.
 *
 * Two hold a client: the loop, until mqtt_client_free(), and its thread, until
 * that ends; the last one frees it.
 */

#include "bindings/mqtt/mqtt_client.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_paho.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "mqtt"

/* Time for what is to be published before a goodbye. */
#define FLUSH_MS 1000

/* What the thread is to do next. */
struct todo {
	bool is_connect;
	bool is_new;
	struct mqtt_filters *filters;
	struct mqtt_filters *unwanted;
	struct mqtt_out *out;
};

/* --- Memory. */

static void free_outs(struct mqtt_out *out)
{
	while (out) {
		struct mqtt_out *next = out->next;

		mqtt_out_free(out);
		out = next;
	}
}

static void client_free(struct mqtt_client *c)
{
	mqtt_mailbox_deinit(&c->mailbox);
	free_outs(c->outs);
	free_outs(c->flying); // Paho forgets what it had when it is let go
	free(c->filters);
	free(c->unwanted);
	free(c->text);
	(void)pthread_cond_destroy(&c->news);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

static void unuse(struct mqtt_client *c)
{
	bool is_last = false;

	(void)pthread_mutex_lock(&c->lock);
	assert(c->n_users > 0);
	is_last = --c->n_users == 0;
	(void)pthread_mutex_unlock(&c->lock);
	if (is_last) {
		client_free(c);
	}
}

static void copy_text(const char **textp, char **placep)
{
	if (*textp) {
		size_t size = strlen(*textp) + 1;

		memcpy(*placep, *textp, size);
		*textp = *placep;
		*placep += size;
	}
}

static int copy_conf(struct mqtt_client *c, const struct mqtt_client_conf *conf)
{
	const char **texts[] = { &c->conf.uri,     &c->conf.client_id,
				 &c->conf.user,    &c->conf.password,
				 &c->conf.ca_file, &c->conf.certificate_file,
				 &c->conf.key_file };
	const size_t n = sizeof(texts) / sizeof(*texts);
	size_t size = 0;
	char *place = NULL;

	c->conf = *conf;
	for (size_t i = 0; i < n; i++) {
		size += *texts[i] ? strlen(*texts[i]) + 1 : 0;
	}
	c->text = malloc(size);
	if (!c->text) {
		return -ENOMEM;
	}
	place = c->text;
	for (size_t i = 0; i < n; i++) {
		copy_text(texts[i], &place);
	}
	assert(place == c->text + size);
	return 0;
}

struct timespec mqtt_time_in(int ms)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += (long)(ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* --- The thread. */

/* The next one that may be given to Paho now; NULL: none. */
static struct mqtt_out *take_out(struct mqtt_client *c)
{
	struct mqtt_out *out = c->n_flying < MQTT_FLYING_MAX ? c->outs : NULL;

	if (!out) {
		return NULL;
	}
	assert(out->client == c);
	c->outs = out->next;
	if (!c->outs) {
		c->last_out = &c->outs;
	}
	out->next = c->flying;
	out->link = &c->flying;
	if (out->next) {
		out->next->link = &out->next;
	}
	c->flying = out;
	c->n_flying++;
	return out;
}

/* Whether there is something to do; the lock is held. */
static bool find_work(struct mqtt_client *c, struct todo *todo)
{
	*todo = (struct todo){
		.is_connect = c->is_to_connect,
		.is_new = c->is_new,
		.filters = gw_take(&c->filters),
		.unwanted = gw_take(&c->unwanted),
		.out = take_out(c),
	};
	c->is_to_connect = false;
	c->is_new = false;
	return todo->is_connect || todo->is_new || todo->filters ||
	       todo->unwanted || todo->out;
}

/* Wait for something to do.  False when it is time to leave. */
static bool wait_for_work(struct mqtt_client *c, struct todo *todo)
{
	bool has_work = false;
	bool is_done = false;
	int error = 0;

	(void)pthread_mutex_lock(&c->lock);
	while (!has_work && !is_done) {
		has_work = find_work(c, todo);
		is_done = !has_work && c->is_leaving &&
			  (error || !c->is_connected ||
			   (!c->outs && c->n_flying == 0));
		if (has_work || is_done) {
			continue;
		}
		error = c->is_leaving
				? pthread_cond_timedwait(&c->news, &c->lock,
							 &c->leave_by)
				: pthread_cond_wait(&c->news, &c->lock);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return has_work;
}

static void work(struct mqtt_client *c, struct todo *todo)
{
	if (todo->is_connect) {
		mqtt_paho_connect(c);
	}
	if (todo->is_new) {
		mqtt_paho_nodelay(c->conf.port);
	}
	if (todo->unwanted) {
		mqtt_paho_unsubscribe(c, todo->unwanted);
		free(todo->unwanted);
	}
	if (todo->filters) {
		mqtt_paho_subscribe(c, todo->filters);
		free(todo->filters);
	}
	if (todo->out) {
		mqtt_paho_publish(c, todo->out);
	}
}

static void *run(void *arg)
{
	struct mqtt_client *c = arg;
	struct todo todo;

	assert(!mqtt_is_on_loop(c));
	c->own = pthread_self();
	mqtt_paho_create(c);
	while (wait_for_work(c, &todo)) {
		work(c, &todo);
	}
	mqtt_paho_leave(c);
	if (c->n_lost > 0) {
		gw_warn("unanswered",
			"%llu messages came while the gateway stopped, and "
			"will not be answered",
			(unsigned long long)c->n_lost);
	}
	unuse(c);
	return NULL;
}

/* --- For the loop. */

static int start(struct mqtt_client *c)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error = 0;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attr, run, c);
	(void)pthread_attr_destroy(&attr);
	return error;
}

struct mqtt_client *mqtt_client_new(const struct mqtt_client_conf *conf)
{
	struct mqtt_client *c = calloc(1, sizeof(*c));
	pthread_condattr_t attr;

	if (!c) {
		return NULL;
	}
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&c->news, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_init(&c->lock, NULL);
	c->n_users = 2;
	c->loop = pthread_self();
	c->last_out = &c->outs;
	if (mqtt_mailbox_init(&c->mailbox, conf->mailbox_bytes) ||
	    copy_conf(c, conf) || start(c)) {
		client_free(c);
		return NULL;
	}
	return c;
}

int mqtt_client_fd(const struct mqtt_client *c)
{
	return c->mailbox.wake_fd;
}

struct mqtt_event *mqtt_client_take(struct mqtt_client *c)
{
	assert(mqtt_is_on_loop(c));
	return mqtt_mailbox_take(&c->mailbox);
}

void mqtt_client_connect(struct mqtt_client *c, const char *address)
{
	bool is_v6 = strchr(address, ':') != NULL;

	assert(mqtt_is_on_loop(c));
	(void)pthread_mutex_lock(&c->lock);
	(void)snprintf(c->to, sizeof(c->to), "tcp://%s%s%s:%u",
		       is_v6 ? "[" : "", address, is_v6 ? "]" : "",
		       c->conf.port);
	c->is_to_connect = true;
	(void)pthread_cond_signal(&c->news);
	(void)pthread_mutex_unlock(&c->lock);
}

static struct mqtt_filters *copy_filters(const char *const *at, size_t n)
{
	size_t size = sizeof(struct mqtt_filters) + n * sizeof(char *);
	struct mqtt_filters *filters = NULL;
	char *place = NULL;

	for (size_t i = 0; i < n; i++) {
		size += strlen(at[i]) + 1;
	}
	filters = malloc(size);
	if (!filters) {
		return NULL;
	}
	filters->n = n;
	place = (char *)&filters->at[n];
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(at[i]) + 1;

		memcpy(place, at[i], len);
		filters->at[i] = place;
		place += len;
	}
	assert(place == (char *)filters + size);
	return filters;
}

/* Leave filters for the thread, in place of those that it did not come to. */
static int leave_filters(struct mqtt_client *c, struct mqtt_filters **placep,
			 const char *const *filters, size_t n)
{
	struct mqtt_filters *copy = copy_filters(filters, n);

	assert(mqtt_is_on_loop(c));
	if (!copy) {
		return -ENOMEM;
	}
	(void)pthread_mutex_lock(&c->lock);
	free(*placep);
	*placep = copy;
	(void)pthread_cond_signal(&c->news);
	(void)pthread_mutex_unlock(&c->lock);
	return 0;
}

int mqtt_client_subscribe(struct mqtt_client *c, const char *const *filters,
			  size_t n)
{
	return leave_filters(c, &c->filters, filters, n);
}

int mqtt_client_unsubscribe(struct mqtt_client *c, const char *const *filters,
			    size_t n)
{
	return leave_filters(c, &c->unwanted, filters, n);
}

void mqtt_client_publish(struct mqtt_client *c, struct mqtt_out *out)
{
	bool was_empty = false;

	assert(mqtt_is_on_loop(c));
	assert(!out->client && !out->is_waiting);
	out->client = c;
	out->next = NULL;
	(void)pthread_mutex_lock(&c->lock);
	was_empty = !c->outs;
	*c->last_out = out;
	c->last_out = &out->next;
	if (was_empty) {
		(void)pthread_cond_signal(&c->news);
	}
	(void)pthread_mutex_unlock(&c->lock);
}

void mqtt_client_leave(struct mqtt_client *c)
{
	assert(mqtt_is_on_loop(c));
	(void)pthread_mutex_lock(&c->lock);
	if (!c->is_leaving) {
		c->is_leaving = true;
		c->leave_by = mqtt_time_in(FLUSH_MS);
	}
	(void)pthread_cond_signal(&c->news);
	(void)pthread_mutex_unlock(&c->lock);
}

struct mqtt_out *mqtt_client_take_back(struct mqtt_client *c)
{
	struct mqtt_out **last = &c->flying;
	struct mqtt_out *all = NULL;

	assert(mqtt_is_on_loop(c));
	(void)pthread_mutex_lock(&c->lock);
	assert(c->is_leaving);
	while (*last) {
		last = &(*last)->next;
	}
	*last = gw_take(&c->outs);
	c->last_out = &c->outs;
	all = gw_take(&c->flying);
	c->n_flying = 0;
	(void)pthread_mutex_unlock(&c->lock);
	for (struct mqtt_out *out = all; out; out = out->next) {
		out->client = NULL;
	}
	return all;
}

struct mqtt_client *mqtt_client_free(struct mqtt_client *c)
{
	if (c) {
		mqtt_client_leave(c);
		mqtt_mailbox_close(&c->mailbox);
		unuse(c);
	}
	return NULL;
}

/*
 * Mailbox - from the threads of Paho to the loop.
 *
 * The loop is woken through a descriptor that it watches rather than by a post:
 * a post cannot be taken back, and would find a mailbox that is gone.
 */

#include "bindings/mqtt/mqtt_mailbox.h"

#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bindings/mqtt/mqtt_event.h"

int mqtt_mailbox_init(struct mqtt_mailbox *mb, size_t max_bytes)
{
	*mb = (struct mqtt_mailbox){ .max_bytes = max_bytes };
	mb->last = &mb->first;
	mb->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	(void)pthread_mutex_init(&mb->lock, NULL);
	(void)pthread_cond_init(&mb->room, NULL);
	return mb->wake_fd < 0 ? -errno : 0;
}

static void free_all(struct mqtt_event *e)
{
	while (e) {
		struct mqtt_event *next = e->next;

		mqtt_event_free(e);
		e = next;
	}
}

void mqtt_mailbox_deinit(struct mqtt_mailbox *mb)
{
	free_all(mb->first);
	if (mb->wake_fd >= 0) {
		(void)close(mb->wake_fd);
	}
	(void)pthread_cond_destroy(&mb->room);
	(void)pthread_mutex_destroy(&mb->lock);
}

static size_t weight_of(const struct mqtt_event *e)
{
	return e->topic.len + e->payload.len;
}

static bool is_too_much(const struct mqtt_mailbox *mb,
			const struct mqtt_event *e)
{
	size_t weight = weight_of(e);

	return weight > 0 && mb->n_bytes > 0 &&
	       mb->n_bytes + weight > mb->max_bytes;
}

/* Patient events that are taken all the same, and the part of the bound that
 * they may hold. */
#define PATIENT_MAX 64
#define PATIENT_PART 4

static void count_patient(struct mqtt_mailbox *mb, const struct mqtt_event *e)
{
	if (e->is_patient) {
		mb->n_patient++;
		mb->n_patient_bytes += e->out ? e->out->n_bytes : 0;
	}
}

static bool is_urgent(const struct mqtt_mailbox *mb, const struct mqtt_event *e)
{
	return !e->is_patient || mb->n_patient >= PATIENT_MAX ||
	       mb->n_patient_bytes >= mb->max_bytes / PATIENT_PART;
}

/* The counter of the descriptor cannot run over: it is reset with every
 * batch, and written once for each. */
static void wake(const struct mqtt_mailbox *mb)
{
	const uint64_t one = 1;
	ssize_t n = write(mb->wake_fd, &one, sizeof(one));

	assert(n == sizeof(one));
}

bool mqtt_mailbox_put(struct mqtt_mailbox *mb, struct mqtt_event *e)
{
	bool is_in = false;

	(void)pthread_mutex_lock(&mb->lock);
	while (!mb->is_closed && is_too_much(mb, e)) {
		(void)pthread_cond_wait(&mb->room, &mb->lock);
	}
	if (!mb->is_closed) {
		assert(!*mb->last);
		e->next = NULL;
		*mb->last = e;
		mb->last = &e->next;
		mb->n_bytes += weight_of(e);
		count_patient(mb, e);
		is_in = true;
	}
	if (is_in && !mb->is_awake && is_urgent(mb, e)) {
		mb->is_awake = true;
		wake(mb);
	}
	(void)pthread_mutex_unlock(&mb->lock);
	if (!is_in) {
		mqtt_event_free(e);
	}
	return is_in;
}

static struct mqtt_event *empty(struct mqtt_mailbox *mb)
{
	struct mqtt_event *all = gw_take(&mb->first);

	assert(all || (mb->n_bytes == 0 && mb->n_patient == 0));
	mb->last = &mb->first;
	mb->n_bytes = 0;
	mb->n_patient = 0;
	mb->n_patient_bytes = 0;
	(void)pthread_cond_broadcast(&mb->room);
	return all;
}

struct mqtt_event *mqtt_mailbox_take(struct mqtt_mailbox *mb)
{
	struct mqtt_event *all = NULL;
	uint64_t count = 0;
	ssize_t n = 0;

	(void)pthread_mutex_lock(&mb->lock);
	if (mb->is_awake) {
		n = read(mb->wake_fd, &count, sizeof(count));
		assert(n == sizeof(count) && count == 1);
		mb->is_awake = false;
	}
	all = empty(mb);
	(void)pthread_mutex_unlock(&mb->lock);
	return all;
}

void mqtt_mailbox_close(struct mqtt_mailbox *mb)
{
	struct mqtt_event *all = NULL;

	(void)pthread_mutex_lock(&mb->lock);
	mb->is_closed = true;
	all = empty(mb);
	(void)pthread_mutex_unlock(&mb->lock);
	free_all(all);
}

/* What Paho calls back about a publication, with and without memory to tell
 * it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_callbacks.h"
#include "bindings/mqtt/mqtt_paho.h"

#define MAX_BYTES 1000

static bool is_short;

/* The linker puts the wrap in the place of the real one (--wrap). */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return is_short ? NULL : __real_malloc(size);
}

/* A client without threads: whoever asks is as one of Paho's. */
static void init(struct mqtt_client *c)
{
	*c = (struct mqtt_client){ .last_out = &c->outs };
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->news, NULL);
	assert_int_equal(mqtt_mailbox_init(&c->mailbox, MAX_BYTES), 0);
}

static void deinit(struct mqtt_client *c)
{
	mqtt_mailbox_deinit(&c->mailbox);
	(void)pthread_cond_destroy(&c->news);
	(void)pthread_mutex_destroy(&c->lock);
}

/* A publication that is with Paho. */
static struct mqtt_out *fly(struct mqtt_client *c)
{
	struct mqtt_out *out = mqtt_out_new(GW_STR("t"),
					    (struct gw_bytes){ 0 });

	assert_non_null(out);
	out->client = c;
	out->next = c->flying;
	out->link = &c->flying;
	if (out->next) {
		out->next->link = &out->next;
	}
	c->flying = out;
	c->n_flying++;
	return out;
}

/* From here on as the loop, to which it said goodbye. */
static struct mqtt_out *take_back(struct mqtt_client *c)
{
	c->loop = pthread_self();
	c->is_leaving = true;
	return mqtt_client_take_back(c);
}

static void what_is_published_is_told_and_given_back(void **state)
{
	struct mqtt_client c;
	struct mqtt_event *e = NULL;
	struct mqtt_out *first = NULL;
	struct mqtt_out *second = NULL;

	init(&c);
	first = fly(&c);
	second = fly(&c);
	mqtt_on_published(first, NULL);
	assert_int_equal(c.n_flying, 1);
	assert_ptr_equal(c.flying, second);
	assert_null(first->client);
	e = mqtt_mailbox_take(&c.mailbox);
	assert_int_equal(e->kind, MQTT_PUBLISHED);
	assert_ptr_equal(e->out, first);
	assert_null(e->next);
	mqtt_event_free(e);
	assert_ptr_equal(take_back(&c), second);
	mqtt_out_free(second);
	deinit(&c);
}

static void what_cannot_be_told_is_taken_back_at_the_end(void **state)
{
	struct mqtt_client c;
	struct mqtt_out *out = NULL;

	init(&c);
	out = fly(&c);
	is_short = true;
	mqtt_on_published(out, NULL);
	is_short = false;
	assert_int_equal(c.n_flying, 0);
	assert_null(mqtt_mailbox_take(&c.mailbox));
	assert_ptr_equal(take_back(&c), out);
	assert_null(out->client);
	assert_null(out->next);
	mqtt_out_free(out);
	deinit(&c);
}

static void expect_why(const char *said, const char *why)
{
	struct mqtt_client c;

	init(&c);
	assert_int_equal(mqtt_on_tls_error(said, strlen(said), &c), 1);
	assert_string_equal(c.why, why);
	deinit(&c);
}

static void of_a_tls_error_the_reason_is_told(void **state)
{
	expect_why("C0D65F:error:0A000086:SSL routines:tls_post_process:"
		   "certificate verify failed:../ssl/statem.c:1889:\n",
		   "certificate verify failed");
	expect_why("C0D65F:error:0A000410:SSL routines::sslv3 alert:s3.c:1:"
		   "SSL alert number 40\n",
		   "sslv3 alert");
	expect_why("broken\n", "broken");
	expect_why("a:b:c:d:e:\n", "a:b:c:d:e:");
	expect_why("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_published_is_told_and_given_back),
		cmocka_unit_test(what_cannot_be_told_is_taken_back_at_the_end),
		cmocka_unit_test(of_a_tls_error_the_reason_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#pragma once

/*
 * Sandbox world - a relay whose only CSE is a sandbox, and the devices in
 * front of it, for which a test speaks.
 *
 * Requests are written as JSON with single quotes.  An AE whose poa is
 * "near://..." is reached: what it is sent is kept, and it answers with
 * `obeys`, or when the test says so.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/binding.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/relay.h"
#include "tests/support/fake_loop.h"

#define WORLD_SENT_MAX 256
#define WORLD_TEXT_MAX ((size_t)256 * 1024)

struct world {
	struct fake_loop loop;
	struct gw_conf conf;
	struct gw_conf_cse cse;
	struct gw_relay *relay;

	size_t n_replies;
	int status;                  // rsc of the last answer; 0: none yet
	char answer[WORLD_TEXT_MAX]; // and its JSON form

	enum gw_status obeys; // how AEs answer at once; NONE: they wait
	size_t n_sent;        // requests sent to AEs
	char *sent[WORLD_SENT_MAX];
	struct gw_exchange *open[WORLD_SENT_MAX];
};

/* adjust may change the configuration before the start. */
typedef void world_adjust_fn(struct world *w);
int world_setup_as(void **state, world_adjust_fn *adjust);
int world_setup(void **state);
int world_teardown(void **state);

/* Send a request and let everything run that can.  Returns the rsc of the
 * answer, 0 when there is none yet. */
int ask(struct world *w, const char *request);

/* The same with text in the place of its only %s. */
int ask_with(struct world *w, const char *format, const char *text);

/* The exchange of a request that is not answered yet. */
struct gw_exchange *ask_and_wait(struct world *w, const char *request);

/* The AE that was sent the i-th request answers. */
void ae_answers(struct world *w, size_t i, enum gw_status status);

/* Run what is queued. */
void settle(struct world *w);

/* The last answer, or the i-th request to an AE, holds this text, or does not
 * hold it (single quotes stand for double ones). */
void assert_says(const struct world *w, const char *text);
void assert_silent(const struct world *w, const char *text);
void assert_told(const struct world *w, size_t i, const char *text);
void assert_untold(const struct world *w, size_t i, const char *text);

/* Copy the JSON string that follows `"name":` in the last answer. */
void take_text(const struct world *w, char *text, size_t size,
	       const char *name);

/* An AE "Cname" that is reached at near://name. */
void register_ae(struct world *w, const char *name);

/* A container "c" below "Cone" with these attributes: ",'mni':2". */
void make_container(struct world *w, const char *attributes);

#define claim(test) \
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

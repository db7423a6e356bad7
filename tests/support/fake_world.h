#pragma once

/*
 * Fake world - a relay between two bindings that tests speak for.
 *
 * "near" is where devices are, "far" leads to the CSEs /id-in (the default one)
 * and /id-b.  Both only write down what core hands them.
 */

#include "core/conf.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/net.h"
#include "core/registry.h"
#include "core/relay.h"
#include "tests/support/fake_loop.h"

#define FAKE_SENT_MAX 64

struct fake_world {
	struct fake_loop loop;
	struct gw_conf conf;
	struct gw_conf_cse cses[3];
	struct gw_relay *relay;
	struct gw_cse *in;
	struct gw_cse *b;
	struct gw_cse *other; // //sp.b/id-in

	struct gw_exchange *sent[FAKE_SENT_MAX]; // handed to send()
	size_t n_sent;
	const struct gw_registree *originator; // as send() found it
	size_t n_forgotten;
	enum gw_status refusal;        // what send() fails with; NONE: it waits
	bool is_held;                  // nothing of what is sent is delivered
	const struct gw_peer *doubted; // the last one, near side
	struct gw_net_end at;          // where near listens; port 0: nowhere
	const char *waits_for;         // what it waits for; NULL: nobody knows

	size_t n_replies;
	enum gw_status status; // of the last reply
	char id[64];           // and its rqi
	char release[16];      // and its rvi
	char content[512];     // and its content
	enum gw_media media;   // written this way
	bool wants_proof;      // of the address of who asked
	bool is_overload;      // it says that there is no room
};

/* adjust may change the configuration before the relay starts; may be NULL. */
typedef void fake_adjust_fn(struct fake_world *w);
void fake_world_init(struct fake_world *w, fake_adjust_fn *adjust);
void fake_world_deinit(struct fake_world *w);

/* A test of cmocka whose state is the `world` of its file: it is new before the
 * test, by fake_set_up() or what stands for it, and gone afterwards, as is who
 * hears the log. */
#define FAKE_TEST(test, world) FAKE_TEST_AFTER(test, fake_set_up, world)
#define FAKE_TEST_AFTER(test, before, world)                                   \
	cmocka_unit_test_prestate_setup_teardown(test, before, fake_tear_down, \
						 &(world))
int fake_set_up(void **state);
int fake_tear_down(void **state);

/* Where devices are, too: at FAKE_B, an address that is known, is /id-b, and C1
 * is registered there.  The first is what fake_world_init() may be given. */
#define FAKE_B "192.0.2.1"
void fake_have_b_near(struct fake_world *w);
int fake_set_up_b_near(void **state);

/* One request from a device: op, fr, to; fr NULL is absent. */
struct gw_exchange *fake_ask(struct fake_world *w, enum gw_op op,
			     const char *from, const char *to);

/* A request with everything: the primitive and who asks.  It is sent when the
 * loop turns. */
struct gw_exchange *fake_open(struct fake_world *w,
			      const struct gw_asker *asker,
			      struct gw_primitive *p);
struct gw_primitive *fake_request(enum gw_op op, const char *from,
				  const char *to, const char *content);
struct gw_asker fake_device(struct fake_world *w);
struct gw_asker fake_cse(struct fake_world *w, struct gw_cse *cse);

/* The far side answers what it was sent last; content may be NULL. */
void fake_answer(struct fake_world *w, enum gw_status status,
		 const char *content);

/* Register an AE over "near" and let it be granted. */
void fake_register(struct fake_world *w, const char *id, const char *poa);

/* What was sent last, once the loop has turned; and its content. */
struct gw_exchange *fake_last(struct fake_world *w);
bool fake_sent_content_is(struct fake_world *w, const char *content);

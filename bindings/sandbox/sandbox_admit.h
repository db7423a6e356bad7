#pragma once

/*
 * Admit - the rules that one resource type has beyond its attributes.
 *
 * One row per type, so that sandbox_create.c and sandbox_update.c never ask
 * which type they have at hand.
 */

#include "bindings/sandbox/sandbox_call.h"

struct sandbox_plan;
struct sandbox_type;

struct sandbox_admission {
	/* Who the new resource is: id, csi or name where its type decides
	 * them.  NULL: the CSE mints an id. */
	enum gw_status (*identify)(struct sandbox_call *call,
				   struct sandbox_plan *plan);

	/* Whether a CREATE, or an UPDATE, is acceptable.  May start
	 * verifications: then call->n_waiting tells.  NULL: it is. */
	enum gw_status (*check)(struct sandbox_call *call);

	/* Fill in what only this type has, before the resource joins its
	 * parent.  Returns 0 or -ENOMEM.  NULL: nothing. */
	int (*equip)(struct sandbox_node *node, struct sandbox_node *parent);

	/* After it was created or changed, and everybody was told: keep its
	 * bounds.  node is the resource that was created or updated, and may
	 * be gone afterwards.  NULL: nothing. */
	void (*settle)(struct sandbox *box, struct sandbox_node *node);
};

const struct sandbox_admission *
sandbox_admission_of(const struct sandbox_type *type);

/* Whether text can be a resourceName or an identifier that a peer chooses:
 * unreserved characters of RFC 3986, at most SANDBOX_NAME_MAX. */
bool sandbox_is_name(struct gw_str text);

/* sandbox_register.c: <AE>, <remoteCSE> and <pollingChannel>. */
enum gw_status sandbox_ae_identify(struct sandbox_call *call,
				   struct sandbox_plan *plan);
enum gw_status sandbox_ae_check(struct sandbox_call *call);
enum gw_status sandbox_csr_identify(struct sandbox_call *call,
				    struct sandbox_plan *plan);
enum gw_status sandbox_channel_check(struct sandbox_call *call);

/* sandbox_instance.c: <container> and <contentInstance>. */
enum gw_status sandbox_instance_check(struct sandbox_call *call);
int sandbox_instance_equip(struct sandbox_node *node,
			   struct sandbox_node *parent);
void sandbox_instance_settle(struct sandbox *box, struct sandbox_node *node);
void sandbox_container_settle(struct sandbox *box, struct sandbox_node *node);

/* sandbox_subscribe.c: <subscription>. */
enum gw_status sandbox_subscription_check(struct sandbox_call *call);

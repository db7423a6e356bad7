/*
 * Speaker - who asks, and who only says so.
 *
 * A CSE of the configuration is known by the link that leads there, or by its
 * CSE-ID in `fr` and an address of it.  Nobody else may say to be one, or an
 * entity below one, in whatever scope that is written; and nobody at all may
 * say to be the gateway, which asks for itself (TS-0004 7.3.2.1).
 */

#include "core/address.h"
#include "core/relay_state.h"

/* Whether a connection bears no name, or that of a CSE. */
static bool bears_its_name(const struct gw_exchange *x,
			   const struct gw_cse *cse)
{
	struct gw_address name;

	return x->asker.identity.len == 0 ||
	       (gw_address_parse(&name, x->asker.identity) &&
		name.rest.len == 0 && cse_is_named(x->relay, cse, &name));
}

/* Whether it comes from an address of a CSE, and not from another there. */
static bool is_there(const struct gw_exchange *x, const struct gw_cse *cse)
{
	return gw_cse_is_at(cse, x->asker.host) && bears_its_name(x, cse);
}

/* Whether it came over the protocol that leads to a CSE, and over no connection
 * that it opened.  There a CSE speaks for those below it as well; over others
 * for itself. */
static bool is_led_to(const struct gw_exchange *x, const struct gw_cse *cse)
{
	return cse->via == x->asker.binding && !x->is_on_connection;
}

/* The CSE of this name that speaks from its own address. */
static struct gw_cse *named_speaker(const struct gw_exchange *x)
{
	const struct gw_relay *relay = x->relay;

	for (size_t i = 0; i < relay->n_cses; i++) {
		struct gw_cse *cse = relay->cses[i];

		if (cse_is_named(relay, cse, &x->from) &&
		    (x->from.rest.len == 0 || is_led_to(x, cse)) &&
		    is_there(x, cse)) {
			return cse;
		}
	}
	return NULL;
}

static bool is_of_registree(const struct gw_relay *relay,
			    const struct gw_address *from)
{
	return gw_registry_find(relay->registry, NULL, from->cse) ||
	       gw_registry_find_above(relay->registry, from->cse);
}

static bool has_cse_id(const struct gw_address *from)
{
	return from->scope == GW_SCOPE_SP_RELATIVE ||
	       from->scope == GW_SCOPE_ABSOLUTE;
}

/* Whether fr is a CSE-ID of a provider, or begins with it.  Where the
 * configuration does not say which provider is ours, it may be any that is not
 * another's. */
static bool is_said(const struct gw_relay *relay, const struct gw_address *fr,
		    struct gw_str provider, struct gw_str id)
{
	if (!gw_str_eq(fr->cse, id)) {
		return false;
	}
	if (!gw_str_is_present(fr->sp)) {
		return cse_is_own_sp(relay, provider);
	}
	return gw_str_is_present(provider) ? gw_str_eq_nocase(fr->sp, provider)
					   : !cse_of_provider(relay, fr->sp);
}

static bool says_to_be_us(const struct gw_relay *relay,
			  const struct gw_address *fr)
{
	const struct gw_conf_node *node = &relay->conf->node;

	return is_said(relay, fr, gw_str_from(node->sp_id),
		       gw_str_from(node->cse_id));
}

/* The CSE of the configuration that speaks over a protocol without links; NULL:
 * somebody else does.  AEs write their stem only, so that a CSE-ID in fr tells
 * that a CSE speaks (TS-0004 7.3.2.1): for itself; or for others, and then it
 * is known by its address.  Nobody registers by way of the registrar. */
static struct gw_cse *find(const struct gw_exchange *x)
{
	struct gw_cse *cse = NULL;

	if (!has_cse_id(&x->from) || gw_primitive_is_registration(x->request) ||
	    says_to_be_us(x->relay, &x->from)) {
		return NULL;
	}
	cse = named_speaker(x);
	if (cse || x->is_on_connection || is_of_registree(x->relay, &x->from)) {
		return cse;
	}
	return gw_cse_at(x->relay, x->asker.binding, x->asker.host);
}

/* A CSE of another provider speaks for those of its own provider only
 * (TS-0004 7.3.2.1). */
static bool may_speak(const struct gw_exchange *x)
{
	const struct gw_cse *cse = x->asker.cse;

	return cse_is_own_sp(x->relay, cse->sp) ||
	       !gw_str_is_present(x->from.sp) || gw_str_eq(x->from.sp, cse->sp);
}

/* What is wrong with what fr says; NULL: nothing that is known here. */
static const char *find_lie(const struct gw_exchange *x,
			    const struct gw_address *fr)
{
	const struct gw_relay *relay = x->relay;
	const char *lie = NULL;

	if (says_to_be_us(relay, fr)) {
		return "fr names the gateway, and nobody else speaks for it";
	}
	for (size_t i = 0; i < relay->n_cses; i++) {
		const struct gw_cse *cse = relay->cses[i];

		if (!is_said(relay, fr, cse_provider(relay, cse), cse->id)) {
			continue;
		}
		if (is_there(x, cse)) {
			return NULL;
		}
		lie = cse->lookup && cse->n_addresses == 0
			      ? "fr names a CSE whose address is not known "
				"yet: the name in its url was not found"
			      : "fr names a CSE, and this is not from an "
				"address of it (url, or from)";
	}
	return lie;
}

/* fr as a receiver may take it that passes over blanks around it. */
static struct gw_address taken_bare(const struct gw_exchange *x)
{
	struct gw_address fr = x->from;

	if (fr.scope == GW_SCOPE_NONE) {
		(void)gw_address_parse(&fr, gw_str_trim(fr.text));
	}
	return fr;
}

/* Whether somebody else is known to ask: by the topic, or because it is
 * registered over this connection. */
static bool is_somebody_else(const struct gw_exchange *x)
{
	return x->asker.claim == GW_CLAIM_OF_ANOTHER ||
	       (x->asker.peer && x->asker.peer->reached);
}

static enum gw_status check_claim(const struct gw_exchange *x,
				  struct gw_reason *why)
{
	struct gw_address fr = taken_bare(x);
	const char *lie = NULL;

	if (x->asker.claim == GW_CLAIM_TRUE || !has_cse_id(&fr)) {
		return GW_STATUS_NONE;
	}
	lie = find_lie(x, &fr);
	if (!lie) {
		return GW_STATUS_NONE;
	}
	(void)gw_refuse(why, "%s", lie);
	return is_somebody_else(x) ? GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED
				   : GW_STATUS_SECURITY_ASSOCIATION_REQUIRED;
}

/* By its name, by its address, or because it wants to be one. */
static bool is_of_cse(const struct gw_exchange *x)
{
	if (x->asker.cse) {
		return true;
	}
	if (gw_primitive_is_registration(x->request)) {
		return x->request->type == GW_TYPE_REMOTE_CSE;
	}
	return has_cse_id(&x->from) && is_of_registree(x->relay, &x->from);
}

enum gw_status speaker_find(struct gw_exchange *x)
{
	if (!x->asker.cse) {
		x->asker.cse = find(x);
	}
	if (x->asker.is_unproven && is_of_cse(x)) {
		x->wants_proof = true;
		(void)gw_refuse(&x->why, "a CSE speaks from an address that is "
					 "not proven");
		return GW_STATUS_SECURITY_ASSOCIATION_REQUIRED;
	}
	if (!x->asker.cse) {
		return check_claim(x, &x->why);
	}
	if (!may_speak(x)) {
		(void)gw_refuse(&x->why, "fr is of another provider than the "
					 "CSE that asks");
		return GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED;
	}
	return GW_STATUS_NONE;
}

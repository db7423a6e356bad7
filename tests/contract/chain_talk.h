#pragma once

/*
 * Chain talk - the binding that speaks for asker and CSE; for chain.c only.
 */

#include "core/binding.h"

struct chain;

extern const struct gw_binding_ops chain_talk_ops;

/* From now on this is the chain that the binding speaks for. */
void chain_talk_begin(struct chain *c);

/* Send by the binding at near's left end, and look what becomes of it. */
gw_binding_send_fn chain_talk_send;

/* Something was counted: end the wait if it was for that. */
void chain_talk_look(struct chain *c);

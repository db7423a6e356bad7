#pragma once

/*
 * Ring - a list of members embedded where they belong.
 */

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

/* The head of a list, or a member's place in it.  A zeroed member is in no
 * list; a head is initialised. */
struct coap_ring {
	struct coap_ring *next;
	struct coap_ring *prev;
};

static inline void coap_ring_init(struct coap_ring *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool coap_ring_is_empty(const struct coap_ring *head)
{
	assert(head->next);
	return head->next == head;
}

/* Take a member out; one that is in no list is fine. */
static inline void coap_ring_remove(struct coap_ring *member)
{
	if (member->next) {
		assert(member->prev->next == member);
		member->next->prev = member->prev;
		member->prev->next = member->next;
		member->next = NULL;
		member->prev = NULL;
	}
}

/* Put a member at the end, taking it from where it is. */
static inline void coap_ring_append(struct coap_ring *head,
				    struct coap_ring *member)
{
	assert(head->next && head != member);
	coap_ring_remove(member);
	member->next = head;
	member->prev = head->prev;
	head->prev->next = member;
	head->prev = member;
}

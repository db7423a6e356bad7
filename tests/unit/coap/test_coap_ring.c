#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/coap/coap_ring.h"

static struct coap_ring head;
static struct coap_ring members[3];

static int set_up(void **state)
{
	coap_ring_init(&head);
	for (size_t i = 0; i < 3; i++) {
		members[i] = (struct coap_ring){ 0 };
		coap_ring_append(&head, &members[i]);
	}
	return 0;
}

/* Their numbers, in both directions. */
static void holds(const char *wanted)
{
	const struct coap_ring *at = &head;

	for (size_t i = 0; wanted[i]; i++) {
		assert_ptr_equal(at->next, &members[wanted[i] - '0']);
		assert_ptr_equal(at->next->prev, at);
		at = at->next;
	}
	assert_ptr_equal(at->next, &head);
	assert_ptr_equal(head.prev, at);
	assert_int_equal(coap_ring_is_empty(&head), wanted[0] == '\0');
}

static void members_stand_in_the_order_they_came(void **state)
{
	holds("012");
}

static void one_that_is_appended_again_moves_to_the_end(void **state)
{
	coap_ring_append(&head, &members[0]);
	holds("120");
	coap_ring_append(&head, &members[0]);
	holds("120");
}

static void one_that_is_in_no_list_can_be_removed(void **state)
{
	coap_ring_remove(&members[1]);
	coap_ring_remove(&members[1]);
	holds("02");
	coap_ring_remove(&members[0]);
	coap_ring_remove(&members[2]);
	holds("");
}

static void a_member_is_in_one_list_at_a_time(void **state)
{
	struct coap_ring other;

	coap_ring_init(&other);
	coap_ring_append(&other, &members[1]);
	holds("02");
	assert_ptr_equal(other.next, &members[1]);
	coap_ring_append(&head, &members[1]);
	holds("021");
	assert_true(coap_ring_is_empty(&other));
}

#define CLAIM(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(members_stand_in_the_order_they_came),
		CLAIM(one_that_is_appended_again_moves_to_the_end),
		CLAIM(one_that_is_in_no_list_can_be_removed),
		CLAIM(a_member_is_in_one_list_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Headers of a request that are there and empty. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/http/http_rig.h"

#define CIN "{\"m2m:cin\":{\"con\":\"1\"}}"

static void an_empty_originator_stays_empty(void **state)
{
	static const char *const lines[] = {
		"X-M2M-RI: r1",
		"X-M2M-Origin:", "Content-Type: application/json;ty=2", NULL
	};
	struct rig_request r = rig_decode("POST", "/cse", lines, CIN);

	assert_int_equal(r.status, GW_STATUS_NONE);
	rig_expect_text(r.p->from, "");
	gw_primitive_free(r.p);
}

static void an_empty_header_is_an_absent_one(void **state)
{
	static const char *const lines[] = {
		"X-M2M-RI: r1",   "X-M2M-Origin: C1", "X-M2M-RVI:",
		"X-M2M-OT: ",     "X-M2M-RET:\t",     "X-M2M-RST:",
		"X-M2M-OET:",     "X-M2M-EC:",        "X-M2M-GID:",
		"X-M2M-VSI:",     "X-M2M-AS:",        "X-M2M-OMR:",
		"X-M2M-PRPI:",    "X-M2M-MSU:",       "Authorization:",
		"Content-Type: ", "Accept:",          NULL
	};
	struct rig_request r = rig_decode("PUT", "/cse", lines, CIN);

	assert_int_equal(r.status, GW_STATUS_NONE);
	assert_null(r.p->release.at);
	assert_null(r.p->params);
	assert_int_equal(r.p->media, GW_MEDIA_JSON);
	gw_primitive_free(r.p);
}

static void an_empty_list_of_targets_is_no_absent_one(void **state)
{
	static const char *const lines[] = { "X-M2M-RI: r1", "X-M2M-Origin: C1",
					     "X-M2M-RTU:", NULL };
	struct rig_request r = rig_decode("GET", "/cse", lines, NULL);

	assert_int_equal(r.status, GW_STATUS_NONE);
	rig_expect_param(r.p, "rt", "{\"nu\":[]}");
	gw_primitive_free(r.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_originator_stays_empty),
		cmocka_unit_test(an_empty_header_is_an_absent_one),
		cmocka_unit_test(an_empty_list_of_targets_is_no_absent_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

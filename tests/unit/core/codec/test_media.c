/* The table of serialisations: what each row must say. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/codec/content.h"
#include "core/codec/media.h"

static void each_media_has_a_row_and_a_name_of_its_own(void **state)
{
	const enum gw_media all[] = { GW_MEDIA_JSON, GW_MEDIA_XML,
				      GW_MEDIA_CBOR };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct gw_media_row *row = gw_media_row(all[i]);

		assert_non_null(row);
		assert_int_equal(gw_content_media(gw_str_from(row->name)),
				 all[i]);
	}
	assert_null(gw_media_row(GW_MEDIA_NONE));
	assert_null(gw_media_row((enum gw_media)(GW_MEDIA_CBOR + 1)));
}

/* Half of a form would be found out when a message cannot go back. */
static void what_can_be_read_can_be_written(void **state)
{
	const struct gw_media_row *row = NULL;

	for (int i = 1; (row = gw_media_row((enum gw_media)i)); i++) {
		assert_true(!row->decode == !row->encode);
		assert_true(!row->to_json == !row->from_json);
		assert_true(!row->to_json == !row->to_json_growth);
		assert_true(!row->from_json == !row->from_json_growth);
		assert_true(!row->encode || row->to_json);
		assert_true(!row->to_json || (row->check && row->is_object));
		assert_true(gw_content_is_writable((enum gw_media)i) ==
			    (row->encode != NULL));
	}
}

static void only_cbor_is_no_text(void **state)
{
	assert_true(gw_content_is_text(GW_MEDIA_JSON));
	assert_true(gw_content_is_text(GW_MEDIA_XML));
	assert_true(gw_content_is_text(GW_MEDIA_NONE));
	assert_false(gw_content_is_text(GW_MEDIA_CBOR));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_media_has_a_row_and_a_name_of_its_own),
		cmocka_unit_test(what_can_be_read_can_be_written),
		cmocka_unit_test(only_cbor_is_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

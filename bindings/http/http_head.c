/*
 * Head - the head of a request as libmicrohttpd has read it.
 */

#include "bindings/http/http_head.h"

#include <microhttpd.h>

struct fields {
	struct http_field at[HTTP_FIELDS_MAX];
	size_t n;
};

/* libmicrohttpd says which parameters. */
// NOLINTNEXTLINE(readability-function-size)
static enum MHD_Result take_field(void *arg, enum MHD_ValueKind kind,
				  const char *name, size_t name_len,
				  const char *value, size_t value_len)
{
	struct fields *fields = arg;

	if (fields->n < HTTP_FIELDS_MAX) {
		fields->at[fields->n] = (struct http_field){
			{ name, name_len }, { value, value_len }
		};
	}
	fields->n++;
	return MHD_YES;
}

static size_t room_left(const struct http_head *head, size_t head_bytes,
			size_t n_fields)
{
	size_t n_all = (size_t)MHD_get_connection_values_n(
		head->native, MHD_GET_ARGUMENT_KIND | MHD_COOKIE_KIND, NULL,
		NULL);
	size_t used = head_bytes + (n_all + n_fields) * HTTP_FIELD_BYTES +
		      HTTP_RESERVE_BYTES;

	return used < HTTP_POOL_BYTES ? HTTP_POOL_BYTES - used : 0;
}

static struct http_refusal check_layout(struct http_head *head,
					struct http_values *values,
					const struct fields *fields,
					size_t head_bytes)
{
	struct http_guard_head raw = {
		.method = head->method,
		.target = head->native_target,
		.target_len = head->target.len,
		.version = head->version,
		.end = head->method + head_bytes,
		.fields = fields->at,
		.n_fields = fields->n,
	};

	http_chunks_begin(&head->chunks, raw.end);
	return http_guard_layout(values, &raw);
}

struct http_refusal http_head_check(struct http_head *head,
				    struct http_values *values)
{
	size_t head_bytes = MHD_get_connection_info(
				    head->native,
				    MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
				    ->header_size;
	struct fields fields;
	struct http_refusal refusal;

	fields.n = 0;
	(void)MHD_get_connection_values_n(head->native, MHD_HEADER_KIND,
					  take_field, &fields);
	head->room = room_left(head, head_bytes, fields.n);
	if (fields.n > HTTP_FIELDS_MAX || head->room < HTTP_RESERVE_BYTES) {
		return (struct http_refusal){ 431, "the head is too large" };
	}
	if (head->way == HTTP_GUARD_LAYOUT) {
		refusal = check_layout(head, values, &fields, head_bytes);
	} else {
		http_chunks_begin(&head->chunks, NULL);
		refusal = http_guard_fields(values, fields.at, fields.n);
	}
	if (!refusal.reason) {
		refusal = http_guard_meaning(&head->target, values,
					     gw_str_from(head->method),
					     gw_str_from(head->version));
	}
	return refusal;
}

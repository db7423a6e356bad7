/*
 * Admit - the rules that one resource type has beyond its attributes.
 */

#include "bindings/sandbox/sandbox_admit.h"

#include "bindings/sandbox/sandbox_limits.h"
#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_poll.h"

static const struct {
	unsigned number;
	struct sandbox_admission admission;
} rows[] = {
	{ SANDBOX_AE,
	  { .identify = sandbox_ae_identify, .check = sandbox_ae_check } },
	{ SANDBOX_REMOTE_CSE, { .identify = sandbox_csr_identify } },
	{ SANDBOX_CONTAINER, { .settle = sandbox_container_settle } },
	{ SANDBOX_INSTANCE,
	  { .check = sandbox_instance_check,
	    .equip = sandbox_instance_equip,
	    .settle = sandbox_instance_settle } },
	{ SANDBOX_SUBSCRIPTION, { .check = sandbox_subscription_check } },
	{ SANDBOX_CHANNEL,
	  { .check = sandbox_channel_check,
	    .equip = sandbox_poll_equip,
	    .settle = sandbox_poll_settle } },
};

const struct sandbox_admission *
sandbox_admission_of(const struct sandbox_type *type)
{
	static const struct sandbox_admission none = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].number == type->number) {
			return &rows[i].admission;
		}
	}
	return &none;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

bool sandbox_is_name(struct gw_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_unreserved(text.at[i])) {
			return false;
		}
	}
	return text.len > 0 && text.len <= SANDBOX_NAME_MAX;
}

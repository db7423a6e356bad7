/*
 * Map - the resource types the sandbox knows.
 *
 * One line per attribute: name, shape, on CREATE, on UPDATE, who writes it.
 */

#include "bindings/sandbox/sandbox_map.h"

#include <assert.h>

#include "bindings/sandbox/sandbox_print.h"

#define ANY SANDBOX_ANY
#define TEXT SANDBOX_TEXT
#define COUNT SANDBOX_COUNT
#define FLAG SANDBOX_FLAG
#define OBJECT SANDBOX_OBJECT
#define OBJECTS SANDBOX_OBJECTS
#define TEXTS SANDBOX_TEXTS
#define COUNTS SANDBOX_COUNTS
#define TIME SANDBOX_TIME
#define VOID SANDBOX_VOID
#define NEVER SANDBOX_NEVER
#define MAY SANDBOX_MAY
#define MUST SANDBOX_MUST
#define NOT_BUILT SANDBOX_NOT_BUILT
#define END                                   \
	{                                     \
		NULL, ANY, NEVER, NEVER, NULL \
	}

/* Of every type (TS-0001 9.6.1.3).  Announcement is not built. */
static const struct sandbox_rule universal[] = {
	{ "rn", TEXT, MAY, NEVER, sandbox_print_name },
	{ "ty", COUNT, NEVER, NEVER, sandbox_print_type },
	{ "ri", TEXT, NEVER, NEVER, sandbox_print_id },
	{ "pi", TEXT, NEVER, NEVER, sandbox_print_parent },
	{ "ct", TIME, NEVER, NEVER, sandbox_print_created },
	{ "lt", TIME, NEVER, NEVER, sandbox_print_modified },
	{ "et", TIME, MAY, MAY, sandbox_print_expires },
	{ "lbl", TEXTS, MAY, MAY, NULL },
	{ "acpi", TEXTS, MAY, MAY, NULL },
	{ "at", TEXTS, NOT_BUILT, NOT_BUILT, NULL },
	{ "aa", TEXTS, NOT_BUILT, NOT_BUILT, NULL },
	{ "ast", COUNT, NOT_BUILT, NOT_BUILT, NULL },
	{ "daci", TEXTS, NOT_BUILT, NOT_BUILT, NULL },
	END,
};

/* TS-0001 9.6.3.  What the CSEBase says of the CSE is put there at start. */
static const struct sandbox_rule cse_base[] = {
	{ "cst", COUNT, NEVER, NEVER, NULL },
	{ "csi", TEXT, NEVER, NEVER, NULL },
	{ "srt", COUNTS, NEVER, NEVER, sandbox_print_types },
	{ "poa", TEXTS, NEVER, NEVER, NULL },
	{ "srv", TEXTS, NEVER, NEVER, NULL },
	{ "csz", TEXTS, NEVER, NEVER, NULL },
	{ "rr", FLAG, NEVER, NEVER, NULL },
	END,
};

/* TS-0001 9.6.5. */
static const struct sandbox_rule ae[] = {
	{ "aei", TEXT, NEVER, NEVER, sandbox_print_id },
	{ "api", TEXT, MUST, NEVER, NULL },
	{ "rr", FLAG, MUST, MAY, NULL },
	{ "srv", TEXTS, MUST, MAY, NULL },
	{ "apn", TEXT, MAY, MAY, NULL },
	{ "poa", TEXTS, MAY, MAY, NULL },
	{ "csz", TEXTS, MAY, MAY, NULL },
	{ "or", TEXT, MAY, MAY, NULL },
	{ "nl", TEXT, MAY, MAY, NULL },
	{ "mei", TEXT, MAY, MAY, NULL },
	{ "tri", COUNT, MAY, MAY, NULL },
	{ "trn", COUNT, MAY, MAY, NULL },
	{ "tren", FLAG, MAY, MAY, NULL },
	{ "scp", ANY, MAY, MAY, NULL },
	{ "ape", ANY, MAY, MAY, NULL },
	{ "esi", OBJECT, NOT_BUILT, NOT_BUILT, NULL },
	END,
};

/* TS-0001 9.6.4.  csi is taken from the originator, whatever is sent. */
static const struct sandbox_rule remote_cse[] = {
	{ "csi", TEXT, MAY, NEVER, sandbox_print_csi },
	{ "cb", TEXT, MUST, NEVER, NULL },
	{ "rr", FLAG, MUST, MAY, NULL },
	{ "srv", TEXTS, MAY, MAY, NULL },
	{ "cst", COUNT, MAY, NEVER, NULL },
	{ "poa", TEXTS, MAY, MAY, NULL },
	{ "csz", TEXTS, MAY, MAY, NULL },
	{ "dcse", TEXTS, MAY, MAY, NULL },
	{ "nl", TEXT, MAY, MAY, NULL },
	{ "mei", TEXT, MAY, MAY, NULL },
	{ "tri", COUNT, MAY, MAY, NULL },
	{ "trn", COUNT, MAY, MAY, NULL },
	{ "tren", FLAG, MAY, MAY, NULL },
	{ "egid", TEXT, MAY, MAY, NULL },
	{ "mtcc", ANY, MAY, MAY, NULL },
	{ "ape", ANY, MAY, MAY, NULL },
	{ "spi", TEXT, MAY, MAY, NULL },
	{ "ici", TEXT, MAY, MAY, NULL },
	{ "esi", OBJECT, NOT_BUILT, NOT_BUILT, NULL },
	END,
};

/* TS-0001 9.6.6. */
static const struct sandbox_rule container[] = {
	{ "st", COUNT, NEVER, NEVER, sandbox_print_state },
	{ "cni", COUNT, NEVER, NEVER, sandbox_print_instances },
	{ "cbs", COUNT, NEVER, NEVER, sandbox_print_bytes },
	{ "cr", VOID, MAY, NEVER, sandbox_print_creator },
	{ "mni", COUNT, MAY, MAY, NULL },
	{ "mbs", COUNT, MAY, MAY, NULL },
	{ "mia", COUNT, MAY, MAY, NULL },
	{ "or", TEXT, MAY, MAY, NULL },
	{ "li", TEXT, NOT_BUILT, NOT_BUILT, NULL },
	{ "disr", FLAG, NOT_BUILT, NOT_BUILT, NULL },
	END,
};

/* TS-0001 9.6.7.  con may be any JSON value: real peers send objects. */
static const struct sandbox_rule instance[] = {
	{ "st", COUNT, NEVER, NEVER, sandbox_print_state },
	{ "cs", COUNT, NEVER, NEVER, sandbox_print_bytes },
	{ "cr", VOID, MAY, NEVER, sandbox_print_creator },
	{ "con", ANY, MUST, NEVER, NULL },
	{ "cnf", TEXT, MAY, NEVER, NULL },
	{ "or", TEXT, MAY, NEVER, NULL },
	{ "dgt", TIME, MAY, NEVER, NULL },
	{ "conr", OBJECT, NOT_BUILT, NEVER, NULL },
	{ "dcnt", COUNT, NOT_BUILT, NEVER, NULL },
	END,
};

/* TS-0001 9.6.8.  Batches, counters, limits and schedules are not built. */
static const struct sandbox_rule subscription[] = {
	{ "cr", VOID, MAY, NEVER, sandbox_print_creator },
	{ "nu", TEXTS, MUST, MAY, NULL },
	{ "enc", OBJECT, MAY, MAY, NULL },
	{ "nct", COUNT, MAY, MAY, NULL },
	{ "su", TEXT, MAY, NEVER, NULL },
	{ "exc", COUNT, NOT_BUILT, NOT_BUILT, NULL },
	{ "bn", OBJECT, NOT_BUILT, NOT_BUILT, NULL },
	{ "rl", OBJECT, NOT_BUILT, NOT_BUILT, NULL },
	{ "ln", FLAG, NOT_BUILT, NOT_BUILT, NULL },
	{ "psn", COUNT, NOT_BUILT, NEVER, NULL },
	{ "pn", COUNT, NOT_BUILT, NOT_BUILT, NULL },
	{ "nsp", COUNT, NOT_BUILT, NOT_BUILT, NULL },
	{ "nec", COUNT, NOT_BUILT, NOT_BUILT, NULL },
	{ "gpi", TEXT, NOT_BUILT, NOT_BUILT, NULL },
	{ "nfu", TEXT, NOT_BUILT, NOT_BUILT, NULL },
	{ "acrs", TEXTS, NOT_BUILT, NOT_BUILT, NULL },
	{ "nse", FLAG, NOT_BUILT, NOT_BUILT, NULL },
	END,
};

/* TS-0001 9.6.21. */
static const struct sandbox_rule channel[] = {
	{ "cr", VOID, MAY, NEVER, sandbox_print_creator },
	{ "rqag", FLAG, NOT_BUILT, NOT_BUILT, NULL },
	END,
};

/* TS-0001 9.6.12.  The CSE makes it and fills it in. */
static const struct sandbox_rule request[] = {
	{ "st", COUNT, NEVER, NEVER, sandbox_print_state },
	{ "op", COUNT, NEVER, NEVER, NULL },
	{ "tg", TEXT, NEVER, NEVER, NULL },
	{ "or", TEXT, NEVER, NEVER, NULL },
	{ "rid", TEXT, NEVER, NEVER, NULL },
	{ "mi", OBJECT, NEVER, NEVER, NULL },
	{ "pc", ANY, NEVER, NEVER, NULL },
	{ "rs", COUNT, NEVER, NEVER, NULL },
	{ "ors", OBJECT, NEVER, NEVER, NULL },
	END,
};

static const unsigned below_base[] = {
	SANDBOX_AE,      SANDBOX_CONTAINER,    SANDBOX_REMOTE_CSE,
	SANDBOX_REQUEST, SANDBOX_SUBSCRIPTION, 0,
};

static const unsigned below_entity[] = {
	SANDBOX_CONTAINER,
	SANDBOX_CHANNEL,
	SANDBOX_SUBSCRIPTION,
	0,
};

static const unsigned below_container[] = {
	SANDBOX_CONTAINER,
	SANDBOX_INSTANCE,
	SANDBOX_SUBSCRIPTION,
	0,
};

static const unsigned below_nothing[] = { 0 };

static const struct sandbox_type types[] = {
	{
		.number = SANDBOX_AE,
		.root = "m2m:ae",
		.prefix = "ae",
		.rules = ae,
		.children = below_entity,
		.is_made_by_request = true,
		.is_updatable = true,
		.is_deletable = true,
	},
	{
		.number = SANDBOX_CONTAINER,
		.root = "m2m:cnt",
		.prefix = "cnt",
		.rules = container,
		.children = below_container,
		.is_made_by_request = true,
		.is_updatable = true,
		.is_deletable = true,
		.has_state_tag = true,
	},
	{
		.number = SANDBOX_INSTANCE,
		.root = "m2m:cin",
		.prefix = "cin",
		.rules = instance,
		.children = below_nothing,
		.family = SANDBOX_INSTANCES,
		.is_made_by_request = true,
		.is_deletable = true,
		.has_state_tag = true,
	},
	{
		.number = SANDBOX_CSE_BASE,
		.root = "m2m:cb",
		.prefix = "cb",
		.rules = cse_base,
		.children = below_base,
	},
	{
		.number = SANDBOX_CHANNEL,
		.root = "m2m:pch",
		.prefix = "pch",
		.rules = channel,
		.children = below_nothing,
		.is_made_by_request = true,
		.is_updatable = true,
		.is_deletable = true,
	},
	{
		.number = SANDBOX_REMOTE_CSE,
		.root = "m2m:csr",
		.prefix = "csr",
		.rules = remote_cse,
		.children = below_entity,
		.is_made_by_request = true,
		.is_updatable = true,
		.is_deletable = true,
	},
	{
		.number = SANDBOX_REQUEST,
		.root = "m2m:req",
		.prefix = "req",
		.rules = request,
		.children = below_nothing,
		.is_deletable = true,
		.has_state_tag = true,
	},
	{
		.number = SANDBOX_SUBSCRIPTION,
		.root = "m2m:sub",
		.prefix = "sub",
		.rules = subscription,
		.children = below_nothing,
		.family = SANDBOX_SUBSCRIPTIONS,
		.is_made_by_request = true,
		.is_updatable = true,
		.is_deletable = true,
	},
};

const struct sandbox_type *sandbox_type_at(size_t i)
{
	return i < sizeof(types) / sizeof(*types) ? &types[i] : NULL;
}

const struct sandbox_type *sandbox_type_find(int64_t number)
{
	const struct sandbox_type *type = NULL;

	for (size_t i = 0; (type = sandbox_type_at(i)); i++) {
		if (type->number == number) {
			return type;
		}
	}
	return NULL;
}

bool sandbox_type_may_hold(const struct sandbox_type *parent,
			   const struct sandbox_type *child)
{
	assert(parent && child);
	for (const unsigned *at = parent->children; *at; at++) {
		if (*at == child->number) {
			return true;
		}
	}
	return false;
}

const struct sandbox_rule *sandbox_rule_at(const struct sandbox_type *type,
					   size_t i)
{
	size_t n_universal = sizeof(universal) / sizeof(*universal) - 1;
	const struct sandbox_rule *rule =
		i < n_universal ? &universal[i] : &type->rules[i - n_universal];

	return rule->name ? rule : NULL;
}

const struct sandbox_rule *sandbox_rule_find(const struct sandbox_type *type,
					     struct gw_str name)
{
	const struct sandbox_rule *rule = NULL;

	for (size_t i = 0; (rule = sandbox_rule_at(type, i)); i++) {
		if (gw_str_is(name, rule->name)) {
			return rule;
		}
	}
	return NULL;
}

/*
 * Params - the options of oneM2M as parts of a primitive.
 */

#include "bindings/coap/coap_params.h"

#include "bindings/coap/coap_value.h"
#include "core/lib/arena.h"

static enum gw_status keep(struct gw_primitive *p, struct gw_str *slot,
			   struct gw_reason *why,
			   const struct coap_values *values,
			   enum coap_param_id id)
{
	struct gw_str value = values->of[id];

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	if (!gw_text_is_clean(p->arena, value)) {
		return gw_refuse(why, GW_STR_FMT " is ill-formed",
				 GW_STR_ARG(coap_param(id)->name));
	}
	*slot = gw_arena_str(p->arena, value);
	return GW_STATUS_NONE;
}

enum gw_status coap_read_identity(struct gw_primitive *p, struct gw_reason *why,
				  const struct coap_values *values)
{
	enum gw_status status = keep(p, &p->id, why, values, COAP_PARAM_ID);

	if (status == GW_STATUS_NONE) {
		status = keep(p, &p->release, why, values, COAP_PARAM_RELEASE);
	}
	if (status == GW_STATUS_NONE) {
		status = keep(p, &p->from, why, values, COAP_PARAM_FROM);
	}
	return status;
}

/* A request whose numbers are none is refused; what is wrong in an answer is
 * left out. */
static enum gw_status add_param(struct gw_primitive *p, struct gw_reason *why,
				enum coap_param_id id, struct gw_str value)
{
	const struct coap_param *param = coap_param(id);
	struct gw_str json = { 0 };

	if (param->form == GW_FORM_NUMBER ||
	    (gw_text_is_clean(p->arena, value) &&
	     gw_form_fits(param->form, value))) {
		json = coap_value_read(p->arena, param->form, value);
	}
	if (!gw_str_is_present(json) && gw_primitive_is_request(p)) {
		return gw_refuse(why, GW_STR_FMT " is ill-formed",
				 GW_STR_ARG(param->name));
	}
	gw_primitive_add(p, param->param, json);
	return GW_STATUS_NONE;
}

enum gw_status coap_read_params(struct gw_primitive *p, struct gw_reason *why,
				const struct coap_values *values,
				unsigned where)
{
	enum gw_status status = GW_STATUS_NONE;

	for (int i = COAP_PARAM_OT; i < COAP_N_PARAMS && !status; i++) {
		if (gw_str_is_present(values->of[i]) &&
		    (coap_param((enum coap_param_id)i)->where & where) != 0) {
			status = add_param(p, why, (enum coap_param_id)i,
					   values->of[i]);
		}
	}
	return status;
}

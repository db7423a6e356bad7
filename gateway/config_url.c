/*
 * Config URL - whether a text is a URL that can be used here.
 */

#include "gateway/config_url.h"

#include "core/binding.h"
#include "core/lib/url.h"
#include "gateway/builtin.h"
#include "gateway/config_take.h"

#define N_SCHEMES_MAX 16

static bool check_scheme(struct gw_wrong *wrong, const char *text,
			 const char *const *schemes, size_t n)
{
	struct gw_str scheme = gw_str_from(text);
	char list[128];

	scheme = gw_str_head(scheme, gw_str_find(scheme, ':'));
	for (size_t i = 0; i < n; i++) {
		if (gw_str_eq_nocase(scheme, gw_str_from(schemes[i]))) {
			return true;
		}
	}
	gw_print_list(list, sizeof(list), schemes, n, " or ");
	return gw_wrong(wrong, text,
			"has a scheme that nothing here speaks: %s", list);
}

/* The binding that sends there, or NULL. */
static const struct gw_binding_ops *binding_of(const struct gw_url *url)
{
	for (size_t i = 0; builtin_bindings[i]; i++) {
		if (gw_binding_sends_to(builtin_bindings[i], url->scheme)) {
			return builtin_bindings[i];
		}
	}
	return NULL;
}

static const char *wrong_for_binding(const struct gw_url *url, const char *text)
{
	const struct gw_binding_ops *ops = binding_of(url);

	return ops && ops->wrong_url ? ops->wrong_url(gw_str_from(text)) : NULL;
}

static const char *user_reason(const struct gw_url *url)
{
	return gw_url_has_scheme(url, "mqtt") || gw_url_has_scheme(url, "mqtts")
		       ? "holds a user name: use user and password instead"
		       : "holds a user name: use authorization instead";
}

bool gw_url_check(struct gw_wrong *wrong, const char *text,
		  const char *const *schemes, size_t n)
{
	struct gw_url url;
	const char *reason = gw_url_read(&url, gw_str_from(text));

	if (strstr(text, "://") && !check_scheme(wrong, text, schemes, n)) {
		return false;
	}
	if (!reason && gw_str_is_present(url.user)) {
		reason = user_reason(&url);
	} else if (!reason && gw_str_is_present(url.fragment)) {
		reason = "holds a fragment (#)";
	} else if (!reason) {
		reason = wrong_for_binding(&url, text);
	}
	return !reason || gw_wrong(wrong, text, "%s", reason);
}

bool gw_url_check_any(struct gw_wrong *wrong, const char *text)
{
	const char *schemes[N_SCHEMES_MAX];
	size_t n = 0;

	for (size_t i = 0; builtin_bindings[i]; i++) {
		const char *const *scheme = builtin_bindings[i]->schemes;

		for (; scheme && *scheme && n < N_SCHEMES_MAX; scheme++) {
			schemes[n++] = *scheme;
		}
	}
	return gw_url_check(wrong, text, schemes, n);
}

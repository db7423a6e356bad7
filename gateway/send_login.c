/*
 * Login - how the send command gets in.
 */

#include "gateway/send_login.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/conf.h"
#include "core/lib/arena.h"
#include "core/lib/url.h"
#include "gateway/config_source.h"
#include "gateway/config_take.h"
#include "gateway/options.h"

static bool wrong(const char *option, const char *reason)
{
	return gw_options_wrong("send", "%s: %s", option, reason);
}

/* "Basic" and the base64 of NAME:PASSWORD (RFC 7617); NULL: memory is short. */
static const char *basic(struct gw_arena *a, const char *user,
			 const char *password)
{
	struct gw_str plain = gw_arena_print(a, "%s:%s", user, password);
	size_t size = plain.len / 3 * 4 + 5;
	unsigned char *coded = gw_arena_alloc(a, size);

	if (!gw_str_is_present(plain) || !coded) {
		return NULL;
	}
	(void)EVP_EncodeBlock(coded, (const unsigned char *)plain.at,
			      (int)plain.len);
	return gw_arena_print(a, "Basic %s", (const char *)coded).at;
}

static bool read_password(const char **passwordp, struct gw_arena *a)
{
	struct gw_wrong why = { .shown = NULL };

	if (!*passwordp) {
		*passwordp = "";
	}
	return (*passwordp)[0] != '@' ||
	       gw_source_read(&why, passwordp, a, *passwordp + 1) ||
	       wrong("--password", why.text);
}

static bool use_user(struct gw_conf *conf, const struct gw_login *login,
		     bool has_headers, struct gw_arena *a)
{
	const char *password = login->password;

	if (!login->user) {
		return !password ||
		       wrong("--password", "is of a --user, which is missing");
	}
	if (!read_password(&password, a)) {
		return false;
	}
	if (conf->n_brokers > 0) {
		conf->brokers->user = login->user;
		conf->brokers->password = login->password ? password : NULL;
		return true;
	}
	if (!has_headers) {
		return wrong("--user", "CoAP has no user names");
	}
	if (strchr(login->user, ':')) {
		return wrong("--user", "a name with a colon cannot be sent");
	}
	conf->cses->authorization = basic(a, login->user, password);
	return conf->cses->authorization || wrong("--user", "is too long");
}

/* The authorization is the one that a --user would be. */
static bool use_header(struct gw_conf_cse *cse, const char *text)
{
	struct gw_str value = gw_str_from(text);
	struct gw_str name = gw_str_cut(&value, ':');
	struct gw_wrong why = { .shown = NULL };
	static const struct gw_bounds unbounded;

	if (gw_str_eq_nocase(name, GW_STR("Authorization")) &&
	    gw_str_trim(value).len > 0) {
		if (cse->authorization) {
			return wrong("--header", "the authorization is given "
						 "already");
		}
		return gw_take_header(&why, &cse->authorization,
				      gw_str_trim(value).at, unbounded) ||
		       wrong("--header", why.text);
	}
	if (!gw_take_header_line(&why, NULL, text, unbounded)) {
		return wrong("--header", why.text);
	}
	cse->headers.at[cse->headers.n++] = text;
	return true;
}

static bool use_headers(struct gw_conf *conf, const struct gw_login *login,
			bool has_headers, struct gw_arena *a)
{
	struct gw_conf_cse *cse = conf->cses;

	if (login->n_headers == 0) {
		return true;
	}
	if (!has_headers) {
		return wrong("--header",
			     "only HTTP and WebSocket have headers");
	}
	cse->headers.at = gw_arena_alloc(a, login->n_headers *
						    sizeof(*cse->headers.at));
	for (size_t i = 0; cse->headers.at && i < login->n_headers; i++) {
		if (!use_header(cse, login->headers[i])) {
			return false;
		}
	}
	return cse->headers.at || wrong("--header", "is too long");
}

static bool use_ca(struct gw_conf *conf, const char *file, bool is_secure)
{
	if (!file) {
		return true;
	}
	if (!is_secure) {
		return wrong("--ca", "is for https, wss and mqtts");
	}
	if (access(file, R_OK) != 0) {
		return gw_options_wrong("send", "--ca: %s: %s", file,
					strerror(errno));
	}
	conf->ca_file = file;
	if (conf->n_brokers > 0) {
		conf->brokers->ca_file = file;
	}
	return true;
}

bool gw_send_login(struct gw_conf *conf, const struct gw_login *login,
		   struct gw_arena *a)
{
	const char *at = conf->n_brokers > 0 ? conf->brokers->url
					     : conf->cses->url;
	bool has_headers = false;
	struct gw_url url;

	assert(conf->n_cses == 1);
	if (!gw_url_parse(&url, gw_str_from(at))) {
		return wrong("URL", "is none");
	}
	has_headers = gw_url_has_scheme(&url, "http") ||
		      gw_url_has_scheme(&url, "https") ||
		      gw_url_has_scheme(&url, "ws") ||
		      gw_url_has_scheme(&url, "wss");
	return use_user(conf, login, has_headers, a) &&
	       use_headers(conf, login, has_headers, a) &&
	       use_ca(conf, login->ca,
		      gw_url_has_scheme(&url, "https") ||
			      gw_url_has_scheme(&url, "wss") ||
			      gw_url_has_scheme(&url, "mqtts"));
}

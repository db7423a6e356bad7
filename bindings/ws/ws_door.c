/*
 * Door - what a handshake must look like to be let in, and what is said to the
 * others (TS-0020 6.2.2 and 6.2.3, RFC 6455 4.2).
 *
 * libwebsockets itself drops the socket without a word where it finds nothing
 * it can use, so everything it would drop is found here first.
 */

#include "bindings/ws/ws_door.h"

#include <stdio.h>
#include <string.h>

#include "bindings/ws/ws_map.h"
#include "core/conf.h"

/* The library reads lists of subprotocols up to this length. */
#define LIST_MAX 127

#define VALUE_MAX 255
#define KEY_LENGTH 24 // base64 of 16 bytes
#define BAD_REQUEST 400
#define FORBIDDEN 403
#define UPGRADE_REQUIRED 426
#define UNAVAILABLE 503

static const struct ws_refusal welcome = { 0, NULL };

/* A header, in the caller's buffer.  Absent when it is not there; longer than
 * any that is of use, when it does not fit. */
static struct gw_str header(struct lws *wsi, enum lws_token_indexes token,
			    char buf[VALUE_MAX + 1])
{
	int len = lws_hdr_total_length(wsi, token);

	if (len <= 0) {
		return (struct gw_str){ 0 };
	}
	if (len > VALUE_MAX ||
	    lws_hdr_copy(wsi, buf, VALUE_MAX + 1, token) < 0) {
		return (struct gw_str){ "", VALUE_MAX + 1 };
	}
	return gw_str_from(buf);
}

static bool is_allowed(const struct gw_conf_texts *allowed,
		       struct gw_str origin)
{
	for (size_t i = 0; i < allowed->n; i++) {
		if (gw_str_is(GW_STR("*"), allowed->at[i]) ||
		    gw_str_eq_nocase(origin, gw_str_from(allowed->at[i]))) {
			return true;
		}
	}
	return false;
}

static bool has_upgrade(struct gw_str list)
{
	while (gw_str_is_present(list)) {
		if (gw_str_eq_nocase(ws_map_element(&list),
				     GW_STR("upgrade"))) {
			return true;
		}
	}
	return false;
}

static struct ws_refusal protocol_judge(struct lws *wsi)
{
	char buf[VALUE_MAX + 1];

	if (!gw_str_eq_nocase(header(wsi, WSI_TOKEN_UPGRADE, buf),
			      GW_STR("websocket"))) {
		return (struct ws_refusal){
			UPGRADE_REQUIRED,
			"Only an upgrade to WebSocket is done."
		};
	}
	if (header(wsi, WSI_TOKEN_KEY, buf).len != KEY_LENGTH) {
		return (struct ws_refusal){
			BAD_REQUEST, "Sec-WebSocket-Key is no key of 16 bytes."
		};
	}
	if (!gw_str_is_present(header(wsi, WSI_TOKEN_HOST, buf))) {
		return (struct ws_refusal){ BAD_REQUEST, "Host is missing." };
	}
	if (!gw_str_is(header(wsi, WSI_TOKEN_VERSION, buf), "13")) {
		return (struct ws_refusal){
			UPGRADE_REQUIRED, "Only WebSocket version 13 is spoken."
		};
	}
	if (!has_upgrade(header(wsi, WSI_TOKEN_CONNECTION, buf))) {
		return (struct ws_refusal){ BAD_REQUEST,
					    "Connection is no upgrade." };
	}
	return welcome;
}

static struct ws_refusal subprotocol_judge(struct lws *wsi)
{
	static const struct ws_refusal unknown = {
		BAD_REQUEST, "No subprotocol is known; oneM2M.json "
			     "and oneM2M.cbor are."
	};
	char buf[VALUE_MAX + 1];
	struct gw_str list = header(wsi, WSI_TOKEN_PROTOCOL, buf);

	/* tinyIoT's clients name none: JSON. */
	if (!gw_str_is_present(list)) {
		return welcome;
	}
	if (list.len > LIST_MAX || !ws_map_has_known(list)) {
		return unknown;
	}
	return welcome;
}

/* Web pages of others may not speak for the person who looks at them: browsers
 * send Origin, devices do not (RFC 6455 10.2). */
static struct ws_refusal page_judge(struct lws *wsi,
				    const struct gw_conf_listen *conf)
{
	char buf[VALUE_MAX + 1];
	struct gw_str origin = header(wsi, WSI_TOKEN_ORIGIN, buf);

	if (gw_str_is_present(origin) &&
	    (origin.len > VALUE_MAX ||
	     !is_allowed(&conf->allow_origins, origin))) {
		return (struct ws_refusal){ FORBIDDEN,
					    "This Origin is not allowed." };
	}
	return welcome;
}

static struct ws_refusal name_judge(struct lws *wsi, char *name)
{
	static const struct ws_refusal bad = {
		BAD_REQUEST, "X-M2M-Origin is no identifier."
	};
	static const char field[] = "x-m2m-origin:";
	int len = lws_hdr_custom_length(wsi, field, sizeof(field) - 1);

	name[0] = '\0';
	if (len <= 0) {
		return welcome;
	}
	if (len > WS_NAME_MAX ||
	    lws_hdr_custom_copy(wsi, name, WS_NAME_MAX + 1, field,
				sizeof(field) - 1) < 0) {
		return bad;
	}
	for (const char *c = name; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~') {
			return bad;
		}
	}
	/* "C" and "S" ask for an identifier and are none (TS-0001 10.2.2.2). */
	if (strcmp(name, "C") == 0 || strcmp(name, "S") == 0) {
		name[0] = '\0';
	}
	return welcome;
}

struct ws_refusal ws_door_judge(struct lws *wsi,
				const struct gw_conf_listen *conf,
				char name[WS_NAME_MAX + 1])
{
	struct ws_refusal refusal = protocol_judge(wsi);

	if (refusal.status == 0) {
		refusal = page_judge(wsi, conf);
	}
	if (refusal.status == 0) {
		refusal = subprotocol_judge(wsi);
	}
	if (refusal.status == 0) {
		refusal = name_judge(wsi, name);
	}
	return refusal;
}

static const char *phrase(unsigned status)
{
	switch (status) {
	case BAD_REQUEST:
		return "Bad Request";
	case FORBIDDEN:
		return "Forbidden";
	case UPGRADE_REQUIRED:
		return "Upgrade Required";
	case UNAVAILABLE:
		return "Service Unavailable";
	default:
		return "Refused";
	}
}

void ws_door_refuse(struct lws *wsi, struct ws_refusal refusal)
{
	char buf[LWS_PRE + 512];
	bool is_upgrade = refusal.status == UPGRADE_REQUIRED;
	int len = snprintf(buf + LWS_PRE, sizeof(buf) - LWS_PRE,
			   "HTTP/1.1 %u %s\r\n"
			   "Content-Type: text/plain\r\n"
			   "Content-Length: %zu\r\n"
			   "%s"
			   "Connection: close%s\r\n"
			   "\r\n"
			   "%s\n",
			   refusal.status, phrase(refusal.status),
			   strlen(refusal.body) + 1,
			   is_upgrade ? "Upgrade: websocket\r\n"
					"Sec-WebSocket-Version: 13\r\n"
				      : "",
			   is_upgrade ? ", Upgrade" : "", refusal.body);

	(void)lws_write(wsi, (unsigned char *)buf + LWS_PRE, (size_t)len,
			LWS_WRITE_HTTP_HEADERS);
}

/*
 * Door - what a handshake must look like to be let in, and what is said to the
 * others (TS-0020 6.2.2 and 6.2.3, RFC 6455 4.2).
 *
 * libwebsockets itself drops the socket without a word where it finds nothing
 * it can use, and reads past much that is wrong, so everything is found here
 * first.
 */

#include "bindings/ws/ws_door.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bindings/ws/ws_hello.h"
#include "core/page.h"

#define KEY_LENGTH 24 // base64 of 16 bytes
#define BAD_REQUEST 400
#define FORBIDDEN 403
#define MISDIRECTED 421
#define UPGRADE_REQUIRED 426
#define TOO_LARGE 431
#define UNAVAILABLE 503
#define VERSION_UNKNOWN 505

static const struct ws_refusal welcome = { 0, NULL };

static struct ws_refusal bad(const char *why)
{
	return (struct ws_refusal){ BAD_REQUEST, why };
}

static bool is_base64(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '+' || c == '/';
}

static bool is_key(struct gw_str key)
{
	if (key.len != KEY_LENGTH || !gw_str_ends(key, GW_STR("=="))) {
		return false;
	}
	for (size_t i = 0; i < KEY_LENGTH - 2; i++) {
		if (!is_base64(key.at[i])) {
			return false;
		}
	}
	return true;
}

/* host[:port] as far as letters go. */
static bool is_host(struct gw_str host)
{
	for (size_t i = 0; i < host.len; i++) {
		if (host.at[i] < '!' || host.at[i] > '~' ||
		    strchr("/?#@\\,\"<>^`{|}", host.at[i])) {
			return false;
		}
	}
	return host.len > 0;
}

/* What stands behind the head has to be frames. */
static bool has_content(const struct ws_hello *h)
{
	return gw_str_is_present(h->coding) ||
	       (gw_str_is_present(h->length) && !gw_str_is(h->length, "0"));
}

static struct ws_refusal http_judge(const struct ws_hello *h)
{
	if (!gw_str_starts(h->version, GW_STR("HTTP/1."))) {
		return (struct ws_refusal){ VERSION_UNKNOWN,
					    "Only HTTP/1.1 is spoken." };
	}
	if (!gw_str_is_present(h->host)) {
		return bad("Host is missing.");
	}
	if (!is_host(h->host)) {
		return bad("Host is ill-formed.");
	}
	if (!gw_str_eq_nocase(h->upgrade, GW_STR("websocket"))) {
		return (struct ws_refusal){
			UPGRADE_REQUIRED,
			"This port speaks WebSocket (TS-0020)."
		};
	}
	if (!gw_str_is(h->method, "GET") || has_content(h)) {
		return bad("A handshake is a GET without content.");
	}
	if (!gw_str_is(h->version, "HTTP/1.1")) {
		return bad("A handshake is HTTP/1.1.");
	}
	return gw_str_starts(h->target, GW_STR("/"))
		       ? welcome
		       : bad("The target is no path.");
}

static struct ws_refusal protocol_judge(const struct ws_hello *h)
{
	if (!is_key(h->key)) {
		return bad("Sec-WebSocket-Key is no key of 16 bytes.");
	}
	if (!gw_str_is(h->ws_version, "13")) {
		return (struct ws_refusal){
			UPGRADE_REQUIRED, "Only WebSocket version 13 is spoken."
		};
	}
	if (!h->is_upgrade) {
		return bad("Connection is no upgrade.");
	}
	/* tinyIoT's clients name no subprotocol: JSON. */
	if (h->has_protocol && !gw_str_is_present(h->protocol)) {
		return bad("No subprotocol is known; oneM2M.json and "
			   "oneM2M.cbor are.");
	}
	return welcome;
}

/* Two names that a proxy has joined are none. */
static bool is_name(struct gw_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] <= ' ' || name.at[i] > '~' ||
		    name.at[i] == ',') {
			return false;
		}
	}
	return name.len <= WS_NAME_MAX;
}

static struct ws_refusal name_judge(const struct ws_hello *h, char *name)
{
	if (!is_name(h->name)) {
		return bad("X-M2M-Origin is no identifier.");
	}
	/* "C" and "S" ask for an identifier and are none (TS-0001 10.2.2.2). */
	if (!gw_str_is(h->name, "C") && !gw_str_is(h->name, "S")) {
		(void)snprintf(name, WS_NAME_MAX + 1, GW_STR_FMT,
			       GW_STR_ARG(h->name));
	}
	return welcome;
}

struct ws_refusal ws_door_judge(struct gw_str head,
				const struct gw_conf_listen *conf,
				const struct gw_net_end *at,
				char name[WS_NAME_MAX + 1])
{
	struct ws_hello hello;
	const char *why = ws_hello_read(&hello, head);
	struct ws_refusal refusal = why ? bad(why) : http_judge(&hello);

	name[0] = '\0';
	if (refusal.status == 0) {
		refusal = protocol_judge(&hello);
	}
	/* Web pages of others may not speak for the person who looks at them:
	 * browsers send Origin (RFC 6455 10.2). */
	if (refusal.status == 0 && !gw_page_may(conf, at, hello.web_origin)) {
		refusal = (struct ws_refusal){ FORBIDDEN,
					       "This Origin is not allowed." };
	}
	if (refusal.status == 0 && !gw_page_is_for_us(conf, at, hello.host)) {
		refusal = (struct ws_refusal){
			MISDIRECTED, "Host is none of this listener (hosts)."
		};
	}
	if (refusal.status == 0) {
		refusal = name_judge(&hello, name);
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
	case MISDIRECTED:
		return "Misdirected Request";
	case UPGRADE_REQUIRED:
		return "Upgrade Required";
	case TOO_LARGE:
		return "Request Header Fields Too Large";
	case UNAVAILABLE:
		return "Service Unavailable";
	case VERSION_UNKNOWN:
		return "HTTP Version Not Supported";
	default:
		return "Refused";
	}
}

size_t ws_door_print(char to[WS_DOOR_TEXT_BYTES], struct ws_refusal refusal)
{
	bool is_upgrade = refusal.status == UPGRADE_REQUIRED;
	int len = snprintf(to, WS_DOOR_TEXT_BYTES,
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

	assert(len > 0 && len < WS_DOOR_TEXT_BYTES);
	return (size_t)len;
}

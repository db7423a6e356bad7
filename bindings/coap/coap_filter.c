/*
 * Filter - making libcoap take the options of oneM2M, and of others.
 *
 * The options of oneM2M are critical.  libcoap answers 4.02 to every critical
 * option that it does not know, and drops answers that have one.  What it is
 * told to know with coap_register_option() goes into a filter that holds two
 * numbers above 255; the third is not kept, and nobody is told.  (4.3.1; 4.3.5
 * is the same.)
 *
 * It asks coap_option_filter_get() whether a filter holds a number, and asks
 * by way of the dynamic linker.  So the program may define that function
 * itself, and does so here.  One number that no option has is registered: a
 * filter that holds it is the one of known options, and then the answer is yes
 * to every number.  coap_values_take() does what libcoap then does not do.  Any
 * other filter is read as the library reads it.
 *
 * Hop-Limit is never found: for a message whose last hop we are, 4.3.1 writes
 * one byte behind the end of the answer 5.08 (fixed in 4.3.2).  The Proxy
 * options are not found either, so that it is this binding that refuses them.
 *
 * In the same way coap_pdu_parse() is defined here, which libcoap asks to read
 * each datagram.  It calls the one of the library; when that refuses a message
 * because of the length of an option, which would be answered with a reset, it
 * is given what coap_tidy() makes of it.  What is no message even so is given
 * a code, and nothing else but its id; and so is an empty ACK: libcoap tells
 * nobody of either, and now tells both like an answer.  And a method that has
 * no name becomes the last that has one, which is refused here and not by
 * libcoap.
 *
 * The program must export both functions; meson.build says so, and
 * coap_filter_is_open() looks whether they are the ones that are asked.
 */

#include "bindings/coap/coap_filter.h"

#include <coap3/coap.h>
#include <dlfcn.h>

#include "bindings/coap/coap_message.h"
#include "bindings/coap/coap_tidy.h"
#include "core/lib/cleanup.h"

/* No option has this number, and none of two bytes comes behind it. */
#define SENTINEL 65001

#define SHORT_MAX 255

/* Largest datagram that libcoap receives. */
#define DATAGRAM_BYTES_MAX ((size_t)1472)

typedef int parse_fn(coap_proto_t proto, const uint8_t *at, size_t len,
		     coap_pdu_t *pdu);

static bool has_long(const coap_opt_filter_t *filter, uint16_t number)
{
	for (unsigned i = 0; i < COAP_OPT_FILTER_LONG; i++) {
		if ((filter->mask >> i & 1U) != 0 &&
		    filter->long_opts[i] == number) {
			return true;
		}
	}
	return false;
}

static bool has_short(const coap_opt_filter_t *filter, uint16_t number)
{
	for (unsigned i = 0; i < COAP_OPT_FILTER_SHORT; i++) {
		if ((filter->mask >> (COAP_OPT_FILTER_LONG + i) & 1U) != 0 &&
		    filter->short_opts[i] == number) {
			return true;
		}
	}
	return false;
}

static bool is_hidden(uint16_t number)
{
	return number == COAP_OPTION_HOP_LIMIT ||
	       number == COAP_OPTION_PROXY_URI ||
	       number == COAP_OPTION_PROXY_SCHEME;
}

/* In place of the function of libcoap, which has this prototype. */
__attribute__((visibility("default"))) int
coap_option_filter_get(coap_opt_filter_t *filter, coap_option_num_t number)
{
	if (has_long(filter, SENTINEL)) {
		return 1;
	}
	if (is_hidden(number)) {
		return 0;
	}
	return number > SHORT_MAX ? has_long(filter, number)
				  : has_short(filter, number);
}

/* The function of the library, which stays where it is. */
static parse_fn *library_parse(void)
{
	static parse_fn *found;

	if (!found) {
		found = (parse_fn *)dlsym(RTLD_NEXT, "coap_pdu_parse");
	}
	return found;
}

static bool is_empty_ack(const uint8_t *at, size_t len)
{
	return len == COAP_HEADER_BYTES && at[0] == (1 << 6 | COAP_ACK << 4) &&
	       at[1] == COAP_EMPTY;
}

/* The first bytes of what is no message but would be reset like one.  False:
 * nobody hears of it. */
static bool is_garbled(uint8_t to[COAP_HEADER_BYTES], const uint8_t *at,
		       size_t len)
{
	unsigned type = len >= COAP_HEADER_BYTES ? at[0] >> 4 & 3U : COAP_RST;

	if (type != COAP_CON && type != COAP_NON) {
		return false;
	}
	to[0] = (uint8_t)(1U << 6 | type << 4);
	to[1] = COAP_GARBLED;
	to[2] = at[2];
	to[3] = at[3];
	return true;
}

/* What was read has a method that libcoap hands on.  Returns 1, as the
 * library's function does. */
static int name_method(coap_pdu_t *pdu)
{
	unsigned code = (unsigned)coap_pdu_get_code(pdu);

	if (code > COAP_REQUEST_CODE_IPATCH && code < COAP_CODE(1, 0)) {
		coap_pdu_set_code(pdu, COAP_REQUEST_CODE_IPATCH);
	}
	return 1;
}

/* In place of the function of libcoap, which has this prototype. */
__attribute__((visibility("default"))) int coap_pdu_parse(coap_proto_t proto,
							  const uint8_t *data,
							  size_t length,
							  coap_pdu_t *pdu)
{
	parse_fn *parse = library_parse();
	uint8_t tidy[DATAGRAM_BYTES_MAX];
	size_t n_bytes = 0;

	if (!parse) {
		return 0;
	}
	if (is_empty_ack(data, length)) {
		memcpy(tidy, data, COAP_HEADER_BYTES);
		tidy[1] = COAP_ACKNOWLEDGED;
		return parse(proto, tidy, COAP_HEADER_BYTES, pdu);
	}
	if (parse(proto, data, length, pdu)) {
		return name_method(pdu);
	}
	if (proto != COAP_PROTO_UDP || length > sizeof(tidy)) {
		return 0;
	}
	n_bytes = coap_tidy(tidy, data, length);
	if (n_bytes > 0 && parse(proto, tidy, n_bytes, pdu)) {
		return name_method(pdu);
	}
	return is_garbled(tidy, data, length) &&
	       parse(proto, tidy, COAP_HEADER_BYTES, pdu);
}

void coap_filter_open(struct coap_context_t *context)
{
	coap_register_option(context, SENTINEL);
}

static void pdu_free(coap_pdu_t **slot)
{
	coap_delete_pdu(*slot);
}

/* Whether the dynamic linker leads to the function here. */
static bool is_parse_exported(void)
{
	return dlsym(RTLD_DEFAULT, "coap_pdu_parse") ==
		       (const void *)coap_pdu_parse &&
	       library_parse();
}

/* libcoap itself is asked: an iterator with a filter returns what the filter
 * has. */
static bool is_filter_asked(void)
{
	static const uint16_t numbers[] = { 279, 283, 291, 307, 331 };
	const size_t n = sizeof(numbers) / sizeof(*numbers);
	gw_cleanup(pdu_free) coap_pdu_t *pdu = coap_pdu_init(
		COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 0, 64);
	coap_opt_filter_t filter;
	coap_opt_iterator_t options;
	size_t n_found = 0;

	if (!pdu) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		(void)coap_add_option(pdu, numbers[i], 1, (const uint8_t *)"x");
	}
	coap_option_filter_clear(&filter);
	(void)coap_option_filter_set(&filter, SENTINEL);
	(void)coap_option_iterator_init(pdu, &options, &filter);
	while (coap_option_next(&options)) {
		n_found++;
	}
	return n_found == n;
}

bool coap_filter_is_open(void)
{
	return is_parse_exported() && is_filter_asked();
}

/*
 * Config source - where the text of a value comes from besides the file itself.
 *
 * As in the files of Compose, but a $ that no brace follows is itself: it may
 * stand in a password.
 */

#include "gateway/config_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "gateway/config_take.h"
#include "gateway/file.h"

#define VALUE_BYTES_MAX ((size_t)1 << 20)
#define NAME_BYTES_MAX ((size_t)128)

bool gw_source_has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f) {
			return true;
		}
	}
	return false;
}

/* NAME} at the front of a text; how long the name is, 0 for none. */
static size_t name_length(struct gw_str text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "_0123456789";
	size_t n = text.len > 0 ? strspn(text.at, letters) : 0;
	bool is_name = n > 0 && n <= NAME_BYTES_MAX && text.at[n] == '}' &&
		       (text.at[0] < '0' || text.at[0] > '9');

	return is_name ? n : 0;
}

/* Append the variable whose name begins here, and step over it. */
static bool add_variable(struct gw_wrong *wrong, struct gw_buf *to,
			 const char *text, struct gw_str *rest)
{
	size_t n = name_length(*rest);
	char name[NAME_BYTES_MAX + 1];
	const char *value = NULL;

	if (n == 0) {
		return gw_wrong(wrong, text,
				"has a ${ that begins no name of an "
				"environment variable such as ${NAME}; $${ "
				"writes it as it stands");
	}
	memcpy(name, rest->at, n);
	name[n] = '\0';
	value = getenv(name);
	if (!value) {
		return gw_wrong(wrong, text,
				"names an environment variable that is not "
				"set: %.64s",
				name);
	}
	gw_buf_add(to, value, strlen(value));
	*rest = gw_str_skip(*rest, n + 1);
	return true;
}

/* Append what a $ at the front of the rest stands for, and step over it. */
static bool add_dollar(struct gw_wrong *wrong, struct gw_buf *to,
		       const char *text, struct gw_str *rest)
{
	if (gw_str_starts(*rest, GW_STR("${"))) {
		*rest = gw_str_skip(*rest, 2);
		return add_variable(wrong, to, text, rest);
	}
	if (gw_str_starts(*rest, GW_STR("$${"))) {
		gw_buf_lit(to, "${");
		*rest = gw_str_skip(*rest, 3);
	} else {
		gw_buf_lit(to, "$");
		*rest = gw_str_skip(*rest, 1);
	}
	return true;
}

static bool expand(struct gw_wrong *wrong, struct gw_buf *to, const char *text)
{
	struct gw_str rest = gw_str_from(text);
	bool is_good = true;

	while (is_good && rest.len > 0) {
		size_t n = gw_str_find(rest, '$');

		gw_buf_add(to, rest.at, n);
		rest = gw_str_skip(rest, n);
		is_good = rest.len == 0 || add_dollar(wrong, to, text, &rest);
	}
	return is_good;
}

/* Take what was made of a text into the arena, if it can be a value. */
static bool keep(struct gw_wrong *wrong, const char **textp, struct gw_arena *a,
		 struct gw_str made, const char *text)
{
	struct gw_str kept = gw_arena_print(a, GW_STR_FMT, GW_STR_ARG(made));

	if (gw_arena_is_short(a)) {
		return gw_wrong(wrong, text, "is too long");
	}
	if (made.len == 0) {
		return gw_wrong(wrong, text, "is empty");
	}
	if (strlen(kept.at) < made.len || gw_source_has_control(kept.at)) {
		return gw_wrong(wrong, text, "holds a control character");
	}
	*textp = kept.at;
	return true;
}

bool gw_source_expand(struct gw_wrong *wrong, const char **textp,
		      struct gw_arena *a, const char *text)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf made;

	gw_buf_init(&made, 0, VALUE_BYTES_MAX);
	if (!strstr(text, "${")) {
		*textp = text;
		return true;
	}
	if (!expand(wrong, &made, text)) {
		return false;
	}
	if (gw_buf_is_short(&made)) {
		return gw_wrong(wrong, text, "is too long");
	}
	return keep(wrong, textp, a, gw_buf_str(&made), text);
}

bool gw_source_read(struct gw_wrong *wrong, const char **textp,
		    struct gw_arena *a, const char *file)
{
	char *text = NULL;
	size_t n = 0;
	int error = gw_file_read_named(&text, &n, file, GW_SECRET_BYTES_MAX);
	bool is_good = false;

	if (error) {
		return gw_wrong(wrong, file, "cannot be read: %s",
				gw_file_reason(error));
	}
	n -= n > 0 && text[n - 1] == '\n';
	n -= n > 0 && text[n - 1] == '\r';
	is_good = keep(wrong, textp, a, (struct gw_str){ text, n }, file);
	explicit_bzero(text, n);
	free(text);
	return is_good;
}

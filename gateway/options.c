/*
 * Options - the words behind a command.
 */

#include "gateway/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/commands.h"
#include "gateway/near.h"

#define N_OPTIONS_MAX 32

/* Reading under way. */
struct reader {
	const struct gw_usage *usage;
	char **word;   // the next one
	bool has_help; // was asked for
	bool is_past;  // "--" stood: no more options
};

bool gw_options_wrong(const char *command, const char *fmt, ...)
{
	va_list args;

	(void)fprintf(stderr, "m2mgate %s: ", command);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fprintf(stderr, "\nm2mgate %s --help tells how it is used\n",
		      command);
	return false;
}

static bool is_named(const struct gw_option *o, const char *word, size_t len)
{
	return (strlen(o->name) == len && strncmp(o->name, word, len) == 0) ||
	       (o->letter && strcmp(o->letter, word) == 0);
}

static bool unknown_option(const struct gw_usage *usage, const char *word,
			   size_t len)
{
	const char *names[N_OPTIONS_MAX] = { "--help" };
	char name[64];
	const char *near = NULL;
	size_t n = 1;

	for (const struct gw_option *o = usage->options;
	     o->name && n < N_OPTIONS_MAX; o++) {
		names[n++] = o->name;
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)(len < 60 ? len : 60),
		       word);
	near = gw_near(name, names, n);
	return gw_options_wrong(
		usage->command, "there is no option \"%s\"%s%s%s", name,
		near ? "; is it " : "", near ? near : "", near ? "?" : "");
}

static bool keep_value(const struct gw_usage *usage, const struct gw_option *o,
		       const char *value)
{
	size_t n_before = o->n_values ? *o->n_values : *o->value != NULL;
	size_t n_max = o->n_values ? o->n_values_max : 1;

	if (n_before == n_max) {
		return gw_options_wrong(usage->command,
					"%s stands more than %zu time%s",
					o->name, n_max, n_max == 1 ? "" : "s");
	}
	o->value[n_before] = value;
	if (o->n_values) {
		(*o->n_values)++;
	}
	return true;
}

static bool read_option(struct reader *r)
{
	const struct gw_option *o = r->usage->options;
	const char *word = *r->word++;
	size_t len = strcspn(word, "=");

	while (o->name && !is_named(o, word, len)) {
		o++;
	}
	if (!o->name) {
		return unknown_option(r->usage, word, len);
	}
	if (o->flag && word[len] == '=') {
		return gw_options_wrong(r->usage->command, "%s takes no value",
					o->name);
	}
	if (o->flag) {
		*o->flag = true;
		return true;
	}
	if (word[len] == '=') {
		return keep_value(r->usage, o, word + len + 1);
	}
	if (!*r->word) {
		return gw_options_wrong(r->usage->command,
					"%s needs a value behind it", word);
	}
	return keep_value(r->usage, o, *r->word++);
}

static bool read_word(struct reader *r)
{
	const struct gw_usage *usage = r->usage;
	const char *word = *r->word++;

	if (!usage->word || *usage->word) {
		return gw_options_wrong(usage->command,
					"\"%s\" is one word too many", word);
	}
	*usage->word = word;
	return true;
}

static bool read_next(struct reader *r)
{
	const char *word = *r->word;

	if (r->is_past || word[0] != '-' || word[1] == '\0') {
		return read_word(r);
	}
	if (strcmp(word, "--") == 0) {
		r->is_past = true;
		r->word++;
		return true;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		r->has_help = true;
		return false;
	}
	return read_option(r);
}

bool gw_options_read(int *exit_codep, char **words,
		     const struct gw_usage *usage)
{
	struct reader r = { .usage = usage, .word = words };
	bool is_good = true;

	while (*r.word && is_good) {
		is_good = read_next(&r);
	}
	if (r.has_help) {
		(void)fputs(usage->help, stdout);
		*exit_codep = GW_EXIT_DONE;
		return false;
	}
	if (is_good && usage->word && !*usage->word &&
	    !usage->is_word_optional) {
		is_good = gw_options_wrong(usage->command, "%s is missing",
					   usage->word_name);
	}
	if (!is_good) {
		*exit_codep = GW_EXIT_USAGE;
	}
	return is_good;
}

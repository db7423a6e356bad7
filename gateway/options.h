#pragma once

/*
 * Options - the words behind a command.
 */

#include <stdbool.h>
#include <stddef.h>

/* One option: "--name VALUE", "--name=VALUE" or "-n VALUE"; a flag has
 * no VALUE. */
struct gw_option {
	const char *name;    // with its dashes
	const char *letter;  // "-n"; NULL: none
	const char **value;  // where the value goes; NULL there: not given
	bool *flag;          // set where it stands; it has no value then
	size_t n_values_max; // how often it may stand; 0 is once
	size_t *n_values;    // how often it stood, when that may be more
};

/* What a command takes. */
struct gw_usage {
	const char *command; // its name
	const char *help;
	const struct gw_option *options; // ended by one without a name
	const char **word;     // where a word goes that is no option; NULL:
			       // there is none
	const char *word_name; // what the help calls it
	bool is_word_optional; // else it must be given
};

/* Read words, ended by NULL, into what usage names.  Returns true; or false
 * when the command is over with *exit_codep: its help was printed, or a mistake
 * was told. */
bool gw_options_read(int *exit_codep, char **words,
		     const struct gw_usage *usage);

/* Tell a mistake and where to read more.  Returns false. */
bool gw_options_wrong(const char *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

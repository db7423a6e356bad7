/*
 * Fuzz target: whole messages from a CSE, up to the match with what is in
 * flight.  Each line of the input is one message; a line that begins with a
 * tab goes on with the one before.
 *
 * Whatever is received, nothing is written but answers to requests, and no
 * more of them than messages were received.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/ws/conn_rig.h"

#define N_ASKED 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *profile_of(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "standard", "acme", "mobius",
					     "tinyiot" };

	return names[size > 0 ? data[0] % 4 : 0];
}

static void hear_all(struct gw_str input)
{
	while (gw_str_is_present(input)) {
		struct gw_str line = gw_str_cut(&input, '\n');
		bool is_last = input.len == 0 || input.at[0] != '\t';

		conn_rig_hears(line, is_last);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n_lines = 1;

	conn_rig_init();
	conn_rig_open(profile_of(data, size));
	rig.conn.pace.window = 0;
	rig.conn.pace.gap_ms = 0;
	for (size_t i = 0; i < N_ASKED; i++) {
		conn_rig_ask(i < 2 ? "1" : "2", NULL);
	}
	fake_loop_turn(&rig.loop);
	assert(rig.n_written == N_ASKED);
	for (size_t i = 0; i < size; i++) {
		n_lines += data[i] == '\n';
	}
	if (size > 0 && n_lines < CONN_WRITTEN_MAX - N_ASKED) {
		hear_all((struct gw_str){ (const char *)data, size });
	}
	assert(rig.n_written <= N_ASKED + n_lines);
	for (size_t i = N_ASKED; i < rig.n_written; i++) {
		assert(strncmp(rig.written[i], "{\"rsc\":", 7) == 0);
	}
	assert(rig.n_replies <= N_ASKED);
	conn_rig_deinit();
	return 0;
}

#pragma once

/*
 * Crime - what only a bug of ours can do, and must end the process.
 */

typedef void crime_fn(void);

/* Fail the test unless an assertion ends the process, a copy of this one, that
 * does it. */
void expect_abort(crime_fn *crime);

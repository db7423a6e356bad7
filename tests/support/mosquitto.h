#pragma once

/*
 * Mosquitto - a broker of its own for one test.
 */

#include <stdint.h>

struct mosquitto_process;

/* A broker that listens on *portp of 127.0.0.1 when this returns.  NULL when it
 * cannot be started. */
struct mosquitto_process *mosquitto_start(uint16_t *portp);

/* Wait until no thread but this one and Paho's own is left: a client that was
 * let go ends on a thread of its own. */
void mosquitto_await_threads(void);

/* End it.  NULL is fine.  Returns NULL. */
struct mosquitto_process *mosquitto_stop(struct mosquitto_process *m);

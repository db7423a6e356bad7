#pragma once

/*
 * Descriptors - the bounds of the configuration, as the process can keep them.
 *
 * What peers make the gateway open has to leave it descriptors for itself: for
 * the links to its CSEs and brokers, for looking names up, for the file of the
 * registry and for reading the configuration again.  So what is left beside
 * those is divided: a bound that is small is kept as it is, and the large ones
 * share the rest evenly.
 *
 * Pure.
 */

#include <stddef.h>

struct gw_conf;

/* Lower the bounds to what so many descriptors allow, and write down in
 * limits.descriptors_wanted how many they would have needed; 0: they fit. */
void gw_descriptors_fit(struct gw_conf *conf, size_t n_descriptors);

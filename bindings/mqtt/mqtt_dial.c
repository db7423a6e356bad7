/*
 * Dial - an attempt to connect to a broker, which begins with its name.
 */

#include "bindings/mqtt/mqtt_dial.h"

#include <sys/socket.h>

#include "bindings/mqtt/mqtt_client.h"
#include "core/conf.h"
#include "core/lib/loop.h"
#include "core/lib/net.h"
#include "core/relay.h"

static struct gw_loop *loop_of(const struct mqtt_dial *d)
{
	return gw_relay_loop(d->relay);
}

/* One of IPv4 first, as Paho takes them. */
static const struct sockaddr_storage *choose(const struct mqtt_dial *d,
					     const struct gw_found *found)
{
	size_t first = 0;

	while (first < found->n && found->at[first].ss_family != AF_INET) {
		first++;
	}
	return &found->at[(first + d->n_tries) % found->n];
}

static void found(struct gw_name_wait *w, const struct gw_found *found)
{
	struct mqtt_dial *d = gw_container(w, struct mqtt_dial, name);
	char address[GW_NET_TEXT_BYTES];

	gw_timer_clear(loop_of(d), &d->patience);
	if (found->n == 0) {
		d->failed(d, found->why);
		return;
	}
	(void)gw_net_print_of(address, (const void *)choose(d, found));
	mqtt_client_connect(d->client, address);
}

static void lose_patience(struct gw_timer *t)
{
	struct mqtt_dial *d = gw_container(t, struct mqtt_dial, patience);

	gw_name_forget(&d->name);
	d->failed(d, "the name of the host was not looked up in time");
}

void mqtt_dial_init(struct mqtt_dial *d, struct gw_relay *relay,
		    mqtt_undialed_fn *failed)
{
	*d = (struct mqtt_dial){
		.relay = relay,
		.failed = failed,
		.name.found = found,
		.patience.fire = lose_patience,
	};
}

void mqtt_dial_start(struct mqtt_dial *d, struct mqtt_client *client,
		     struct gw_str host, unsigned n_tries)
{
	int64_t connect_ms = gw_relay_conf(d->relay)->timeouts.connect_ms;
	struct gw_reason why;

	d->client = client;
	d->n_tries = n_tries;
	gw_timer_set(loop_of(d), &d->patience,
		     gw_loop_now_ms(loop_of(d)) + connect_ms);
	if (gw_name_await(&d->name, d->relay, host, NULL, &why) !=
	    GW_STATUS_NONE) {
		mqtt_dial_stop(d);
		d->failed(d, why.text);
	}
}

void mqtt_dial_stop(struct mqtt_dial *d)
{
	gw_name_forget(&d->name);
	gw_timer_clear(loop_of(d), &d->patience);
}

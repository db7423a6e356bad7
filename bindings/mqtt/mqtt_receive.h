#pragma once

/*
 * Receive - messages that came from a broker, given to whom they are for.
 *
 *	req, reg_req ---> asked ---> core ---> answered on resp, reg_resp
 *	resp         ---> the request of ours with that id and these ids
 *
 * What is for nobody here is ignored, and nothing but a request is ever
 * answered.
 */

struct mqtt_broker;
struct mqtt_event;

/* MQTT_MESSAGE or MQTT_TOO_LARGE. */
void mqtt_receive(struct mqtt_broker *b, const struct mqtt_event *e);

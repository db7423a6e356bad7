/*
 * Mosquitto - a broker of its own for one test.
 */

#include "tests/support/mosquitto.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <MQTTAsync.h>

#define PATIENCE_TRIES 500
#define PATIENCE_MS 20

/* This one, and the two of Paho. */
#define N_THREADS 3

struct mosquitto_process {
	pid_t pid;
	char file[64];
};

static bool write_file(struct mosquitto_process *m, uint16_t port)
{
	int fd = mkstemp(m->file);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f) {
		return false;
	}
	(void)fprintf(f,
		      "listener %u 127.0.0.1\nallow_anonymous true\n"
		      "user root\nset_tcp_nodelay true\n",
		      port);
	return fclose(f) == 0;
}

static bool listens(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool is_good = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	(void)close(fd);
	return is_good;
}

static void run(const char *file)
{
	/* Debian has it where only root looks. */
	(void)setenv("PATH", "/usr/sbin:/usr/local/sbin:/usr/bin:/bin", 1);
	(void)execlp("mosquitto", "mosquitto", "-c", file, NULL);
	_exit(127);
}

/* Paho ends its threads with its last client, and does not bear that a new
 * client is made just then.  One that never connects, and that only Paho knows,
 * keeps them for as long as the process lives. */
static void keep_paho(void)
{
	MQTTAsync keeper = NULL;

	(void)MQTTAsync_create(&keeper, "tcp://127.0.0.1:1", "keeper",
			       MQTTCLIENT_PERSISTENCE_NONE, NULL);
}

struct mosquitto_process *mosquitto_start(uint16_t port)
{
	struct mosquitto_process *m = calloc(1, sizeof(*m));

	if (!m) {
		return NULL;
	}
	keep_paho();
	(void)snprintf(m->file, sizeof(m->file), "/tmp/mosquitto-XXXXXX");
	if (!write_file(m, port)) {
		return mosquitto_stop(m);
	}
	m->pid = fork();
	if (m->pid == 0) {
		run(m->file);
	}
	for (int i = 0; i < PATIENCE_TRIES; i++) {
		if (listens(port)) {
			return m;
		}
		(void)poll(NULL, 0, PATIENCE_MS);
	}
	return mosquitto_stop(m);
}

static int count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int n = 0;

	while (tasks && readdir(tasks)) {
		n++;
	}
	if (tasks) {
		(void)closedir(tasks);
	}
	return n - 2; // "." and ".."
}

void mosquitto_await_threads(void)
{
	for (int i = 0; i < PATIENCE_TRIES && count_threads() > N_THREADS;
	     i++) {
		(void)poll(NULL, 0, PATIENCE_MS);
	}
}

struct mosquitto_process *mosquitto_stop(struct mosquitto_process *m)
{
	if (!m) {
		return NULL;
	}
	if (m->pid > 0) {
		(void)kill(m->pid, SIGTERM);
		(void)waitpid(m->pid, NULL, 0);
	}
	(void)unlink(m->file);
	free(m);
	return NULL;
}

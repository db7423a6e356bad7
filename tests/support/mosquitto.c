/*
 * Mosquitto - a broker of its own for one test.
 */

#include "tests/support/mosquitto.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <MQTTAsync.h>

#define STARTS_MAX 20
#define PATIENCE_MS 10000
#define THREADS_MS 1

/* This one, and the two of Paho. */
#define N_THREADS 3

/* Below what the system gives to sockets that connect. */
#define PORT_MIN 10000
#define PORT_MAX 32000

struct mosquitto_process {
	pid_t pid;
	int log; // what it tells
	char file[64];
};

static bool write_file(struct mosquitto_process *m, uint16_t port)
{
	int fd = -1;
	FILE *f = NULL;

	(void)snprintf(m->file, sizeof(m->file), "/tmp/mosquitto-XXXXXX");
	fd = mkstemp(m->file);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		return false;
	}
	(void)fprintf(f,
		      "listener %u 127.0.0.1\nallow_anonymous true\n"
		      "user root\nset_tcp_nodelay true\n"
		      "log_dest stderr\nlog_type information\n"
		      "connection_messages false\n",
		      port);
	return fclose(f) == 0;
}

static void run(const char *file, int log)
{
	(void)dup2(log, STDERR_FILENO);
	/* Debian has it where only root looks. */
	(void)setenv("PATH", "/usr/sbin:/usr/local/sbin:/usr/bin:/bin", 1);
	(void)execlp("mosquitto", "mosquitto", "-c", file, NULL);
	_exit(127);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait until it says that it runs, which it does when it has its port.  False
 * when it ends instead: somebody else has the port. */
static bool is_running(const struct mosquitto_process *m)
{
	struct pollfd log = { .fd = m->log, .events = POLLIN };
	int64_t end_ms = now_ms() + PATIENCE_MS;
	char said[4096] = "";
	size_t len = 0;

	while (!strstr(said, " running") && len < sizeof(said) - 1) {
		int64_t left_ms = end_ms - now_ms();
		ssize_t n = left_ms > 0 && poll(&log, 1, (int)left_ms) > 0
				    ? read(m->log, said + len,
					   sizeof(said) - 1 - len)
				    : 0;

		if (n <= 0) {
			return false;
		}
		len += (size_t)n;
		said[len] = '\0';
	}
	return strstr(said, " running") != NULL;
}

/* Paho ends its threads with its last client, and does not bear that a new
 * client is made just then.  One that never connects, and that only Paho knows,
 * keeps them for as long as the process lives. */
static void keep_paho(void)
{
	static MQTTAsync keeper;

	if (!keeper) {
		(void)MQTTAsync_create(&keeper, "tcp://127.0.0.1:1", "keeper",
				       MQTTCLIENT_PERSISTENCE_NONE, NULL);
	}
}

static struct mosquitto_process *start_at(uint16_t port)
{
	struct mosquitto_process *m = calloc(1, sizeof(*m));
	int ends[2];

	if (!m || pipe2(ends, O_CLOEXEC) < 0) {
		free(m);
		return NULL;
	}
	m->log = ends[0];
	m->pid = write_file(m, port) ? fork() : -1;
	if (m->pid == 0) {
		run(m->file, ends[1]);
	}
	(void)close(ends[1]);
	return m->pid > 0 && is_running(m) ? m : mosquitto_stop(m);
}

struct mosquitto_process *mosquitto_start(uint16_t *portp)
{
	struct mosquitto_process *m = NULL;

	keep_paho();
	for (int i = 0; i < STARTS_MAX && !m; i++) {
		*portp = (uint16_t)(PORT_MIN +
				    arc4random_uniform(PORT_MAX - PORT_MIN));
		m = start_at(*portp);
	}
	return m;
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
	int64_t end_ms = now_ms() + PATIENCE_MS;

	while (count_threads() > N_THREADS && now_ms() < end_ms) {
		(void)poll(NULL, 0, THREADS_MS);
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
	(void)close(m->log);
	(void)unlink(m->file);
	free(m);
	return NULL;
}

/*
 * File - a whole file, read into memory.
 */

#include "gateway/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_BYTES ((size_t)4096)

/* Make room for more than n bytes and a terminator; it doubles. */
static int grow(char **textp, size_t *roomp, size_t n)
{
	size_t room = *roomp ? 2 * *roomp : ROOM_BYTES;
	char *more = NULL;

	if (n + 1 < *roomp) {
		return 0;
	}
	more = realloc(*textp, room);
	if (!more) {
		return -ENOMEM;
	}
	*textp = more;
	*roomp = room;
	return 0;
}

/* Read on until the end. */
static int read_all(char **textp, size_t *np, int fd, size_t max)
{
	size_t room = 0;
	ssize_t n = -1;

	while (n != 0) {
		int error = grow(textp, &room, *np);

		if (error) {
			return error;
		}
		n = read(fd, *textp + *np, room - *np - 1);
		if (n < 0 && errno != EINTR) {
			return -errno;
		}
		*np += n > 0 ? (size_t)n : 0;
		if (*np > max) {
			return -EFBIG;
		}
	}
	(*textp)[*np] = '\0';
	return 0;
}

static int read_fd(char **textp, size_t *np, int fd, size_t max)
{
	char *text = NULL;
	size_t n = 0;
	int error = read_all(&text, &n, fd, max);

	if (error) {
		free(text);
		return error;
	}
	*textp = text;
	*np = n;
	return 0;
}

int gw_file_read(char **textp, size_t *np, const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0) {
		return -errno;
	}
	error = read_fd(textp, np, fd, max);
	(void)close(fd);
	return error;
}

static int check_kind(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		return -errno;
	}
	if (S_ISDIR(st.st_mode)) {
		return -EISDIR;
	}
	return S_ISREG(st.st_mode) ? 0 : -EINVAL;
}

int gw_file_read_named(char **textp, size_t *np, const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int error = 0;

	if (fd < 0) {
		return -errno;
	}
	error = check_kind(fd);
	error = error ? error : read_fd(textp, np, fd, max);
	(void)close(fd);
	return error;
}

const char *gw_file_reason(int error)
{
	switch (error) {
	case -EFBIG:
		return "it is too large";
	case -EINVAL:
		return "it is a pipe or a device";
	default:
		return strerror(-error);
	}
}

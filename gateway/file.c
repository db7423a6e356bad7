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

/* Read on until the end.  The text grows by doubling. */
static int read_all(char **textp, size_t *np, int fd, size_t max)
{
	size_t room = 0;

	for (;;) {
		char *more = NULL;
		ssize_t n = 0;

		if (*np + 1 >= room) {
			room = room ? 2 * room : ROOM_BYTES;
			more = realloc(*textp, room);
			if (!more) {
				return -ENOMEM;
			}
			*textp = more;
		}
		n = read(fd, *textp + *np, room - *np - 1);
		if (n < 0 && errno != EINTR) {
			return -errno;
		}
		*np += n > 0 ? (size_t)n : 0;
		if (*np > max) {
			return -EFBIG;
		}
		if (n == 0) {
			(*textp)[*np] = '\0';
			return 0;
		}
	}
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

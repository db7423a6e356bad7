/*
 * Config files - the files that a configuration names.
 *
 * What reads them later says less about them, and says it when somebody waits
 * for a connection.
 */

#include "gateway/config_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "core/conf.h"
#include "gateway/config_walk.h"
#include "gateway/file.h"
#include "gateway/mistakes.h"

#define PATH_BYTES 128
#define FILE_BYTES_MAX ((size_t)4 << 20)

struct files {
	const struct gw_places *places;
	struct gw_mistakes *mistakes;
	char section[PATH_BYTES]; // such as "brokers[0]"
};

static void wrong(struct files *f, const char *key, const char *file,
		  const char *what, const char *more)
{
	char path[PATH_BYTES + 16];

	(void)snprintf(path, sizeof(path), "%s.%s", f->section, key);
	gw_mistake(f->mistakes, gw_places_line(f->places, path), path,
		   "\"%.120s\" %s%s%.120s", file, what, *more ? ": " : "",
		   more);
}

/* The text of a file as something that OpenSSL reads from; NULL: it cannot be
 * read, which was told.  Either way close_file() takes both. */
static BIO *open_file(struct files *f, char **textp, const char *key,
		      const char *file)
{
	size_t n = 0;
	int error = gw_file_read_named(textp, &n, file, FILE_BYTES_MAX);
	BIO *bio = NULL;

	if (error) {
		wrong(f, key, file, "cannot be read", gw_file_reason(error));
		return NULL;
	}
	bio = BIO_new_mem_buf(*textp, (int)n);
	if (!bio) {
		wrong(f, key, file, "cannot be read", strerror(ENOMEM));
	}
	return bio;
}

/* A file with a certificate may hold its key as well. */
static void close_file(BIO *bio, char *text)
{
	BIO_free(bio);
	if (text) {
		explicit_bzero(text, strlen(text));
	}
	free(text);
}

/* The first certificate in a file; NULL: there is none, which was told. */
static X509 *read_certificate(struct files *f, const char *key,
			      const char *file)
{
	char *text = NULL;
	BIO *bio = open_file(f, &text, key, file);
	X509 *certificate = NULL;

	if (bio) {
		certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		if (!certificate) {
			wrong(f, key, file, "holds no certificate in PEM", "");
		}
	}
	close_file(bio, text);
	return certificate;
}

/* Nobody is there to be asked for it. */
static int no_passphrase(char *to, int size, int is_writing, void *arg)
{
	return -1;
}

static EVP_PKEY *read_key(struct files *f, const char *key, const char *file)
{
	char *text = NULL;
	BIO *bio = open_file(f, &text, key, file);
	EVP_PKEY *pkey = NULL;

	if (bio) {
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
		if (!pkey) {
			wrong(f, key, file,
			      "holds no private key in PEM, or one with a "
			      "passphrase",
			      "");
		}
	}
	close_file(bio, text);
	return pkey;
}

/* Without a key of its own a certificate has it in the same file. */
static void check_pair(struct files *f, const char *certificate_file,
		       const char *key_file)
{
	X509 *certificate = read_certificate(f, "certificate",
					     certificate_file);
	const char *key = key_file ? "key" : "certificate";
	const char *file = key_file ? key_file : certificate_file;
	EVP_PKEY *pkey = certificate || key_file ? read_key(f, key, file)
						 : NULL;

	if (certificate && pkey &&
	    X509_check_private_key(certificate, pkey) != 1) {
		wrong(f, key, file, "is not the key of the certificate", "");
	}
	EVP_PKEY_free(pkey);
	X509_free(certificate);
}

static void check_broker(struct files *f, const struct gw_conf_broker *broker)
{
	if (broker->ca_file) {
		X509_free(read_certificate(f, "ca", broker->ca_file));
	}
	if (broker->certificate_file) {
		check_pair(f, broker->certificate_file, broker->key_file);
	} else if (broker->key_file) {
		wrong(f, "key", broker->key_file,
		      "is a key without a certificate", "");
	}
	ERR_clear_error();
}

/* Whether this process may do that with a file, by what it is and not by who
 * began it. */
static bool may(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

/* SQLite writes more files beside its own. */
static void check_registry(struct files *f, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *folder = NULL;

	if (!slash) {
		folder = strdup(".");
	} else if (slash == file) {
		folder = strdup("/");
	} else {
		folder = strndup(file, (size_t)(slash - file));
	}
	if (!folder) {
		wrong(f, "file", file, "cannot be looked at", strerror(ENOMEM));
	} else if (!may(folder, W_OK | X_OK)) {
		wrong(f, "file", file,
		      "is in a folder where the gateway cannot write",
		      strerror(errno));
	} else if (may(file, F_OK) && !may(file, R_OK | W_OK)) {
		wrong(f, "file", file, "cannot be written", strerror(errno));
	}
	free(folder);
}

void gw_config_check_files(const struct gw_conf *conf,
			   const struct gw_places *places,
			   struct gw_mistakes *mistakes)
{
	struct files f = { .places = places, .mistakes = mistakes };

	for (size_t i = 0; i < conf->n_brokers; i++) {
		(void)snprintf(f.section, sizeof(f.section), "brokers[%zu]", i);
		check_broker(&f, &conf->brokers[i]);
	}
	if (conf->registry_file) {
		(void)snprintf(f.section, sizeof(f.section), "registry");
		check_registry(&f, conf->registry_file);
	}
}

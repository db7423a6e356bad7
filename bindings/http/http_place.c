/*
 * Place - where a URL leads.
 */

#include "bindings/http/http_place.h"

#include <string.h>

#include <curl/curl.h>

static bool copy_part(char *to, size_t size, CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool fits = curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) ==
			    CURLUE_OK &&
		    strlen(text) < size;

	if (fits) {
		memcpy(to, text, strlen(text) + 1);
	}
	curl_free(text);
	return fits;
}

bool http_place_find(struct http_place *place, const char *text)
{
	CURLU *url = curl_url();
	char host[sizeof(place->host)];
	size_t len = 0;
	bool is_good = url &&
		       curl_url_set(url, CURLUPART_URL, text,
				    CURLU_DISALLOW_USER) == CURLUE_OK &&
		       copy_part(host, sizeof(host), url, CURLUPART_HOST) &&
		       copy_part(place->port, sizeof(place->port), url,
				 CURLUPART_PORT);

	curl_url_cleanup(url);
	if (!is_good) {
		return false;
	}
	len = strlen(host);
	if (host[0] == '[' && len > 2) {
		memcpy(place->host, host + 1, len - 2);
		place->host[len - 2] = '\0';
	} else {
		memcpy(place->host, host, len + 1);
	}
	return true;
}

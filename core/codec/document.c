/*
 * Document - JSON that the gateway writes or reads as a whole, by cJSON.
 */

#include "core/codec/document.h"

#include <stdlib.h>

#include "core/lib/arena.h"

static cJSON *new_text(struct gw_str text)
{
	char *copy = gw_str_dup(text);
	cJSON *item = copy ? cJSON_CreateString(copy) : NULL;

	free(copy);
	return item;
}

bool gw_document_add(cJSON *object, const char *name, struct gw_str text)
{
	cJSON *item = new_text(text);

	if (!cJSON_AddItemToObject(object, name, item)) {
		cJSON_Delete(item);
		return false;
	}
	return true;
}

bool gw_document_append(cJSON *list, struct gw_str text)
{
	cJSON *item = new_text(text);

	if (!cJSON_AddItemToArray(list, item)) {
		cJSON_Delete(item);
		return false;
	}
	return true;
}

bool gw_document_add_list(cJSON *object, const char *name,
			  const char *const *texts)
{
	cJSON *list = cJSON_AddArrayToObject(object, name);
	bool fits = list != NULL;

	for (; *texts && fits; texts++) {
		fits = gw_document_append(list, gw_str_from(*texts));
	}
	return fits;
}

struct gw_str gw_document_write(struct gw_arena *a, cJSON *document)
{
	char *text = document ? cJSON_PrintUnformatted(document) : NULL;
	struct gw_str copy = gw_arena_str(a, gw_str_from(text));

	cJSON_free(text);
	cJSON_Delete(document);
	return copy;
}

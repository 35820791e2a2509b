/* SPDX-License-Identifier: MIT */
/*
 * params.c - the parameter string of a device: "seed=7,latency=10".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const char *find(const struct peal_param_list *list, const char *key)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (!strcmp(list->params[i].key, key))
			return list->params[i].value;
	return NULL;
}

static int add(struct peal_param_list *list, char *item)
{
	char *value = strchr(item, '=');

	if (!value || value == item)
		return peal_fail(NULL, -EINVAL, "parameter '%s': expected key=value", item);
	*value++ = '\0';
	if (find(list, item))
		return peal_fail(NULL, -EINVAL, "parameter '%s' is given twice", item);
	if (list->count == PEAL_PARAMS_MAX)
		return peal_fail(NULL, -EINVAL, "more than %d parameters", PEAL_PARAMS_MAX);
	list->params[list->count++] = (struct peal_param){ item, value };
	return 0;
}

int peal_params_parse(struct peal_param_list *list, const char *text)
{
	char *rest, *item;
	int r = 0;

	memset(list, 0, sizeof(*list));
	if (!text || !*text)
		return 0;
	list->text = strdup(text);
	if (!list->text)
		return peal_fail(NULL, -ENOMEM, "out of memory");
	rest = list->text;
	while (!r && (item = strsep(&rest, ",")))
		r = add(list, item);
	if (r)
		peal_params_free(list);
	return r;
}

const char *peal_params_take(struct peal_param_list *list, const char *key)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const char *value = list->params[i].value;

		if (strcmp(list->params[i].key, key))
			continue;
		list->count--;
		memmove(&list->params[i], &list->params[i + 1],
			(list->count - i) * sizeof(list->params[0]));
		return value;
	}
	return NULL;
}

void peal_params_free(struct peal_param_list *list)
{
	free(list->text);
	memset(list, 0, sizeof(*list));
}

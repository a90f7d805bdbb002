/* names.h - names of files and columns, any bytes, as text: JSON and pages hold UTF-8 alone.
 *
 * Each byte that is no part of well-formed UTF-8 is \xHH, its value in hexadecimal, and a backslash is \\, so that the name can be
 * had again; every other character is itself. */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include "common/program.h"

/* A name as text, and the name of a text; what is no such escape there is taken as it stands. To be freed. Of NULL: NULL. */
char *name_encode(const char *name);
char *name_decode(const char *text);

/* The text as a string of JSON, null for NULL; and a name from there, NULL where there is no string. To be freed. */
json_t *name_json(const char *name);
char *name_of_json(const json_t *json);

#endif

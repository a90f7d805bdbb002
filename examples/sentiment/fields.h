/* fields.h - a configuration to and from JSON, by a table of its fields. */
#ifndef SENTIMENT_FIELDS_H
#define SENTIMENT_FIELDS_H

#include "common/saved.h"

/* The fields of a struct config: int64_t for switches and integers, double for numbers. */
typedef enum field_kind { FIELD_SWITCH, FIELD_INTEGER, FIELD_NUMBER } field_kind;

struct field {
    const char *name;
    field_kind kind;
    size_t offset;
    double least, most;
};

#define CONFIG_FIELD(type, name, kind, least, most)                                                          \
    {                                                                                                        \
#name, kind, offsetof(type, name), least, most                                                       \
    }

/* The configuration as JSON; and back: every field must be there and in its range, or the program ends with a line
 * that names `path`. */
json_t *fields_json(const struct field *fields, int64_t count, const void *config);
void fields_read(const struct field *fields, int64_t count, const char *path, const json_t *json,
                 void *config);

#endif

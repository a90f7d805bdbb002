/* fields.c - a configuration to and from JSON. */
#include "fields.h"

json_t *fields_json(const struct field *fields, int64_t count, const void *config)
{
    json_t *json = json_object();
    for (int64_t i = 0; i < count; i++) {
        const void *value = (const char *)config + fields[i].offset;
        json_object_set_new(json, fields[i].name,
                            fields[i].kind == FIELD_SWITCH    ? json_boolean(*(const int64_t *)value)
                            : fields[i].kind == FIELD_INTEGER ? json_integer(*(const int64_t *)value)
                                                              : json_real(*(const double *)value));
    }
    return json;
}

void fields_read(const struct field *fields, int64_t count, const char *path, const json_t *json,
                 void *config)
{
    for (int64_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(json, fields[i].name);
        bool right = fields[i].kind == FIELD_SWITCH    ? json_is_boolean(value)
                     : fields[i].kind == FIELD_INTEGER ? json_is_integer(value)
                                                       : json_is_number(value);
        double number = json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
        if (!right || number < fields[i].least || number > fields[i].most)
            fail(EXIT_BAD_INPUT,
                 "%s: its configuration holds no %s, or one out of range; expected a model that " PROGRAM
                 " train wrote",
                 path, fields[i].name);
        void *target = (char *)config + fields[i].offset;
        if (fields[i].kind == FIELD_NUMBER)
            *(double *)target = number;
        else
            *(int64_t *)target = json_is_boolean(value) ? json_is_true(value) : json_integer_value(value);
    }
}

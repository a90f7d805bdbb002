/* settings.c - settings by their table, to JSON and back. */
#include "common/settings.h"

json_t *settings_json(const struct setting *settings, int64_t count, const void *config)
{
    json_t *json = json_object();
    for (int64_t i = 0; i < count; i++) {
        const void *value = (const char *)config + settings[i].offset;
        json_object_set_new(json, settings[i].name,
                            settings[i].whole ? json_integer(*(const int64_t *)value)
                                              : json_real(*(const double *)value));
    }
    return json;
}

void settings_of_json(const struct setting *settings, int64_t count, const json_t *json, const char *path,
                      void *config)
{
    for (int64_t i = 0; i < count; i++) {
        const struct setting *setting = &settings[i];
        const json_t *value = json_object_get(json, setting->name);
        const double number = json_number_value(value);
        if (!(setting->whole ? json_is_integer(value) : json_is_number(value)) ||
            !(number >= setting->least) || !(number <= setting->most))
            fail(EXIT_BAD_INPUT,
                 "%s: its setting %s is missing or out of range; expected a checkpoint that " PROGRAM
                 " train wrote",
                 path, setting->name);
        void *place = (char *)config + setting->offset;
        if (setting->whole)
            *(int64_t *)place = json_integer_value(value);
        else
            *(double *)place = number;
    }
}

/* retell.c - a command line, told again. */
#include "retell.h"

#include <stdlib.h>
#include <string.h>

/* The line, which is freed, and the option. */
static char *add(char *line, const char *name, const json_t *value)
{
    const char *whole = json_string_value(value), *last = whole ? strrchr(whole, '/') : NULL;
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)), *longer;
    if (whole)
        longer = print("%s --%s %s", line, name, last && last[1] ? last + 1 : whole);
    else if (json_is_boolean(value))
        longer = print("%s --%s", line, name);
    else
        longer = print("%s --%s %s", line, name, text);
    free(line);
    free(text);
    return longer;
}

static bool is_said(const struct option *option, const char *later)
{
    static const char *const unsaid[] = {"out", "threads", "resume", "overwrite", "quiet"};
    bool said = option->given && (later == NULL || strcmp(option->name, later) != 0);
    for (int64_t k = 0; k < COUNT(unsaid); k++)
        said = said && strcmp(option->name, unsaid[k]) != 0;
    return said;
}

char *retell(const char *command, const struct option *options, int64_t count, const char *later)
{
    char *line = print(PROGRAM " %s", command);
    for (int64_t i = 0; i < count; i++) {
        if (!is_said(&options[i], later))
            continue;
        json_t *value = option_json(&options[i]);
        if (json_is_array(value)) {
            for (size_t k = 0; k < json_array_size(value); k++)
                line = add(line, options[i].name, json_array_get(value, k));
        } else {
            line = add(line, options[i].name, value);
        }
        json_decref(value);
    }
    return line;
}

char *retold(char *told, const char *held)
{
    free(told);
    return held ? print("%s", held) : NULL;
}

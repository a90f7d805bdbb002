/* jsonl.c - JSON lines, by jansson: an object a text. */
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* The value under the name that the option gives, else under the first usual one; `name` receives it. */
static const json_t *find_value(const json_t *object, const char *wanted, const char *(*usual)(int64_t i),
                                const char **name)
{
    const json_t *value = NULL;
    *name = wanted ? wanted : usual(0);
    if (wanted)
        return json_object_get(object, wanted);
    for (int64_t i = 0; value == NULL && usual(i); i++) {
        value = json_object_get(object, usual(i));
        *name = value ? usual(i) : *name;
    }
    return value;
}

/* A label as text: a string, a whole number, true or false; NULL: it is none of them. To be freed. */
static char *print_label(const json_t *value)
{
    if (json_is_string(value))
        return print("%s", json_string_value(value));
    if (json_is_integer(value))
        return print("%lld", (long long)json_integer_value(value));
    if (json_is_real(value))
        return print("%.9g", json_real_value(value));
    return json_is_boolean(value) ? print(json_is_true(value) ? "true" : "false") : NULL;
}

static void read_object(struct dataset *dataset, const struct source *source, int64_t number,
                        const char *line, size_t size)
{
    json_error_t error;
    json_t *object = json_loadb(line, size, JSON_ALLOW_NUL, &error);
    const char *text_name, *label_name;
    if (object == NULL)
        fail(EXIT_BAD_INPUT,
             "%s, line %lld: not JSON at character %d, %s; expected an object a line, {\"%s\": ..., \"%s\": "
             "...}",
             source->path, (long long)number, error.column, error.text, usual_text_name(0),
             usual_label_name(0));
    const json_t *text = find_value(object, source->text_column, usual_text_name, &text_name),
                 *label = find_value(object, source->label_column, usual_label_name, &label_name);
    char *printed = print_label(label);
    if (!json_is_object(object))
        fail(EXIT_BAD_INPUT,
             "%s, line %lld: this is no object; expected {\"%s\": ..., \"%s\": ...} in each line",
             source->path, (long long)number, text_name, label_name);
    if (!json_is_string(text))
        fail(EXIT_BAD_INPUT, "%s, line %lld: there is no string called \"%s\"; expected the text%s",
             source->path, (long long)number, text_name,
             source->text_column ? "" : ", or its name by --text-column");
    if (printed == NULL && !source->unlabelled)
        fail(EXIT_BAD_INPUT,
             "%s, line %lld: there is no string or number called \"%s\"; expected the label%s", source->path,
             (long long)number, label_name, source->label_column ? "" : ", or its name by --label-column");
    dataset_add(dataset, source->path, print("line %lld", (long long)number), json_string_value(text),
                json_string_length(text), source->unlabelled ? NULL : printed, printed ? strlen(printed) : 0);
    if (dataset->found == NULL && source->unlabelled)
        dataset->found = print("JSON lines, texts in \"%s\"", text_name);
    else if (dataset->found == NULL)
        dataset->found = print("JSON lines, texts in \"%s\", labels in \"%s\"", text_name, label_name);
    free(printed);
    json_decref(object);
}

void jsonl_read(struct dataset *dataset, const struct source *source, char *bytes, size_t size)
{
    struct line_reader lines = lines_of(bytes, size);
    char *line;
    while (next_line(&lines, &line, &size)) {
        if (size > 0)
            read_object(dataset, source, lines.number, line, size);
    }
}

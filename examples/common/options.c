/* options.c - reading the command line, its help, and what was probably meant. */
#include "common/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "common/terminal.h"

struct option text_option(const char *name, const char **value, const char *argument, const char *help)
{
    return (struct option){name, OPTION_TEXT, value, argument, help, 0, 0, false, false};
}

struct option needed_option(const char *name, const char **value, const char *argument, const char *help)
{
    return (struct option){name, OPTION_TEXT, value, argument, help, 0, 0, true, false};
}

struct option several_option(const char *name, struct several *value, const char *argument, const char *help)
{
    return (struct option){name, OPTION_SEVERAL, value, argument, help, 0, 0, false, false};
}

struct option choice_option(const char *name, const char **value, const char *words, const char *help)
{
    return (struct option){name, OPTION_CHOICE, value, words, help, 0, 0, false, false};
}

struct option switch_option(const char *name, int64_t *value, const char *help)
{
    return (struct option){name, OPTION_SWITCH, value, NULL, help, 0, 1, false, false};
}

struct option integer_option(const char *name, int64_t *value, double least, double most, const char *help)
{
    return (struct option){name, OPTION_INTEGER, value, "N", help, least, most, false, false};
}

struct option number_option(const char *name, double *value, double least, double most, const char *help)
{
    return (struct option){name, OPTION_NUMBER, value, "F", help, least, most, false, false};
}

struct option threads_option(int64_t *value)
{
    return integer_option("threads", value, 0, 256, "0: one a processor; the result is the same");
}

struct option train_precision_option(const char **value)
{
    return choice_option("train-precision", value, "float32|bfloat16",
                         "what products round their factors to; bfloat16 is faster by AVX512_BF16 (float32)");
}

struct option overwrite_option(int64_t *value)
{
    return switch_option("overwrite", value, "replace the run that is in RUN; other files there stay");
}

/* How many letters have to change, of names of at most 63 bytes; longer ones are far from all. */
static int64_t distance(attn_context *context, const char *a, const char *b)
{
    int32_t from[63], to[63], edits;
    const int64_t lengths[] = {(int64_t)strlen(a), (int64_t)strlen(b)};
    if (lengths[0] > COUNT(from) || lengths[1] > COUNT(to))
        return COUNT(from) + 1;
    for (int64_t i = 0; i < lengths[0]; i++)
        from[i] = (unsigned char)a[i];
    for (int64_t i = 0; i < lengths[1]; i++)
        to[i] = (unsigned char)b[i];
    must(attn_edit_distance(context, 1, lengths[0], from, NULL, lengths[1], to, NULL, &edits, NULL));
    return edits;
}

const char *nearest_name(const char *name, const char *const *names, int64_t count)
{
    const char *best = NULL;
    attn_context *context = make_context(1);
    int64_t length = (int64_t)strlen(name), least = length < 4 ? 2 : 3;
    for (int64_t i = 0; i < count; i++) {
        bool begins = length >= 2 && strncmp(names[i], name, (size_t)length) == 0;
        int64_t steps = begins ? 1 : distance(context, name, names[i]);
        if (steps < least) {
            least = steps;
            best = names[i];
        }
    }
    attn_context_destroy(&context);
    return best;
}

static _Noreturn void unknown_option(const char *command, const char *name, const struct option *options,
                                     int64_t count)
{
    const char *names[64];
    for (int64_t i = 0; i < count; i++)
        names[i] = options[i].name;
    const char *meant = nearest_name(name, names, count);
    if (meant)
        fail(EXIT_BAD_INPUT, "unknown option --%s; did you mean --%s?", name, meant);
    fail(EXIT_BAD_INPUT, "unknown option --%s; " PROGRAM " %s --help lists them", name, command);
}

static const struct command *find_command(const char *name)
{
    const struct command *found = commands;
    while (strcmp(found->name, name) != 0)
        found++;
    return found;
}

static _Noreturn void help(const char *name, const struct option *options, int64_t count)
{
    const struct command *command = find_command(name);
    printf("usage: " PROGRAM " %s %s\n\n%s.\n%s\nOptions:\n", name, command->synopsis, command->summary,
           command->details);
    for (int64_t i = 0; i < count; i++) {
        char *left = print("--%s%s%s", options[i].name, options[i].argument ? " " : "",
                           options[i].argument ? options[i].argument : "");
        printf(strlen(left) <= 24 ? "  %-24s  %s\n" : "  %s\n                            %s\n", left,
               options[i].help);
        free(left);
    }
    printf("\nExample:\n  %s\n", command->example);
    must_print();
    exit(0);
}

int64_t choice_place(const char *words, const char *value)
{
    size_t length = strlen(value);
    int64_t place = 0;
    for (const char *word = words; word; word = strchr(word, '|'), place++) {
        word += *word == '|';
        if (length > 0 && strncmp(word, value, length) == 0 && (word[length] == '|' || word[length] == '\0'))
            return place;
    }
    return -1;
}

static void set_integer(const struct option *option, const char *text)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (*text == '\0' || *end != '\0' || errno || (double)number < option->least ||
        (double)number > option->most)
        fail(EXIT_BAD_INPUT, "--%s %s: expected a whole number from %.0f to %.0f", option->name, text,
             option->least, option->most);
    *(int64_t *)option->value = number;
}

static void set_number(const struct option *option, const char *text)
{
    char *end;
    double number = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !isfinite(number) || number < option->least || number > option->most)
        fail(EXIT_BAD_INPUT, "--%s %s: expected a number from %g to %g", option->name, text, option->least,
             option->most);
    *(double *)option->value = number;
}

static void add_text(const struct option *option, const char *text)
{
    struct several *several = option->value;
    if (!option->given)
        several->count = 0;
    if (several->count == MOST_SEVERAL)
        fail(EXIT_BAD_INPUT, "--%s %s: given more than %d times", option->name, text, MOST_SEVERAL);
    several->texts[several->count++] = text;
}

json_t *several_json(const struct several *several)
{
    json_t *json = json_array();
    for (int64_t i = 0; i < several->count; i++)
        json_array_append_new(json, name_json(several->texts[i]));
    return json;
}

static void set_value(const struct option *option, const char *text)
{
    switch (option->kind) {
    case OPTION_SWITCH:
        *(int64_t *)option->value = 1;
        break;
    case OPTION_INTEGER:
        set_integer(option, text);
        break;
    case OPTION_NUMBER:
        set_number(option, text);
        break;
    case OPTION_CHOICE:
        if (choice_place(option->argument, text) < 0)
            fail(EXIT_BAD_INPUT, "--%s %s: expected one of %s", option->name, text, option->argument);
        *(const char **)option->value = text;
        break;
    case OPTION_TEXT:
    case OPTION_SEVERAL:
        if (*text == '\0')
            fail(EXIT_BAD_INPUT, "--%s: its value, %s, is empty", option->name, option->argument);
        if (option->kind == OPTION_SEVERAL)
            add_text(option, text);
        else
            *(const char **)option->value = text;
    }
}

/* Read the option at argv[0]; returns how many arguments it took. */
static int parse_option(const char *command, struct option *options, int64_t count, int argc, char **argv)
{
    char name[64];
    const char *equals = strchr(argv[0], '='), *value = equals ? equals + 1 : NULL;
    size_t length = equals ? (size_t)(equals - argv[0] - 2) : strlen(argv[0] + 2);
    snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : (int)sizeof name - 1,
             argv[0] + 2);
    struct option *option = options;
    while (option < options + count && strcmp(option->name, name) != 0)
        option++;
    if (option == options + count)
        unknown_option(command, name, options, count);
    bool takes = option->kind != OPTION_SWITCH;
    if (!takes && value)
        fail(EXIT_BAD_INPUT, "--%s takes no value, but got %s", name, value);
    if (takes && value == NULL && (argc < 2 || strncmp(argv[1], "--", 2) == 0))
        fail(EXIT_BAD_INPUT, "--%s needs a value: %s", name, option->argument);
    set_value(option, value || !takes ? value : argv[1]);
    option->given = true;
    return takes && value == NULL ? 2 : 1;
}

int64_t options_parse_all(const char *name, struct option *options, int64_t count, int argc, char **argv,
                          const char **texts, int64_t most)
{
    int64_t found = 0;
    bool only_text = false;
    for (int64_t i = 0; i < count; i++)
        options[i].given = false;
    for (int i = 0; i < argc;) {
        bool dashes = !only_text && strncmp(argv[i], "--", 2) == 0;
        if (!only_text && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0))
            help(name, options, count);
        if (dashes && argv[i][2] != '\0') {
            i += parse_option(name, options, count, argc - i, argv + i);
            continue;
        }
        if (dashes)
            only_text = true;
        else if (most == 0)
            fail(EXIT_BAD_INPUT, "unexpected argument %s; " PROGRAM " %s --help shows what it takes", argv[i],
                 name);
        else if (found == most)
            fail(EXIT_BAD_INPUT, "unexpected argument %s; expected one, in quotes where it has blanks",
                 argv[i]);
        else
            texts[found++] = argv[i];
        i++;
    }
    for (int64_t i = 0; i < count; i++) {
        if (options[i].required && !options[i].given)
            fail(EXIT_BAD_INPUT, "--%s %s is missing; " PROGRAM " %s --help shows what it takes",
                 options[i].name, options[i].argument, name);
    }
    return found;
}

void options_parse(const char *name, struct option *options, int64_t count, int argc, char **argv,
                   const char **text)
{
    if (text)
        *text = NULL;
    options_parse_all(name, options, count, argc, argv, text, text ? 1 : 0);
}

bool option_given(const struct option *options, int64_t count, const char *name)
{
    for (int64_t i = 0; i < count; i++) {
        if (strcmp(options[i].name, name) == 0)
            return options[i].given;
    }
    return false;
}

json_t *option_json(const struct option *option)
{
    switch (option->kind) {
    case OPTION_SWITCH:
        return json_boolean(*(const int64_t *)option->value);
    case OPTION_INTEGER:
        return json_integer(*(const int64_t *)option->value);
    case OPTION_NUMBER:
        return json_real(*(const double *)option->value);
    case OPTION_SEVERAL:
        return several_json(option->value);
    default:
        return name_json(*(const char *const *)option->value);
    }
}

/* options.h - a command's line, read by a table. */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include "common/program.h"

typedef enum option_kind {
    OPTION_SWITCH,  /* value: int64_t *, becomes 1 */
    OPTION_INTEGER, /* value: int64_t *, from `least` to `most` */
    OPTION_NUMBER,  /* value: double *, from `least` to `most` */
    OPTION_TEXT,    /* value: const char ** */
    OPTION_SEVERAL, /* value: struct several *, all that are given */
    OPTION_CHOICE   /* value: const char **, one of the words of `argument` */
} option_kind;

#define MOST_SEVERAL 16

struct several {
    const char *texts[MOST_SEVERAL];
    int64_t count;
};

struct option {
    const char *name; /* "max-length" */
    option_kind kind;
    void *value;          /* keeps what it holds unless the option is given */
    const char *argument; /* how its value is called in the help: "N", "default|article"; NULL for a switch */
    const char *help;
    double least, most;
    bool required;
    bool given; /* set by options_parse */
};

/* Rows of the table. */
struct option text_option(const char *name, const char **value, const char *argument, const char *help);
struct option needed_option(const char *name, const char **value, const char *argument, const char *help);
struct option several_option(const char *name, struct several *value, const char *argument, const char *help);
struct option choice_option(const char *name, const char **value, const char *words, const char *help);
struct option switch_option(const char *name, int64_t *value, const char *help);
struct option integer_option(const char *name, int64_t *value, double least, double most, const char *help);
struct option number_option(const char *name, double *value, double least, double most, const char *help);
struct option threads_option(int64_t *value);
struct option train_precision_option(const char **value);
struct option overwrite_option(int64_t *value);

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *synopsis; /* "--model FILE [TEXT]" */
    const char *summary;  /* one line */
    const char *details;  /* what one has to know beside the options; lines that end in \n, or "" */
    const char *example;
};

/* What each program's commands.c holds: every command, in the order of the help, ending with a NULL name; the names of those that
 * several processes run together (ranks.h), ending with NULL; what the program is for, one sentence; and example lines, each ending in
 * \n. */
extern const struct command commands[];
extern const char *const commands_of_ranks[];
extern const char program_purpose[], program_examples[];

/* Read the line of commands[].name == `name`: `--NAME VALUE`, `--NAME=VALUE`, or text, which is stored in
 * *text (NULL where the command takes none). A faulty line ends the program; so does --help. */
void options_parse(const char *name, struct option *options, int64_t count, int argc, char **argv,
                   const char **text);

/* The same for a command that takes several texts: they go to texts[most], and their number is returned. */
int64_t options_parse_all(const char *name, struct option *options, int64_t count, int argc, char **argv,
                          const char **texts, int64_t most);

/* Whether the option called `name` was on the line. */
bool option_given(const struct option *options, int64_t count, const char *name);

/* Where among the words of a choice, "first|second", the value is; -1 when it is none of them. */
int64_t choice_place(const char *words, const char *value);

/* Attention's weightings, in the order of ATTN_WEIGHTING_... */
#define WEIGHTINGS "softmax|sparsemax|entmax"

/* The value as JSON, a text as names are, several of them as an array. */
json_t *option_json(const struct option *option);
json_t *several_json(const struct several *several);

/* The one of names[count] that was probably meant, NULL when none is near. */
const char *nearest_name(const char *name, const char *const *names, int64_t count);

#endif

/* saved.h - a program's model file: whose it is, and its configuration by a table of fields. */
#ifndef COMMON_SAVED_H
#define COMMON_SAVED_H

#include "common/program.h"

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

/* Write a model file with {"program": PROGRAM, "config": config, ...} as the options' config. Takes the reference to `json`,
 * an object with what stands beside "program". */
void save_model(const char *path, const attn_params *params, attn_save_options options, json_t *json);

/* The JSON of an opened model file; ends the program when the file is another program's. */
json_t *read_model_json(const attn_file *file, const char *path);

/* Open a trained model: its JSON, and the vocabulary in it. And once the network that they describe is made, load its values and
 * close the file; takes the reference to `json`. */
json_t *open_trained(attn_context *context, const char *path, attn_file **file, attn_vocab **vocab);
void load_trained(attn_file **file, json_t *json, attn_params *params);

#endif

/* settings.h - a program's settings of training as JSON, by a table: what a run that is gone on with has to know. */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include "common/program.h"

/* One setting: a whole number, int64_t, or a real one, double, from `least` to `most`. */
struct setting {
    const char *name;
    size_t offset; /* in the program's configuration */
    bool whole;
    double least, most;
};

/* Rows of the table, of a member of `struct config`. */
#define WHOLE_SETTING(name, least, most)                                                                     \
    {                                                                                                        \
#name, offsetof(struct config, name), true, least, most                                              \
    }
#define REAL_SETTING(name, least, most)                                                                      \
    {                                                                                                        \
#name, offsetof(struct config, name), false, least, most                                             \
    }

json_t *settings_json(const struct setting *settings, int64_t count, const void *config);

/* Put what settings_json gave into the configuration; ends the program where the checkpoint at `path` holds none that can be. */
void settings_of_json(const struct setting *settings, int64_t count, const json_t *json, const char *path,
                      void *config);

#endif

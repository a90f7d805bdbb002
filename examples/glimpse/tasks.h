/* tasks.h - what the program is to learn: captions of scenes that it draws (the default), or digits that people wrote. */
#ifndef GLIMPSE_TASKS_H
#define GLIMPSE_TASKS_H

#include "common/options.h"

/* --task, a row of the table of each command that has it. */
struct option task_option(const char **task);

/* End with a line where a model file, whose JSON this is, is of the other task. */
void require_task(const json_t *json, const char *path, const char *task);

#endif

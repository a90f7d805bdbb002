/* retell.h - the command that made a model, for its file. */
#ifndef SENTIMENT_RETELL_H
#define SENTIMENT_RETELL_H

#include "common/options.h"

/* What was given, as a line: nothing of this place, so files go without their folders, and nothing that decides no number; nor the
 * option `later` (NULL: none), which may change as training goes on, and is added when the file is written. To be freed. */
char *retell(const char *command, const struct option *options, int64_t count, const char *later);

/* The line that a checkpoint holds, to be freed, in place of the one that was told, which is; NULL where it holds none. */
char *retold(char *told, const char *held);

#endif

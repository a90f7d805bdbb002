/* runs.h - the folder that train --out names, where an old run is never replaced without a word. */
#ifndef COMMON_RUNS_H
#define COMMON_RUNS_H

#include "common/files.h"
#include "common/options.h"

/* The names of the files that a run of this program leaves, metrics.csv last, ending with NULL; stands beside the program's train
 * command. */
extern const char *const run_files[];

struct run_place {
    const char *folder;
    bool overwrite;                       /* --overwrite was given */
    const char *resumed;                  /* the file that --resume goes on from */
    const char *inputs[MOST_SEVERAL + 4]; /* what is read, and so must not be replaced; NULL: nothing */
};

/* End the program where files in the folder stand in the way of a new run: those of an old one without --overwrite, those that no run
 * left, and those that are read. Nothing is written. */
void run_check(attn_context *context, const struct run_place *place);

/* Hold the folder, which is there, until the program ends, or end it where another training holds it: two would mix their files. Where a
 * file system knows no locks nothing is held. Of several ranks the first one does so. */
void run_hold(const char *folder);

/* Make and hold the folder, remove what an old run left there, of which nothing shall mix with the new one, and begin its metrics.csv by the line
 * of its columns. What else is there stays. The old metrics.csv goes last and the new one comes first, so that a folder whose run was
 * killed at any moment tells that it is a run's. Of several
 * ranks the first one does so, when all have come here. Ctrl-C is noted from here on (signals.h): a run that can be seen to have begun can be
 * gone on with. */
void run_begin(const struct run_place *place, const char *metrics_head);

/* What a run that is gone on with keeps of a log: the lines of `path` that begin with `head` and then a number up to `epoch`, appended to
 * `text`. A log that is not there is an empty one. */
void keep_lines(struct text *text, const char *path, const char *head, int64_t epoch);

#endif

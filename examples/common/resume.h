/* resume.h - going on with a run that was stopped: what may be said anew, where its checkpoint is, and whether its data are still those. */
#ifndef COMMON_RESUME_H
#define COMMON_RESUME_H

#include "common/options.h"

/* Where data lie, as text that leads there from wherever the run is gone on with; null for NULL: they came with the program. */
json_t *resume_place_json(const char *path);

/* What a checkpoint says beside its layers, of data in one place: takes the references of `config` and `progress`. */
json_t *resume_json(json_t *config, const char *data, uint64_t fingerprint, const char *precision,
                    json_t *progress);

/* Where a checkpoint's data lie, for the caller to free; *data becomes it where nothing else was said. */
char *resume_data(const json_t *kept, const char **data);

/* End the program where both --resume and --overwrite were given. */
void resume_check_alone(const char *out, bool resume, bool overwrite);

/* Whether an option may be given to a run that is gone on with: where things lie, how long and with what it trains. All others decided
 * what its checkpoint holds. */
bool resume_may_change(const char *option);

/* End the program where another one was given, or `fixed`, which this program's checkpoints decide too (NULL: none). */
void resume_check_options(const struct option *options, int64_t count, const char *fixed);

/* The context that a run in `out` trains on, in this rank's threads, with products of *precision (--train-precision). Where it goes on
 * from a checkpoint (else NULL), *precision becomes what stands there as "train_precision": known before the checkpoint is opened, since
 * that is done on this context. Ends the program where there is no such checkpoint, or where another training holds the folder. */
attn_context *resume_context(int64_t threads, const char **precision, const char *checkpoint,
                             const char *out);

/* End the program where `json` has another fingerprint than that of the `what` ("reviews") that were read at `place` (NULL: at several). */
void resume_check_data(const json_t *json, uint64_t fingerprint, const char *what, const char *place,
                       const char *checkpoint);

#endif

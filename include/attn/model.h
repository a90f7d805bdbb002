/* model.h - the model file: weights, vocabulary and configuration in one safetensors file, which PyTorch and NumPy open.
 *
 *     8 bytes    length N of the header, little-endian
 *     N bytes    JSON: "NAME": {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}, ...
 *                and "__metadata__": {"format": "libattn", "version": "1", "config": ..., "vocab": ...}
 *     the rest   the tensors, float32, little-endian, row-major
 *
 * "config" is whatever string the program gives (JSON, say), "vocab" is vocab.txt. A checkpoint is the same file with the
 * optimiser's state beside the weights: tensors "adam.m.NAME", "adam.v.NAME" and, where an average is kept, "adam.a.NAME";
 * and "adam.steps" in the metadata. */
#ifndef ATTN_MODEL_H
#define ATTN_MODEL_H

#include "adam.h"
#include "vocab.h"

ATTN_BEGIN_DECLS

/* Write the params to `path`. The file is written beside it and takes its place only when it is whole and on disk: if the
 * disk is full, what was there stays. `vocab`, `config` (NUL-terminated UTF-8) and `adam` may be NULL.
 * Errors: ARGUMENT (a number that is NaN or infinite, text that is not UTF-8, adam of other params; a tensor called
 * "__metadata__"), STATE (adam has its average swapped in), IO, MEMORY. Thread-safety: nobody may change the params
 * meanwhile. */
ATTN_API attn_status attn_model_save(const char *path, attn_params *params, const attn_vocab *vocab,
                                     const char *config, const attn_adam *adam);

/* A model file that was opened. Thread-safety: immutable; any number of threads. */
typedef struct attn_model attn_model;

/* Open and check a file; any safetensors file of float32 tensors will do. Errors: ARGUMENT, IO, FORMAT (with what is
 * wrong: truncated, not safetensors, offsets out of the file, a tensor of another type), MEMORY. */
ATTN_API attn_status attn_model_open(attn_context *context, const char *path, attn_model **out);
ATTN_API void attn_model_close(attn_model **model);

/* The configuration as it was saved; NULL when there is none. Lives as long as the model. */
ATTN_API const char *attn_model_config(const attn_model *model);

/* The vocabulary as a handle of its own. Errors: ARGUMENT, FORMAT (the file holds none), MEMORY. */
ATTN_API attn_status attn_model_vocab(const attn_model *model, attn_vocab **out);

/* How many tensors the file holds, those of the optimiser included; and the name, rank (0 to 8) and shape[8], 1 beyond
 * rank, of one, in the order of their data. `name` lives as long as the model. */
ATTN_API int64_t attn_model_count(const attn_model *model);
ATTN_API attn_status attn_model_tensor(const attn_model *model, int64_t index, const char **name, int32_t *rank,
                                       int64_t *shape);

/* Copy the values of every tensor of the params from the file, which may hold others too. Errors: ARGUMENT, FORMAT (a
 * tensor is missing, has another shape, or holds NaN or infinity; with its name); on failure the params are as before. */
ATTN_API attn_status attn_model_load(const attn_model *model, attn_params *params);

/* Copy the optimiser's state from a checkpoint. Errors: ARGUMENT, STATE (adam has its average swapped in), FORMAT (the file holds none, or one of other tensors);
 * on failure the optimiser is as before. */
ATTN_API attn_status attn_model_load_adam(const attn_model *model, attn_adam *adam);

ATTN_END_DECLS
#endif

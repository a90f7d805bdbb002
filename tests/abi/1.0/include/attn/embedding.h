/** embedding.h - ids to vectors: y[b,t] = table[ids[b,t]]. */
#ifndef ATTN_EMBEDDING_H
#define ATTN_EMBEDDING_H

#include "tape.h"
#include "vectors.h"

ATTN_BEGIN_DECLS

/** Thread-safety: immutable; any number of threads may run inference at once. */
typedef struct attn_embedding attn_embedding;

/** How a table is made. */
typedef struct attn_embedding_options {
    size_t struct_size; /**< sizeof(attn_embedding_options) */
    int32_t frozen;     /**< 1: training leaves the table alone */
    int32_t init;       /**< ATTN_INIT_... of the rows but ATTN_PAD_ID; the default is ATTN_INIT_NORMAL */
} attn_embedding_options;

#define ATTN_EMBEDDING_OPTIONS_INIT {sizeof(attn_embedding_options), 0, ATTN_INIT_DEFAULT}

/** Add the tensor NAME.weight [rows, dim] to the params; row ATTN_PAD_ID, 0, starts at 0, whatever `init` is, and learns like any
 * other where it is used: it is meant for what stands behind the ends of rows, which is never used. Where ids are not a
 * vocabulary's and 0 is a symbol (a byte, a position, a class), add 1 to all ids and to `rows`; or write first values into the
 * row, at `values` of attn_params_find. The gradient is sparse by rows: only rows that were used are cleared, clipped and
 * updated. Errors: ARGUMENT, MEMORY; on failure the params are as before. The embedding keeps the params alive. */
ATTN_API ATTN_CHECKED attn_status attn_embedding_create(attn_params *params, const char *name, int64_t rows,
                                                        int64_t dim, const attn_embedding_options *options,
                                                        attn_embedding **out);
ATTN_API void attn_embedding_destroy(attn_embedding **embedding);

/** The same handle for one owner more, who destroys it too: it lives until the last has. NULL for NULL. Thread-safety: any. */
ATTN_API attn_embedding *attn_embedding_share(attn_embedding *embedding);

/** Fill the table from a file of word vectors, as attn_vectors_read does (rows without a vector keep their first
 * values). The vocabulary must have as many ids as the table rows, the file vectors of the table's width. `report` may be NULL.
 * Errors: those of attn_vectors_read. Thread-safety: nobody may use the params meanwhile. */
ATTN_API ATTN_CHECKED attn_status attn_embedding_load(attn_embedding *embedding, const attn_vocab *vocab,
                                                      const char *path, attn_vectors_report *report);

/** y[batch, time, dim] from ids[batch, time]; y is 0 beyond lengths[b]. `lengths` NULL means all full. Ids beyond the
 * length are not read. Errors: ARGUMENT (an id that is no row, a length out of range), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_embedding_forward(const attn_embedding *embedding, attn_tape *tape,
                                                         int64_t batch, int64_t time, const int32_t *ids,
                                                         const int32_t *lengths, float *y);

/** Add dy[batch, time, dim] to the gradients of the rows used; beyond the lengths it is not read. Batch and time are forward's.
 * Does nothing but pop when the table is frozen, and on a tape of mode ATTN_TAPE_INPUTS; dy may then be NULL. Errors: ARGUMENT
 * (other sizes than forward's, a tape of another context; nothing is written), STATE, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_embedding_backward(const attn_embedding *embedding, attn_tape *tape,
                                                          int64_t batch, int64_t time, const float *dy);

/** What the layer is. Filled up to struct_size. */
typedef struct attn_embedding_info {
    size_t struct_size;
    const char *name; /**< lives as long as the layer */
    attn_params *params; /**< where its tensors lie; lives as long as the layer */
    int64_t rows, dim; /**< as given to attn_embedding_create */
    int32_t frozen; /**< as in the options; attn_params_set_trainable does not change it */
    int32_t reserved; /**< 0 */
} attn_embedding_info;

#define ATTN_EMBEDDING_INFO_INIT {sizeof(attn_embedding_info), 0, 0, 0, 0, 0, 0}

/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_embedding_get_info(const attn_embedding *embedding, attn_embedding_info *info);

ATTN_END_DECLS
#endif

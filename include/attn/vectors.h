/** vectors.h - word vectors that others have trained: GloVe text, word2vec text, word2vec binary. */
#ifndef ATTN_VECTORS_H
#define ATTN_VECTORS_H

#include "vocab.h"

ATTN_BEGIN_DECLS

#define ATTN_VECTORS_AUTO 0            /**< told by the first bytes of the file */
#define ATTN_VECTORS_GLOVE 1           /**< `word x1 ... xD` a line; D are counted from its end, see below */
#define ATTN_VECTORS_WORD2VEC 2        /**< a first line `words D`, then as GloVe */
#define ATTN_VECTORS_WORD2VEC_BINARY 3 /**< the same first line, then `word `, D little-endian float32, and a line end */

/** What a file of vectors holds. Filled up to struct_size. */
typedef struct attn_vectors_report {
    size_t struct_size; /**< sizeof(attn_vectors_report), set by the caller */
    int64_t words;      /**< vectors in the file */
    int64_t found;      /**< ids of the vocabulary that have one, and got it */
    int64_t dim;        /**< numbers a vector */
    int32_t format;     /**< ATTN_VECTORS_... as found */
    int32_t reserved;   /**< 0 */
} attn_vectors_report;

#define ATTN_VECTORS_REPORT_INIT {sizeof(attn_vectors_report), 0, 0, 0, 0, 0}

/** Read only as much as tells format and dim; `words` is what the first line promises, 0 in GloVe.
 * Errors: ARGUMENT, IO, FORMAT. */
ATTN_API ATTN_CHECKED attn_status attn_vectors_probe(attn_context *context, const char *path, int32_t format,
                                                     attn_vectors_report *report);

/** Read the vectors of a vocabulary's tokens into table[attn_vocab_size, dim]: row i gets the vector of token i; rows
 * without one stay as they are, and `found[attn_vocab_size]` (may be NULL) tells which got one. A word that stands
 * twice counts once, the first time. Of a line of text the last `dim` fields are the numbers and all before them is the word,
 * which may hold blanks or be one, end in a number ("route 66") or be empty, as in glove.840B and crawl-300d-2M: no token is like
 * that, and its vector is counted and left. A byte order mark and the line ends of Windows are fine. The parsing is shared
 * among the context's threads, and what is read does not depend on how many there are. `report` may be NULL, and is filled
 * only on success. Errors: ARGUMENT, IO, FORMAT (not such a file, another number of vectors than word2vec's first line
 * promises, vectors of another width than `dim`, a number that is none or not finite in a vector that is needed; with its
 * line), MEMORY; after a failure some rows may have been written. */
ATTN_API ATTN_CHECKED attn_status attn_vectors_read(attn_context *context, const attn_vocab *vocab,
                                                    int64_t dim, const char *path, int32_t format,
                                                    float *table, uint8_t *found,
                                                    attn_vectors_report *report);

ATTN_END_DECLS
#endif

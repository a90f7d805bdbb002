/* batch.h - pairs side by side, as a decoder with teacher forcing reads them. */
#ifndef TRANSLATE_BATCH_H
#define TRANSLATE_BATCH_H

#include "corpus.h"

struct batch {
    int64_t rows, items, steps;       /* the longest source; the longest target with its end */
    int32_t *source, *source_lengths; /* [rows, items], [rows] */
    int32_t *target, *target_lengths; /* [rows, steps]: begin, then the target; [rows]: with the begin */
    int32_t *labels;                  /* [tokens]: the target, then its end, row after row without padding */
    int64_t tokens;                   /* the sum of target_lengths */
    int64_t source_capacity, target_capacity, labels_capacity, rows_capacity[2];
};

/* Fill a batch, which starts as {0} and grows, with pairs items[rows]. */
void batch_fill(struct batch *batch, const struct corpus *corpus, const int64_t *items, int64_t rows);
/* Give it other targets: row b is ids[b * length .. + lengths[b]). */
void batch_set_targets(struct batch *batch, int64_t length, const int32_t *ids, const int32_t *lengths);
void batch_free(struct batch *batch);

#endif

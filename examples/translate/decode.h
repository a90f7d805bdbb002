/* decode.h - translating: the trained network, step by step, under attn_search. */
#ifndef TRANSLATE_DECODE_H
#define TRANSLATE_DECODE_H

#include "trained.h"

/* The translations of a batch's sources: row b is ids[b * length .. + lengths[b]). */
struct translations {
    int64_t length; /* room for each */
    int32_t *ids, *lengths;
    int64_t ids_capacity, lengths_capacity;
};

/* What decodes: the decoder packed as its weights are now. `beam` 1 is greedy. A model without unknown words cannot copy: that
 * ends the program. */
struct translator {
    struct trained *trained;
    attn_context *context;
    attn_gru_packed *decoder;
    int64_t beam;
    bool copies; /* <unk> may be said, for what is copied */
};

struct translator translator_create(attn_context *context, struct trained *trained, int64_t beam,
                                    bool copies);
void translator_destroy(struct translator *translator);

/* Translate a batch's sources; its targets are not read. `out` starts as {0} and grows. */
void translate(struct translator *translator, const struct batch *batch, struct translations *out);
void translations_free(struct translations *translations);

#endif

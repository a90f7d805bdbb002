/* spell.h - writing what was said: the trained network, letter by letter, under attn_search. */
#ifndef LISTEN_SPELL_H
#define LISTEN_SPELL_H

#include "trained.h"

/* Seconds of silence to put around a sound that is not chained from recordings, as strings have it around them: what is trimmed to its
 * words has no silence against which they are loud. */
#define SILENCE_AROUND 0.2

/* The texts of a batch's sounds: row b is ids[b * length .. + lengths[b]). Starts as {0} and grows. */
struct texts {
    int64_t length; /* room for each */
    int32_t *ids, *lengths;
    int64_t ids_capacity, lengths_capacity;
};
void texts_free(struct texts *texts);

/* What spells: the speller packed as its weights are now. `beam` 1 is greedy. */
struct spelling {
    struct trained *trained;
    attn_context *context;
    attn_gru_packed *speller;
    int64_t beam;
    struct scratch step[2]; /* of a step, and of the one before, from which its states are taken */
};
struct spelling spelling_create(attn_context *context, struct trained *trained, int64_t beam);
void spelling_destroy(struct spelling *spelling);

/* Spell a batch's sounds; its texts are not read. A text is at most as long as the sound has items. */
void spell(struct spelling *spelling, const struct batch *batch, struct texts *out);

#endif

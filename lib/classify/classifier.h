/* classifier.h (internal) - the parts, and the memory that calls borrow. Of the library it uses the public headers, and the one
 * way to check arguments (core/error.h): what cannot be done with those, no program can do.
 *
 *     classifier.c   putting parts together                  attribute.c   what each word gave, of a batch of ids
 *     forward.c      to logits and back                      read.c        the same of texts
 *     saved.c        to a file, and from one                 probe.c       what the measures of faithfulness ask */
#ifndef ATTN_CLASSIFY_CLASSIFIER_H
#define ATTN_CLASSIFY_CLASSIFIER_H

#include <stdatomic.h>

#include "attn/attn.h"
#include "core/error.h"

#define ATTNI_IDLE_TAPES 16
#define ATTNI_CHANNELS 1 /* the decision */

struct attn_classifier {
    _Atomic int64_t references; /* probes share it */
    attn_context *context;      /* the params' */
    attn_params *params;
    attn_embedding *embedding;
    attn_gru *encoder;
    attn_gru_packed *packed; /* NULL: not packed */
    attn_attention *attention;
    attn_attngru *reader;
    attn_dense *decision;
    attn_vocab *vocab;
    char **labels; /* [classes] */
    int64_t classes, dim, state_dim, context_dim, hidden_dim, layers, directions,
        max_length; /* context_dim: of what decides */
    int32_t padding_kept;
    float context_dropout;
    float scales[ATTNI_CHANNELS]; /* of the channels' logits */
    _Atomic(attn_tape *) idle[ATTNI_IDLE_TAPES]; /* of mode ATTN_TAPE_INPUTS */
};

attn_classifier *attni_classifier_retain(attn_classifier *classifier);
void attni_classifier_release(attn_classifier *classifier); /* NULL is fine */

/* Borrow a tape that leaves the params alone, which also serves as memory for one call; and give it back. */
attn_status attni_classifier_take(const attn_classifier *classifier, attn_tape **tape);
void attni_classifier_give(const attn_classifier *classifier, attn_tape *tape);

/* Memory for `count` things of `size` bytes from a borrowed tape, until it is given back: its address goes into *array, a pointer
 * of any type. */
attn_status attni_classifier_room(const attn_classifier *classifier, attn_tape *tape, int64_t count,
                                  size_t size, void *array);

/* A caller's struct that may be shorter or longer than ours, checked; the second one takes ids alone. */
attn_status attni_classifier_sequence(const char *function, const attn_classifier *classifier,
                                      const attn_sequence *in, attn_sequence *own);
attn_status attni_classifier_ids(const char *function, const attn_classifier *classifier,
                                 const attn_sequence *in, attn_sequence *own);

/* logits[rows, classes] -> outputs[rows]: the log-odds of targets[rows], ln p / (1 - p); their gradient is written over the
 * logits. */
void attni_classifier_log_odds(int64_t rows, int64_t classes, float *logits, const int32_t *targets,
                               float *outputs);

/* The largest of numbers[classes], of equal ones the first. */
int32_t attni_classifier_largest(int64_t classes, const float *numbers);

/* Copies of rows[count] of ids[.., time], without the words where keep[count, time] is 0 (NULL: whole): to[count, time] and
 * to_lengths[count]. */
void attni_classifier_copy_rows(int64_t time, const int32_t *ids, const int32_t *lengths, int64_t count,
                                const int32_t *rows, const uint8_t *keep, int32_t *to, int32_t *to_lengths);

#endif

/* classifier.h (internal) - the parts, and the memory that calls borrow. Of the library it uses the public headers, and the one
 * way to check arguments (core/error.h): what cannot be done with those, no program can do.
 *
 *     parts.c        putting parts together                  attribute.c   what each word gave, of a batch of ids
 *     forward.c      to logits and back                      read.c        the same of texts
 *     saved.c        to a file, and from one                 probe.c       what the measures of faithfulness ask
 *     classifier.c   memory, and what can be asked           omit.c        decisions on rows with words left out,
 *                                                            omit_one.c    one word;
 *                                                            ngrams.c      the n-grams' channel, word by word */
#ifndef ATTN_CLASSIFY_CLASSIFIER_H
#define ATTN_CLASSIFY_CLASSIFIER_H

#include <stdatomic.h>

#include "attn/attn.h"
#include "core/error.h"

#define ATTNI_IDLE_TAPES 16
#define ATTNI_OMISSION_CLASSES 8 /* at most, that have slopes: each takes a way back through time */
#define ATTNI_CHANNELS 2         /* at most: the encoder's, and the n-grams' */

struct attn_classifier {
    _Atomic int64_t references; /* probes share it */
    attn_context *context;      /* the params' */
    attn_params *params;
    attn_embedding *embedding;
    attn_gru *encoder;
    attn_gru_packed *packed; /* NULL: not packed */
    attn_attention *attention;
    attn_attngru *reader;
    attn_dense *decision; /* NULL, like embedding and encoder: n-grams alone */
    attn_ngrams *ngrams;
    attn_vocab *vocab;
    char **labels; /* [classes] */
    int64_t classes, dim, state_dim, context_dim, hidden_dim, layers, directions,
        max_length; /* context_dim: of what decides */
    int32_t padding_kept, pooling;
    float context_dropout;
    int64_t channels;
    float scales[ATTNI_CHANNELS];                /* of the channels' logits, the n-grams' the last */
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

/* Inference: each channel's logits without scales, channels[channels, batch, classes], and all of them together; either may be
 * NULL, as weights may. */
attn_status attni_classifier_infer(const attn_classifier *classifier, const attn_sequence *in,
                                   float *channels, float *logits, float *weights);

/* The encoder's channel alone, without its scale: logits[batch, classes]. Reads x too where there are n-grams. */
attn_status attni_classifier_encoder(const attn_classifier *classifier, const attn_sequence *in,
                                     float *logits);

/* What each word gives to the n-grams' logits, scaled: shares[columns, batch, time]; targets[batch] is room. */
float attni_classifier_ngrams_scale(const attn_classifier *classifier);
int64_t attni_classifier_columns(const attn_classifier *classifier);
attn_status attni_classifier_shares(const attn_classifier *classifier, int64_t batch, int64_t time,
                                    const int32_t *ids, const int32_t *lengths, int32_t *targets,
                                    float *shares);

/* With the shares of one row, whose columns lie `stride` apart: what words of other amounts than 1 change is added to its
 * logits[classes]; and what the logits' gradient makes of each word's amount to slopes[length]. */
void attni_classifier_add_amounts(const attn_classifier *classifier, int64_t length, int64_t stride,
                                  const float *shares, const float *amounts, float *logits);
void attni_classifier_add_slopes(const attn_classifier *classifier, int64_t length, int64_t stride,
                                 const float *shares, const float *dlogits, float *slopes);

/* Whether `by` is a way, and one of this classifier's. */
attn_status attni_classifier_check_by(const char *function, const attn_classifier *classifier, int32_t by);

/* numbers[classes] of one of them less the mean of the others. */
double attni_classifier_margin(int64_t classes, const float *numbers, int64_t of);

/* logits[rows, classes] -> outputs[rows]: the log-odds of targets[rows], ln p / (1 - p); their gradient is written over the
 * logits. */
void attni_classifier_log_odds(int64_t rows, int64_t classes, float *logits, const int32_t *targets,
                               float *outputs);

/* The largest of numbers[classes], of equal ones the first. */
int32_t attni_classifier_largest(int64_t classes, const float *numbers);

/* parts[count, classes] = W h of states[count, D]: their decisions less bias[classes], that of zeros. */
attn_status attni_classifier_parts(const attn_classifier *classifier, int64_t count, const float *states,
                                   const float *bias, float *parts);

/* logits[classes] = bias + sum_t weights[t] parts[t, classes] */
void attni_classifier_mix(int64_t classes, int64_t length, const float *weights, const float *parts,
                          const float *bias, float *logits);

/* Rows that are asked about without some of their words. The caller sets what they are, what the classifier gave for them, and two
 * tapes: `memory` is added to by the first question that needs it, and `tape` is for gradients, and free between questions. */
typedef struct attni_omission {
    const attn_classifier *classifier;
    attn_tape *memory, *tape;
    int64_t batch, time;
    const int32_t *ids, *lengths; /* [B, T], [B] */
    const float *states, *logits; /* [B, T, D], [B, classes]; states where there is attention */

    /* Where a direction of the encoder can run by itself: */
    attn_gru_packed *directions[2]; /* NULL: it cannot */
    int32_t is_ready;               /* what follows is there */
    int64_t key_dim;
    float *keys[2]; /* [B, T, key_dim]: each direction's part of attention's keys */
    float *scores;  /* [B, T] */
    float *parts;   /* [B, T, classes] */
    float *bias;    /* [classes] */
    float *tops;    /* [B]: the largest score of each row */
    double *sums;   /* [B]: Z of each row */
    float temperature;
    float *slopes; /* [1 + classes, B, T, D], of omit.c's equations; NULL: of a weighting that has none */
} attni_omission;

/* Look at what the caller has set; attni_omission_clear gives back what that takes, and is fine after a failure too. */
attn_status attni_omission_open(attni_omission *omission);
void attni_omission_clear(attni_omission *omission);

/* logits[count, classes], the encoder's alone, of copies of rows[count] without the word at[count], where a direction can run by
 * itself. */
attn_status attni_omission_one(const attni_omission *omission, attn_tape *question, int64_t count,
                               const int32_t *rows, const int32_t *at, float *logits);

/* logits[count, classes] of copies of rows[count] without the words where keep[count, time] is 0; `question` is begun, and holds
 * the copies. */
attn_status attni_omission_decide(attni_omission *omission, attn_tape *question, int64_t count,
                                  const int32_t *rows, const uint8_t *keep, float *logits);

/* Copies of rows[count] of ids[.., time], without the words where keep[count, time] is 0 (NULL: whole): to[count, time] and
 * to_lengths[count]. */
void attni_classifier_copy_rows(int64_t time, const int32_t *ids, const int32_t *lengths, int64_t count,
                                const int32_t *rows, const uint8_t *keep, int32_t *to, int32_t *to_lengths);

#endif

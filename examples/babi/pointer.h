/* pointer.h - answering by pointing (1506.03134): the weights of an attention over the story's words are the answer.
 *
 *     h_i = [word i's vector, its fact's F_j]      s = [m, q], the last memory and the question
 *     a_i = softmax over i of  v . tanh(W h_i + U s + b)
 *     p(word) = sum of a_i over the places i where the word stands;   loss = -log p(answer) */
#ifndef BABI_POINTER_H
#define BABI_POINTER_H

#include "batch.h"
#include "common/saved.h"

struct pointer {
    int64_t hidden;
    attn_attention *attention;
    int64_t most;    /* W: words of the longest story of the batch */
    int32_t *counts; /* [B] */
    int64_t *places; /* [B, W]: where word i stands in [B, J, M] */
    int64_t counts_capacity, places_capacity;
    const float *dmemory; /* [B, W, 2H]: of the last backward */
};

struct pointer pointer_create(attn_params *params, int64_t hidden);
struct pointer pointer_open(attn_params *params, const attn_file *file, const char *path, int64_t hidden);
void pointer_destroy(struct pointer *pointer);

/* probabilities[B, classes] from words[B, J, M, H], facts[B, J, H] and state[B, 2H]; returns the mean loss. An answer that is no
 * word of its story has the probability 0, and counts in the loss as 1e-6. */
double pointer_forward(struct pointer *pointer, struct scratch *scratch, attn_tape *tape,
                       const struct batch *batch, const float *words, const float *facts, const float *state,
                       int64_t classes, float *probabilities);

/* Writes dstate[B, 2H] and adds to dfacts; keeps the words' part for pointer_add_words, which adds it to dwords. */
void pointer_backward(struct pointer *pointer, struct scratch *scratch, attn_tape *tape,
                      const struct batch *batch, const float *probabilities, int64_t classes, float *dstate,
                      float *dfacts);
void pointer_add_words(const struct pointer *pointer, const struct batch *batch, float *dwords);

/* The first question whose answer is no word of its story; -1 where there is none. */
int64_t pointless_question(const struct stories *stories, int64_t most_facts);

#endif

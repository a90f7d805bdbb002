/* network.h - the model: a passage and a question in, two pointers out.
 *
 *     word: [its vector; the mean of its pieces' vectors; marks]  --one GRU both ways-->  h_t of the passage, u_j of the question
 *     u --feedforward attention--> q                                                the question in one vector
 *
 *   bidaf: the question attends to the passage, and the passage to the question and through it back to itself
 *     u_j asks h   --bilinear attention--> v_j                                      what each word of the question looks at
 *     h_t asks u   --bilinear attention--> a_t, [u~_t; v~_t] = sum_j a_tj [u_j; v_j]
 *     [h_t; u~_t; h_t * u~_t; h_t * v~_t]  --dense relu-->  --GRU both ways-->  m_t
 *   attentive: the question's vector alone asks
 *     m = h
 *
 *     q asks m          --bilinear attention--> weights: where the answer begins,  c = sum_t weights_t m_t
 *     [q; c] asks m     --bilinear attention--> weights: where it ends
 *
 * Seo et al. (1611.01603) for the flow, whose way from question to passage is here that of Xiong et al. (1611.01604): v~, a vector for
 * each word, where Seo's is one vector for the whole passage. Both are attention as the library has it. Attentive: Hermann et al.
 * (1506.03340) with the pointers of Chen et al. (1704.00051). */
#ifndef READ_NETWORK_H
#define READ_NETWORK_H

#include "batch.h"
#include "config.h"

struct network {
    int64_t words, width, emb,
        spelt;       /* words of the vocabulary; both directions of a GRU; a word's two vectors */
    int64_t buckets; /* pieces */
    float dropout;   /* in training */
    attn_context *context;
    attn_params *params;
    attn_embedding *vectors, *pieces;
    attn_gru *encoder, *modeller; /* modeller, and the next two: NULL where attentive */
    attn_attention *back, *flow;
    attn_dense *narrow;
    attn_attention *summary, *begin, *end;
    struct scratch scratch;
};

/* A new one, whose vectors of words start as table[words, emb] where it is not NULL; and the one that a model file describes, which `path`
 * names in error lines. */
struct network network_create(attn_context *context, const struct config *config, int64_t words,
                              const float *table);
struct network network_open(attn_context *context, const attn_file *file, const char *path);
void network_destroy(struct network *network);

/* What came of a batch; the arrays are the network's, until its next use. */
struct pointed {
    double
        loss; /* the mean of the rows that have an answer's place: -log of the probability of all its places */
    int64_t learned;            /* these rows */
    const float *begins, *ends; /* [rows, passage time] */
    const float *flow;          /* [rows, passage time, question time]; NULL where attentive */
    const float *summary;       /* [rows, question time] */
};
struct pointed network_point(struct network *network, const struct batch *batch);

/* The same in training; adds to the params' gradients. */
struct pointed network_gradients(struct network *network, attn_tape *tape, const struct batch *batch);

#endif

/* 04_train.c - a training loop: learn which of eight words decides, and see attention find it.
 *
 *     cc 04_train.c $(pkg-config --cflags --libs attn) && ./a.out */
#include <attn/attn.h>
#include <stdio.h>
#include <stdlib.h>

#define TRY(call)                                                                                            \
    if ((call) != ATTN_OK)                                                                                   \
    return fprintf(stderr, "%s\n", attn_last_error()), 1

enum { BATCH = 32, WORDS = 8, DIM = 16, GOOD = 2, BAD = 3 };

int main(void)
{
    attn_context *context;
    attn_params *params;
    attn_tape *tape;
    attn_embedding *embedding;
    attn_attention *attention;
    attn_dense *decision;
    attn_adam *adam;
    TRY(attn_context_create(NULL, &context));
    TRY(attn_params_create(context, NULL, &params));
    TRY(attn_tape_create(context, NULL, &tape));
    TRY(attn_embedding_create(params, "words", 100, DIM, NULL, &embedding));
    TRY(attn_attention_create(params, "attention", DIM, NULL, &attention));
    TRY(attn_dense_create(params, "decision", DIM, 2, NULL, &decision));
    TRY(attn_adam_create(params, NULL, &adam));

    static float x[BATCH * WORDS * DIM], weights[BATCH][WORDS], pooled[BATCH * DIM], logits[BATCH * 2], loss;
    int32_t ids[BATCH][WORDS], labels[BATCH], place[BATCH];
    for (int step = 0; step <= 200; step++) {
        for (int b = 0; b < BATCH; b++) { /* random words, and one that decides at a random place */
            for (int t = 0; t < WORDS; t++)
                ids[b][t] = 4 + rand() % 96;
            labels[b] = rand() % 2;
            ids[b][place[b] = rand() % WORDS] = labels[b] ? GOOD : BAD;
        }
        TRY(attn_tape_begin(tape, step)); /* forwards push on the tape ... */
        TRY(attn_embedding_forward(embedding, tape, BATCH, WORDS, ids[0], NULL, x));
        TRY(attn_attention_forward(attention, tape, BATCH, WORDS, x, NULL, weights[0], pooled));
        TRY(attn_dense_forward(decision, tape, BATCH, pooled, logits));
        TRY(attn_cross_entropy(context, BATCH, 2, logits, labels, NULL, &loss, NULL, NULL, logits));
        TRY(attn_params_zero_grad(params)); /* ... and backwards pop, in the reverse order */
        TRY(attn_dense_backward(decision, tape, BATCH, logits, pooled));
        TRY(attn_attention_backward(attention, tape, BATCH, WORDS, 1, NULL, pooled, x, NULL));
        TRY(attn_embedding_backward(embedding, tape, BATCH, WORDS, x));
        TRY(attn_adam_step(adam, NULL));
        if (step % 50 == 0)
            printf("step %3d: loss %.4f, attention on the word that decides %.3f\n", step, loss,
                   weights[0][place[0]]);
    }
    attn_context_destroy(&context); /* the others keep it alive; a real program destroys them too */
    return 0;
}

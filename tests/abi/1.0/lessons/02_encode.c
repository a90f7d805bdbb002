/* 02_encode.c - vectors to states: a GRU over two sequences of unequal length, and the same as a stream.
 *
 *     cc 02_encode.c $(pkg-config --cflags --libs attn) && ./a.out */
#include <attn/attn.h>
#include <stdio.h>

#define TRY(call)                                                                                            \
    if ((call) != ATTN_OK)                                                                                   \
    return fprintf(stderr, "%s\n", attn_last_error()), 1

enum { BATCH = 2, TIME = 3, INPUT = 2, HIDDEN = 4 };

static void print_state(const char *what, const float *h)
{
    printf("%-22s", what);
    for (int j = 0; j < HIDDEN; j++)
        printf(" %7.4f", h[j]);
    printf("\n");
}

int main(void)
{
    /* The second row has one step; what lies beyond it is never read. */
    const float x[BATCH][TIME][INPUT] = {{{1, 0}, {0, 1}, {1, 1}}, {{0.5f, -1}}};
    const int32_t lengths[BATCH] = {3, 1};
    float y[BATCH][TIME][HIDDEN], last[BATCH][HIDDEN], streamed[HIDDEN] = {0};
    attn_context *context;
    attn_params *params;
    attn_gru *gru;
    attn_gru_packed *packed;
    TRY(attn_context_create(NULL, &context));
    TRY(attn_params_create(context, NULL, &params));
    TRY(attn_gru_create(params, "encoder", INPUT, HIDDEN, NULL, &gru));
    attn_sequence in = ATTN_SEQUENCE_INIT;
    in.batch = BATCH;
    in.time = TIME;
    in.lengths = lengths;
    in.x = x[0][0];
    TRY(attn_gru_forward(gru, NULL, &in, NULL, y[0][0], last[0]));
    for (int t = 0; t < TIME; t++)
        print_state(t == 0 ? "row 0, step by step" : "", y[0][t]);
    print_state("row 0, last state", last[0]);
    print_state("row 1, last state", last[1]);
    print_state("row 1, beyond its end", y[1][2]);

    /* Its weights as they are now, ready for one step at a time. */
    TRY(attn_gru_packed_create(gru, NULL, &packed));
    attn_sequence step = ATTN_SEQUENCE_INIT;
    step.batch = step.time = 1;
    for (int t = 0; t < TIME; t++) {
        step.x = x[0][t];
        TRY(attn_gru_packed_step(packed, &step, streamed));
    }
    print_state("row 0, as a stream", streamed);
    attn_gru_packed_destroy(&packed);
    attn_gru_destroy(&gru);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    return 0;
}

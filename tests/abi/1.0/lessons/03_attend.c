/* 03_attend.c - states to weights and a context: soft attention over a memory of anything.
 *
 *     cc 03_attend.c $(pkg-config --cflags --libs attn) && ./a.out */
#include <attn/attn.h>
#include <stdio.h>

#define TRY(call)                                                                                            \
    if ((call) != ATTN_OK)                                                                                   \
    return fprintf(stderr, "%s\n", attn_last_error()), 1

int main(void)
{
    const float memory[4][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}}; /* 4 items of 3 numbers */
    float weights[4], context_vector[3];
    attn_context *context;
    attn_params *params;
    attn_attention *attention;

    TRY(attn_context_create(NULL, &context));
    TRY(attn_params_create(context, NULL, &params));
    TRY(attn_attention_create(params, "attention", 3, NULL, &attention));
    TRY(attn_attention_forward(attention, NULL, 1, 4, memory[0], NULL, weights, context_vector));
    for (int j = 0; j < 4; j++)
        printf("item %d gets %.3f of the attention\n", j, weights[j]);
    printf("context: %.3f %.3f %.3f\n", context_vector[0], context_vector[1], context_vector[2]);
    attn_attention_destroy(&attention);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    return 0;
}

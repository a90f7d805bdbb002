/* consumer.c - a program outside the tree: it attends over three states of two numbers. */
#include <attn/attn.h>
#include <stdio.h>

int main(void)
{
    const float memory[] = {1, 0, 0, 1, 1, 1};
    float weights[3], context_vector[2];
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    attn_context *context;
    attn_params *params;
    attn_attention *attention;
    options.threads = 1;
    if (attn_context_create(&options, &context) != ATTN_OK ||
        attn_params_create(context, NULL, &params) != ATTN_OK ||
        attn_attention_create(params, "attention", 2, NULL, &attention) != ATTN_OK ||
        attn_attention_forward(attention, NULL, 1, 3, memory, NULL, weights, context_vector) != ATTN_OK) {
        fprintf(stderr, "%s\n", attn_last_error());
        return 1;
    }
    printf("attn %s: weights %.3f %.3f %.3f\n", attn_version(), weights[0], weights[1], weights[2]);
    attn_attention_destroy(&attention);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    return 0;
}

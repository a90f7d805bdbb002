/* 05_explain.c - what a decision rested on, and how far that can be trusted, of a model that is not the library's.
 *
 *     cc 05_explain.c $(pkg-config --cflags --libs attn) -lm && ./a.out */
#include <attn/attn.h>
#include <math.h>
#include <stdio.h>

#define TRY(call)                                                                                            \
    if ((call) != ATTN_OK)                                                                                   \
    return fprintf(stderr, "%s\n", attn_last_error()), 1

enum { WORDS = 8, NOT = 2 };
static const char *const words[WORDS] = {"the", "plot", "not", "good", "but", "truly", "great", "cast"};
static const float values[WORDS] = {0.0f, -0.1f, -0.3f, 1.0f, -0.1f, 0.2f, 2.0f, 0.1f};

/* The model: p = sigmoid(sum of the words' values), and "not" turns the word behind it. Masked words are left out. */
static attn_status classify(void *user, int64_t count, const int32_t *rows, const uint8_t *keep, float *p)
{
    (void)user, (void)rows; /* rows[i]: of which row copy i is; here there is one */
    for (int64_t i = 0; i < count; i++, keep += WORDS) {
        float sum = 0.0f;
        for (int t = 0; t < WORDS; t++)
            sum += keep[t] ? values[t] * (t == NOT + 1 && keep[NOT] ? -1.0f : 1.0f) : 0.0f;
        p[2 * i + 1] = 1.0f / (1.0f + expf(-sum)); /* good */
        p[2 * i] = 1.0f - p[2 * i + 1];            /* bad */
    }
    return ATTN_OK;
}

int main(void)
{
    float occluded[WORDS], shuffled[WORDS], fraction, random_fraction;
    attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
    attn_context *context;

    TRY(attn_context_create(NULL, &context));
    model.batch = 1;
    model.time = WORDS;
    model.classes = 2;
    model.masked = classify;
    TRY(attn_explain_occlusion(context, &model, occluded)); /* by how much p falls without each word */
    for (int t = 0; t < WORDS; t++)
        printf("%-6s %6.3f\n", words[t], occluded[t]);

    /* Is that ranking any good? Take the words away in its order, and in a random one, until the decision turns. */
    TRY(attn_explain_random(context, 1, WORDS, NULL, 2, shuffled));
    TRY(attn_explain_flip(context, &model, occluded, 0, &fraction));
    TRY(attn_explain_flip(context, &model, shuffled, 0, &random_fraction));
    printf("without %.1f %% of the words it says bad; in random order without %.1f %%\n", 100 * fraction,
           100 * random_fraction);
    attn_context_destroy(&context);
    return 0;
}

/* unit_ngrams.h - texts of few words, and what attn_ngrams makes of them, worked out slowly: every run of words is compared with every
 * other one. */
#ifndef UNIT_NGRAMS_H
#define UNIT_NGRAMS_H

#include "unit.h"
#include "unit_data.h"

#define TEXTS 12
#define TIME 9
#define MOST 512 /* n-grams */

typedef struct texts {
    int64_t classes;
    int32_t ids[TEXTS * TIME], lengths[TEXTS], labels[TEXTS];
} texts;

typedef struct gram {
    int32_t length, ids[ATTN_NGRAMS_MAX_LENGTH];
    int32_t counts[8], total; /* texts that hold it, by class and in all */
} gram;

typedef struct reference {
    const texts *of;
    int32_t longest, least; /* least: an id below it is part of no n-gram */
    int64_t count;
    gram grams[MOST];
    double texts[8]; /* of each class */
} reference;

/* Texts of words 1 to `words`, some of them <pad>, with ids beyond the lengths that no call may look at. */
static inline void make_texts(texts *made, int64_t classes, int32_t words, uint64_t seed)
{
    static const int32_t garbage[] = {-1, INT32_MIN, INT32_MAX, 3};
    made->classes = classes;
    for (int b = 0; b < TEXTS; b++) {
        made->lengths[b] = b == 3 ? 0 : b == 4 ? 1 : (int32_t)(unit_random(&seed) % (TIME + 1));
        made->labels[b] = (int32_t)(unit_random(&seed) % (uint32_t)classes);
        for (int t = 0; t < TIME; t++) {
            const int32_t id = (int32_t)(unit_random(&seed) % (uint32_t)(words + 1));
            made->ids[b * TIME + t] = t < made->lengths[b] ? id : garbage[t % 4];
        }
    }
}

static inline int same_gram(const gram *g, const int32_t *ids)
{
    return memcmp(g->ids, ids, (size_t)g->length * sizeof *ids) == 0;
}

/* In how many places of text b the n-gram stands; the first `most` of them into places[]. */
static inline int places_of(const texts *of, const gram *g, int b, int *places)
{
    int count = 0;
    for (int t = 0; t + g->length <= of->lengths[b]; t++) {
        if (same_gram(g, of->ids + b * TIME + t)) {
            if (places)
                places[count] = t;
            count++;
        }
    }
    return count;
}

/* By length, then by ids. */
static inline int by_order(const void *left, const void *right)
{
    const gram *a = left, *b = right;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    for (int i = 0; i < a->length; i++) {
        if (a->ids[i] != b->ids[i])
            return a->ids[i] < b->ids[i] ? -1 : 1;
    }
    return 0;
}

static inline void make_reference(reference *made, const texts *of, int32_t longest, int32_t least,
                                  int32_t min_count)
{
    memset(made, 0, sizeof *made);
    made->of = of;
    made->longest = longest;
    made->least = least;
    for (int b = 0; b < TEXTS; b++) {
        made->texts[of->labels[b]] += 1.0;
        for (int t = 0; t < of->lengths[b]; t++) {
            gram g = {.length = 0};
            for (int n = 1; n <= longest && t + n <= of->lengths[b]; n++) {
                const int32_t id = of->ids[b * TIME + t + n - 1];
                if (id < least)
                    break;
                g.ids[g.length++] = id;
                int64_t at = 0;
                while (at < made->count &&
                       !(made->grams[at].length == n && same_gram(&made->grams[at], g.ids)))
                    at++;
                ck_assert_int_lt(at, MOST);
                if (at == made->count)
                    made->grams[made->count++] = g;
            }
        }
    }
    int64_t kept = 0;
    for (int64_t i = 0; i < made->count; i++) {
        gram *g = &made->grams[i];
        for (int b = 0; b < TEXTS; b++) {
            const int holds = places_of(of, g, b, NULL) > 0;
            g->counts[of->labels[b]] += holds;
            g->total += holds;
        }
        if (g->total >= min_count)
            made->grams[kept++] = *g;
    }
    made->count = kept;
    qsort(made->grams, (size_t)kept, sizeof *made->grams, by_order);
}

static inline double ratio_of(const reference *r, const gram *g, int64_t c, double smoothing)
{
    const double all = TEXTS, in = (g->counts[c] + smoothing) / (r->texts[c] + 2 * smoothing),
                 others = (g->total - g->counts[c] + smoothing) / (all - r->texts[c] + 2 * smoothing);
    return log(in / others);
}

/* A layer of the texts, as the reference has them. */
typedef struct made_layer {
    attn_params *params;
    attn_ngrams *ngrams;
} made_layer;

static inline attn_ngrams_builder *count_texts(attn_context *context, const texts *of,
                                               const attn_ngrams_builder_options *options)
{
    attn_ngrams_builder *builder = NULL;
    OK(attn_ngrams_builder_create(context, options, &builder));
    OK(attn_ngrams_builder_add(builder, TEXTS, TIME, of->ids, of->lengths, of->labels));
    return builder;
}

static inline made_layer make_layer(attn_context *context, const texts *of, int32_t longest,
                                    int32_t keep_unknown, const attn_ngrams_options *options)
{
    made_layer made = {NULL, NULL};
    const attn_ngrams_builder_options counting = {sizeof counting, of->classes, 0, longest, keep_unknown};
    attn_ngrams_builder *builder = count_texts(context, of, &counting);
    OK(attn_params_create(context, UNIT_SEED(5), &made.params));
    OK(attn_ngrams_create(made.params, "n", builder, options, &made.ngrams));
    attn_ngrams_builder_destroy(&builder);
    return made;
}

static inline void drop_layer(made_layer *made)
{
    attn_ngrams_destroy(&made->ngrams);
    attn_params_destroy(&made->params);
}

static inline attn_ngrams_info info_of(const attn_ngrams *ngrams)
{
    attn_ngrams_info info = ATTN_NGRAMS_INFO_INIT;
    OK(attn_ngrams_get_info(ngrams, &info));
    return info;
}

static inline attn_tensor find_tensor(const attn_params *params, const char *name)
{
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_params_find(params, name, &view));
    return view;
}

#endif

/* unit_sampled.h - words of a text's frequencies, and the candidates that are drawn from them. */
#ifndef UNIT_SAMPLED_H
#define UNIT_SAMPLED_H

#include "unit.h"
#include "unit_data.h"

#define CANDIDATES(...)                                                                                      \
    (&(attn_candidates_options){.struct_size = sizeof(attn_candidates_options), __VA_ARGS__})

enum { WORDS = 700 };

/* As words of a text are: the k-th of frequency 20000 / k, and some that are never drawn. */
static inline int64_t *make_frequencies(int64_t words)
{
    int64_t *frequencies = calloc((size_t)words, sizeof *frequencies);
    for (int64_t k = 0; k < words; k++)
        frequencies[k] = k == 0 || k % 97 == 96 ? 0 : 20000 / k + 1;
    return frequencies;
}

static inline attn_candidates *make_candidates(attn_context *context, int64_t words, int64_t count)
{
    attn_candidates *candidates = NULL;
    int64_t *frequencies = make_frequencies(words);
    OK(attn_candidates_create(context, words, frequencies, CANDIDATES(.count = count, .seed = 5),
                              &candidates));
    free(frequencies);
    return candidates;
}

static inline attn_candidates_info info_of(const attn_candidates *candidates)
{
    attn_candidates_info info = ATTN_CANDIDATES_INFO_INIT;
    OK(attn_candidates_get_info(candidates, &info));
    return info;
}

#endif

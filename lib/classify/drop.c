/* drop.c - a probe's answers about less of each word: copies of rows whose embedded words lost some of their elements.
 *
 * What a row gives as it is, is known, and what it gives of words of zeros is asked for once. */
#include <math.h>
#include <string.h>

#include "classify/probe.h"

/* Copies of which something is kept, and something is not: the others' answers are known, or need be asked for only once. */
struct dropped {
    int64_t count;
    int32_t *copies, *rows, *lengths, *ids; /* [count], and ids [count, T] */
    float *x;                               /* [count, T, E] */
    float *probabilities;                   /* [count, classes] */
};

/* Where a copy's probabilities are kept for other questions: of all that it holds, of nothing; else NULL. */
static float *kept_of(const attn_probe *probe, int32_t row, const uint8_t *keep)
{
    const int64_t classes = probe->classifier->classes;
    const size_t numbers = (size_t)(probe->lengths[row] * probe->classifier->dim);
    if (memchr(keep, 0, numbers) == NULL)
        return probe->probabilities + row * classes;
    return memchr(keep, 1, numbers) == NULL ? probe->nothing + row * classes : NULL;
}

/* Of its shares of the n-grams a word keeps the part that it keeps of its elements. */
static attn_status keep_shares(const attn_probe *probe, const struct dropped *dropped, const uint8_t *keep)
{
    const attn_classifier *classifier = probe->classifier;
    const int64_t time = probe->in.time, dim = classifier->dim;
    float *amounts;
    ATTNI_TRY(attni_probe_room(probe, probe->question, time, sizeof *amounts, &amounts));
    for (int64_t i = 0; i < dropped->count; i++) {
        const uint8_t *of = keep + dropped->copies[i] * time * dim;
        for (int64_t t = 0; t < dropped->lengths[i]; t++, of += dim) {
            int64_t kept = 0;
            for (int64_t d = 0; d < dim; d++)
                kept += of[d] != 0;
            amounts[t] = (float)kept / (float)dim;
        }
        attni_classifier_add_amounts(classifier, dropped->lengths[i], probe->in.batch * time,
                                     probe->shares + dropped->rows[i] * time, amounts,
                                     dropped->probabilities + i * classifier->classes);
    }
    return ATTN_OK;
}

static attn_status make_dropped(const attn_probe *probe, int64_t count, struct dropped *dropped)
{
    const int64_t tokens = count * probe->in.time;
    dropped->count = 0;
    ATTNI_TRY(attni_probe_room(probe, probe->question, count, sizeof(int32_t), &dropped->copies));
    ATTNI_TRY(attni_probe_room(probe, probe->question, count, sizeof(int32_t), &dropped->rows));
    ATTNI_TRY(attni_probe_room(probe, probe->question, count, sizeof(int32_t), &dropped->lengths));
    ATTNI_TRY(attni_probe_room(probe, probe->question, tokens, sizeof(int32_t), &dropped->ids));
    ATTNI_TRY(attni_probe_room(probe, probe->question, tokens * probe->classifier->dim, sizeof(float),
                               &dropped->x));
    return attni_probe_room(probe, probe->question, count * probe->classifier->classes, sizeof(float),
                            &dropped->probabilities);
}

static void add_dropped(const attn_probe *probe, struct dropped *dropped, int64_t copy, int32_t row)
{
    const int64_t time = probe->in.time, i = dropped->count++;
    dropped->copies[i] = (int32_t)copy;
    dropped->rows[i] = row;
    dropped->lengths[i] = probe->lengths[row];
    memcpy(dropped->ids + i * time, probe->in.ids + row * time, (size_t)time * sizeof *dropped->ids);
}

static attn_status read_dropped(const attn_probe *probe, const struct dropped *dropped, const uint8_t *keep)
{
    const attn_classifier *classifier = probe->classifier;
    const int64_t time = probe->in.time, numbers = time * classifier->dim;
    attn_sequence in = ATTN_SEQUENCE_INIT;
    ATTNI_TRY(attn_embedding_forward(classifier->embedding, NULL, dropped->count, time, dropped->ids,
                                     dropped->lengths, dropped->x));
    for (int64_t i = 0; i < dropped->count; i++) {
        const uint8_t *of = keep + dropped->copies[i] * numbers;
        float *x = dropped->x + i * numbers;
        for (int64_t n = 0; n < numbers; n++)
            x[n] = of[n] ? x[n] : 0.0f;
    }
    in.batch = dropped->count;
    in.time = time;
    in.x = dropped->x;
    in.lengths = dropped->lengths;
    ATTNI_TRY(attni_classifier_encoder(classifier, &in, dropped->probabilities));
    attni_probe_add_ngrams(probe, dropped->count, dropped->rows, dropped->probabilities);
    if (classifier->ngrams)
        ATTNI_TRY(keep_shares(probe, dropped, keep));
    return attni_probe_softmax(probe, dropped->count, dropped->probabilities, dropped->probabilities);
}

attn_status attni_probe_drop(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                             float *outputs)
{
    const attn_probe *probe = user;
    const int64_t numbers = probe->in.time * probe->classifier->dim, classes = probe->classifier->classes;
    struct dropped dropped;
    ATTNI_TRY(attn_tape_begin(probe->question, 0));
    ATTNI_TRY(make_dropped(probe, count, &dropped));
    for (int64_t i = 0; i < count; i++) {
        const float *known = kept_of(probe, rows[i], keep + i * numbers);
        if (known == NULL || isnan(known[0]))
            add_dropped(probe, &dropped, i, rows[i]);
    }
    ATTNI_TRY(read_dropped(probe, &dropped, keep));
    for (int64_t i = 0, d = 0; i < count; i++) {
        float *known = kept_of(probe, rows[i], keep + i * numbers);
        const float *given = known;
        if (d < dropped.count && dropped.copies[d] == i)
            given = dropped.probabilities + d++ * classes;
        memcpy(outputs + i * classes, given, (size_t)classes * sizeof *outputs);
        if (known && known != given)
            memcpy(known, given, (size_t)classes * sizeof *known);
    }
    return ATTN_OK;
}

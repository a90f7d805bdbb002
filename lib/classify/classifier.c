/* classifier.c - the memory that calls borrow, the classifier's end, and what can be asked of the whole. */
#include "classify/classifier.h"

#include <math.h>
#include <string.h>

/* ---- memory of calls -------------------------------------------------------------------------------------------------------- */

attn_status attni_classifier_take(const attn_classifier *classifier, attn_tape **tape)
{
    _Atomic(attn_tape *) *idle = ((attn_classifier *)classifier)->idle; /* of which nothing else depends */
    for (int64_t i = 0; i < ATTNI_IDLE_TAPES; i++) {
        *tape = atomic_exchange(&idle[i], NULL);
        if (*tape)
            return attn_tape_begin(*tape, 0);
    }
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = ATTN_TAPE_INPUTS;
    return attn_tape_create(classifier->context, &options, tape);
}

void attni_classifier_give(const attn_classifier *classifier, attn_tape *tape)
{
    _Atomic(attn_tape *) *idle = ((attn_classifier *)classifier)->idle;
    for (int64_t i = 0; tape && i < ATTNI_IDLE_TAPES; i++) {
        attn_tape *none = NULL;
        if (atomic_compare_exchange_strong(&idle[i], &none, tape))
            return;
    }
    attn_tape_destroy(&tape);
}

attn_status attni_classifier_room(const attn_classifier *classifier, attn_tape *tape, int64_t count,
                                  size_t size, void *array)
{
    void *memory;
    ATTNI_TRY(attn_tape_push(tape, classifier, "classifier", 0, 0, (size_t)count * size, &memory));
    memcpy(array, &memory, sizeof memory);
    return ATTN_OK;
}

/* ---- its end ---------------------------------------------------------------------------------------------------------------- */

static void release(attn_classifier *classifier)
{
    if (atomic_fetch_sub(&classifier->references, 1) != 1)
        return;
    attn_classifier last = {.embedding = classifier->embedding, .ngrams = classifier->ngrams};
    attn_context *context = classifier->context;
    for (int64_t i = 0; i < ATTNI_IDLE_TAPES; i++) {
        attn_tape *tape = atomic_load(&classifier->idle[i]);
        attn_tape_destroy(&tape);
    }
    for (int64_t k = 0; classifier->labels && k < classifier->classes; k++)
        attn_context_free(context, classifier->labels[k]);
    attn_context_free(context, classifier->labels);
    attn_gru_packed_destroy(&classifier->packed);
    attn_vocab_destroy(&classifier->vocab);
    attn_dense_destroy(&classifier->decision);
    attn_attngru_destroy(&classifier->reader);
    attn_attention_destroy(&classifier->attention);
    attn_gru_destroy(&classifier->encoder);
    attn_context_free(context, classifier);
    attn_embedding_destroy(&last.embedding); /* last, since these keep the params and the context alive */
    attn_ngrams_destroy(&last.ngrams);
}

attn_classifier *attni_classifier_retain(attn_classifier *classifier)
{
    atomic_fetch_add(&classifier->references, 1);
    return classifier;
}

void attni_classifier_release(attn_classifier *classifier)
{
    if (classifier)
        release(classifier);
}

void attn_classifier_destroy(attn_classifier **classifier)
{
    if (classifier == NULL || *classifier == NULL)
        return;
    release(*classifier);
    *classifier = NULL;
}

/* ---- questions -------------------------------------------------------------------------------------------------------------- */

attn_status attn_classifier_get_info(const attn_classifier *classifier, attn_classifier_info *info)
{
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_REQUIRE_PTR(info);
    const attn_classifier_info full = {sizeof full,
                                       classifier->params,
                                       classifier->embedding,
                                       classifier->encoder,
                                       classifier->attention,
                                       classifier->reader,
                                       classifier->decision,
                                       classifier->vocab,
                                       classifier->classes,
                                       classifier->state_dim,
                                       classifier->max_length,
                                       classifier->padding_kept ? classifier->max_length : 0,
                                       classifier->context_dropout,
                                       classifier->packed != NULL,
                                       classifier->channels,
                                       classifier->scales,
                                       classifier->ngrams,
                                       classifier->pooling,
                                       0};
    return attni_fill_struct(__func__, &full, sizeof full, info);
}

const char *attn_classifier_label(const attn_classifier *classifier, int32_t index)
{
    return classifier && index >= 0 && index < classifier->classes ? classifier->labels[index] : NULL;
}

attn_status attn_classifier_pack(attn_classifier *classifier, const attn_gru_packed_options *options)
{
    attn_gru_packed_options own;
    attn_gru_packed *packed;
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_TRY(attni_read_options(__func__, options, &own, sizeof own));
    ATTNI_REQUIRE(classifier->encoder, "%s: this classifier has no encoder; expected one that has", __func__);
    ATTNI_REQUIRE(own.embedding == NULL,
                  "%s: options->embedding is given; expected NULL, for the classifier's own", __func__);
    own.embedding = classifier->embedding;
    ATTNI_TRY(attn_gru_packed_create(classifier->encoder, &own, &packed));
    attn_gru_packed_destroy(&classifier->packed);
    classifier->packed = packed;
    return ATTN_OK;
}

attn_status attn_classifier_set_scales(attn_classifier *classifier, int64_t channels, const float *scales)
{
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_REQUIRE(channels == classifier->channels,
                  "%s: channels is %lld; expected %lld, as the classifier has", __func__, (long long)channels,
                  (long long)classifier->channels);
    ATTNI_REQUIRE_PTR(scales);
    for (int64_t c = 0; c < channels; c++)
        ATTNI_REQUIRE(scales[c] > 0.0f && isfinite(scales[c]),
                      "%s: scales[%lld] is %g; expected a finite number more than 0", __func__, (long long)c,
                      (double)scales[c]);
    memcpy(classifier->scales, scales, (size_t)channels * sizeof *scales);
    return ATTN_OK;
}

/* ---- what the other files share --------------------------------------------------------------------------------------------- */

int32_t attni_classifier_largest(int64_t classes, const float *numbers)
{
    int32_t largest = 0;
    for (int32_t k = 1; k < classes; k++)
        largest = numbers[k] > numbers[largest] ? k : largest;
    return largest;
}

attn_status attni_classifier_check_by(const char *function, const attn_classifier *classifier, int32_t by)
{
    ATTNI_REQUIRE(by >= ATTN_BY_NOTHING && by <= ATTN_BY_NGRAMS, "%s: by is %d; expected ATTN_BY_...",
                  function, by);
    ATTNI_REQUIRE(by != ATTN_BY_ATTENTION || classifier->attention,
                  "%s: by is ATTN_BY_ATTENTION, but this classifier has no attention; expected another way",
                  function);
    ATTNI_REQUIRE(by != ATTN_BY_NGRAMS || classifier->ngrams,
                  "%s: by is ATTN_BY_NGRAMS, but this classifier has no n-grams; expected another way",
                  function);
    return ATTN_OK;
}

double attni_classifier_margin(int64_t classes, const float *numbers, int64_t of)
{
    double others = 0;
    for (int64_t k = 0; k < classes; k++)
        others += k != of ? (double)numbers[k] : 0;
    return (double)numbers[of] - others / (double)(classes - 1);
}

/* Rows, lengths and ids: what layers would find too, but under their own names, and when some of the call is done. */
static attn_status check_rows(const char *function, const attn_classifier *classifier,
                              const attn_sequence *in)
{
    attn_embedding_info embedding = ATTN_EMBEDDING_INFO_INIT;
    int64_t rows = (int64_t)1 << 31; /* n-grams alone take any id */
    ATTNI_REQUIRE(in->batch >= 0 && in->time >= 0 && in->batch <= 1 << 30 && in->time <= 1 << 30 &&
                      in->batch * in->time <= 1 << 30,
                  "%s: batch is %lld and time %lld; expected 0 or more, and at most 2^30 steps", function,
                  (long long)in->batch, (long long)in->time);
    for (int64_t b = 0; in->lengths && b < in->batch; b++)
        ATTNI_REQUIRE(in->lengths[b] >= 0 && in->lengths[b] <= in->time,
                      "%s: lengths[%lld] is %d; expected 0 to %lld", function, (long long)b, in->lengths[b],
                      (long long)in->time);
    if (in->ids == NULL)
        return ATTN_OK;
    if (classifier->embedding) {
        ATTNI_TRY(attn_embedding_get_info(classifier->embedding, &embedding));
        rows = embedding.rows;
    }
    for (int64_t b = 0; b < in->batch; b++) {
        const int32_t *ids = in->ids + b * in->time;
        for (int64_t t = 0; t < (in->lengths ? in->lengths[b] : in->time); t++)
            ATTNI_REQUIRE(ids[t] >= 0 && ids[t] < rows, "%s: ids[%lld,%lld] is %d; expected 0 to %lld",
                          function, (long long)b, (long long)t, ids[t], (long long)rows - 1);
    }
    return ATTN_OK;
}

attn_status attni_classifier_sequence(const char *function, const attn_classifier *classifier,
                                      const attn_sequence *in, attn_sequence *own)
{
    ATTNI_REQUIRE(in != NULL, "%s: in is NULL; expected what is read", function);
    ATTNI_TRY(attni_read_options(function, in, own, sizeof *own));
    ATTNI_REQUIRE(own->embedding == NULL || own->embedding == classifier->embedding,
                  "%s: in->embedding is given; expected NULL, for the classifier's own", function);
    ATTNI_REQUIRE(own->openings == NULL,
                  "%s: in->openings is given; expected NULL: attention opens a reader's steps", function);
    ATTNI_REQUIRE(own->x == NULL || (own->ids == NULL && own->embedding == NULL && own->scales == NULL),
                  "%s: in->x is given, and ids, embedding or scales; expected x alone, or ids", function);
    ATTNI_REQUIRE(own->x == NULL || classifier->ngrams == NULL,
                  "%s: in->x is given, but this classifier has n-grams, which are of words; expected ids",
                  function);
    ATTNI_TRY(check_rows(function, classifier, own));
    ATTNI_REQUIRE(own->x || own->ids || own->batch * own->time == 0,
                  "%s: in->x and in->ids are NULL; expected one of them", function);
    ATTNI_REQUIRE(
        !classifier->padding_kept || own->time == classifier->max_length,
        "%s: time is %lld; expected max_length, %lld: this classifier's attention counts padding in",
        function, (long long)own->time, (long long)classifier->max_length);
    if (own->x == NULL)
        own->embedding = classifier->embedding;
    return ATTN_OK;
}

attn_status attni_classifier_ids(const char *function, const attn_classifier *classifier,
                                 const attn_sequence *in, attn_sequence *own)
{
    ATTNI_TRY(attni_classifier_sequence(function, classifier, in, own));
    ATTNI_REQUIRE(own->x == NULL && own->scales == NULL, "%s: in has x, or scales; expected ids alone",
                  function);
    return ATTN_OK;
}

/* read.c - texts to readings: tokens, ids, a decision, and a number for each token. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "classify/classifier.h"

#define TOGETHER 32768 /* tokens of texts that are decided in one call */
#define MOST_ROWS 256

struct attn_reading {
    attn_context *context;
    attn_tokens *tokens; /* which keeps the context alive */
    attn_reading_info info;
    int32_t decided;
    char *text; /* [size] */
    size_t size;
    char *label, *title;  /* "positive"; "positive 0.93" */
    float *probabilities; /* [classes] */
    float *numbers;       /* [tokens], or NULL */
};

/* ---- a reading ----------------------------------------------------------------------------------------------------------------- */

void attn_reading_destroy(attn_reading **reading)
{
    if (reading == NULL || *reading == NULL)
        return;
    attn_tokens *tokens = (*reading)->tokens;
    attn_context *context = (*reading)->context;
    attn_context_free(context, (*reading)->text);
    attn_context_free(context, (*reading)->label);
    attn_context_free(context, (*reading)->title);
    attn_context_free(context, (*reading)->probabilities);
    attn_context_free(context, (*reading)->numbers);
    attn_context_free(context, *reading);
    attn_tokens_destroy(&tokens);
    *reading = NULL;
}

/* As attn_vocab_tokens_create makes them, but on the classifier's context: the vocabulary of a file has the file's. */
static attn_status create_tokens(const attn_classifier *classifier, attn_tokens **out)
{
    attn_vocab_info info = ATTN_VOCAB_INFO_INIT;
    attn_tokens_options options = ATTN_TOKENS_OPTIONS_INIT;
    ATTNI_TRY(attn_vocab_get_info(classifier->vocab, &info));
    options.keep_case = info.keep_case;
    options.keep_accents = info.keep_accents;
    options.keep_contractions = info.keep_contractions;
    return attn_tokens_create(classifier->context, &options, out);
}

static attn_status create_reading(const attn_classifier *classifier, const char *text, size_t size,
                                  int32_t by, attn_reading **out)
{
    void *memory, *copy, *probabilities, *numbers;
    attn_tokens *tokens;
    ATTNI_TRY(create_tokens(classifier, &tokens));
    attn_status status = attn_tokens_set_text(tokens, text, size);
    if (status == ATTN_OK)
        status = attn_context_alloc(classifier->context, sizeof **out, &memory);
    if (status != ATTN_OK) {
        attn_tokens_destroy(&tokens);
        return status;
    }
    const int64_t count = attn_tokens_count(tokens), most = classifier->max_length;
    *out = memory;
    **out = (attn_reading){.context = classifier->context, .tokens = tokens, .info = ATTN_READING_INFO_INIT};
    (*out)->info.classes = classifier->classes;
    (*out)->info.by = by;
    (*out)->info.length = most && count > most ? most : count;
    ATTNI_TRY(attn_context_alloc(classifier->context, size, &copy));
    (*out)->text = copy;
    (*out)->size = size;
    if (size)
        memcpy(copy, text, size);
    ATTNI_TRY(
        attn_context_alloc(classifier->context, (size_t)classifier->classes * sizeof(float), &probabilities));
    (*out)->probabilities = probabilities;
    if (by != ATTN_BY_NOTHING) {
        ATTNI_TRY(attn_context_alloc(classifier->context, ((size_t)count + 1) * sizeof(float), &numbers));
        memset(numbers, 0, ((size_t)count + 1) * sizeof(float));
        (*out)->numbers = numbers;
    }
    return ATTN_OK;
}

/* ---- some texts at once ---------------------------------------------------------------------------------------------------------- */

/* Rows of a call, in memory that is borrowed. */
struct batch {
    int64_t rows, time;
    int32_t *ids, *lengths, *decided; /* [rows, time], [rows], [rows] */
    float *logits, *numbers, *gaps;   /* [rows, classes], [rows, time], [rows] */
    float *channels;                  /* [channels, rows, classes] */
};

static attn_status make_room(const attn_classifier *classifier, attn_tape *memory, struct batch *batch)
{
    ATTNI_TRY(attn_tape_begin(memory, 0));
    ATTNI_TRY(attni_classifier_room(classifier, memory, batch->rows * batch->time, sizeof *batch->ids,
                                    &batch->ids));
    ATTNI_TRY(
        attni_classifier_room(classifier, memory, batch->rows, sizeof *batch->lengths, &batch->lengths));
    ATTNI_TRY(
        attni_classifier_room(classifier, memory, batch->rows, sizeof *batch->decided, &batch->decided));
    ATTNI_TRY(attni_classifier_room(classifier, memory, batch->rows * classifier->classes,
                                    sizeof *batch->logits, &batch->logits));
    ATTNI_TRY(attni_classifier_room(classifier, memory,
                                    classifier->channels * batch->rows * classifier->classes,
                                    sizeof *batch->channels, &batch->channels));
    ATTNI_TRY(attni_classifier_room(classifier, memory, batch->rows * batch->time, sizeof *batch->numbers,
                                    &batch->numbers));
    return attni_classifier_room(classifier, memory, batch->rows, sizeof *batch->gaps, &batch->gaps);
}

static attn_status encode(const attn_classifier *classifier, attn_reading *const *readings,
                          struct batch *batch)
{
    for (int64_t b = 0; b < batch->rows; b++) {
        int64_t count = 0;
        int32_t *ids = batch->ids + b * batch->time;
        ATTNI_TRY(
            attn_vocab_encode(classifier->vocab, readings[b]->tokens, readings[b]->info.length, ids, &count));
        batch->lengths[b] = (int32_t)count;
        for (int64_t t = count; t < batch->time; t++)
            ids[t] = ATTN_PAD_ID;
    }
    return ATTN_OK;
}

/* How much each channel gave to one row's decision. */
static void tell_channels(const attn_classifier *classifier, const struct batch *batch, int64_t row,
                          attn_reading *reading)
{
    const int64_t classes = classifier->classes;
    for (int64_t c = 0; c < classifier->channels; c++) {
        const double margin = attni_classifier_margin(
            classes, batch->channels + (c * batch->rows + row) * classes, batch->decided[row]);
        const float given = (float)((double)classifier->scales[c] * margin);
        if (classifier->ngrams && c == classifier->channels - 1)
            reading->info.ngrams = given;
        else
            reading->info.encoder = given;
    }
}

/* What the batch gave for one row, into its reading. */
static attn_status finish(const attn_classifier *classifier, const struct batch *batch, int64_t row,
                          attn_reading *reading)
{
    void *label, *title;
    const float *logits = batch->logits + row * classifier->classes,
                *numbers = batch->numbers + row * batch->time;
    const char *name = classifier->labels[batch->decided[row]];
    reading->decided = batch->decided[row];
    tell_channels(classifier, batch, row, reading);
    ATTNI_TRY(attn_context_alloc(classifier->context, strlen(name) + 1, &label));
    reading->label = strcpy(label, name);
    memcpy(reading->probabilities, logits, (size_t)classifier->classes * sizeof *logits);
    reading->info.probability = logits[reading->decided];
    const int hundredths = (int)lroundf(100 * reading->info.probability);
    ATTNI_TRY(attn_context_alloc(classifier->context, strlen(name) + 16, &title));
    reading->title = title;
    snprintf(title, strlen(name) + 16, "%s %d.%02d", name, hundredths / 100, hundredths % 100);
    reading->info.gap = reading->info.by == ATTN_BY_INTEGRATED ? batch->gaps[row] : 0.0f;
    if (reading->numbers)
        memcpy(reading->numbers, numbers, (size_t)reading->info.length * sizeof *numbers);
    for (int64_t t = reading->info.length; reading->info.by == ATTN_BY_ATTENTION && t < batch->time; t++)
        reading->info.padding += numbers[t];
    return ATTN_OK;
}

static attn_status read_batch(const attn_classifier *classifier, attn_tape *memory, int32_t by,
                              attn_reading *const *readings, int64_t rows)
{
    struct batch batch = {.rows = rows, .time = classifier->padding_kept ? classifier->max_length : 0};
    for (int64_t b = 0; b < rows; b++)
        batch.time = readings[b]->info.length > batch.time ? readings[b]->info.length : batch.time;
    ATTNI_TRY(make_room(classifier, memory, &batch));
    ATTNI_TRY(encode(classifier, readings, &batch));
    attn_sequence in = ATTN_SEQUENCE_INIT;
    in.batch = rows;
    in.time = batch.time;
    in.ids = batch.ids;
    in.lengths = batch.lengths;
    attn_sequence own;
    ATTNI_TRY(attni_classifier_ids("attn_classifier_read", classifier, &in, &own));
    ATTNI_TRY(attni_classifier_infer(classifier, &own, batch.channels, batch.logits,
                                     by == ATTN_BY_ATTENTION ? batch.numbers : NULL));
    for (int64_t b = 0; b < rows; b++)
        batch.decided[b] =
            attni_classifier_largest(classifier->classes, batch.logits + b * classifier->classes);
    if (by > ATTN_BY_ATTENTION)
        ATTNI_TRY(attn_classifier_attribute(classifier, &in, batch.decided, by, batch.numbers, batch.gaps));
    ATTNI_TRY(attn_cross_entropy(classifier->context, rows, classifier->classes, batch.logits, NULL, NULL,
                                 NULL, NULL, batch.logits, NULL));
    for (int64_t b = 0; b < rows; b++)
        ATTNI_TRY(finish(classifier, &batch, b, readings[b]));
    return ATTN_OK;
}

/* ---- all of them -------------------------------------------------------------------------------------------------------------------- */

/* Read the texts in order, as many at a time as have TOGETHER tokens with their padding. */
static attn_status read_all(const attn_classifier *classifier, int32_t by, attn_reading *const *readings,
                            int64_t count)
{
    attn_tape *memory;
    ATTNI_TRY(attni_classifier_take(classifier, &memory));
    attn_status status = ATTN_OK;
    for (int64_t at = 0, rows; at < count && status == ATTN_OK; at += rows) {
        int64_t longest = 1;
        for (rows = 0; at + rows < count && rows < MOST_ROWS; rows++) {
            const int64_t length = readings[at + rows]->info.length,
                          longer = length > longest ? length : longest;
            if (rows > 0 && (rows + 1) * longer > TOGETHER)
                break;
            longest = longer;
        }
        status = read_batch(classifier, memory, by, readings + at, rows);
    }
    attni_classifier_give(classifier, memory);
    return status;
}

static attn_status read_texts(const char *function, const attn_classifier *classifier, int64_t count,
                              const char *const *texts, const size_t *sizes, int32_t by, attn_reading **out)
{
    ATTNI_TRY(attni_classifier_check_by(function, classifier, by));
    if (classifier->vocab == NULL)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: the classifier has no vocabulary, and reads ids only; give "
                          "attn_classifier_create one",
                          function);
    for (int64_t i = 0; i < count; i++)
        ATTNI_REQUIRE(texts[i] != NULL || (sizes && sizes[i] == 0),
                      "%s: text %lld is NULL; expected characters, or NULL with a size of 0", function,
                      (long long)i);
    attn_status status = ATTN_OK;
    for (int64_t i = 0; i < count && status == ATTN_OK; i++)
        status = create_reading(classifier, texts[i], sizes ? sizes[i] : strlen(texts[i]), by, &out[i]);
    if (status == ATTN_OK)
        status = read_all(classifier, by, out, count);
    for (int64_t i = 0; i < count && status != ATTN_OK; i++)
        attn_reading_destroy(&out[i]);
    return status;
}

attn_status attn_classifier_read(const attn_classifier *classifier, const char *text, size_t size, int32_t by,
                                 attn_reading **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_REQUIRE(text != NULL || size == 0, "%s: text is NULL; expected %zu bytes", __func__, size);
    return read_texts(__func__, classifier, 1, &text, &size, by, out);
}

attn_status attn_classifier_read_many(const attn_classifier *classifier, int64_t count,
                                      const char *const *texts, const size_t *sizes, int32_t by,
                                      attn_reading **out)
{
    ATTNI_REQUIRE_RANGE(count, 0, (int64_t)1 << 30);
    ATTNI_REQUIRE(out != NULL || count == 0, "%s: out is NULL; expected [count] pointers", __func__);
    if (count)
        memset(out, 0, (size_t)count * sizeof(attn_reading *));
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_REQUIRE(texts != NULL || count == 0, "%s: texts is NULL; expected [count] texts", __func__);
    return read_texts(__func__, classifier, count, texts, sizes, by, out);
}

/* ---- questions ------------------------------------------------------------------------------------------------------------------------ */

int32_t attn_reading_class(const attn_reading *reading)
{
    return reading ? reading->decided : -1;
}

const char *attn_reading_label(const attn_reading *reading)
{
    return reading ? reading->label : NULL;
}

const float *attn_reading_probabilities(const attn_reading *reading)
{
    return reading ? reading->probabilities : NULL;
}

const attn_tokens *attn_reading_tokens(const attn_reading *reading)
{
    return reading ? reading->tokens : NULL;
}

const float *attn_reading_numbers(const attn_reading *reading)
{
    return reading ? reading->numbers : NULL;
}

/* Whether token p gave less than q. */
static bool gave_less(const attn_reading *reading, int64_t p, int64_t q)
{
    const float a = fabsf(reading->numbers[p]), b = fabsf(reading->numbers[q]);
    return a < b || (a == b && p > q);
}

/* heap[count], of which none gave less than what it stands on (at 2i + 1 and 2i + 2): let the one at i sink to its place. */
static void sink(const attn_reading *reading, int64_t *heap, int64_t count, int64_t i)
{
    for (int64_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && gave_less(reading, heap[child + 1], heap[child]))
            child++;
        if (!gave_less(reading, heap[child], heap[i]))
            return;
        const int64_t least = heap[child];
        heap[child] = heap[i];
        heap[i] = least;
    }
}

int64_t attn_reading_top(const attn_reading *reading, int64_t count, int64_t *indices)
{
    if (reading == NULL || reading->numbers == NULL || indices == NULL || count <= 0)
        return 0;
    const int64_t length = reading->info.length, found = count < length ? count : length;
    for (int64_t i = 0; i < found; i++)
        indices[i] = i;
    for (int64_t i = found / 2; i-- > 0;)
        sink(reading, indices, found, i);
    for (int64_t t = found; t < length; t++) {
        if (gave_less(reading, indices[0], t)) {
            indices[0] = t;
            sink(reading, indices, found, 0);
        }
    }
    for (int64_t left = found; left > 1;) { /* the least to the end */
        const int64_t least = indices[0];
        indices[0] = indices[--left];
        indices[left] = least;
        sink(reading, indices, left, 0);
    }
    return found;
}

attn_status attn_reading_draw(const attn_reading *reading, const attn_draw_options *options,
                              attn_write_fn write, void *user)
{
    attn_draw_options own;
    ATTNI_REQUIRE_PTR(reading);
    ATTNI_ENTER(reading->context);
    ATTNI_TRY(attni_read_options(__func__, options, &own, sizeof own));
    ATTNI_REQUIRE(write != NULL || own.page != NULL,
                  "%s: write is NULL; expected a function, or a page in options->page", __func__);
    if (own.title == NULL)
        own.title = reading->title;
    const int64_t count = reading->numbers ? reading->info.length : 0;
    return attn_draw_text(reading->context, reading->text, reading->size, count,
                          attn_tokens_begins(reading->tokens), attn_tokens_ends(reading->tokens),
                          reading->numbers, &own, write, user);
}

attn_status attn_reading_get_info(const attn_reading *reading, attn_reading_info *info)
{
    ATTNI_REQUIRE_PTR(reading);
    ATTNI_ENTER(reading->context);
    ATTNI_REQUIRE_PTR(info);
    return attni_fill_struct(__func__, &reading->info, sizeof reading->info, info);
}

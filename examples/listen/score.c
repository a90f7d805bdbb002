/* score.c - strings spelt, and their letters and weights against what was said where. */
#include "score.h"

#include <stdlib.h>
#include <string.h>

#include "common/terminal.h"

#define ROWS 32 /* spelt at once */

struct scoring {
    struct spelling *spelling;
    struct batch batch;
    struct string strings[ROWS];
    struct texts spelt;
    struct speed speed;
    double loss;
    int64_t tokens, words, wrong_words, letters, wrong_letters, pointing, pointed;
};

void batch_set_strings(struct batch *batch, struct trained *trained, const struct strings *of, int64_t first,
                       int64_t digits, int64_t rows, struct string *strings)
{
    struct sound *sounds = allocate(rows, sizeof *sounds);
    int32_t *ids = allocate(rows * MAX_LETTERS, sizeof *ids), *lengths = allocate(rows, sizeof *lengths);
    for (int64_t b = 0; b < rows; b++) {
        char letters[MAX_LETTERS];
        string_make(of, first + b, digits, &strings[b]);
        sounds[b] = strings[b].sound;
        lengths[b] = (int32_t)string_letters(&strings[b], letters);
        for (int64_t t = 0; t < lengths[b]; t++)
            ids[b * MAX_LETTERS + t] = letter_id(trained, letters[t]);
    }
    batch_set_sounds(batch, trained->features, &trained->settings, rows, sounds);
    batch_set_texts(batch, MAX_LETTERS, ids, lengths);
    free(sounds);
    free(ids);
    free(lengths);
}

/* Which digit a word of letters is; DIGITS + 1 for none, as no digit is. */
static int32_t word_digit(const char *word, size_t size)
{
    for (int32_t d = 0; d < DIGITS; d++) {
        if (strlen(digit_names[d]) == size && memcmp(digit_names[d], word, size) == 0)
            return d;
    }
    return DIGITS + 1;
}

/* The words of a text as digits: words[returned]. */
static int64_t split_words(const struct text *text, int32_t *words)
{
    int64_t count = 0;
    if (text->size == 0) /* its bytes are NULL */
        return 0;
    for (const char *at = text->bytes, *end = text->bytes + text->size; at < end;) {
        const char *blank = memchr(at, ' ', (size_t)(end - at)), *stop = blank ? blank : end;
        if (stop > at)
            words[count++] = word_digit(at, (size_t)(stop - at));
        at = stop + 1;
    }
    return count;
}

static void count_errors(struct scoring *s, int64_t row)
{
    const struct string *string = &s->strings[row];
    const int32_t *ids = s->spelt.ids + row * s->spelt.length;
    const int64_t length = s->spelt.lengths[row];
    attn_context *context = s->spelling->context;
    struct text text = {0};
    char letters[MAX_LETTERS];
    int32_t said[MAX_DIGITS], right[MAX_LETTERS], distance;
    int32_t *words = allocate(length + 1, sizeof *words);
    append_letters(s->spelling->trained, &text, ids, length);
    const int64_t count = split_words(&text, words), spelt = string_letters(string, letters);
    for (int64_t i = 0; i < string->count; i++)
        said[i] = (int32_t)string->digits[i];
    for (int64_t t = 0; t < spelt; t++)
        right[t] = letter_id(s->spelling->trained, letters[t]);
    must(attn_edit_distance(context, 1, count, words, NULL, string->count, said, NULL, &distance, NULL));
    s->words += string->count;
    s->wrong_words += distance;
    must(attn_edit_distance(context, 1, length, ids, NULL, spelt, right, NULL, &distance, NULL));
    s->letters += spelt;
    s->wrong_letters += distance;
    free(words);
    free(text.bytes);
}

/* Where in the sound, in samples, the middle of an item lies. */
static double middle_of(const struct trained *trained, int64_t item)
{
    const struct feature_settings *settings = &trained->settings;
    const double span = (double)network_span(&trained->network), step = (double)settings->step;
    return step * (span * (double)item + (span - 1) / 2) + (double)settings->window / 2;
}

/* Where the letters of row b, which was spelt, had their largest weights. */
static void count_pointing(struct scoring *s, int64_t row, int64_t items, const float *weights)
{
    const struct string *string = &s->strings[row];
    const struct trained *trained = s->spelling->trained;
    const int32_t *ids = s->spelt.ids + row * s->spelt.length;
    int64_t word = 0;
    for (int64_t t = 0; t < s->spelt.lengths[row]; t++, weights += items) {
        if (ids[t] == BLANK_ID) {
            word++;
            continue;
        }
        int64_t peak = 0;
        for (int64_t j = 1; j < items; j++)
            peak = weights[j] > weights[peak] ? j : peak;
        const double at = middle_of(trained, peak);
        s->pointing++;
        s->pointed +=
            word < string->count && at >= (double)string->begins[word] && at < (double)string->ends[word];
    }
}

static void score_batch(struct scoring *s, const struct strings *of, int64_t first, int64_t rows)
{
    struct trained *trained = s->spelling->trained;
    int64_t items;
    batch_set_strings(&s->batch, trained, of, first, 0, rows, s->strings);
    s->loss += network_loss(&trained->network, &s->batch) * (double)s->batch.tokens;
    s->tokens += s->batch.tokens;
    speed_start(&s->speed);
    spell(s->spelling, &s->batch, &s->spelt);
    speed_stop(&s->speed);
    batch_set_texts(&s->batch, s->spelt.length, s->spelt.ids, s->spelt.lengths);
    const float *weights = network_weights(&trained->network, &s->batch, &items);
    s->speed.answers += rows;
    for (int64_t b = 0; b < rows; b++) {
        s->speed.steps += s->spelt.lengths[b] + 1;
        count_errors(s, b);
        count_pointing(s, b, items, weights + b * s->batch.steps * items);
    }
}

struct score score_strings(struct spelling *spelling, const struct strings *of, int64_t count,
                           const char *label)
{
    struct scoring *s = allocate(1, sizeof *s);
    s->spelling = spelling;
    for (int64_t at = 0; at < count; at += ROWS) {
        score_batch(s, of, at, count - at < ROWS ? count - at : ROWS);
        if (label)
            progress_show(label, at + s->batch.rows, count, "");
    }
    progress_clear();
    const struct score score = {.loss = s->loss / (double)s->tokens,
                                .wer = (double)s->wrong_words / (double)s->words,
                                .cer = (double)s->wrong_letters / (double)s->letters,
                                .alignment = s->pointing ? (double)s->pointed / (double)s->pointing : 0,
                                .strings = count,
                                .speed = s->speed};
    for (int64_t b = 0; b < ROWS; b++)
        string_free(&s->strings[b]);
    batch_free(&s->batch);
    texts_free(&s->spelt);
    free(s);
    return score;
}

/* reading.c - a question answered, and its passage shaded. */
#include "reading.h"

#include <stdlib.h>
#include <string.h>

#include "common/malformed.h"

#define FAINT 0.01f /* a probability that is not shown */

/* ---- sentences ------------------------------------------------------------------------------------------- */

static bool is_in(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Whether a sentence ends behind word t, to which something is to come. */
static bool ends_sentence(const char *text, const struct word *words, int64_t t)
{
    const struct word *this = &words[t], *next = &words[t + 1];
    for (int32_t at = this->end; at < next->begin; at++) {
        if (text[at] == '\n')
            return true;
    }
    if (next->begin == this->end || this->end == this->begin)
        return false;
    const char first = text[next->begin];
    return is_in(text[this->begin], ".!?") && (first < 'a' || first > 'z');
}

static struct span sentence_of(const struct passage *passage, const struct word *words, struct span span)
{
    const char *text = passage->text.bytes;
    while (span.begin > 0 && !ends_sentence(text, words, span.begin - 1))
        span.begin--;
    while (span.end + 1 < passage->count && !ends_sentence(text, words, span.end))
        span.end++;
    return span;
}

struct string read_page(attn_context *context, const char *path)
{
    struct string text;
    struct malformed malformed = {0};
    text.bytes = read_text(path, &text.size);
    malformed_count(&malformed, context, text.bytes, text.size);
    malformed_warn(&malformed, "text");
    return text;
}

/* ---- reading --------------------------------------------------------------------------------------------- */

struct reading read_question(struct trained *trained, const struct articles *articles,
                             const struct lexicon *lexicon, int64_t number, int64_t longest, const char *name)
{
    const struct question *question = &articles->questions[number];
    const struct passage *passage = &articles->passages[question->passage];
    if (passage->count > MOST_TEXT)
        fail(EXIT_BAD_INPUT, "%s: a text of %lld words; expected at most %d, give a part of it", name,
             (long long)passage->count, MOST_TEXT);
    if (question->count > MOST_ASKED)
        fail(EXIT_BAD_INPUT, "a question of %lld words; expected at most %d", (long long)question->count,
             MOST_ASKED);
    struct reading reading = {.passage = passage,
                              .question = question,
                              .words = articles->words + passage->first,
                              .asked = articles->words + question->first,
                              .sentence = {0, -1},
                              .shades = allocate(passage->count, sizeof *reading.shades)};
    struct batch batch = {0};
    batch_fill(&batch, articles, lexicon, &number, 1);
    reading.pointed = network_point(&trained->network, &batch);
    reading.found = find_span(reading.pointed.begins, reading.pointed.ends, passage->count, longest);
    reading.answer = found_text(articles, passage, reading.found);
    if (reading.found.probability > 0)
        reading.sentence = sentence_of(passage, reading.words, reading.found.span);
    for (int64_t t = 0; t < passage->count; t++) {
        const float begin = reading.pointed.begins[t], end = reading.pointed.ends[t];
        const float larger = begin >= end ? begin : end;
        reading.shades[t] = larger < FAINT ? 0 : begin >= end ? begin : -end;
    }
    batch_free(&batch);
    return reading;
}

char *reading_title(const struct reading *reading, double least)
{
    const double p = reading->found.probability;
    if (p <= 0)
        return print("no good span: the text has no words");
    return print(p < least ? "no good span: %.*s, %.2f" : "%.*s  %.2f", (int)reading->answer.size,
                 reading->answer.bytes, p);
}

void reading_draw(const struct reading *reading, attn_context *context, struct span words,
                  attn_draw_options options, attn_write_fn write, void *user)
{
    const int64_t count = words.end - words.begin + 1;
    const int32_t from = count > 0 ? reading->words[words.begin].begin : 0,
                  to = count > 0 ? reading->words[words.end].end : 0;
    int64_t *begins = allocate(count, sizeof *begins), *ends = allocate(count, sizeof *ends);
    for (int64_t i = 0; i < count; i++) {
        begins[i] = reading->words[words.begin + i].begin - from;
        ends[i] = reading->words[words.begin + i].end - from;
    }
    options.largest = 1;
    must(attn_draw_text(context, reading->passage->text.bytes + from, (size_t)(to - from), count, begins,
                        ends, reading->shades + words.begin, &options, write, user));
    free(begins);
    free(ends);
}

/* batch.c - padding to the longest, and marks. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

static void size_side(struct side *side, int64_t rows)
{
    side->time = 1;
    for (int64_t b = 0; b < rows; b++)
        side->time = side->lengths[b] > side->time ? side->lengths[b] : side->time;
    const int64_t size = rows * side->time;
    side->ids = grow(side->ids, size, &side->ids_capacity, sizeof *side->ids);
    side->spelt = grow(side->spelt, size, &side->spelt_capacity, sizeof *side->spelt);
    side->marks = grow(side->marks, size * MARKS, &side->marks_capacity, sizeof *side->marks);
    memset(side->ids, 0, (size_t)size * sizeof *side->ids);
    memset(side->spelt, 0, (size_t)size * sizeof *side->spelt);
    memset(side->marks, 0, (size_t)(size * MARKS) * sizeof *side->marks);
}

/* Which of the batch's spellings a word is; a new one is appended. */
static int32_t spelling_of(struct batch *batch, int32_t type)
{
    if (batch->places[type] == 0) {
        batch->types = grow(batch->types, batch->spellings + 1, &batch->types_capacity, sizeof *batch->types);
        batch->types[batch->spellings++] = type;
        batch->places[type] = (int32_t)batch->spellings;
    }
    return batch->places[type] - 1;
}

/* Row b of a side: `words` of it beside the `others` of the other side. */
static void fill_row(struct batch *batch, struct side *side, int64_t b, const struct articles *articles,
                     const struct lexicon *lexicon, const struct word *words, int64_t count,
                     const struct word *others, int64_t other_count)
{
    for (int64_t t = 0; t < count; t++) {
        const int64_t at = b * side->time + t;
        float *marks = side->marks + at * MARKS;
        side->ids[at] = lexicon->ids[words[t].type];
        side->spelt[at] = spelling_of(batch, words[t].type);
        for (int64_t j = 0; j < other_count; j++) {
            if (words[t].type == others[j].type)
                marks[0] = 1;
            if (articles->stems[words[t].type] == articles->stems[others[j].type])
                marks[1] = 1;
        }
        marks[2] = words[t].capital;
        marks[3] = words[t].digit;
    }
}

static void fill_pieces(struct batch *batch, const struct lexicon *lexicon)
{
    batch->piece_counts =
        grow(batch->piece_counts, batch->spellings, &batch->counts_capacity, sizeof *batch->piece_counts);
    batch->longest = 1;
    for (int64_t i = 0; i < batch->spellings; i++) {
        const int32_t type = batch->types[i];
        const int64_t count = lexicon->first[type + 1] - lexicon->first[type];
        batch->piece_counts[i] = (int32_t)count;
        batch->longest = count > batch->longest ? count : batch->longest;
        batch->places[type] = 0; /* as the next batch has to find them */
    }
    const int64_t size = batch->spellings * batch->longest;
    batch->pieces = grow(batch->pieces, size, &batch->pieces_capacity, sizeof *batch->pieces);
    memset(batch->pieces, 0, (size_t)size * sizeof *batch->pieces);
    for (int64_t i = 0; i < batch->spellings; i++)
        memcpy(batch->pieces + i * batch->longest, lexicon->pieces + lexicon->first[batch->types[i]],
               (size_t)batch->piece_counts[i] * sizeof *batch->pieces);
}

void batch_fill(struct batch *batch, const struct articles *articles, const struct lexicon *lexicon,
                const int64_t *numbers, int64_t rows)
{
    struct side *passage = &batch->passage, *question = &batch->question;
    batch->rows = rows;
    batch->spellings = 0;
    const int64_t types = attn_vocab_size(articles->types), known = batch->places_capacity;
    batch->places = grow(batch->places, types, &batch->places_capacity, sizeof *batch->places);
    if (batch->places_capacity > known)
        memset(batch->places + known, 0, (size_t)(batch->places_capacity - known) * sizeof *batch->places);
    passage->lengths = grow(passage->lengths, rows, &passage->lengths_capacity, sizeof *passage->lengths);
    question->lengths = grow(question->lengths, rows, &question->lengths_capacity, sizeof *question->lengths);
    for (int64_t b = 0; b < rows; b++) {
        const struct question *asked = &articles->questions[numbers[b]];
        passage->lengths[b] = (int32_t)articles->passages[asked->passage].count;
        question->lengths[b] = (int32_t)asked->count;
    }
    spelling_of(batch, ATTN_PAD_ID); /* number 0, as padding has it, also where there is no word at all */
    size_side(passage, rows);
    size_side(question, rows);
    for (int64_t b = 0; b < rows; b++) {
        const struct question *asked = &articles->questions[numbers[b]];
        const struct passage *read = &articles->passages[asked->passage];
        const struct word *words = articles->words + read->first, *others = articles->words + asked->first;
        fill_row(batch, passage, b, articles, lexicon, words, read->count, others, asked->count);
        fill_row(batch, question, b, articles, lexicon, others, asked->count, words, read->count);
        batch->spans[b] =
            asked->spans ? articles->spans + asked->first_span : NULL; /* a question of the user has none */
        batch->span_counts[b] = asked->spans;
    }
    fill_pieces(batch, lexicon);
}

static void side_free(struct side *side)
{
    free(side->lengths);
    free(side->ids);
    free(side->spelt);
    free(side->marks);
}

void batch_free(struct batch *batch)
{
    side_free(&batch->passage);
    side_free(&batch->question);
    free(batch->pieces);
    free(batch->piece_counts);
    free(batch->types);
    free(batch->places);
}

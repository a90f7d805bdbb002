/* align.c - the command `align`: what attention links by forced decoding, held against links that people made.
 *
 * The target is given, and each of its words is linked to the word of the source that weighed most while it was said. Words are
 * those of the data; the model's tokens, which may be parts of them or pieces, are put together again: a word's weight is the sum
 * over its tokens, on both sides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/plan.h"
#include "links.h"
#include "trained.h"

#define ROWS 64

/* ---- which word a token is of ---- */

/* The bytes of a character that tokens leave out: a blank, also one that does not break. */
static size_t blank_at(const char *text)
{
    return *text == ' '                            ? 1
           : strncmp(text, "\xC2\xA0", 2) == 0     ? 2
           : strncmp(text, "\xE2\x80\xAF", 3) == 0 ? 3
                                                   : 0;
}

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

static int64_t characters(const char *token)
{
    int64_t count = 0;
    for (; *token; token++)
        count += begins_character(*token);
    return count;
}

/* The number of the word that each byte of a text is of, or each character that is no blank; returns how many they are. */
static int64_t place_words(const char *text, bool bytes, int64_t *words)
{
    int64_t word = -1, count = 0;
    for (size_t i = 0, blank; text[i]; i++) {
        word += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
        if (bytes || ((blank = blank_at(text + i)) == 0 && begins_character(text[i])))
            words[count++] = word < 0 ? 0 : word;
        else if (blank)
            i += blank - 1;
    }
    return count;
}

/* The word of each of the model's tokens of a text, words[count]. */
static void words_of_tokens(struct languages *languages, bool target, const char *text, int64_t *words,
                            int64_t count)
{
    const struct words *tokens = tokens_of(languages, target, text, strlen(text)), *whole = &languages->words;
    const bool spans = !target && languages->task == TASK_SENTENCES; /* folding changes characters */
    int64_t *place = allocate((int64_t)strlen(text) + 1, sizeof *place), at = 0, k = 0;
    const int64_t places = place_words(text, spans, place);
    for (int64_t i = 0; i < whole->count; i++) {
        const int64_t begin = spans ? attn_tokens_begins(languages->tokens)[i] : at;
        bool more = true;
        at += characters(words_get(whole, i));
        for (; more && k < tokens->count && k < count; k++) {
            words[k] =
                place[begin < places || begin == 0 ? begin : places - 1]; /* of no places the first is 0 */
            more = goes_on(languages, words_get(tokens, k));
        }
    }
    free(place);
}

/* ---- linking ---- */

struct aligning {
    struct trained *trained;
    const struct pairs *pairs;
    const struct linked *linked;
    struct batch batch;
    struct floats weights;
    struct agreement attention, diagonal;
};

/* Of each word of the target the source's word of the largest sum of weights[tokens of the target, items]. */
static void link_words(struct aligning *a, int64_t pair, int64_t row)
{
    struct languages *languages = &a->trained->languages;
    const struct linked *linked = &a->linked[pair];
    const struct batch *batch = &a->batch;
    const int64_t items = batch->source_lengths[row], steps = batch->target_lengths[row] - 1;
    const float *weights = a->weights.values + row * batch->steps * batch->items;
    int64_t *sources = allocate(items, sizeof *sources), *targets = allocate(steps, sizeof *targets);
    int64_t *given = allocate(linked->targets, sizeof *given),
            *diagonal = allocate(linked->targets, sizeof *diagonal);
    double *sums = allocate(linked->targets * linked->sources, sizeof *sums);
    words_of_tokens(languages, false, a->pairs->items[pair].source, sources, items);
    words_of_tokens(languages, true, a->pairs->items[pair].target, targets, steps);
    for (int64_t t = 0; t < steps; t++) {
        for (int64_t j = 0; j < items; j++)
            sums[targets[t] * linked->sources + sources[j]] += (double)weights[t * batch->items + j];
    }
    for (int64_t t = 0; t < linked->targets; t++) {
        const double *sum = sums + t * linked->sources;
        given[t] = -1; /* a word that the model has no token of */
        for (int64_t j = 0; j < linked->sources; j++) {
            if (sum[j] > (given[t] < 0 ? 0 : sum[given[t]]))
                given[t] = j;
        }
        diagonal[t] = linked->sources ? (2 * t + 1) * linked->sources / (2 * linked->targets) : -1;
    }
    agreement_add(&a->attention, linked, given);
    agreement_add(&a->diagonal, linked, diagonal);
    free(sources);
    free(targets);
    free(given);
    free(diagonal);
    free(sums);
}

static void align(struct aligning *a)
{
    struct corpus corpus = corpus_make(&a->trained->languages, a->pairs);
    int64_t *items = plan_all(corpus.count),
            *plan = plan_by_length(corpus.source.lengths, items, corpus.count);
    for (int64_t at = 0; at < corpus.count; at += ROWS) {
        const int64_t rows = corpus.count - at < ROWS ? corpus.count - at : ROWS;
        batch_fill(&a->batch, &corpus, plan + at, rows);
        network_loss(&a->trained->network, &a->batch,
                     reserve(&a->weights, rows * a->batch.steps * a->batch.items));
        for (int64_t b = 0; b < rows; b++)
            link_words(a, plan[at + b], b);
    }
    free(items);
    free(plan);
    corpus_free(&corpus);
    batch_free(&a->batch);
    free(a->weights.values);
}

int command_align(int argc, char **argv)
{
    const char *model = NULL, *data = NULL, *links = NULL;
    int64_t json = 0, threads = 0, first = 1;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        needed_option("data", &data, "PATH", "the pairs, lines `SOURCE ||| TARGET`"),
        needed_option("links", &links, "PATH", "people's links, a line a pair"),
        integer_option("first", &first, 0, 1, "the number of a text's first word in them (1)"),
        switch_option("json", &json, "print the figures as an object, a line"),
        threads_option(&threads),
    };
    options_parse("align", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    if (trained.languages.task == TASK_DATES)
        fail(EXIT_BAD_INPUT,
             "--model %s: it writes dates, which have no words to link; name one of sentences", model);
    struct pairs pairs = {0};
    struct linked *linked = links_read(data, links, first, &pairs);
    struct aligning a = {.trained = &trained, .pairs = &pairs, .linked = linked};
    align(&a);
    const struct agreement *own = &a.attention;
    printf(
        json ? "{\"aer\": %.6f, \"precision\": %.6f, \"recall\": %.6f, \"diagonal\": %.6f, \"pairs\": %lld}\n"
             : "alignment error %.4f, precision %.4f, recall %.4f, of the diagonal alignment error %.4f on "
               "%lld pairs\n",
        agreement_error(own), own->links ? (double)own->possible / (double)own->links : 0,
        own->all_sure ? (double)own->sure / (double)own->all_sure : 0, agreement_error(&a.diagonal),
        (long long)pairs.count);
    links_free(linked, pairs.count);
    pairs_free(&pairs);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}

/* pairs.c - the command `pairs`: whether a model follows the smallest rewrite of a text to another label (Kaushik et al. 2020,
 * 1909.12434). Right on an original and wrong on its rewrite, it rests on words that do not decide. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/terminal.h"
#include "interval.h"
#include "texts.h"

struct pair {
    int64_t original, rewrite; /* places of texts */
};

struct pairs {
    struct pair *pairs;
    int64_t count;
};

/* ---- which texts are pairs ------------------------------------------------------------------------------- */

struct member {
    const char *key; /* the pair's name */
    int64_t place;
};

static int by_key(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    const int order = strcmp(a->key, b->key);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

/* keyed: the same texts with the pairs' names for labels. Pairs come in the order of their names. */
static struct pairs join_pairs(const char *path, const struct dataset *keyed)
{
    const int64_t count = keyed->count;
    struct member *members = allocate(count, sizeof *members);
    struct pairs joined = {allocate(count / 2 + 1, sizeof(struct pair)), 0};
    for (int64_t i = 0; i < count; i++)
        members[i] = (struct member){keyed->reviews[i].label_name, i};
    qsort(members, (size_t)count, sizeof *members, by_key);
    for (int64_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && strcmp(members[end].key, members[i].key) == 0;)
            end++;
        if (end - i != 2)
            fail(EXIT_BAD_INPUT,
                 "%s, %s: there are %lld texts of pair \"%s\"; expected an original and its rewrite", path,
                 keyed->reviews[members[end - 1].place].name, (long long)(end - i), members[i].key);
        joined.pairs[joined.count++] = (struct pair){members[i].place, members[i + 1].place};
    }
    free(members);
    return joined;
}

/* ---- how they are decided -------------------------------------------------------------------------------- */

/* right[texts]: 1: decided as labelled. */
static float *decide(const struct model *model, const struct dataset *dataset)
{
    enum { TOGETHER = 64 };
    float *right = allocate(dataset->count, sizeof *right);
    for (int64_t at = 0, count; at < dataset->count; at += count) {
        const char *texts[TOGETHER];
        size_t sizes[TOGETHER];
        attn_reading *readings[TOGETHER];
        count = dataset->count - at < TOGETHER ? dataset->count - at : TOGETHER;
        progress_show("texts", at, dataset->count, "");
        for (int64_t i = 0; i < count; i++) {
            texts[i] = dataset->reviews[at + i].text;
            sizes[i] = dataset->reviews[at + i].size;
        }
        must(attn_classifier_read_many(model->classifier, count, texts, sizes, ATTN_BY_NOTHING, readings));
        for (int64_t i = 0; i < count; i++) {
            right[at + i] = attn_reading_class(readings[i]) == dataset->reviews[at + i].label;
            attn_reading_destroy(&readings[i]);
        }
    }
    progress_clear();
    return right;
}

enum measure { ORIGINALS, REWRITES, BOTH, MEASURES };

static void measure(attn_context *context, const struct pairs *pairs, const float *right, uint64_t seed,
                    struct interval *measures)
{
    float *values = allocate(pairs->count, sizeof *values);
    for (int k = 0; k < MEASURES; k++) {
        for (int64_t i = 0; i < pairs->count; i++) {
            const float original = right[pairs->pairs[i].original], rewrite = right[pairs->pairs[i].rewrite];
            values[i] = k == ORIGINALS ? original : k == REWRITES ? rewrite : original * rewrite;
        }
        measures[k] = interval_of(context, pairs->count, values, seed);
    }
    free(values);
}

static void print_measures(const struct interval *measures, int64_t count, bool json)
{
    static const char *const keys[] = {"originals", "rewrites", "both"}, *const titles[] = {"originals",
                                                                                            "rewrites",
                                                                                            "both of a pair"};
    struct text out = {0};
    text_print(&out, json ? "{\"pairs\": %lld" : "%lld pairs: accuracy [95 %% interval] on\n\n",
               (long long)count);
    for (int k = 0; k < MEASURES; k++) {
        if (json) {
            text_print(&out, ", ");
            interval_add_json(&out, keys[k], measures[k]);
        } else {
            text_print(&out, "%-18s%s\n", titles[k], interval_text(measures[k]));
        }
    }
    if (json)
        text_print(&out, "}\n");
    text_deliver(&out, NULL);
    free(out.bytes);
}

int command_pairs(int argc, char **argv)
{
    const char *path = bundled_model(), *pair_column = "batch_id";
    struct source source = {0};
    int64_t json = 0, seed = 1, threads = 0;
    struct option options[] = {
        MODEL_OPTION(path),
        needed_option("data", &source.path, "PATH", "the pairs"),
        SOURCE_OPTIONS(source),
        text_option("pair-column", &pair_column, "NAME",
                    "likewise the column of the pairs' names (batch_id)"),
        switch_option("json", &json, "print {\"pairs\":, \"originals\":, \"rewrites\":, \"both\":, ...}"),
        integer_option("seed", &seed, 0, 9e15, "of the intervals (1)"),
        threads_option(&threads),
    };
    options_parse("pairs", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct model model = model_open(context, path);
    struct source keys = source;
    keys.label_column = pair_column;
    struct dataset dataset = dataset_read(&source, "test", &model.labels),
                   keyed = dataset_load(&keys, "test");
    struct pairs pairs = join_pairs(source.path, &keyed);
    struct interval measures[MEASURES];
    model_pack(&model, NULL);
    float *right = decide(&model, &dataset);
    measure(context, &pairs, right, (uint64_t)seed, measures);
    print_measures(measures, pairs.count, json);
    free(right);
    free(pairs.pairs);
    dataset_free(&keyed);
    dataset_free(&dataset);
    model_close(&model);
    attn_context_destroy(&context);
    return 0;
}

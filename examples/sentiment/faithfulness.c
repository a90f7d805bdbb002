/* faithfulness.c - the command `faithfulness`: how far a model's attention shows what decided, measured on reviews.
 *
 * Each measure gives a number a review; what is printed is their mean and its interval by the bootstrap. Words are ranked by their
 * attention, by their gradient, and at random, which is what the other two have to beat. */
#include <attn/experimental.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/plan.h"
#include "common/terminal.h"
#include "interval.h"
#include "model.h"

#define ROWS 16            /* reviews that are asked about together */
#define COPIES 64          /* of them in one call, at most */
#define OCCLUDED 1024      /* where each lacks one word, which takes less, */
#define TOGETHER (1 << 20) /* as long as they have so many tokens at most */
#define PERMUTATIONS 100   /* of a review's weights */
#define SAMPLES 2          /* draws of soft erasure; their mean over the reviews wants no more */
#define READER_RESOLUTION                                                                                    \
    50 /* with an attention GRU, which reads anew, the fraction to flip is found in steps of a fiftieth */

enum ranking { BY_ATTENTION, BY_GRADIENT, AT_RANDOM, RANKINGS };

enum measure {
    TAU_GRADIENT,
    PEARSON_GRADIENT,
    PEARSON_INTEGRATED,
    DIVERGENCE_INTEGRATED,
    TAU_OCCLUSION,
    COMPREHENSIVENESS,
    SUFFICIENCY,
    SOFT_COMPREHENSIVENESS,
    SOFT_SUFFICIENCY,
    FLIP_FRACTION,
    PERMUTATION_CHANGE,
    CONICITY,
    MEASURES
};

static const char *const names[MEASURES] = {
    "Kendall's tau with gradient",
    "Pearson's r with gradient",
    "Pearson's r with integrated",
    "divergence from integrated",
    "Kendall's tau with occlusion",
    "comprehensiveness",
    "sufficiency",
    "soft comprehensiveness",
    "soft sufficiency",
    "fraction to flip",
    "change under permutation",
    "conicity of the states",
};

/* Whether a measure is taken of a ranking: gradients are not compared with themselves, and the last two are of attention. */
static bool is_taken(enum measure measure, enum ranking ranking)
{
    if (measure == TAU_GRADIENT || measure == PEARSON_GRADIENT)
        return ranking != BY_GRADIENT;
    return measure < PERMUTATION_CHANGE || ranking == BY_ATTENTION;
}

struct study {
    attn_context *context;
    const struct model *model;
    uint64_t seed;
    int64_t dim;                       /* of a word's vector */
    int64_t count;                     /* reviews */
    float *values[MEASURES][RANKINGS]; /* [count] */
    struct floats rankings[RANKINGS];
    struct floats shuffled;   /* attention's weights in random order: at random, but spread like it */
    struct floats integrated; /* sizes of integrated gradients, as 2004.14243 compares them */
    struct floats occlusion;  /* |p - p without the word|, as 1902.10186 has it */
};

/* ---- a few reviews --------------------------------------------------------------------------------------- */

static attn_explain_model ask(attn_probe *probe, int32_t masking)
{
    attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
    must(attn_probe_model(probe, masking, &model));
    model.copies = COPIES;
    return model;
}

/* What each ranking agrees with, and what it does to the decision; `at` is the first review's place. */
static void measure_ranking(struct study *study, const struct batch *batch, attn_probe *probe,
                            enum ranking ranking, int64_t at)
{
    attn_context *context = study->context;
    attn_explain_model words = ask(probe, ATTN_MASK_LEAVE_OUT), weights = ask(probe, ATTN_MASK_ERASE);
    const float *order = study->rankings[ranking].values, *gradient = study->rankings[BY_GRADIENT].values,
                *spread = ranking == AT_RANDOM ? study->shuffled.values : order;
    float *values[MEASURES];
    for (int k = 0; k < MEASURES; k++)
        values[k] = study->values[k][ranking] ? study->values[k][ranking] + at : NULL;
    if (values[TAU_GRADIENT])
        must(attn_explain_correlation(context, batch->rows, batch->time, order, gradient, batch->lengths,
                                      values[TAU_GRADIENT], values[PEARSON_GRADIENT]));
    must(attn_explain_correlation(context, batch->rows, batch->time, spread, study->integrated.values,
                                  batch->lengths, NULL, values[PEARSON_INTEGRATED]));
    must(attn_explain_divergence(context, batch->rows, batch->time, spread, study->integrated.values,
                                 batch->lengths, values[DIVERGENCE_INTEGRATED]));
    must(attn_explain_correlation(context, batch->rows, batch->time, order, study->occlusion.values,
                                  batch->lengths, values[TAU_OCCLUSION], NULL));
    must(attn_explain_comprehensiveness(context, &words, 5, order, NULL, NULL, values[COMPREHENSIVENESS]));
    must(attn_explain_sufficiency(context, &words, 5, order, NULL, NULL, values[SUFFICIENCY]));
    must(attn_explain_soft(context, &words, study->dim, spread, SAMPLES, study->seed + (uint64_t)at,
                           values[SOFT_COMPREHENSIVENESS], values[SOFT_SUFFICIENCY], NULL));
    must(attn_explain_flip(context, &weights, order, study->model->info.reader ? READER_RESOLUTION : 0,
                           values[FLIP_FRACTION]));
}

/* Each review's weights change places; `at` is the first review's. */
static void shuffle_weights(struct study *study, const struct batch *batch, int64_t at)
{
    const int64_t time = batch->time;
    float *shuffled = reserve(&study->shuffled, batch->rows * time);
    memcpy(shuffled, study->rankings[BY_ATTENTION].values, (size_t)(batch->rows * time) * sizeof *shuffled);
    for (int64_t b = 0; b < batch->rows; b++, shuffled += time) {
        for (int64_t t = batch->lengths[b] - 1; t > 0; t--) {
            const int64_t other =
                random_below(t + 1, study->seed, STREAM_SHUFFLED, (uint64_t)(at + b) << 32 | (uint64_t)t);
            const float weight = shuffled[t];
            shuffled[t] = shuffled[other];
            shuffled[other] = weight;
        }
    }
}

/* |of| each word, [rows, time]. */
static void take_sizes(float *of, const struct batch *batch)
{
    for (int64_t i = 0; i < batch->rows * batch->time; i++)
        of[i] = fabsf(of[i]);
}

static void measure_batch(struct study *study, const struct batch *batch, int64_t at)
{
    attn_context *context = study->context;
    attn_probe *probe;
    const int64_t rows = batch->rows, time = batch->time, width = study->model->info.state_dim;
    const attn_sequence in = {
        .struct_size = sizeof in, .batch = rows, .time = time, .lengths = batch->lengths, .ids = batch->ids};
    const uint64_t seed = study->seed + (uint64_t)at;
    float *rankings[RANKINGS];
    for (int k = 0; k < RANKINGS; k++)
        rankings[k] = reserve(&study->rankings[k], rows * time);
    must(attn_probe_create(study->model->classifier, &in, &probe));
    memcpy(rankings[BY_ATTENTION], attn_probe_weights(probe), (size_t)(rows * time) * sizeof(float));
    must(attn_probe_gradient(probe, rankings[BY_GRADIENT]));
    must(attn_explain_random(context, rows, time, batch->lengths, seed, rankings[AT_RANDOM]));
    shuffle_weights(study, batch, at);
    float *integrated = reserve(&study->integrated, rows * time);
    must(
        attn_classifier_attribute(study->model->classifier, &in, NULL, ATTN_BY_INTEGRATED, integrated, NULL));
    take_sizes(integrated, batch);

    attn_explain_model words = ask(probe, ATTN_MASK_LEAVE_OUT);
    float *occlusion = reserve(&study->occlusion, rows * time);
    words.copies = TOGETHER / time < 1 ? 1 : TOGETHER / time < OCCLUDED ? TOGETHER / time : OCCLUDED;
    must(attn_explain_occlusion(context, &words, occlusion));
    take_sizes(occlusion, batch);
    must(attn_explain_permutation(context, &words, rankings[BY_ATTENTION], PERMUTATIONS, seed,
                                  study->values[PERMUTATION_CHANGE][BY_ATTENTION] + at));
    must(attn_explain_conicity(context, rows, time, width, attn_probe_states(probe), batch->lengths,
                               study->values[CONICITY][BY_ATTENTION] + at));
    for (enum ranking k = 0; k < RANKINGS; k++)
        measure_ranking(study, batch, probe, k, at);
    attn_probe_destroy(&probe);
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

static void measure_all(struct study *study, const struct corpus *corpus)
{
    struct batch batch = {0};
    int64_t *plan = plan_filled(corpus->lengths, corpus->count, &study->count);
    double began = now();
    for (int measure = 0; measure < MEASURES; measure++) {
        for (int ranking = 0; ranking < RANKINGS; ranking++) {
            if (is_taken(measure, ranking))
                study->values[measure][ranking] = allocate(study->count, sizeof(float));
        }
    }
    for (int64_t at = 0; at < study->count; at += batch.rows) {
        int64_t rows = study->count - at < ROWS ? study->count - at : ROWS;
        char note[64];
        snprintf(note, sizeof note, "%.1f reviews/s", (double)at / (now() - began));
        progress_show("reviews", at, study->count, at ? note : "");
        batch_fill(&batch, corpus, plan + at, rows, study->model->info.padded_time);
        measure_batch(study, &batch, at);
    }
    progress_clear();
    batch_free(&batch);
    free(plan);
}

/* ---- what is printed ------------------------------------------------------------------------------------- */

static struct interval summarise(const struct study *study, enum measure measure, enum ranking ranking)
{
    return interval_of(study->context, study->count, study->values[measure][ranking], study->seed);
}

static int by_value(const void *left, const void *right)
{
    const float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

/* Papers that show box plots name this one. It sorts the values. */
static double take_median(const struct study *study, enum measure measure)
{
    float *values = study->values[measure][BY_ATTENTION];
    const int64_t count = study->count;
    qsort(values, (size_t)count, sizeof *values, by_value);
    return count ? ((double)values[(count - 1) / 2] + (double)values[count / 2]) / 2 : 0;
}

static void print_figure(const struct study *study, enum measure measure, enum ranking ranking)
{
    printf("%-24s", is_taken(measure, ranking) ? interval_text(summarise(study, measure, ranking)) : "-");
}

static void print_table(const struct study *study)
{
    printf("%lld reviews: mean [95 %% interval] of\n\n%-30s%-24s%-24s%-24s%s\n", (long long)study->count,
           "words ranked", "by attention", "by gradient", "at random", "median by attention");
    for (int measure = 0; measure < MEASURES; measure++) {
        printf("%-30s", names[measure]);
        for (int ranking = 0; ranking < RANKINGS; ranking++)
            print_figure(study, measure, ranking);
        printf("%.3f\n", take_median(study, measure));
    }
}

static void print_json(const struct study *study)
{
    static const struct {
        const char *key;
        enum measure measure;
        enum ranking ranking;
    } keys[] = {
        {"tau_gradient", TAU_GRADIENT, BY_ATTENTION},
        {"pearson_gradient", PEARSON_GRADIENT, BY_ATTENTION},
        {"pearson_integrated", PEARSON_INTEGRATED, BY_ATTENTION},
        {"divergence_integrated", DIVERGENCE_INTEGRATED, BY_ATTENTION},
        {"tau_occlusion", TAU_OCCLUSION, BY_ATTENTION},
        {"comprehensiveness", COMPREHENSIVENESS, BY_ATTENTION},
        {"sufficiency", SUFFICIENCY, BY_ATTENTION},
        {"soft_comprehensiveness", SOFT_COMPREHENSIVENESS, BY_ATTENTION},
        {"soft_comprehensiveness_random", SOFT_COMPREHENSIVENESS, AT_RANDOM},
        {"soft_sufficiency", SOFT_SUFFICIENCY, BY_ATTENTION},
        {"soft_sufficiency_random", SOFT_SUFFICIENCY, AT_RANDOM},
        {"flip_fraction", FLIP_FRACTION, BY_ATTENTION},
        {"flip_fraction_random", FLIP_FRACTION, AT_RANDOM},
        {"permutation_change", PERMUTATION_CHANGE, BY_ATTENTION},
        {"conicity", CONICITY, BY_ATTENTION},
    };
    putchar('{');
    for (int64_t i = 0; i < COUNT(keys); i++) {
        printf("\"%s\": %.6f, ", keys[i].key, summarise(study, keys[i].measure, keys[i].ranking).mean);
    }
    printf("\"reviews\": %lld}\n", (long long)study->count);
}

static void study_free(struct study *study)
{
    for (int ranking = 0; ranking < RANKINGS; ranking++) {
        for (int measure = 0; measure < MEASURES; measure++)
            free(study->values[measure][ranking]);
        free(study->rankings[ranking].values);
    }
    free(study->shuffled.values);
    free(study->integrated.values);
    free(study->occlusion.values);
}

int command_faithfulness(int argc, char **argv)
{
    const char *path = bundled_model();
    struct source source = {0};
    int64_t limit = 0, json = 0, seed = 1, threads = 0;
    struct option options[] = {
        MODEL_OPTION(path),
        needed_option("data", &source.path, "PATH", "the reviews"),
        SOURCE_OPTIONS(source),
        integer_option("limit", &limit, 1, 1e9, "measure on N reviews only, all classes alike"),
        switch_option("json", &json, "print {\"tau_gradient\":, ...}, the means by attention"),
        integer_option("seed", &seed, 0, 9e15, "of the limit, of random orders and permutations (1)"),
        threads_option(&threads),
    };
    options_parse("faithfulness", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct model model = model_open(context, path);
    model_need_attention(&model, path, "measure one that has");
    struct dataset dataset = dataset_read(&source, "test", &model.labels);
    dataset_warn(&dataset, source.path);
    if (limit)
        dataset_limit(&dataset, limit, (uint64_t)seed);
    struct corpus corpus = corpus_make(&dataset, model.info.vocab, model.info.max_length);
    corpus_warn(&corpus);
    must(attn_classifier_pack(model.classifier, NULL));
    attn_embedding_info embedding = ATTN_EMBEDDING_INFO_INIT;
    must(attn_embedding_get_info(model.info.embedding, &embedding));
    struct study study = {.context = context, .model = &model, .seed = (uint64_t)seed, .dim = embedding.dim};
    measure_all(&study, &corpus);
    (json ? print_json : print_table)(&study);
    study_free(&study);
    corpus_free(&corpus);
    dataset_free(&dataset);
    model_close(&model);
    attn_context_destroy(&context);
    return 0;
}

/* eval.c - the command `eval`: accuracy, loss and calibration of a model on labelled reviews, how each class fares where there
 * are several, and how sharp attention is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "score.h"
#include "sharpness.h"

/* How one class fares. */
struct fate {
    int64_t reviews, right, decided; /* labelled so; of them decided so; decided so in all */
    int64_t rival;                   /* the class that most of the others were taken for */
};

static struct fate read_fate(const int64_t *confusion, int64_t classes, int64_t k)
{
    struct fate fate = {.right = confusion[k * classes + k], .rival = k == 0};
    for (int64_t j = 0; j < classes; j++) {
        fate.reviews += confusion[k * classes + j];
        fate.decided += confusion[j * classes + k];
        if (j != k && confusion[k * classes + j] > confusion[k * classes + fate.rival])
            fate.rival = j;
    }
    return fate;
}

static double part(int64_t some, int64_t all)
{
    return all ? (double)some / (double)all : 0;
}

static void print_classes(const struct labels *labels, const int64_t *confusion)
{
    printf("\nreviews  recall  precision  class\n");
    for (int64_t k = 0; k < labels->count; k++) {
        struct fate fate = read_fate(confusion, labels->count, k);
        int64_t taken = confusion[k * labels->count + fate.rival];
        printf("%7lld  %.4f     %.4f  %s", (long long)fate.reviews, part(fate.right, fate.reviews),
               part(fate.right, fate.decided), labels->names[k]);
        if (taken)
            printf(", %lld taken for %s", (long long)taken, labels->names[fate.rival]);
        putchar('\n');
    }
}

static void print_classes_json(const struct labels *labels, const int64_t *confusion)
{
    printf(", \"classes\": {");
    for (int64_t k = 0; k < labels->count; k++) {
        struct fate fate = read_fate(confusion, labels->count, k);
        char *name = json_quoted(labels->names[k]);
        printf("%s%s: {\"reviews\": %lld, \"recall\": %.6f, \"precision\": %.6f, \"decided\": [",
               k ? ", " : "", name, (long long)fate.reviews, part(fate.right, fate.reviews),
               part(fate.right, fate.decided));
        for (int64_t j = 0; j < labels->count; j++)
            printf("%s%lld", j ? ", " : "", (long long)confusion[k * labels->count + j]);
        printf("]}");
        free(name);
    }
    printf("}");
}

/* sharp: NULL, not asked. */
static void print_score(const struct model *model, const struct score *score, int64_t count, double seconds,
                        const int64_t *confusion, const struct sharpness *sharp, bool json)
{
    bool several = model->labels.count > 2;
    printf(json ? "{\"accuracy\": %.6f, \"loss\": %.6f, \"calibration_error\": %.6f, \"reviews\": %lld, "
                  "\"seconds\": %.3f"
                : "accuracy %.4f, loss %.4f, calibration error %.4f on %lld reviews in %.1f s\n",
           score->accuracy, score->loss, score->calibration_error, (long long)count, seconds);
    if (several)
        (json ? print_classes_json : print_classes)(&model->labels, confusion);
    if (sharp)
        printf(json ? ", \"effective_words\": %.6f, \"heaviest_tenth\": %.6f"
                    : "attention: as spread as evenly over %.4f of a review's words; the heaviest tenth has "
                      "%.4f\n",
               sharp->effective, sharp->heaviest);
    if (json)
        printf("}\n");
}

int command_eval(int argc, char **argv)
{
    const char *path = bundled_model(), *precision = "float32";
    struct source source = {0};
    int64_t json = 0, sharpness = 0, threads = 0;
    struct option options[] = {
        MODEL_OPTION(path),
        needed_option("data", &source.path, "PATH", "the reviews"),
        SOURCE_OPTIONS(source),
        switch_option("json", &json, "print {\"accuracy\":, \"loss\":, \"calibration_error\":, ...}"),
        switch_option("sharpness", &sharpness, "say on how few words attention lies, too"),
        choice_option("precision", &precision, "float32|bfloat16|int8", "of the GRU's weights (float32)"),
        threads_option(&threads),
    };
    options_parse("eval", options, COUNT(options), argc, argv, NULL);
    attn_context *context = make_context(threads);
    struct model model = model_open(context, path);
    if (sharpness)
        model_need_attention(&model, path, "leave --sharpness out");
    struct dataset dataset = dataset_read(&source, "test", &model.labels);
    dataset_warn(&dataset, source.path);
    if (!json) {
        char *found = dataset_describe(&dataset);
        printf("data: %s\n", found);
        free(found);
    }
    double began = now();
    struct corpus corpus = corpus_make(&dataset, model.info.vocab, model.info.max_length);
    corpus_warn(&corpus);
    int64_t *reviews = allocate(corpus.count, sizeof *reviews),
            *confusion = allocate(model.labels.count * model.labels.count, sizeof *confusion);
    for (int64_t i = 0; i < corpus.count; i++)
        reviews[i] = i;
    attn_gru_packed_options packed = ATTN_GRU_PACKED_OPTIONS_INIT;
    packed.precision = strcmp(precision, "bfloat16") == 0 ? ATTN_PRECISION_BFLOAT16
                       : strcmp(precision, "int8") == 0   ? ATTN_PRECISION_INT8
                                                          : ATTN_PRECISION_FLOAT32;
    model_pack(&model, &packed);
    struct score score = score_reviews(&model, &corpus, reviews, corpus.count, "reviews", confusion);
    const double seconds = now() - began;
    struct sharpness sharp = {0, 0};
    if (sharpness)
        sharp = sharpness_of(&model, &corpus);
    print_score(&model, &score, corpus.count, seconds, confusion, sharpness ? &sharp : NULL, json);
    free(reviews);
    free(confusion);
    corpus_free(&corpus);
    dataset_free(&dataset);
    model_close(&model);
    attn_context_destroy(&context);
    return 0;
}

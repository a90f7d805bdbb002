/* teacher.c - each teacher is asked once; RUN/targets.safetensors keeps what they said in the mean, so that a run goes on to the same
 * bits, and needs them no more. */
#include "teacher.h"

#include <stdlib.h>
#include <string.h>

#include "common/plan.h"
#include "common/terminal.h"
#include "leave_out.h"

#define ROWS 64 /* a batch that is asked about */

/* The texts without labels, in the place where they stand. */
static struct dataset unlabelled_of(const struct training *training)
{
    const int64_t first = training->data.count - training->unlabelled;
    return (struct dataset){.reviews = training->data.reviews + first, .count = training->unlabelled};
}

void teacher_read_texts(struct training *training)
{
    const struct source source = {.path = training->options.unlabelled, .unlabelled = true};
    struct dataset more = dataset_load(&source, "train");
    if (!training->options.quiet)
        dataset_warn(&more, source.path);
    if (training->options.leave_out && leave_out(&more, training->options.leave_out) && more.count == 0)
        fail(EXIT_BAD_INPUT, "%s: every text stands in --leave-out %s", source.path,
             training->options.leave_out);
    warn_of_held_out(training, &more, "unlabelled", source.path, "what is said of them is");
    say(training, "unlabelled: %s texts (%s)", with_commas(more.count), more.found);
    training->unlabelled = more.count;
    train_too(training, &more);
}

/* Which of the data's classes each of the teacher's, who is called `name`, is. */
static int32_t *match_classes(const struct training *training, const char *name, const struct model *teacher)
{
    const struct labels *labels = &training->data.labels;
    int32_t *matched = allocate(teacher->labels.count, sizeof *matched);
    for (int64_t k = 0; k < teacher->labels.count; k++) {
        matched[k] = labels_find(labels, teacher->labels.names[k]);
        if (matched[k] < 0 || teacher->labels.count != labels->count)
            fail(EXIT_BAD_INPUT,
                 "--teacher %s: it knows %s, and the reviews are %s; expected the same classes", name,
                 labels_list(&teacher->labels), labels_list(labels));
    }
    return matched;
}

/* targets[unlabelled, classes] += the share of them all that the teacher called `name` has. */
static void ask(struct training *training, const char *name, float *targets)
{
    const float share = 1.0F / (float)training->options.teachers.count;
    const int64_t classes = training->data.labels.count, count = training->unlabelled;
    const struct dataset texts = unlabelled_of(training);
    struct model teacher = model_open(training->context, name);
    int32_t *matched = match_classes(training, name, &teacher);
    model_pack(&teacher, NULL);
    struct corpus corpus = corpus_make(&texts, teacher.info.vocab, teacher.info.max_length);
    int64_t *all = plan_all(count), *plan = plan_by_length(corpus.lengths, all, count);
    struct batch batch = {0};
    for (int64_t at = 0; at < count; at += ROWS) {
        batch_fill(&batch, &corpus, plan + at, count - at < ROWS ? count - at : ROWS,
                   teacher.info.padded_time);
        const struct outcome said = model_predict(&teacher, &batch);
        for (int64_t b = 0; b < batch.rows; b++)
            for (int64_t k = 0; k < classes; k++)
                targets[plan[at + b] * classes + matched[k]] += share * said.probabilities[b * classes + k];
        if (!training->options.quiet)
            progress_show("teacher", at + batch.rows, count, "");
    }
    progress_clear();
    batch_free(&batch);
    free(plan);
    free(all);
    free(matched);
    corpus_free(&corpus);
    model_close(&teacher);
}

static void ask_all(struct training *training, float *targets)
{
    const struct several *teachers = &training->options.teachers;
    const double began = now();
    for (int64_t i = 0; i < teachers->count; i++)
        ask(training, teachers->texts[i], targets);
    say(training, "teacher: asked about %s texts, %.1f s", with_commas(training->unlabelled), now() - began);
}

static uint64_t fingerprint_of(const struct training *training)
{
    const struct dataset texts = unlabelled_of(training);
    return dataset_fingerprint(&texts);
}

static void load(struct training *training, float *targets)
{
    const char *path = training->run.targets;
    const int64_t classes = training->data.labels.count;
    attn_file *file;
    attn_tensor kept = ATTN_TENSOR_INIT;
    must_read(attn_file_open(training->context, path, &file));
    json_t *json = read_model_json(file, path);
    must_read(attn_file_find(file, "targets", &kept));
    if (!has_fingerprint(json, fingerprint_of(training)) || kept.size != training->unlabelled * classes)
        fail(EXIT_BAD_INPUT, "--resume: the texts in %s are not those that %s is about",
             training->options.unlabelled, path);
    must_read(attn_file_read(file, "targets", kept.size, targets));
    json_decref(json);
    attn_file_close(&file);
}

void teacher_ask(struct training *training)
{
    struct corpus *corpus = &training->corpus;
    const int64_t classes = training->data.labels.count, labelled = corpus->count - training->unlabelled;
    corpus->classes = classes;
    corpus->targets = allocate(corpus->count * classes, sizeof *corpus->targets);
    for (int64_t i = 0; i < labelled; i++)
        corpus->targets[i * classes + corpus->labels[i]] = 1;
    float *asked = corpus->targets + labelled * classes;
    if (training->saved)
        load(training, asked);
    else
        ask_all(training, asked);
    for (int64_t i = labelled; i < corpus->count; i++) /* what counts as right while it trains */
        corpus->labels[i] = model_decision(&training->model, corpus->targets + i * classes);
}

void teacher_save(const struct training *training)
{
    const int64_t shape[] = {training->unlabelled, training->data.labels.count};
    const struct corpus *corpus = &training->corpus;
    attn_params *params;
    attn_tensor kept = ATTN_TENSOR_INIT;
    attn_tensor_options zeros = ATTN_TENSOR_OPTIONS_INIT;
    zeros.init = ATTN_INIT_ZERO;
    must(attn_params_create(training->context, NULL, &params));
    must(attn_params_add(params, "targets", 2, shape, &zeros));
    must(attn_params_find(params, "targets", &kept));
    memcpy(kept.values, corpus->targets + (corpus->count - shape[0]) * shape[1],
           (size_t)kept.size * sizeof *kept.values);
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    save_model(training->run.targets, params, options,
               json_pack("{s:o}", "fingerprint", fingerprint_json(fingerprint_of(training))));
    attn_params_destroy(&params);
}

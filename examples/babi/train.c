/* train.c - the command `train`: a task's stories, split, and the epochs. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/epochs.h"
#include "common/plan.h"
#include "common/runs.h"
#include "trained.h"

const char *const run_files[] = {"model.safetensors", "metrics.csv", NULL};

#define STREAM_SPLIT 1
#define HELD_OUT 10 /* one story in so many */

/* Questions with more facts than this, on average, leave more to learn by heart: there the facts are dropped more often. */
#define LONG_STORY 15
#define LONG_STORY_DROPOUT 0.2

static const struct config default_config = {
    .hidden = 80,
    .passes = 3,
    .dropout = 0.1,
    .l2 = 1e-4,
    .batch = 50,
    .epochs = 100,
    .patience = 30,
    .seed = 1,
    .lr = 1e-3,
    .clip_norm = 10,
};

struct training {
    struct config config;
    struct stories stories;
    int64_t *train, *valid; /* numbers of questions */
    int64_t train_count, valid_count;
    int32_t *lengths;
    int64_t *plan; /* of an epoch */
    struct trained trained;
    struct batch batch;
    char *model_path;
    int64_t wrong; /* of the held-out questions, now */
};

/* Whole stories are held out: the questions of one share its facts. */
static void split(struct training *training)
{
    const struct stories *stories = &training->stories;
    int64_t *order = plan_all(stories->story_count), held = (stories->story_count + HELD_OUT - 1) / HELD_OUT;
    bool *is_held = allocate(stories->story_count, sizeof *is_held);
    shuffle(order, stories->story_count, (uint64_t)training->config.seed, STREAM_SPLIT);
    for (int64_t i = 0; i < held; i++)
        is_held[order[i]] = true;
    training->train = allocate(stories->question_count, sizeof(int64_t));
    training->valid = allocate(stories->question_count, sizeof(int64_t));
    for (int64_t i = 0; i < stories->question_count; i++) {
        if (is_held[stories->questions[i].story])
            training->valid[training->valid_count++] = i;
        else
            training->train[training->train_count++] = i;
    }
    free(order);
    free(is_held);
    if (training->train_count == 0 || training->valid_count == 0)
        fail(EXIT_BAD_INPUT,
             "the questions of %lld stories cannot be split; at least 2 stories with questions are needed",
             (long long)stories->story_count);
}

static double train_step(void *user, attn_tape *tape, int64_t epoch, int64_t step, int64_t *examples)
{
    struct training *training = user;
    const struct config *config = &training->config;
    if (step == 0) {
        free(training->plan);
        training->plan = plan_epoch(training->lengths, training->train, training->train_count, config->batch,
                                    (uint64_t)config->seed, epoch);
    }
    int64_t at = step * config->batch, left = training->train_count - at;
    batch_fill(&training->batch, &training->stories, training->plan + at,
               left < config->batch ? left : config->batch, training->trained.most_facts);
    *examples += training->batch.rows;
    return network_gradients(&training->trained.network, tape, &training->batch).loss;
}

static double measure(void *user, struct text *line)
{
    struct training *training = user;
    struct score score =
        score_questions(&training->trained, &training->stories, training->valid, training->valid_count);
    training->wrong = score.wrong;
    text_print(line, "  error %.4f", (double)score.wrong / (double)training->valid_count);
    return score.loss;
}

static void save(void *user, int64_t epoch, double loss)
{
    struct training *training = user;
    trained_save(&training->trained, training->model_path, epoch, loss,
                 (double)training->wrong / (double)training->valid_count);
}

static bool are_long(const struct stories *stories)
{
    int64_t facts = 0;
    for (int64_t i = 0; i < stories->question_count; i++)
        facts += stories->questions[i].facts;
    return facts > LONG_STORY * stories->question_count;
}

static void prepare(struct training *training, attn_context *context, const char *data, bool fit_dropout)
{
    struct config *config = &training->config;
    struct trained *trained = &training->trained;
    training->stories = open_stories(data, trained->task, "train");
    trained->ordered = answers_are_ordered(&training->stories);
    if (!trained->ordered)
        sort_answers(&training->stories);
    if (fit_dropout && are_long(&training->stories))
        config->dropout = LONG_STORY_DROPOUT;
    trained->vocab = stories_vocab(context, &training->stories);
    stories_encode(&training->stories, trained->vocab);
    int64_t pointless = config->pointer ? pointless_question(&training->stories, trained->most_facts) : -1;
    if (pointless >= 0)
        fail(EXIT_BAD_INPUT,
             "--answer pointer: the answer to \"%s\", %s, is no word of its story; use --answer vocabulary",
             training->stories.questions[pointless].sentence.text,
             training->stories.questions[pointless].answer);
    split(training);
    training->lengths = fact_counts(&training->stories, trained->most_facts);
    trained->network = network_create(context, config, attn_vocab_size(trained->vocab));
}

static void release(struct training *training)
{
    trained_close(&training->trained);
    batch_free(&training->batch);
    stories_free(&training->stories);
    free(training->train);
    free(training->valid);
    free(training->lengths);
    free(training->plan);
    free(training->model_path);
}

int command_train(int argc, char **argv)
{
    struct training training = {.config = default_config, .trained = {.task = 1, .most_facts = 130}};
    struct config *config = &training.config;
    struct trained *trained = &training.trained;
    const char *data = NULL, *out = NULL, *answer = "vocabulary";
    int64_t quiet = 0, threads = 0, overwrite = 0;
    struct option options[] = {
        text_option("data", &data, "PATH", "question file, or folder of them (made-up stories)"),
        needed_option("out", &out, "RUN", "folder for what training leaves"),
        integer_option("task", &trained->task, 1, 1000, "which file of the folder (1)"),
        integer_option("seed", &config->seed, 0, 9e15, "of everything random (1)"),
        choice_option("answer", &answer, "vocabulary|pointer", "choose a word, or point at one of the story"),
        integer_option("epochs", &config->epochs, 1, 100000, "at most (100)"),
        integer_option("patience", &config->patience, 0, 100000,
                       "epochs without a better one; 0: no end (30)"),
        integer_option("batch", &config->batch, 1, 4096, "questions a step (50)"),
        integer_option("hidden", &config->hidden, 1, 4096, "width of everything (80)"),
        integer_option("passes", &config->passes, 1, MOST_PASSES, "over the facts (3)"),
        integer_option("max-facts", &trained->most_facts, 1, 100000, "of a longer story the last ones (130)"),
        number_option("dropout", &config->dropout, 0, 0.99,
                      "on facts and on the answer's input (0.1; long stories 0.2)"),
        number_option("l2", &config->l2, 0, 1, "weight of the squared weights in the loss (0.0001)"),
        number_option("lr", &config->lr, 1e-9, 10, "Adam's rate (0.001)"),
        overwrite_option(&overwrite),
        switch_option("quiet", &quiet, "print nothing but errors"),
        threads_option(&threads),
    };
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    config->pointer = strcmp(answer, "pointer") == 0;
    attn_context *context = make_context(threads);
    const struct run_place place = {out, overwrite, NULL, {data}};
    run_check(context, &place);
    prepare(&training, context, data, !option_given(options, COUNT(options), "dropout"));
    run_begin(&place, EPOCHS_METRICS_HEAD);
    training.model_path = print("%s/model.safetensors", out);
    if (!quiet)
        printf("%lld questions of %lld stories to train on, %lld held out; %lld words\n",
               (long long)training.train_count, (long long)training.stories.story_count,
               (long long)training.valid_count, (long long)attn_vocab_size(training.trained.vocab));
    struct epochs epochs = {.context = context,
                            .params = trained->network.params,
                            .adam = ATTN_ADAM_OPTIONS_INIT,
                            .seed = config->seed,
                            .epochs = config->epochs,
                            .steps = (training.train_count + config->batch - 1) / config->batch,
                            .patience = config->patience,
                            .quiet = quiet,
                            .unit = "questions",
                            .step = train_step,
                            .measure = measure,
                            .save = save,
                            .user = &training};
    epochs.adam.lr = (float)config->lr;
    epochs.adam.clip_norm = (float)config->clip_norm;
    const int status = epochs_run(&epochs, out);
    release(&training);
    attn_context_destroy(&context);
    return status;
}

/* train.c - the command `train`: a task's stories, split, and the epochs. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/epochs.h"
#include "common/names.h"
#include "common/plan.h"
#include "common/ranks.h"
#include "common/resume.h"
#include "common/runs.h"
#include "common/saved.h"
#include "trained.h"

const char *const run_files[] = {"model.safetensors", "checkpoint.safetensors", "metrics.csv", NULL};

#define STREAM_SPLIT 1
#define HELD_OUT 10 /* one story in so many */

/* Questions with more facts than this, on average, leave more to learn by heart: there the facts are dropped more often. */
#define LONG_STORY 15
#define LONG_STORY_DROPOUT 0.2

struct training {
    struct config config;
    const char *data, *out;      /* data NULL: stories that are made up */
    char *kept_data;             /* where the checkpoint says that they lay */
    const char *train_precision; /* of products: what their factors are rounded to */
    int64_t threads, resume, overwrite, quiet;
    bool fit_dropout; /* --dropout was not given, so that long stories may change it */
    struct run_place place;
    attn_context *context;
    attn_file *kept; /* the checkpoint that is gone on from */
    json_t *kept_json;
    struct stories stories;
    int64_t *train, *valid; /* numbers of questions */
    int64_t train_count, valid_count;
    int32_t *lengths;
    int64_t *plan, planned; /* of epoch planned - 1 */
    struct trained trained;
    struct batch batch;
    char *model, *checkpoint;
    int64_t wrong; /* of the held-out questions, now */
};

/* ---- what is asked for ---- */

static void read_options(struct training *training, int argc, char **argv)
{
    struct config *config = &training->config;
    struct trained *trained = &training->trained;
    const char *answer = "vocabulary";
    struct option options[] = {
        text_option("data", &training->data, "PATH", "question file, or folder of them (made-up stories)"),
        needed_option("out", &training->out, "RUN", "folder for what training leaves"),
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
        switch_option("resume", &training->resume, "go on from RUN's checkpoint, with its options"),
        overwrite_option(&training->overwrite),
        switch_option("quiet", &training->quiet, "print nothing but errors"),
        threads_option(&training->threads),
        train_precision_option(&training->train_precision),
    };
    *config = default_config;
    *trained = (struct trained){.task = 1, .most_facts = 130};
    training->train_precision = "float32";
    options_parse("train", options, COUNT(options), argc, argv, NULL);
    training->quiet = training->quiet || !ranks_lead();
    config->pointer = strcmp(answer, "pointer") == 0;
    training->fit_dropout = !option_given(options, COUNT(options), "dropout");
    training->place =
        (struct run_place){training->out, training->overwrite, "checkpoint.safetensors", {training->data}};
    resume_check_alone(training->out, training->resume, training->overwrite);
    if (training->resume)
        resume_check_options(options, COUNT(options), "task");
    if (training->resume && !option_given(options, COUNT(options), "epochs"))
        config->epochs = 0; /* the checkpoint's */
}

/* ---- the checkpoint ---- */

static void open_checkpoint(struct training *training)
{
    training->trained =
        trained_open(training->context, training->checkpoint, &training->kept, &training->kept_json);
    const int64_t epochs = training->config.epochs;
    training->config = config_of_json(json_object_get(training->kept_json, "config"), training->checkpoint);
    training->config.epochs = epochs ? epochs : training->config.epochs;
    training->trained.network.dropout = (float)training->config.dropout;
    training->trained.network.l2 = (float)training->config.l2;
    training->kept_data = resume_data(training->kept_json, &training->data);
}

static void keep(void *user, const attn_adam *adam, json_t *progress)
{
    struct training *training = user;
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    options.adam = adam;
    trained_save(&training->trained, training->checkpoint, options,
                 resume_json(config_json(&training->config), training->data, training->stories.fingerprint,
                             training->train_precision, progress));
}

/* ---- the stories ---- */

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

static double train_step(void *user, attn_tape *tape, int64_t epoch, struct share share, double *weight)
{
    struct training *training = user;
    const struct config *config = &training->config;
    if (training->planned != epoch + 1) { /* also in the midst of one, where a run is gone on with */
        free(training->plan);
        training->plan = plan_epoch(training->lengths, training->train, training->train_count, config->batch,
                                    (uint64_t)config->seed, epoch);
        training->planned = epoch + 1;
    }
    batch_fill(&training->batch, &training->stories, training->plan + share.begin, share.count,
               training->trained.most_facts);
    *weight = (double)share.count;
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
    trained_save(&training->trained, training->model, (attn_save_options)ATTN_SAVE_OPTIONS_INIT,
                 json_pack("{s:{s:I, s:f, s:f}}", "best", "epoch", (json_int_t)epoch, "valid_loss", loss,
                           "valid_error", (double)training->wrong / (double)training->valid_count));
}

static bool are_long(const struct stories *stories)
{
    int64_t facts = 0;
    for (int64_t i = 0; i < stories->question_count; i++)
        facts += stories->questions[i].facts;
    return facts > LONG_STORY * stories->question_count;
}

/* Vocabulary and network of a new run, whose stories are read. */
static void make(struct training *training)
{
    struct config *config = &training->config;
    struct trained *trained = &training->trained;
    if (training->fit_dropout && are_long(&training->stories))
        config->dropout = LONG_STORY_DROPOUT;
    trained->vocab = stories_vocab(training->context, &training->stories);
    stories_encode(&training->stories, trained->vocab);
    int64_t pointless = config->pointer ? pointless_question(&training->stories, trained->most_facts) : -1;
    if (pointless >= 0)
        fail(EXIT_BAD_INPUT,
             "--answer pointer: the answer to \"%s\", %s, is no word of its story; use --answer vocabulary",
             training->stories.questions[pointless].sentence.text,
             training->stories.questions[pointless].answer);
    trained->network = network_create(training->context, config, attn_vocab_size(trained->vocab));
}

static void prepare(struct training *training)
{
    struct trained *trained = &training->trained;
    training->model = print("%s/model.safetensors", training->out);
    training->checkpoint = print("%s/checkpoint.safetensors", training->out);
    training->context = resume_context(training->threads, &training->train_precision,
                                       training->resume ? training->checkpoint : NULL, training->out);
    if (training->resume)
        open_checkpoint(training);
    else
        run_check(training->context, &training->place);
    training->stories = open_stories(training->data, trained->task, "train");
    if (training->resume)
        resume_check_data(training->kept_json, training->stories.fingerprint, "stories", training->data,
                          training->checkpoint);
    trained->ordered = answers_are_ordered(&training->stories);
    if (!trained->ordered)
        sort_answers(&training->stories);
    if (training->resume)
        stories_encode(&training->stories, trained->vocab);
    else
        make(training);
    split(training);
    training->lengths = fact_counts(&training->stories, trained->most_facts);
    if (!training->resume)
        run_begin(&training->place, EPOCHS_METRICS_HEAD);
}

static void release(struct training *training)
{
    trained_close(&training->trained);
    batch_free(&training->batch);
    stories_free(&training->stories);
    attn_file_close(&training->kept);
    json_decref(training->kept_json);
    attn_context_destroy(&training->context);
    free(training->train);
    free(training->valid);
    free(training->lengths);
    free(training->plan);
    free(training->kept_data);
    free(training->model);
    free(training->checkpoint);
}

int command_train(int argc, char **argv)
{
    struct training training = {0};
    read_options(&training, argc, argv);
    prepare(&training);
    const struct config *config = &training.config;
    if (!training.quiet)
        printf("%lld questions of %lld stories to train on, %lld held out; %lld words\n",
               (long long)training.train_count, (long long)training.stories.story_count,
               (long long)training.valid_count, (long long)attn_vocab_size(training.trained.vocab));
    struct epochs epochs = {.context = training.context,
                            .params = training.trained.network.params,
                            .adam = ATTN_ADAM_OPTIONS_INIT,
                            .seed = config->seed,
                            .epochs = config->epochs,
                            .examples = training.train_count,
                            .batch = config->batch,
                            .patience = config->patience,
                            .quiet = training.quiet,
                            .unit = "questions",
                            .step = train_step,
                            .measure = measure,
                            .save = save,
                            .keep = keep,
                            .kept = training.kept,
                            .progress = json_object_get(training.kept_json, "progress"),
                            .fingerprint = training.stories.fingerprint,
                            .user = &training};
    epochs.adam.lr = (float)config->lr;
    epochs.adam.clip_norm = (float)config->clip_norm;
    const int status = epochs_run(&epochs, training.out);
    release(&training);
    return status;
}

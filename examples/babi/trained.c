/* trained.c - opening models and stories, and measuring. */
#include "trained.h"

#include <stdlib.h>

#include "common/plan.h"
#include "sample.h"

#define ROWS 100 /* a batch; results do not depend on it beyond rounding */

void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json)
{
    json_object_set_new(json, "task", json_integer(trained->task));
    json_object_set_new(json, "most_facts", json_integer(trained->most_facts));
    json_object_set_new(json, "ordered", json_integer(trained->ordered));
    options.vocab = trained->vocab;
    save_model(path, trained->network.params, options, json);
}

struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json)
{
    attn_file *own;
    struct trained trained;
    json_t *config = open_trained(context, path, &own, &trained.vocab);
    trained.task = saved_integer(config, path, "task", 1, 1000);
    trained.most_facts = saved_integer(config, path, "most_facts", 1, 100000);
    trained.ordered = saved_integer(config, path, "ordered", 0, 1);
    trained.network = network_open(context, own, path);
    must_fit(attn_vocab_size(trained.vocab) == trained.network.classes, path);
    hand_over(own, file, config, json);
    return trained;
}

void trained_close(struct trained *trained)
{
    network_destroy(&trained->network);
    attn_vocab_destroy(&trained->vocab);
}

struct stories open_stories(const char *data, int64_t task, const char *part)
{
    if (data == NULL)
        return sample_stories(part);
    char *path = stories_path(data, task, part);
    struct stories stories = stories_read(path);
    free(path);
    return stories;
}

struct stories open_stories_for(const struct trained *trained, const char *data)
{
    struct stories stories = open_stories(data, trained->task, "test");
    if (!trained->ordered)
        sort_answers(&stories);
    stories_encode(&stories, trained->vocab);
    if (stories.unknown)
        complain("%lld words or answers are not in the model's vocabulary", (long long)stories.unknown);
    return stories;
}

int32_t *fact_counts(const struct stories *stories, int64_t most_facts)
{
    int32_t *counts = allocate(stories->question_count, sizeof *counts);
    for (int64_t i = 0; i < stories->question_count; i++)
        counts[i] = (int32_t)facts_seen(&stories->questions[i], most_facts);
    return counts;
}

struct score score_questions(struct trained *trained, const struct stories *stories, const int64_t *questions,
                             int64_t count)
{
    struct score score = {0};
    struct batch batch = {0};
    int32_t *lengths = fact_counts(stories, trained->most_facts);
    int64_t *plan = plan_by_length(lengths, questions, count);
    for (int64_t at = 0; at < count; at += ROWS) {
        int64_t rows = count - at < ROWS ? count - at : ROWS;
        batch_fill(&batch, stories, plan + at, rows, trained->most_facts);
        struct outcome outcome = network_answer(&trained->network, &batch);
        score.loss += outcome.loss * (double)rows / (double)count;
        score.wrong += outcome.wrong;
    }
    batch_free(&batch);
    free(lengths);
    free(plan);
    return score;
}

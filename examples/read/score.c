/* score.c - answering many questions, the shortest passages first. */
#include "score.h"

#include <stdlib.h>

#include "common/plan.h"
#include "common/terminal.h"

#define ROWS 32 /* a batch; results do not depend on it beyond rounding */

struct found find_span(const float *begins, const float *ends, int64_t count, int64_t longest)
{
    struct found found = {0};
    for (int64_t b = 0; b < count; b++) {
        for (int64_t e = b; e < count && e < b + longest; e++) {
            const double p = (double)begins[b] * (double)ends[e];
            if (p > found.probability)
                found = (struct found){{(int32_t)b, (int32_t)e}, p};
        }
    }
    return found;
}

struct string found_text(const struct articles *articles, const struct passage *passage, struct found found)
{
    if (found.probability <= 0)
        return (struct string){passage->text.bytes, 0};
    const struct word *words = articles->words + passage->first;
    const int32_t begin = words[found.span.begin].begin, end = words[found.span.end].end;
    return (struct string){passage->text.bytes + begin, (size_t)(end - begin)};
}

static char *detail(const struct question *question, struct string given, double probability,
                    struct measure measure)
{
    json_t *json = json_pack("{s:o, s:o, s:f, s:f, s:f}", "question",
                             json_bytes(question->text.bytes, question->text.size), "answer",
                             json_bytes(given.bytes, given.size), "probability", probability, "exact",
                             measure.exact, "f1", measure.f1);
    char *line = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(json);
    return line;
}

struct score score_questions(struct trained *trained, const struct articles *articles,
                             const struct lexicon *lexicon, const int64_t *numbers, int64_t count,
                             int64_t longest, const char *label, struct text *details)
{
    struct score score = {.questions = count};
    struct batch batch = {0};
    int32_t *lengths = allocate(count, sizeof *lengths);
    char **lines = allocate(count, sizeof *lines);
    int64_t *places = plan_all(count), learned = 0;
    for (int64_t i = 0; i < count; i++)
        lengths[i] = (int32_t)articles->passages[articles->questions[numbers[i]].passage].count;
    int64_t *plan = plan_by_length(lengths, places, count), asked[ROWS];
    struct found found[ROWS];
    for (int64_t at = 0; at < count; at += ROWS) {
        const int64_t rows = count - at < ROWS ? count - at : ROWS;
        for (int64_t b = 0; b < rows; b++)
            asked[b] = numbers[plan[at + b]];
        batch_fill(&batch, articles, lexicon, asked, rows);
        speed_start(&score.speed);
        const struct pointed pointed = network_point(&trained->network, &batch);
        for (int64_t b = 0; b < rows; b++) {
            const int64_t row = b * batch.passage.time;
            found[b] = find_span(pointed.begins + row, pointed.ends + row, batch.passage.lengths[b], longest);
        }
        speed_stop(&score.speed);
        score.speed.answers += rows;
        score.loss += pointed.loss * (double)pointed.learned;
        learned += pointed.learned;
        for (int64_t b = 0; b < rows; b++) {
            const struct question *question = &articles->questions[asked[b]];
            const struct string given =
                found_text(articles, &articles->passages[question->passage], found[b]);
            const struct measure measure =
                measure_answer(given, articles->answers + question->first_answer, question->answers);
            score.exact += measure.exact / (double)count;
            score.f1 += measure.f1 / (double)count;
            if (details)
                lines[plan[at + b]] = detail(question, given, found[b].probability, measure);
        }
        if (label)
            progress_show(label, at + rows, count, "");
    }
    if (label)
        progress_clear();
    score.loss = learned ? score.loss / (double)learned : 0;
    for (int64_t i = 0; i < count && details; i++) {
        text_print(details, "%s\n", lines[i]);
        free(lines[i]);
    }
    batch_free(&batch);
    free(lengths);
    free(lines);
    free(places);
    free(plan);
    return score;
}

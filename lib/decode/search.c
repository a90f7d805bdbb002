/* search.c - the loop around a decoder: ask it for logits, let each row choose, drop the rows that have ended.
 *
 * What the hypotheses took at one call is a record, which points to the record of the call before; a sequence is read off
 * backwards, from the hypothesis that won to the begin. Rows choose on the context's threads, each on its own. */
#include "decode/choose.h"

#include <math.h>
#include <stdbool.h>

#include "core/context.h"

#define DEFAULT_BEAM 4

/* The hypotheses of one call, those of a row side by side. */
typedef struct record {
    const struct record *earlier;
    int64_t count;
    int64_t length;   /* tokens since the begin */
    int32_t *rows;    /* [count] */
    int32_t *parents; /* [count]: places in `earlier` */
    int32_t *tokens;  /* [count] */
    double *scores;   /* [count]: log p */
} record;

/* The best sequence of a row that has ended: hypothesis `hypothesis` of a record. */
typedef struct best {
    const record *at;
    int32_t hypothesis;
    double score, rank; /* rank: log p / length ^ length_penalty */
} best;

typedef struct row {
    int32_t row;          /* of the batch */
    int32_t first, count; /* its hypotheses in the record */
    int32_t ended;        /* hypotheses that have ended so far */
    best best;            /* where ended > 0 */
    attni_choice choice;
} row;

typedef struct search {
    attn_search_options options;
    attni_arena *arena;
    int64_t classes, max_length;
    float *logits; /* [record->count, classes] */
    record *record;
    row *rows; /* [live]: those that have not left, rising */
    int64_t live;
    int32_t *tokens, *lengths;
    float *scores;
} search;

static record *record_make(attni_arena *arena, const record *earlier, int64_t count)
{
    record *made = attni_arena_alloc(arena, sizeof *made);
    int32_t *places = attni_arena_alloc(arena, (size_t)count * 3 * sizeof *places);
    double *scores = attni_arena_alloc(arena, (size_t)count * sizeof *scores);
    if (made == NULL || places == NULL || scores == NULL)
        return NULL;
    *made = (record){earlier, count,          earlier ? earlier->length + 1 : 0,
                     places,  places + count, places + 2 * count,
                     scores};
    return made;
}

static double rank_of(const search *s, double score, int64_t length)
{
    return score / pow((double)length, (double)s->options.length_penalty);
}

static void choose_row(void *argument, int64_t i, int32_t worker)
{
    (void)worker;
    search *s = argument;
    row *r = &s->rows[i];
    attni_choose(&s->options, s->classes, r->row, s->record->length, r->count,
                 s->logits + r->first * s->classes, s->record->scores + r->first, &r->choice);
}

static attn_status check_choice(const search *s, const row *r)
{
    const attni_candidate *at = &r->choice.fault_at;
    if (r->choice.fault == ATTNI_LOGITS_FINE)
        return ATTN_OK;
    if (r->choice.fault == ATTNI_LOGITS_ALL_OUT)
        return attni_fail(ATTN_ERR_ARGUMENT,
                          "attn_search: step ruled out every token after place %lld of row %d; expected one "
                          "above -INFINITY",
                          (long long)s->record->length, r->row);
    return attni_fail(
        ATTN_ERR_ARGUMENT,
        "attn_search: step gave the logit %g for token %d after place %lld of row %d; expected a number "
        "or -INFINITY",
        (double)s->logits[(r->first + at->hypothesis) * s->classes + at->token], at->token,
        (long long)s->record->length, r->row);
}

/* Note the row's best end so far; whether it goes on. */
static bool absorb(const search *s, row *r)
{
    const attni_choice *choice = &r->choice;
    if (choice->ended) {
        double score = choice->end.score, rank = rank_of(s, score, s->record->length + 1);
        if (r->ended == 0 || rank > r->best.rank)
            r->best = (best){s->record, r->first + choice->end.hypothesis, score, rank};
        r->ended += choice->ended;
    }
    if (choice->kept == 0 || s->record->length == s->max_length)
        return false;
    /* log p only falls, so the best that can come is the likeliest one's with an end for nothing: after as many tokens as may
     * be, or at once where enough have ended. */
    bool enough = r->ended >= s->options.beam;
    int64_t length = enough ? s->record->length + 2 : s->max_length + 1;
    return r->ended == 0 || rank_of(s, choice->candidates[0].score, length) > r->best.rank;
}

/* Write a row's sequence. One that never ended is cut: the likeliest hypothesis, which stands first. */
static void write_row(const search *s, const row *r)
{
    const best cut = {s->record, r->first, s->record->scores[r->first], 0.0};
    const best *of = r->ended ? &r->best : &cut;
    const record *at = of->at;
    int32_t hypothesis = of->hypothesis, *tokens = s->tokens + r->row * s->max_length;
    s->lengths[r->row] = (int32_t)at->length;
    if (s->scores)
        s->scores[r->row] = (float)of->score;
    for (int64_t t = at->length; t < s->max_length; t++)
        tokens[t] = s->options.end_id;
    for (; at->earlier; at = at->earlier) {
        tokens[at->length - 1] = at->tokens[hypothesis];
        hypothesis = at->parents[hypothesis];
    }
}

/* From the choices to the next record, without the rows that leave. */
static attn_status advance(search *s)
{
    int64_t live = 0, count = 0;
    for (int64_t i = 0; i < s->live; i++) {
        ATTNI_TRY(check_choice(s, &s->rows[i]));
        if (absorb(s, &s->rows[i])) {
            count += s->rows[i].choice.kept;
            s->rows[live++] = s->rows[i];
        } else {
            write_row(s, &s->rows[i]);
        }
    }
    record *next = record_make(s->arena, s->record, count);
    if (next == NULL)
        return attni_no_memory("attn_search", (size_t)count * 20);
    s->live = live;
    int32_t at = 0;
    for (int64_t i = 0; i < live; i++) {
        row *r = &s->rows[i];
        const int32_t parents = r->first;
        r->first = at;
        r->count = r->choice.kept;
        for (int32_t c = 0; c < r->count; c++, at++) {
            const attni_candidate *kept = &r->choice.candidates[c];
            next->rows[at] = r->row;
            next->parents[at] = parents + kept->hypothesis;
            next->tokens[at] = kept->token;
            next->scores[at] = kept->score;
        }
    }
    s->record = next;
    return ATTN_OK;
}

static attn_status search_begin(search *s, int64_t batch)
{
    const int64_t width = attni_choice_width(&s->options),
                  capacity = attni_choice_capacity(&s->options, s->classes);
    attni_candidate *candidates =
        attni_arena_alloc(s->arena, (size_t)(batch * capacity) * sizeof *candidates);
    s->rows = attni_arena_alloc(s->arena, (size_t)batch * sizeof *s->rows);
    s->logits = attni_arena_floats(s->arena, batch * width * s->classes);
    s->record = record_make(s->arena, NULL, batch);
    if (candidates == NULL || s->rows == NULL || s->logits == NULL || s->record == NULL)
        return attni_no_memory("attn_search", (size_t)(batch * width * s->classes) * sizeof(float));
    s->live = batch;
    for (int32_t b = 0; b < batch; b++) {
        s->rows[b] =
            (row){.row = b, .first = b, .count = 1, .choice = {.candidates = candidates + b * capacity}};
        s->record->rows[b] = s->record->parents[b] = b;
        s->record->tokens[b] = s->options.begin_id;
        s->record->scores[b] = 0.0;
    }
    return ATTN_OK;
}

static attn_status search_run(attn_context *context, search *s, int64_t batch, attn_search_step_fn step,
                              void *user)
{
    ATTNI_TRY(search_begin(s, batch));
    while (s->live > 0) {
        const record *r = s->record;
        attn_status status;
        ATTNI_CALLBACK(status, "step", step(user, r->count, r->rows, r->parents, r->tokens, s->logits));
        ATTNI_TRY(status);
        ATTNI_TRY(attni_parallel_for(context, s->live, choose_row, s));
        ATTNI_TRY(advance(s));
    }
    return ATTN_OK;
}

static attn_status check_options(const attn_search_options *options, int64_t classes)
{
    const char *const function = "attn_search";
    ATTNI_REQUIRE(options->method >= ATTN_SEARCH_GREEDY && options->method <= ATTN_SEARCH_BEAM,
                  "%s: options->method is %d; expected ATTN_SEARCH_GREEDY, _SAMPLE or _BEAM", function,
                  options->method);
    ATTNI_REQUIRE(options->begin_id >= 0 && options->begin_id < classes,
                  "%s: options->begin_id is %d; expected 0 to %lld", function, options->begin_id,
                  (long long)classes - 1);
    ATTNI_REQUIRE(options->end_id >= 0 && options->end_id < classes,
                  "%s: options->end_id is %d; expected 0 to %lld", function, options->end_id,
                  (long long)classes - 1);
    ATTNI_REQUIRE(options->beam >= 0 && options->beam <= 256, "%s: options->beam is %d; expected 0 to 256",
                  function, options->beam);
    ATTNI_REQUIRE(options->top_k >= 0, "%s: options->top_k is %d; expected 0 or more", function,
                  options->top_k);
    ATTNI_REQUIRE(options->temperature >= 0.0f && options->temperature < INFINITY,
                  "%s: options->temperature is %g; expected above 0, or 0 for 1", function,
                  (double)options->temperature);
    ATTNI_REQUIRE(options->length_penalty >= 0.0f && options->length_penalty < INFINITY,
                  "%s: options->length_penalty is %g; expected 0 or more", function,
                  (double)options->length_penalty);
    ATTNI_REQUIRE(options->reserved == 0, "%s: options->reserved is %d; expected 0", function,
                  options->reserved);
    return ATTN_OK;
}

attn_status attn_search(attn_context *context, int64_t batch, int64_t classes, int64_t max_length,
                        attn_search_step_fn step, void *user, const attn_search_options *options,
                        int32_t *tokens, int32_t *lengths, float *scores)
{
    search s = {
        .classes = classes, .max_length = max_length, .tokens = tokens, .lengths = lengths, .scores = scores};
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(options);
    ATTNI_REQUIRE_PTR(step);
    ATTNI_REQUIRE_RANGE(batch, 0, 1 << 24);
    ATTNI_REQUIRE_RANGE(classes, 1, 1 << 30);
    ATTNI_REQUIRE_RANGE(max_length, 1, 1 << 30);
    ATTNI_REQUIRE(batch == 0 || (tokens && lengths), "%s: tokens or lengths is NULL; expected valid pointers",
                  __func__);
    ATTNI_TRY(attni_read_options(__func__, options, &s.options, sizeof s.options));
    ATTNI_TRY(check_options(&s.options, classes));
    if (s.options.beam == 0)
        s.options.beam = DEFAULT_BEAM;
    if (s.options.temperature == 0.0f)
        s.options.temperature = 1.0f;
    if (s.options.method != ATTN_SEARCH_BEAM)
        s.options.length_penalty = 0.0f;
    ATTNI_REQUIRE(batch * attni_choice_width(&s.options) <= (1 << 30) / classes,
                  "%s: %lld rows of %lld hypotheses and %lld classes; expected at most 2^30 logits a step",
                  __func__, (long long)batch, (long long)attni_choice_width(&s.options), (long long)classes);
    s.arena = attni_scratch_take(context);
    if (s.arena == NULL)
        return attni_no_memory(__func__, sizeof *s.arena);
    attn_status status = search_run(context, &s, batch, step, user);
    attni_scratch_give(context, s.arena);
    return status;
}

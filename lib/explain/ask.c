/* ask.c - perturbed copies of rows, gathered into calls of the model's callback. */
#include "explain/ask.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/lengths.h"

#define DEFAULT_COPIES 128
#define MOST_COPIES (1 << 20)

/* ---- the model ---- */

static const char *const names[] = {"masked", "weighted", "gradient", "dropped"}; /* by ATTNI_ASK_... */

static attn_status check_callback(const attni_asking *asking)
{
    const attn_explain_model *model = &asking->model;
    const int32_t given[] = {model->masked != NULL, model->weighted != NULL, model->gradient != NULL,
                             model->dropped != NULL};
    ATTNI_REQUIRE(given[asking->what], "%s: model->%s is NULL; expected a callback", asking->function,
                  names[asking->what]);
    return ATTN_OK;
}

static attn_status check_model(const attni_asking *asking)
{
    const char *const function = asking->function;
    const attn_explain_model *model = &asking->model;
    ATTNI_TRY(attni_check_lengths(function, model->batch, model->time, model->lengths));
    ATTNI_TRY(check_callback(asking));
    ATTNI_REQUIRE(model->copies >= 1 && model->copies <= MOST_COPIES,
                  "%s: model->copies is %lld; expected 0 to %d", function, (long long)model->copies,
                  MOST_COPIES);
    if (asking->what == ATTNI_ASK_GRADIENT)
        return ATTN_OK;
    ATTNI_REQUIRE(model->classes >= 1 && model->classes <= 1 << 30,
                  "%s: model->classes is %lld; expected 1 to 2^30", function, (long long)model->classes);
    for (int64_t b = 0; model->targets && b < model->batch; b++)
        ATTNI_REQUIRE(model->targets[b] >= 0 && model->targets[b] < model->classes,
                      "%s: model->targets[%lld] is %d; expected 0 to %lld", function, (long long)b,
                      model->targets[b], (long long)model->classes - 1);
    return ATTN_OK;
}

attn_status attni_asking_open(attni_asking *asking, const char *function, attn_context *context,
                              const attn_explain_model *model, int32_t what)
{
    *asking = (attni_asking){function, context, NULL, ATTN_EXPLAIN_MODEL_INIT, what};
    ATTNI_REQUIRE(context != NULL, "%s: context is NULL; expected a valid pointer", function);
    ATTNI_REQUIRE(model != NULL, "%s: model is NULL; expected a valid pointer", function);
    ATTNI_TRY(attni_read_options(function, model, &asking->model, sizeof asking->model));
    if (asking->model.copies == 0)
        asking->model.copies = DEFAULT_COPIES;
    ATTNI_TRY(check_model(asking));
    asking->arena = attni_scratch_take(context);
    return asking->arena ? ATTN_OK : attni_no_memory(function, sizeof *asking->arena);
}

void attni_asking_close(attni_asking *asking)
{
    attni_scratch_give(asking->context, asking->arena);
}

void *attni_asking_alloc(const attni_asking *asking, int64_t count, size_t size)
{
    return attni_arena_alloc(asking->arena, attni_bytes(count, size));
}

/* ---- one call after another ---- */

typedef struct call {
    const attni_asking *asking;
    const attni_measure *measure;
    void *self;
    int64_t dim, capacity;
    int64_t item_size;     /* bytes */
    int64_t outputs_width; /* numbers a copy */
    int64_t count;         /* copies gathered so far */
    int32_t *rows, *lengths;
    int64_t *copies; /* which of its row's */
    int64_t runs;    /* copies of one row, side by side */
    int64_t *starts; /* [runs]: where each begins */
    unsigned char *items;
    float *outputs, *dx;
} call;

/* Whether an item says what is kept: bytes, and no numbers. */
static bool keeps(const attni_asking *asking)
{
    return asking->what == ATTNI_ASK_MASKED || asking->what == ATTNI_ASK_DROPPED;
}

static attn_status call_make(call *c, int64_t total)
{
    const attni_asking *asking = c->asking;
    const attn_explain_model *model = &asking->model;
    const int64_t numbers = model->time * c->dim;
    c->capacity = total < model->copies ? total : model->copies;
    c->outputs_width = asking->what == ATTNI_ASK_GRADIENT ? 1 : model->classes;
    c->item_size = keeps(asking) ? numbers : numbers * (int64_t)sizeof(float);
    c->rows = attni_asking_alloc(asking, c->capacity, sizeof *c->rows);
    c->lengths = attni_asking_alloc(asking, c->capacity, sizeof *c->lengths);
    c->copies = attni_asking_alloc(asking, c->capacity, sizeof *c->copies);
    c->starts = attni_asking_alloc(asking, c->capacity, sizeof *c->starts);
    c->items = attni_asking_alloc(asking, c->capacity, (size_t)c->item_size);
    c->outputs = attni_asking_alloc(asking, c->capacity, (size_t)c->outputs_width * sizeof(float));
    if (asking->what == ATTNI_ASK_GRADIENT)
        c->dx = attni_asking_alloc(asking, c->capacity, (size_t)c->item_size);
    if (!c->rows || !c->lengths || !c->copies || !c->starts || !c->items || !c->outputs ||
        (asking->what == ATTNI_ASK_GRADIENT && !c->dx))
        return attni_no_memory(asking->function, (size_t)c->capacity * (size_t)c->item_size);
    return ATTN_OK;
}

static void fill_copy(void *argument, int64_t i, int32_t worker)
{
    (void)worker;
    const call *c = argument;
    unsigned char *item = c->items + i * c->item_size;
    memset(item, 0, (size_t)c->item_size);
    if (keeps(c->asking))
        memset(item, 1, (size_t)(c->lengths[i] * c->dim));
    c->measure->fill(c->self, c->rows[i], c->copies[i], item);
}

static void take_run(void *argument, int64_t run, int32_t worker)
{
    (void)worker;
    const call *c = argument;
    const int64_t end = run + 1 < c->runs ? c->starts[run + 1] : c->count;
    const int64_t numbers = c->asking->model.time * c->dim;
    for (int64_t i = c->starts[run]; i < end; i++)
        c->measure->take(c->self, c->rows[i], c->copies[i], c->outputs + i * c->outputs_width,
                         c->dx ? c->dx + i * numbers : NULL);
}

static attn_status call_model(const call *c)
{
    const attn_explain_model *model = &c->asking->model;
    switch (c->asking->what) {
    case ATTNI_ASK_MASKED:
        return model->masked(model->user, c->count, c->rows, c->items, c->outputs);
    case ATTNI_ASK_DROPPED:
        return model->dropped(model->user, c->count, c->rows, c->items, c->outputs);
    case ATTNI_ASK_WEIGHTED:
        return model->weighted(model->user, c->count, c->rows, (const float *)(const void *)c->items,
                               c->outputs);
    default:
        return model->gradient(model->user, c->count, c->rows, (const float *)(const void *)c->items,
                               c->lengths, c->outputs, c->dx);
    }
}

/* Ask about the copies that were gathered. */
static attn_status call_flush(call *c)
{
    attn_status status;
    ATTNI_TRY(attni_parallel_for(c->asking->context, c->count, fill_copy, c));
    ATTNI_CALLBACK(status, names[c->asking->what], call_model(c));
    ATTNI_TRY(status);
    for (int64_t i = 0; i < c->count * c->outputs_width; i++)
        ATTNI_REQUIRE(isfinite(c->outputs[i]),
                      "%s: the callback gave %g as output %lld of a copy of row %d; expected a finite number",
                      c->asking->function, (double)c->outputs[i], (long long)(i % c->outputs_width),
                      c->rows[i / c->outputs_width]);
    ATTNI_TRY(attni_parallel_for(c->asking->context, c->runs, take_run, c));
    c->count = c->runs = 0;
    return ATTN_OK;
}

static int64_t copies_of(const call *c, int64_t row)
{
    return attni_asking_length(c->asking, row) ? c->measure->copies(c->self, row) : 0;
}

static attn_status call_all(call *c)
{
    int64_t total = 0;
    const int64_t batch = c->asking->model.batch;
    for (int64_t b = 0; b < batch; b++)
        total += copies_of(c, b);
    if (total == 0)
        return ATTN_OK;
    ATTNI_TRY(call_make(c, total));
    for (int64_t b = 0; b < batch; b++) {
        const int64_t copies = copies_of(c, b);
        for (int64_t i = 0; i < copies; i++) {
            if (c->count == c->capacity)
                ATTNI_TRY(call_flush(c));
            if (c->count == 0 || c->rows[c->count - 1] != b)
                c->starts[c->runs++] = c->count;
            c->rows[c->count] = (int32_t)b;
            c->lengths[c->count] = (int32_t)attni_asking_length(c->asking, b);
            c->copies[c->count++] = i;
        }
    }
    return call_flush(c);
}

attn_status attni_ask(const attni_asking *asking, int64_t dim, const attni_measure *measure, void *self)
{
    call c = {.asking = asking, .measure = measure, .self = self, .dim = dim};
    const attni_mark mark = attni_arena_mark(asking->arena);
    attn_status status = call_all(&c);
    attni_arena_reset(asking->arena, mark);
    return status;
}

/* ---- the rows as they are ---- */

attn_status attni_whole_make(attni_whole *whole, const attni_asking *asking, const int32_t *targets)
{
    const attn_explain_model *model = &asking->model;
    *whole = (attni_whole){model->classes, NULL, NULL, targets};
    whole->outputs = attni_asking_alloc(asking, model->batch, (size_t)model->classes * sizeof(float));
    whole->targets = attni_asking_alloc(asking, model->batch, sizeof *whole->targets);
    if (whole->outputs == NULL || whole->targets == NULL)
        return attni_no_memory(asking->function,
                               (size_t)model->batch * (size_t)model->classes * sizeof(float));
    return ATTN_OK;
}

void attni_whole_take(attni_whole *whole, int64_t row, const float *outputs)
{
    memcpy(whole->outputs + row * whole->classes, outputs, (size_t)whole->classes * sizeof *outputs);
    whole->targets[row] = whole->decided ? whole->decided[row] : attni_largest(whole->classes, outputs);
}

float attni_whole_loss(const attni_whole *whole, int64_t row, const float *outputs)
{
    const int32_t target = whole->targets[row];
    return whole->outputs[row * whole->classes + target] - outputs[target];
}

int32_t attni_largest(int64_t classes, const float *outputs)
{
    int32_t largest = 0;
    for (int32_t k = 1; k < classes; k++)
        largest = outputs[k] > outputs[largest] ? k : largest;
    return largest;
}

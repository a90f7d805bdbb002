/* sampled.c - softmax cross-entropy at candidates that all rows share, as products of matrices.
 *
 * The right word's logit is put beside those of the candidates, as the last one: then each row is a row of attn_cross_entropy.
 * With S the candidates' rows of the table, R rows of states at a time and L = their logits [R, K + 1],
 *
 *     L  = states S^T + bias + log weights;   the last column = table[y] . h + bias[y];   a candidate that is y: -inf
 *     dL = p - (0, ..., 0, 1)                                                             in L's place, times scale / rows
 *     dstates = dL S + dL_last table[y]
 *     dS     += dL^T states;   dbias += column sums of dL                                 added to the tables at the end
 *     dtable[y] += dL_last h;  dbias[y] += dL_last                                        at the end, sorted by y: each row one task's
 *
 * S has a last row of zeros, for the last column. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "attn/sampled.h"
#include "core/apart.h"
#include "core/finite.h"
#include "layer/distinct.h"
#include "layer/embedding.h"
#include "layer/product.h"
#include "train/candidates.h"

#define LOGITS ((int64_t)1 << 20)      /* at a time, 4 MiB, if that makes */
#define FEWEST_ROWS 128                /* which use what is packed of S often enough; for that up to */
#define MOST_LOGITS ((int64_t)1 << 22) /* of them */
#define MOST_WORK                                                                                            \
    ((int64_t)1 << 29) /* multiplications of a product: larger ones may be BLAS's (layer/product.c) */
#define ROWS_A_TASK 16
#define GROUPS_A_TASK 32

_Static_assert(sizeof(attn_sampled_cross_entropy_options) ==
                   offsetof(attn_sampled_cross_entropy_options, reserved) + sizeof(int32_t),
               "no tail padding");

typedef struct sampled_pass {
    const char *function;
    attn_context *context;
    const attni_kernels *kernels;
    const attn_embedding *table, *bias; /* bias may be NULL */
    int64_t rows, dim, columns;         /* columns: candidates, and the right word */
    const float *states;
    const int32_t *targets;
    float *dstates; /* may be NULL */
    int32_t *ids;   /* [columns - 1]: the candidates */
    int32_t *slots; /* [words]: which column a target is, -1: none; not set for other words */
    float *base;    /* [columns]: bias + log weights */
    float *taken;   /* [columns, dim]: S */
    float *dtaken, *dbase;
    float *logits;     /* [rows of a block, columns] */
    int32_t *labels;   /* [rows of a block]: the last column */
    float *losses;     /* [rows] */
    float *dright;     /* [rows]: dL_last */
    float *room;       /* of products */
    int64_t begin;     /* of the block */
    int64_t block;     /* its rows */
    atomic_int broken; /* a logit that is not finite was met */
} sampled_pass;

static const float *table_row(const attn_embedding *table, int64_t id)
{
    return attni_params_value(table->layer.params, table->table) + id * table->dim;
}

static int64_t tasks(int64_t count, int64_t size)
{
    return (count + size - 1) / size;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How many rows make a block. */
static int64_t block_rows(int64_t rows, int64_t columns, int64_t dim)
{
    const int64_t fits = most(LOGITS / columns, least(FEWEST_ROWS, MOST_LOGITS / columns));
    return most(1, least(rows, least(fits, MOST_WORK / columns / dim)));
}

/* ---- a block --------------------------------------------------------------------------------------------- */

static void begin_rows(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const sampled_pass *pass = argument;
    for (int64_t i = index * ROWS_A_TASK; i < least(pass->block, (index + 1) * ROWS_A_TASK); i++)
        memcpy(pass->logits + i * pass->columns, pass->base, (size_t)pass->columns * sizeof(float));
}

/* The last column, and what does not count. */
static void finish_rows(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    sampled_pass *pass = argument;
    for (int64_t i = index * ROWS_A_TASK; i < least(pass->block, (index + 1) * ROWS_A_TASK); i++) {
        const int32_t target = pass->targets[pass->begin + i];
        const float *state = pass->states + (pass->begin + i) * pass->dim;
        float *logits = pass->logits + i * pass->columns;
        logits[pass->columns - 1] = pass->kernels->dot(pass->dim, state, table_row(pass->table, target)) +
                                    (pass->bias ? *table_row(pass->bias, target) : 0.0f);
        if (!pass->kernels->finite(pass->columns, logits))
            atomic_store(&pass->broken, 1);
        if (pass->slots[target] >= 0)
            logits[pass->slots[target]] = -INFINITY;
    }
}

/* dstates += dL_last table[y]. */
static void add_right(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const sampled_pass *pass = argument;
    for (int64_t i = index * ROWS_A_TASK; i < least(pass->block, (index + 1) * ROWS_A_TASK); i++) {
        const int64_t row = pass->begin + i;
        pass->dright[row] = pass->logits[(i + 1) * pass->columns - 1];
        pass->kernels->axpy(pass->dim, pass->dright[row], table_row(pass->table, pass->targets[row]),
                            pass->dstates + row * pass->dim);
    }
}

static attn_status run_block(sampled_pass *pass, float scale)
{
    const int64_t m = pass->block, k = pass->columns, dim = pass->dim, count = tasks(m, ROWS_A_TASK);
    const float *states = pass->states + pass->begin * dim;
    ATTNI_TRY(attni_parallel_for(pass->context, count, begin_rows, pass));
    ATTNI_TRY(attni_product(pass->context, m, k, dim, (attni_matrix){states, dim, 1},
                            (attni_matrix){pass->taken, 1, dim}, 1, pass->room, pass->logits));
    ATTNI_TRY(attni_parallel_for(pass->context, count, finish_rows, pass));
    if (atomic_load(&pass->broken)) {
        const attni_given given = {"states", pass->states, pass->rows, 1, dim, NULL};
        return attni_not_finite(
            pass->function, &given, 1,
            (const attni_layer *[]){&pass->table->layer, pass->bias ? &pass->bias->layer : NULL, NULL},
            "table h + bias");
    }
    attn_cross_entropy_options options = ATTN_CROSS_ENTROPY_OPTIONS_INIT;
    options.scale = scale * ((float)m / (float)pass->rows);
    options.scale = options.scale > 0.0f ? options.scale : ATTN_ZERO; /* of a scale near the least float */
    ATTNI_TRY(attn_cross_entropy(pass->context, m, k, pass->logits, pass->labels, &options, NULL,
                                 pass->losses + pass->begin, NULL, pass->dstates ? pass->logits : NULL));
    for (int64_t i = 0; i < m; i++)
        pass->losses[pass->begin + i] *= (float)pass->rows / (float)m; /* less the share of this block */
    if (pass->dstates == NULL)
        return ATTN_OK;
    ATTNI_TRY(attni_product(pass->context, m, dim, k, (attni_matrix){pass->logits, k, 1},
                            (attni_matrix){pass->taken, dim, 1}, 0, pass->room,
                            pass->dstates + pass->begin * dim));
    ATTNI_TRY(attni_product(pass->context, k, dim, m, (attni_matrix){pass->logits, 1, k},
                            (attni_matrix){states, dim, 1}, 1, pass->room, pass->dtaken));
    pass->kernels->column_sums(m, k, pass->logits, k, pass->dbase);
    return attni_parallel_for(pass->context, count, add_right, pass);
}

/* ---- the tables' gradients ------------------------------------------------------------------------------- */

typedef struct target_groups {
    const sampled_pass *pass;
    attni_distinct distinct;
    attni_places places;
    float *dtable, *dbias; /* NULL where they get none */
} target_groups;

static void add_groups(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const target_groups *groups = argument;
    const sampled_pass *pass = groups->pass;
    const int64_t end = least(groups->distinct.count, (index + 1) * GROUPS_A_TASK);
    for (int64_t g = index * GROUPS_A_TASK; g < end; g++) {
        const int64_t id = groups->distinct.ids[g];
        for (int32_t p = groups->places.begins[g]; p < groups->places.begins[g + 1]; p++) {
            const int64_t row = groups->places.places[p];
            if (groups->dtable)
                pass->kernels->axpy(pass->dim, pass->dright[row], pass->states + row * pass->dim,
                                    groups->dtable + id * pass->dim);
            if (groups->dbias)
                groups->dbias[id] += pass->dright[row];
        }
    }
}

/* The gradient of a table that learns; NULL of one that does not. Its rows that are used are noted. */
static float *gradient_of(const sampled_pass *pass, const attn_embedding *table,
                          const attni_distinct *distinct)
{
    if (table == NULL || !attni_embedding_trainable(table))
        return NULL;
    attni_tensor *tensor = attni_params_at(table->layer.params, table->table);
    for (int64_t c = 0; c < pass->columns - 1; c++)
        attni_tensor_use_row(tensor, pass->ids[c]);
    for (int64_t i = 0; i < distinct->count; i++)
        attni_tensor_use_row(tensor, distinct->ids[i]);
    return attni_params_gradient(table->layer.params, table->table);
}

static attn_status add_gradients(const sampled_pass *pass, target_groups *groups)
{
    groups->dtable = gradient_of(pass, pass->table, &groups->distinct);
    groups->dbias = gradient_of(pass, pass->bias, &groups->distinct);
    for (int64_t c = 0; c < pass->columns - 1; c++) {
        if (groups->dtable)
            pass->kernels->axpy(pass->dim, 1.0f, pass->dtaken + c * pass->dim,
                                groups->dtable + pass->ids[c] * pass->dim);
        if (groups->dbias)
            groups->dbias[pass->ids[c]] += pass->dbase[c];
    }
    return attni_parallel_for(pass->context, tasks(groups->distinct.count, GROUPS_A_TASK), add_groups,
                              groups);
}

/* ---- all of it ------------------------------------------------------------------------------------------- */

/* Draw the candidates, and take their rows from the tables. */
static attn_status take(sampled_pass *pass, const attn_candidates *candidates, int64_t step)
{
    int64_t drawn;
    ATTNI_TRY(attn_candidates_draw(candidates, step, pass->ids, pass->base, &drawn));
    pass->columns = drawn + 1;
    for (int64_t i = 0; i < pass->rows; i++)
        pass->slots[pass->targets[i]] = -1;
    for (int64_t c = 0; c < drawn; c++) {
        const int32_t id = pass->ids[c];
        pass->slots[id] = (int32_t)c;
        pass->base[c] = logf(pass->base[c]) + (pass->bias ? *table_row(pass->bias, id) : 0.0f);
        memcpy(pass->taken + c * pass->dim, table_row(pass->table, id), (size_t)pass->dim * sizeof(float));
    }
    pass->base[drawn] = 0.0f;
    memset(pass->taken + drawn * pass->dim, 0, (size_t)pass->dim * sizeof(float));
    return ATTN_OK;
}

/* All rooms, for as many candidates as there may be: so that steps of one size allocate once. */
static attn_status make_room(sampled_pass *pass, attni_arena *arena, int64_t words, float *losses)
{
    const int64_t columns = pass->columns, rows = pass->rows, dim = pass->dim, block = pass->block,
                  back = pass->dstates != NULL;
    const int64_t product = most(attni_product_room(pass->context, block, columns, dim),
                                 most(attni_product_room(pass->context, block, dim, columns),
                                      attni_product_room(pass->context, columns, dim, block)));
    const struct {
        float **array;
        int64_t count;
    } all[] = {{&pass->base, columns},
               {&pass->taken, columns * dim},
               {&pass->dtaken, back * columns * dim},
               {&pass->dbase, back * columns},
               {&pass->logits, block * columns},
               {&pass->dright, back * rows},
               {&pass->losses, losses ? 0 : rows},
               {&pass->room, product}};
    const size_t integers = (size_t)(columns + words + block) * sizeof(int32_t);
    pass->ids = attni_arena_alloc(arena, integers);
    if (pass->ids == NULL)
        return attni_no_memory(pass->function, integers);
    pass->slots = pass->ids + columns;
    pass->labels = pass->slots + words;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        *all[i].array = attni_arena_floats(arena, all[i].count);
        if (*all[i].array == NULL)
            return attni_no_memory(pass->function, (size_t)all[i].count * sizeof(float));
    }
    pass->losses = losses ? losses : pass->losses;
    if (back) {
        memset(pass->dtaken, 0, (size_t)(columns * dim) * sizeof(float));
        memset(pass->dbase, 0, (size_t)columns * sizeof(float));
    }
    return ATTN_OK;
}

static attn_status run(sampled_pass *pass, attni_arena *arena, const attn_candidates *candidates,
                       int64_t step, float scale, float *loss, float *losses)
{
    target_groups groups = {.pass = pass};
    pass->columns = candidates->info.count + 1;
    pass->block = block_rows(pass->rows, pass->columns, pass->dim);
    ATTNI_TRY(make_room(pass, arena, candidates->info.words, losses));
    ATTNI_TRY(take(pass, candidates, step));
    if (pass->dstates) {
        ATTNI_TRY(attni_distinct_make(&groups.distinct, arena, pass->function, pass->table->rows, 1,
                                      pass->rows, pass->targets, NULL));
        ATTNI_TRY(attni_distinct_places(&groups.distinct, arena, pass->function, 1, pass->rows, NULL,
                                        &groups.places));
    }
    const int64_t block = pass->block;
    for (int64_t i = 0; i < block; i++)
        pass->labels[i] = (int32_t)pass->columns - 1;
    for (pass->begin = 0; pass->begin < pass->rows; pass->begin += block) {
        pass->block = least(block, pass->rows - pass->begin);
        ATTNI_TRY(run_block(pass, scale));
    }
    double total = 0.0;
    for (int64_t i = 0; i < pass->rows; i++)
        total += (double)pass->losses[i];
    if (loss)
        *loss = (float)(total / (double)pass->rows);
    return pass->dstates ? add_gradients(pass, &groups) : ATTN_OK;
}

static attn_status check_parts(const char *function, const attn_embedding *table, const attn_embedding *bias,
                               const attn_candidates *candidates)
{
    ATTNI_REQUIRE(bias == NULL || (bias->dim == 1 && bias->rows == table->rows),
                  "%s: bias is an embedding of %lld rows and width %lld; expected %lld rows of width 1, as "
                  "many as the table has",
                  function, (long long)(bias ? bias->rows : 0), (long long)(bias ? bias->dim : 0),
                  (long long)table->rows);
    ATTNI_REQUIRE(candidates->info.words == table->rows,
                  "%s: candidates are of %lld words and the table has %lld rows; expected as many", function,
                  (long long)candidates->info.words, (long long)table->rows);
    return ATTN_OK;
}

static attn_status check_data(const sampled_pass *pass)
{
    const char *function = pass->function;
    ATTNI_REQUIRE(pass->states != NULL && pass->targets != NULL,
                  "%s: states or targets is NULL; expected [rows, dim] numbers and [rows] words", function);
    ATTNI_REQUIRE(pass->dstates != pass->states,
                  "%s: dstates and states are one array; expected one for each", function);
    for (int64_t i = 0; i < pass->rows; i++)
        ATTNI_REQUIRE(pass->targets[i] >= 0 && pass->targets[i] < pass->table->rows,
                      "%s: targets[%lld] is %d; expected 0 to %lld", function, (long long)i, pass->targets[i],
                      (long long)pass->table->rows - 1);
    return ATTN_OK;
}

attn_status attn_sampled_cross_entropy(const attn_embedding *table, const attn_embedding *bias,
                                       const attn_candidates *candidates, int64_t step, int64_t rows,
                                       const float *states, const int32_t *targets,
                                       const attn_sampled_cross_entropy_options *options, float *loss,
                                       float *losses, float *dstates)
{
    ATTNI_REQUIRE_PTR(table);
    attn_context *context = table->layer.context;
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(candidates);
    ATTNI_TRY(check_parts(__func__, table, bias, candidates));
    ATTNI_REQUIRE(step >= 0, "%s: step is %lld; expected 0 or more", __func__, (long long)step);
    ATTNI_REQUIRE_RANGE(rows, 0, (int64_t)1 << 30);
    attn_sampled_cross_entropy_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %d; expected 0", __func__, chosen.reserved);
    ATTNI_REQUIRE(chosen.scale >= 0.0f && isfinite(chosen.scale),
                  "%s: scale is %g; expected more than 0, or 0 for 1", __func__, (double)chosen.scale);
    if (rows == 0) {
        if (loss)
            *loss = 0.0f;
        return ATTN_OK;
    }
    sampled_pass pass = {.function = __func__,
                         .context = context,
                         .kernels = attni_context_kernels(context),
                         .table = table,
                         .bias = bias,
                         .rows = rows,
                         .dim = table->dim,
                         .states = states,
                         .targets = targets,
                         .dstates = dstates};
    ATTNI_TRY(check_data(&pass));
    ATTNI_REQUIRE_APART(__func__, 1, {"losses", losses, 1}, {"dstates", dstates, 1}, {"states", states, 1});
    if (dstates) {
        ATTNI_TRY(attni_params_need_gradients(table->layer.params, __func__));
        if (bias)
            ATTNI_TRY(attni_params_need_gradients(bias->layer.params, __func__));
    }
    attni_arena *arena = attni_scratch_take(context);
    if (arena == NULL)
        return attni_no_memory(__func__, sizeof *arena);
    attn_status status =
        run(&pass, arena, candidates, step, chosen.scale > 0.0f ? chosen.scale : 1.0f, loss, losses);
    attni_scratch_give(context, arena);
    return status;
}

/* product.c - C (+)= A B by the kernels' packed product, for operands of any size.
 *
 * k is gone through in steps, so that a panel of B stays in the first-level cache while a block of A, which stays in the second,
 * goes past it. B is packed once, as many steps at a time as there is room for; each task then makes one block of C, and packs for
 * itself the block of A that a step needs:
 *     A as it stands       row by row, with rows that lie a line more than a step apart; not where few panels go past, unless rows
 *                          that lie a power of two apart would all be in one place of the cache
 *     A transposed         in panels of floats, which product_over takes from the side; not where k's lines are near each other, unless
 *                          they too would all be in one place
 *
 * Where a handful of rows or columns would use what is packed, all is read where it stands. The largest products are cblas's, with
 * BLAS's own threads, whose number is its user's (kernel/blas.c says when). */
#include "layer/product.h"

#include "core/float_mode.h"
#include "core/pool.h"
#include "kernel/blas.h"

#include <string.h>

#define FEW 4        /* rows, columns or numbers of k for which nothing is packed */
#define STEP 256     /* of k */
#define STEP_ROW 272 /* floats between rows of A that are packed */
#define FEW_PANELS 4 /* for which a copy of A's rows does not pay */
#define BLOCK_ROWS 192
#define BLOCK_PANELS 8
#define MOST_STRIDE 1024 /* floats between k's lines of a transposed A that is read where it stands */
#define MOST_PACKED                                                                                          \
    ((int64_t)1 << 17) /* floats of B at a time: half of 1 MB of second-level cache; or else a step */
#define ENOUGH_TASKS 16
#define BLAS_WORK 0x1p30              /* multiplications from which on BLAS may do it: 10 ms of one thread */
#define MOST_WORK 0x1p32              /* at a time: nothing ends BLAS before it is done */
#define LEAST_WORK ((int64_t)1 << 19) /* multiplications that are worth a task of their own */

typedef struct product {
    const attni_kernels *kernels;
    const attni_kernels *whole; /* those that round nothing */
    int64_t m, n, k;
    attni_matrix a, b;
    float *c;
    int32_t accumulate;
    float *packed;      /* [steps, panels][STEP, panel]: B's rows `from` to `to` */
    float *packed_rows; /* worker by worker: a block of A */
    int64_t from, to;
    int64_t block_rows, block_columns;
} product;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t pieces(int64_t count, int64_t size)
{
    return (count + size - 1) / size;
}

/* How many numbers of k are packed at a time. */
static int64_t packed_at_a_time(const attni_kernels *kernels, int64_t n, int64_t k)
{
    int64_t steps = MOST_PACKED / attni_packed_size(kernels, STEP, n);
    return least(steps < 1 ? STEP : steps * STEP, k);
}

/* A block of A, packed in either way. */
static int64_t rows_room(const attni_kernels *kernels, int64_t m, int64_t k)
{
    int64_t rows = least(m, BLOCK_ROWS), across = k > STEP_ROW ? rows * STEP_ROW : 0;
    int64_t along = least(k, STEP) * pieces(rows, kernels->panel) * kernels->panel;
    return ((across > along ? across : along) + 15) / 16 * 16;
}

int64_t attni_product_room(const attn_context *context, int64_t m, int64_t n, int64_t k)
{
    const attni_kernels *kernels = attni_context_kernels(context);
    return m && n && k ? attni_packed_size(kernels, packed_at_a_time(kernels, n, k), n) +
                             attn_context_threads(context) * rows_room(kernels, m, k)
                       : 0;
}

/* Where B's rows from p on, at column j, are packed. */
static float *packed_at(const product *self, int64_t p, int64_t j)
{
    return self->packed + attni_packed_size(self->kernels, p - self->from, self->n) +
           attni_packed_size(self->kernels, least(STEP, self->to - p), j);
}

/* One step of k times one block of columns. */
static void pack_part(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const product *self = argument;
    int64_t columns = BLOCK_PANELS * self->kernels->panel, blocks = pieces(self->n, columns);
    int64_t p = self->from + index / blocks * STEP, j = index % blocks * columns;
    int64_t count = least(STEP, self->to - p), width = least(columns, self->n - j);
    const float *b = self->b.values + p * self->b.row + j * self->b.column;
    if (self->b.column == 1)
        self->kernels->pack(count, width, b, self->b.row, packed_at(self, p, j));
    else
        self->kernels->pack_transposed(count, width, b, self->b.column, packed_at(self, p, j));
}

/* C's block at c (+)= count numbers of k, A's block beginning at a. */
static void add_rows(const product *self, int64_t rows, int64_t width, int64_t count, const float *a,
                     const float *packed, float *room, int32_t accumulate, float *c)
{
    int64_t stride = self->a.row;
    if (stride > STEP_ROW && (width > FEW_PANELS * self->kernels->panel || stride % STEP == 0)) {
        for (int64_t i = 0; i < rows; i++)
            memcpy(room + i * STEP_ROW, a + i * stride, (size_t)count * sizeof(float));
        a = room;
        stride = STEP_ROW;
    }
    self->kernels->product(rows, width, count, a, stride, packed, c, self->n, accumulate, NULL);
}

/* The same with A transposed. */
static void add_columns(const product *self, int64_t rows, int64_t width, int64_t count, const float *a,
                        const float *packed, float *room, float *c)
{
    int64_t panel = self->kernels->panel, stride = self->a.column;
    if (stride <= MOST_STRIDE && stride % STEP != 0) {
        self->kernels->product_over(rows, width, count, a, stride, packed, c, self->n);
        return;
    }
    self->whole->pack(count, rows, a, stride, room);
    for (int64_t i = 0; i < rows; i += panel)
        self->kernels->product_over(least(panel, rows - i), width, count, room + i * count, panel, packed,
                                    c + i * self->n, self->n);
}

/* One block of C, with what is packed. */
static void make_block(void *argument, int64_t index, int32_t worker)
{
    const product *self = argument;
    int64_t down = pieces(self->m, self->block_rows);
    int64_t i = index % down * self->block_rows, j = index / down * self->block_columns;
    int64_t rows = least(self->block_rows, self->m - i), width = least(self->block_columns, self->n - j);
    float *room = self->packed_rows + worker * rows_room(self->kernels, self->m, self->k),
          *c = self->c + i * self->n + j;
    for (int64_t p = self->from; p < self->to && !attni_interrupted(); p += STEP) {
        const float *a = self->a.values + i * self->a.row + p * self->a.column;
        const float *packed = packed_at(self, p, j);
        int64_t count = least(STEP, self->to - p);
        int32_t accumulate = self->accumulate || p > 0;
        if (self->a.column == 1) {
            add_rows(self, rows, width, count, a, packed, room, accumulate, c);
            continue;
        }
        for (int64_t row = 0; row < rows && !accumulate; row++)
            memset(c + row * self->n, 0, (size_t)width * sizeof(float));
        add_columns(self, rows, width, count, a, packed, room, c);
    }
}

/* C's block at c (+)= A's rows at a times B's columns at b, one by one. */
static void dot_block(const product *self, int64_t rows, int64_t width, const float *a, const float *b,
                      float *c)
{
    for (int64_t j = 0; j < width && !attni_interrupted(); j++) {
        for (int64_t i = 0; i < rows; i++) {
            float sum = self->kernels->dot(self->k, a + i * self->a.row, b + j * self->b.column);
            c[i * self->n + j] = self->accumulate ? c[i * self->n + j] + sum : sum;
        }
    }
}

/* C's block at c += multiples of B's rows at b, each where it is in the cache for all that want it. */
static void add_block(const product *self, int64_t rows, int64_t width, const float *a, const float *b,
                      float *c)
{
    int64_t count = rows * self->k;
    for (int64_t index = 0; index < count; index++) {
        int64_t i = self->k < FEW ? index / self->k : index % rows,
                p = self->k < FEW ? index % self->k : index / rows;
        self->kernels->axpy(width, a[i * self->a.row + p * self->a.column], b + p * self->b.row,
                            c + i * self->n);
    }
}

/* One block of C, with nothing packed. */
static void make_small_block(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const product *self = argument;
    int64_t down = pieces(self->m, self->block_rows);
    int64_t i = index % down * self->block_rows, j = index / down * self->block_columns;
    int64_t rows = least(self->block_rows, self->m - i), width = least(self->block_columns, self->n - j);
    const float *a = self->a.values + i * self->a.row, *b = self->b.values + j * self->b.column;
    float *c = self->c + i * self->n + j;
    if (self->b.column > 1) {
        dot_block(self, rows, width, a, b, c);
        return;
    }
    for (int64_t row = 0; row < rows && !self->accumulate; row++)
        memset(c + row * self->n, 0, (size_t)width * sizeof(float));
    add_block(self, rows, width, a, b, c);
}

/* Blocks as large as the caches like them, but enough for the threads of a small machine. */
static void choose_blocks(product *self)
{
    int64_t panel = self->kernels->panel;
    self->block_rows = least(BLOCK_ROWS, self->m);
    self->block_columns = least(BLOCK_PANELS, pieces(self->n, panel)) * panel;
    while (pieces(self->m, self->block_rows) * pieces(self->n, self->block_columns) < ENOUGH_TASKS &&
           self->block_rows * self->block_columns * self->k > LEAST_WORK) {
        if (self->block_rows > 4 * self->kernels->row_block)
            self->block_rows = pieces(self->block_rows, 2);
        else if (self->block_columns > panel)
            self->block_columns = pieces(self->block_columns, 2 * panel) * panel;
        else
            break;
    }
}

/* One half after the other. */
static attn_status multiply_in_two(attn_context *context, int64_t m, int64_t n, int64_t k, attni_matrix a,
                                   attni_matrix b, int32_t accumulate, float *room, float *c)
{
    if (m >= BLOCK_ROWS) {
        const int64_t first = m / 2;
        const attni_matrix below = {a.values + first * a.row, a.row, a.column};
        ATTNI_TRY(attni_product(context, first, n, k, a, b, accumulate, room, c));
        return attni_product(context, m - first, n, k, below, b, accumulate, room, c + first * n);
    }
    const int64_t first = k / 2;
    const attni_matrix right = {a.values + first * a.column, a.row, a.column},
                       below = {b.values + first * b.row, b.row, b.column};
    ATTNI_TRY(attni_product(context, m, n, first, a, b, accumulate, room, c));
    return attni_product(context, m, n, k - first, right, below, 1, room, c);
}

attn_status attni_product(attn_context *context, int64_t m, int64_t n, int64_t k, attni_matrix a,
                          attni_matrix b, int32_t accumulate, float *room, float *c)
{
    if (m == 0 || n == 0 || k == 0)
        return ATTN_OK;
    if ((double)m * (double)n * (double)k > MOST_WORK && (m >= BLOCK_ROWS || k >= 2 * STEP))
        return multiply_in_two(context, m, n, k, a, b, accumulate, room, c);
    ATTNI_GO_ON();
    const attni_kernels *kernels = attni_context_kernels(context);
    if ((double)m * (double)n * (double)k >= BLAS_WORK && !kernels->rounds && !attni_pool_forked() &&
        attni_float_mode() == ATTNI_FLOAT_MODE_USUAL &&
        attni_blas_product(m, n, k, a.values, a.row, a.column, b.values, b.row, b.column, accumulate, c))
        return ATTN_OK;
    int64_t span = packed_at_a_time(kernels, n, k);
    product self = {.kernels = kernels,
                    .whole = attni_kernels_for(kernels->isa),
                    .m = m,
                    .n = n,
                    .k = k,
                    .a = a,
                    .b = b,
                    .c = c,
                    .accumulate = accumulate,
                    .packed = room,
                    .packed_rows = room + attni_packed_size(kernels, span, n)};
    choose_blocks(&self);
    int64_t blocks = pieces(m, self.block_rows) * pieces(n, self.block_columns);
    if (m < FEW || (b.column > 1 ? n : k) < FEW) {
        return attni_parallel_for(context, blocks, make_small_block, &self);
    }
    for (; self.from < k; self.from = self.to) {
        self.to = least(self.from + span, k);
        ATTNI_TRY(attni_parallel_for(
            context, pieces(self.to - self.from, STEP) * pieces(n, BLOCK_PANELS * kernels->panel), pack_part,
            &self));
        ATTNI_TRY(attni_parallel_for(context, blocks, make_block, &self));
    }
    return ATTN_OK;
}

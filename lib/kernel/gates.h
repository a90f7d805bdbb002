/* gates.h - the GRU's gates and attention's scores, element by element. For simd.c alone; kernel.h says what each computes. */
#ifndef ATTN_KERNEL_GATES_H
#define ATTN_KERNEL_GATES_H

#include "kernel/kernel.h"
#include "kernel/vector.h"

/* `form`, `wide` and `keep` are constants where these are used: each combination is code of its own. No opening is PLAIN. */
#define PLAIN (-1)

#define GATES(form) ((form) == ATTNI_REPLACE ? 2 : 3)

/* The opening's weight at place i of a row: the same for all, or one each. */
#define WEIGHT(row) (wide ? LOAD(row) : all(*(row)))

/* The state after. With take or keep at 0 the other's part comes out to the bit. */
INLINE vec vupdate(const int form, vec a, vec z, vec n, vec before)
{
    if (form == PLAIN)
        return madd(z, before - n, n);
    if (form == ATTNI_CODE) {
        vec keep = (1.0f - a) * z;
        return madd(keep, before, (1.0f - keep) * n);
    }
    vec take = form == ATTNI_REPLACE ? a : a * z;
    return madd(take, n, (1.0f - take) * before);
}

/* Back from d, the gradient of the state after: da_n, da_z, that of the weight, and the part for the state before. */
typedef struct update_gradient {
    vec n, z, weight, before;
} update_gradient;

INLINE update_gradient vupdate_backward(const int form, vec a, vec z, vec n, vec before, vec d)
{
    if (form == PLAIN)
        return (update_gradient){.n = d * (1.0f - z) * nmadd(n, n, all(1.0f)),
                                 .z = d * (before - n) * z * (1.0f - z),
                                 .before = d * z};
    vec keep = form == ATTNI_CODE ? (1.0f - a) * z : form == ATTNI_PAPER ? nmadd(a, z, all(1.0f)) : 1.0f - a;
    vec along = d * (n - before), slope = form == ATTNI_PAPER ? a : a - 1.0f;
    return (update_gradient){.n = d * (1.0f - keep) * nmadd(n, n, all(1.0f)),
                             .z = along * slope * z * (1.0f - z),
                             .weight = form == ATTNI_REPLACE ? along : along * z,
                             .before = d * keep};
}

/* ---- one row --------------------------------------------------------------------------------------------- */

INLINE void forward_row(const int form, const int wide, const int keep, int64_t h, const float *x,
                        const float *u, const float *bias, const float *weights, float *state, float *kept)
{
    const int64_t at_n = (GATES(form) - 1) * h;
    FOR_VECTORS(h, {
        vec r = vsigmoid(LOAD(x) + LOAD(u) + LOAD(bias)), z = {0}, a = {0};
        if (form != ATTNI_REPLACE)
            z = vsigmoid(LOAD(x + h) + LOAD(u + h) + LOAD(bias + h));
        if (form != PLAIN)
            a = WEIGHT(weights);
        vec q = LOAD(u + at_n) + LOAD(bias + at_n + h);
        vec n = vtanh(madd(r, q, LOAD(x + at_n) + LOAD(bias + at_n)));
        vec before = LOAD(state);
        STORE(state, vupdate(form, a, z, n, before));
        if (keep) {
            STORE(kept, r);
            if (form != ATTNI_REPLACE)
                STORE(kept + h, z);
            STORE(kept + at_n, n);
            STORE(kept + at_n + h, q);
            STORE(kept + at_n + 2 * h, before);
        }
    });
}

INLINE void update_row(const int form, const int wide, int64_t h, const float *kept, const float *weights,
                       float *state)
{
    const int64_t at_n = (GATES(form) - 1) * h;
    FOR_VECTORS(h, {
        vec a = {0};
        if (form != PLAIN)
            a = WEIGHT(weights);
        STORE(state, vupdate(form, a, LOAD(kept + h), LOAD(kept + at_n), LOAD(state)));
    });
}

/* `whole_cell`: da_r and dq too. */
INLINE void backward_row(const int form, const int wide, const int whole_cell, int64_t h, const float *kept,
                         const float *weights, float *dh, float *da, float *dweights)
{
    const int64_t at_n = (GATES(form) - 1) * h;
    vec total = {0};
    FOR_VECTORS(h, {
        vec z = {0}, a = {0};
        if (form != ATTNI_REPLACE)
            z = LOAD(kept + h);
        if (form != PLAIN)
            a = WEIGHT(weights);
        update_gradient d =
            vupdate_backward(form, a, z, LOAD(kept + at_n), LOAD(kept + at_n + 2 * h), LOAD(dh));
        STORE(da, d.n);
        if (form != ATTNI_REPLACE)
            STORE(da + 2 * h, d.z);
        if (whole_cell) {
            vec r = LOAD(kept);
            vec dq = d.n * r;
            STORE(da + h, dq * LOAD(kept + at_n + h) * (1.0f - r));
            STORE(da + at_n + h, dq);
        }
        STORE(dh, d.before);
        if (form != PLAIN && dweights) {
            if (wide)
                STORE(dweights, d.weight);
            else
                total += d.weight; /* the lanes beyond the row hold d = 0 */
        }
    });
    if (form != PLAIN && !wide && dweights)
        *dweights = sum(total);
}

/* ---- all rows, by form ----------------------------------------------------------------------------------- */

INLINE void forward_rows(const int form, const int wide, int64_t m, int64_t h, const float *const *x,
                         const float *u, int64_t ldu, const float *bias, const attni_opening *opening,
                         float *state, float *kept)
{
    for (int64_t i = 0; i < m; i++) {
        const float *weights = form == PLAIN ? NULL : opening->weights + i * opening->width;
        if (kept)
            forward_row(form, wide, 1, h, x[i], u + i * ldu, bias, weights, state + i * h,
                        kept + i * (GATES(form) + 2) * h);
        else
            forward_row(form, wide, 0, h, x[i], u + i * ldu, bias, weights, state + i * h, NULL);
    }
}

INLINE void update_rows(const int form, const int wide, int64_t m, int64_t h, const float *kept,
                        const attni_opening *opening, float *state)
{
    for (int64_t i = 0; i < m; i++)
        update_row(form, wide, h, kept + i * (GATES(form) + 2) * h,
                   form == PLAIN ? NULL : opening->weights + i * opening->width, state + i * h);
}

INLINE void backward_rows(const int form, const int wide, const int whole_cell, int64_t m, int64_t h,
                          const float *kept, const attni_opening *opening, float *dh, float *da, int64_t ldda,
                          float *dweights)
{
    for (int64_t i = 0; i < m; i++)
        backward_row(form, wide, whole_cell, h, kept + i * (GATES(form) + 2) * h,
                     form == PLAIN ? NULL : opening->weights + i * opening->width, dh + i * h, da + i * ldda,
                     form != PLAIN && dweights ? dweights + i * opening->width : NULL);
}

/* rows(form, wide, ...) with both as constants. */
#define BY_FORM(rows, ...)                                                                                   \
    do {                                                                                                     \
        if (opening == NULL)                                                                                 \
            rows(PLAIN, 0, __VA_ARGS__);                                                                     \
        else if (opening->width > 1)                                                                         \
            BY_OPENING(rows, 1, __VA_ARGS__);                                                                \
        else                                                                                                 \
            BY_OPENING(rows, 0, __VA_ARGS__);                                                                \
    } while (0)
#define BY_OPENING(rows, wide, ...)                                                                          \
    do {                                                                                                     \
        if (opening->form == ATTNI_REPLACE)                                                                  \
            rows(ATTNI_REPLACE, wide, __VA_ARGS__);                                                          \
        else if (opening->form == ATTNI_PAPER)                                                               \
            rows(ATTNI_PAPER, wide, __VA_ARGS__);                                                            \
        else                                                                                                 \
            rows(ATTNI_CODE, wide, __VA_ARGS__);                                                             \
    } while (0)

static void gru_forward(int64_t m, int64_t h, const float *const *x, const float *u, int64_t ldu,
                        const float *bias, const attni_opening *opening, float *state, float *kept)
{
    BY_FORM(forward_rows, m, h, x, u, ldu, bias, opening, state, kept);
}

static void gru_update(int64_t m, int64_t h, const float *kept, const attni_opening *opening, float *state)
{
    BY_FORM(update_rows, m, h, kept, opening, state);
}

static void gru_backward(int64_t m, int64_t h, const float *kept, const attni_opening *opening, float *dh,
                         float *da, int64_t ldda, float *dweights)
{
    BY_FORM(backward_rows, 1, m, h, kept, opening, dh, da, ldda, dweights);
}

static void gru_update_backward(int64_t m, int64_t h, const float *kept, const attni_opening *opening,
                                float *dh, float *da, int64_t ldda, float *dweights)
{
    BY_FORM(backward_rows, 0, m, h, kept, opening, dh, da, ldda, dweights);
}

/* ---- attention's scores ---------------------------------------------------------------------------------- */

static void score_forward(int64_t m, int64_t a, const float *bias, const float *v, float *hidden,
                          float *scores)
{
    for (int64_t j = 0; j < m; j++, hidden += a) {
        vec total = {0};
        FOR_VECTORS(a, {
            vec u = vtanh(LOAD(hidden) + LOAD(bias));
            STORE(hidden, u);
            total = madd(LOAD(v), u, total); /* the lanes beyond the row hold tanh(0) = 0 */
        });
        scores[j] = sum(total);
    }
}

static void score_backward(int64_t m, int64_t a, const float *dscores, const float *v, float *hidden,
                           float *dbias, float *dv)
{
    FOR_VECTORS(a, { /* a column of vectors at a time, so that its sums stay in registers */
                     vec db = LOAD(dbias), along = LOAD(dv), weight = LOAD(v);
                     float *column = hidden;
                     for (int64_t j = 0; j < m; j++, column += a) {
                         vec u = LOAD(column);
                         along = madd(all(dscores[j]), u, along);
                         vec dp = dscores[j] * weight * nmadd(u, u, all(1.0f));
                         STORE(column, dp);
                         db += dp;
                     }
                     STORE(dbias, db);
                     STORE(dv, along);
    });
}

static void query_forward(int64_t m, int64_t a, const float *asked, const float *v, const float *hidden,
                          float *scores)
{
    for (int64_t j = 0; j < m; j++, hidden += a) {
        vec total = {0};
        FOR_VECTORS(a, total = madd(LOAD(v), vtanh(LOAD(hidden) + LOAD(asked)), total););
        scores[j] = sum(total);
    }
}

static void query_backward(int64_t m, int64_t a, const float *dscores, const float *asked, const float *v,
                           const float *hidden, float *dhidden, float *dasked, float *dv)
{
    FOR_VECTORS(a, {
        vec query = LOAD(asked), weight = LOAD(v), along = LOAD(dv), dp_sum = LOAD(dasked);
        const float *column = hidden;
        float *dcolumn = dhidden;
        for (int64_t j = 0; j < m; j++, column += a, dcolumn += a) {
            vec u = vtanh(LOAD(column) + query);
            along = madd(all(dscores[j]), u, along);
            vec dp = dscores[j] * weight * nmadd(u, u, all(1.0f));
            STORE(dcolumn, LOAD(dcolumn) + dp);
            dp_sum += dp;
        }
        STORE(dasked, dp_sum);
        STORE(dv, along);
    });
}

#endif

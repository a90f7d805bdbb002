/* integral.h - the line of integrated gradients, which integral.c's and secants.c's rules take points of. */
#ifndef ATTN_EXPLAIN_INTEGRAL_H
#define ATTN_EXPLAIN_INTEGRAL_H

#include "explain/ask.h"

#define ATTNI_MOST_DIM (1 << 20) /* numbers a token */

typedef struct attni_line {
    const attni_asking *asking;
    int64_t dim;
    const float *x;
    int64_t steps; /* points, at most */
    double *sums;  /* [batch, time]: the attributions */
    double *ends;  /* [batch, 2]: f(0), f(x) */
} attni_line;

/* sum_i x_i dx_i */
double attni_dot_product(int64_t dim, const float *x, const float *dx);

/* scaled[time, dim] = s x of a row. */
void attni_line_point(const attni_line *line, int64_t row, double s, float *scaled);

/* shares[time] = x_t . dx_t of a row, up to its length. */
void attni_line_shares(const attni_line *line, int64_t row, const float *dx, double *shares);

/* sums and ends by secants; sums hold 0. */
attn_status attni_secants(attni_line *line);

#endif

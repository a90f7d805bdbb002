/* secants.c - integrated gradients by secants, with points where the integral wants them.
 *
 *     of an interval from s to r       c_t = l g_t(s) + m g_t(r)       l = m such that sum_t c_t = f(r) - f(s),
 *                                      or the trapezoid's, each end bounded, where the shares g do not tell the change
 *
 * Begins with a few intervals, and halves each: where the halves' c differ from the whole's, by less than TOLERANCE of all, the interval
 * is done, and since the error of c falls with the cube of the width, (4 (c_left + c_right) - c) / 3 is closer still (Richardson).
 * Otherwise each half is halved in turn, down to LEAST_WIDTH, as long as there are points. A decision that is smooth takes 9 points,
 * one that jumps some 30, most of them around the jump. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "explain/integral.h"

#define FIRST_POINTS 5
#define TOLERANCE 0.01           /* of an interval, of the sizes of all attributions */
#define LEAST_WIDTH (1.0 / 1024) /* of an interval that is halved */
#define LEAST_SHARE 0.05 /* of the sizes of an interval's shares, that their sum must be to be scaled */
#define MOST_STEEP 20.0  /* how many times as steep as the rest of its interval an end may count */
#define TOGETHER ((int64_t)1 << 22) /* numbers in the shares of the rows that are kept at once */

/* Between two of a row's points; c = left_weight g(left) + right_weight g(right). */
typedef struct interval {
    int32_t left, right;
    double left_weight, right_weight;
} interval;

typedef struct row {
    double *points, *outputs; /* [steps]: s and f(s), of: */
    double *shares;           /* [steps, time]: g(s) */
    int32_t used, asked;      /* points, and how many of them were asked about last */
    interval *intervals; /* [steps]: that are not done; but for the first points, in the order in which */
    int32_t count;       /* their middles were asked about */
} row;

typedef struct secants {
    attni_line *line;
    int64_t first, count; /* rows of the batch, at once */
    row *rows;            /* [count] */
    double *all;          /* [time]: attributions of a row, with those intervals that are not done */
    interval *halves;     /* [2 steps] */
} secants;

/* ---- one interval ---- */

/* How much of an end's shares of this size counts in an interval whose shares do not tell its change: all of them, unless they are
 * steeper than MOST_STEEP times the other end's and f's own slope, which one point of a jump may be however small the jump is. */
static double end_weight(double size, double other, double slope)
{
    const double most = MOST_STEEP * fmax(other, slope);
    return size > most ? most / size : 1.0;
}

static interval make_interval(const row *r, int64_t time, int64_t length, int32_t left, int32_t right)
{
    const double *before = r->shares + left * time, *behind = r->shares + right * time;
    const double change = r->outputs[right] - r->outputs[left], width = r->points[right] - r->points[left];
    double total = 0.0, size = 0.0, size_before = 0.0, size_behind = 0.0;
    for (int64_t t = 0; t < length; t++) {
        total += before[t] + behind[t];
        size += fabs(before[t] + behind[t]);
        size_before += fabs(before[t]);
        size_behind += fabs(behind[t]);
    }
    const double by = change / total;
    if (change * total > 0.0 && fabs(total) >= LEAST_SHARE * size)
        return (interval){left, right, by, by};
    const double slope = fabs(change) / width;
    return (interval){left, right, 0.5 * width * end_weight(size_before, size_behind, slope),
                      0.5 * width * end_weight(size_behind, size_before, slope)};
}

/* sums[t] += by * c_t */
static void add_interval(const row *r, int64_t time, int64_t length, const interval *i, double by,
                         double *sums)
{
    const double *left = r->shares + i->left * time, *right = r->shares + i->right * time;
    for (int64_t t = 0; t < length; t++)
        sums[t] += by * (i->left_weight * left[t] + i->right_weight * right[t]);
}

/* sum_t |c_t of the halves - c_t of the whole| */
static double difference(const row *r, int64_t time, int64_t length, const interval *whole,
                         const interval *left, const interval *right)
{
    const double *begin = r->shares + whole->left * time, *middle = r->shares + left->right * time,
                 *end = r->shares + whole->right * time;
    double sum = 0.0;
    for (int64_t t = 0; t < length; t++)
        sum += fabs((left->left_weight - whole->left_weight) * begin[t] +
                    (left->right_weight + right->left_weight) * middle[t] +
                    (right->right_weight - whole->right_weight) * end[t]);
    return sum;
}

/* ---- asking ---- */

static row *row_of(const secants *s, int64_t batch_row)
{
    const int64_t at = batch_row - s->first;
    return at >= 0 && at < s->count ? s->rows + at : NULL;
}

static int64_t copies(const void *self, int64_t batch_row)
{
    const row *r = row_of(self, batch_row);
    return r ? r->asked : 0;
}

static void fill(const void *self, int64_t batch_row, int64_t copy, void *item)
{
    const secants *s = self;
    const row *r = row_of(s, batch_row);
    attni_line_point(s->line, batch_row, r->points[r->used - r->asked + copy], item);
}

static void take(void *self, int64_t batch_row, int64_t copy, const float *outputs, const float *dx)
{
    const secants *s = self;
    const row *r = row_of(s, batch_row);
    const int64_t point = r->used - r->asked + copy;
    r->outputs[point] = (double)outputs[0];
    attni_line_shares(s->line, batch_row, dx, r->shares + point * s->line->asking->model.time);
}

/* ---- a row ---- */

/* From 0 to 1, both among them. */
static int32_t first_points(const secants *s)
{
    return s->line->steps < FIRST_POINTS ? (int32_t)s->line->steps : FIRST_POINTS;
}

static void begin(const secants *s, row *r, int64_t length)
{
    r->used = r->asked = length == 0 ? 0 : first_points(s);
    r->count = 0;
    for (int32_t i = 0; i < r->used; i++)
        r->points[i] = (double)i / (double)(r->used - 1);
}

/* Ask about the middles of those intervals that can be halved; the others are done. */
static void halve(const secants *s, row *r, int64_t length, double *sums, const interval *open, int32_t count)
{
    const int64_t time = s->line->asking->model.time;
    r->count = r->asked = 0;
    for (int32_t i = 0; i < count; i++) {
        const double from = r->points[open[i].left], to = r->points[open[i].right];
        if (r->used == s->line->steps || to - from <= LEAST_WIDTH) {
            add_interval(r, time, length, open + i, 1.0, sums);
            continue;
        }
        r->intervals[r->count++] = open[i];
        r->points[r->used++] = (from + to) / 2.0;
        r->asked++;
    }
}

/* The size of all attributions, so far as they are known: sum_t |a_t|. */
static double size_of(const secants *s, const row *r, int64_t length, const double *sums)
{
    double size = 0.0;
    memcpy(s->all, sums, (size_t)length * sizeof *sums);
    for (int32_t i = 0; i < r->count; i++)
        add_interval(r, s->line->asking->model.time, length, r->intervals + i, 1.0, s->all);
    for (int64_t t = 0; t < length; t++)
        size += fabs(s->all[t]);
    return size;
}

/* Take what the points gave that were asked about, and ask for more. */
static void go_on(const secants *s, row *r, int64_t length, double *sums)
{
    const int64_t time = s->line->asking->model.time;
    const double size = size_of(s, r, length, sums);
    int32_t count = 0;
    for (int32_t i = 0; r->count == 0 && i + 1 < r->used; i++) /* the first points */
        s->halves[count++] = make_interval(r, time, length, i, i + 1);
    for (int32_t i = 0; i < r->count; i++) {
        const interval *whole = r->intervals + i;
        const int32_t middle = r->used - r->asked + i;
        const interval left = make_interval(r, time, length, whole->left, middle),
                       right = make_interval(r, time, length, middle, whole->right);
        if (difference(r, time, length, whole, &left, &right) <= TOLERANCE * size) {
            add_interval(r, time, length, &left, 4.0 / 3.0, sums);
            add_interval(r, time, length, &right, 4.0 / 3.0, sums);
            add_interval(r, time, length, whole, -1.0 / 3.0, sums);
        } else {
            s->halves[count++] = left;
            s->halves[count++] = right;
        }
    }
    halve(s, r, length, sums, s->halves, count);
}

/* ---- all of them ---- */

static attn_status make_rows(secants *s)
{
    const attni_asking *asking = s->line->asking;
    const int64_t steps = s->line->steps, time = asking->model.time, batch = asking->model.batch;
    const int64_t most = TOGETHER / (steps * time);
    s->count = most < 1 ? 1 : most < batch ? most : batch;
    s->rows = attni_asking_alloc(asking, s->count, sizeof *s->rows);
    s->all = attni_asking_alloc(asking, time, sizeof *s->all);
    s->halves = attni_asking_alloc(asking, 2 * steps, sizeof *s->halves);
    bool made = s->rows && s->all && s->halves;
    for (int64_t i = 0; made && i < s->count; i++) {
        row *r = s->rows + i;
        r->points = attni_asking_alloc(asking, steps, sizeof *r->points);
        r->outputs = attni_asking_alloc(asking, steps, sizeof *r->outputs);
        r->shares = attni_asking_alloc(asking, steps * time, sizeof *r->shares);
        r->intervals = attni_asking_alloc(asking, steps, sizeof *r->intervals);
        made = r->points && r->outputs && r->shares && r->intervals;
    }
    return made ? ATTN_OK
                : attni_no_memory(asking->function, (size_t)(s->count * steps * time) * sizeof(double));
}

static attn_status integrate_rows(secants *s)
{
    static const attni_measure measure = {copies, fill, take};
    const attni_asking *asking = s->line->asking;
    double *sums = s->line->sums + s->first * asking->model.time, *ends = s->line->ends + 2 * s->first;
    int64_t asked = 0;
    for (int64_t i = 0; i < s->count; i++) {
        begin(s, s->rows + i, attni_asking_length(asking, s->first + i));
        asked += s->rows[i].asked;
    }
    while (asked > 0) {
        ATTNI_TRY(attni_ask(asking, s->line->dim, &measure, s));
        asked = 0;
        for (int64_t i = 0; i < s->count; i++) {
            row *r = s->rows + i;
            if (r->asked > 0)
                go_on(s, r, attni_asking_length(asking, s->first + i), sums + i * asking->model.time);
            asked += r->asked;
        }
    }
    for (int64_t i = 0; i < s->count; i++) {
        const row *r = s->rows + i;
        if (r->used > 0) {
            ends[2 * i] = r->outputs[0];
            ends[2 * i + 1] = r->outputs[first_points(s) - 1];
        }
    }
    return ATTN_OK;
}

attn_status attni_secants(attni_line *line)
{
    secants s = {.line = line};
    const int64_t batch = line->asking->model.batch;
    if (batch * line->asking->model.time == 0)
        return ATTN_OK;
    ATTNI_TRY(make_rows(&s));
    for (const int64_t most = s.count; s.first < batch; s.first += most) {
        s.count = batch - s.first < most ? batch - s.first : most;
        ATTNI_TRY(integrate_rows(&s));
    }
    return ATTN_OK;
}

/** explain.h - what a decision rested on, and how far that picture can be trusted.
 *
 * Everything here works on arrays and callbacks, and so with any model. f is one number that a model gives for a row: the
 * probability or the logit of the class that is explained. First attributions, a number for each token of each row:
 *
 *     attention              a_t                                             the weights as they are
 *     attention x gradient   a_t df/da_t                                     attn_explain_gradient_input, dim 1
 *     gradient x input       x_t . df/dx_t                                   attn_explain_gradient_input
 *     integrated gradients   x_t . integral of df/dx_t (s x) ds, s in 0..1   attn_explain_integrated         1703.01365
 *     occlusion              f(all) - f(all but t)                           attn_explain_occlusion          1612.08220
 *
 * then measures of how faithful a ranking of the tokens by such numbers is:
 *
 *     comprehensiveness      f(all) - f(all but the first k)                 attn_explain_comprehensiveness  1911.03429
 *     sufficiency            f(all) - f(the first k alone)                   attn_explain_sufficiency        1911.03429
 *     fraction to flip       smallest k / length without which the decision  attn_explain_flip               1906.03731
 *                            is another one
 *     soft erasure           both, by dropping of each token as much as      attn_explain_soft               2305.10496
 *                            the numbers say
 *     agreement              Kendall's tau, Pearson's r                      attn_explain_correlation        1902.10186
 *                            Jensen and Shannon's divergence                 attn_explain_divergence         1902.10186
 *
 * and of how plausible it is, beside what people marked:
 *
 *     token F1               of the first k                                  attn_explain_token_match        1911.03429
 *     intersection / union   of the first k, by spans                        attn_explain_span_match         1911.03429
 *     AUPRC                  of all, from the largest down                   attn_explain_precision_recall   1911.03429
 *
 * Arrays over tokens are [batch, time] with lengths[batch], 0 <= lengths[b] <= time, NULL meaning all full: what lies beyond the
 * length is never read, and written as 0; batch * time is at most 2^30. A row of length 0 is never asked about, and its results
 * are 0. Results do not depend on the number of threads. After a failure the outputs may hold anything. All functions may be
 * called by any thread at any time. */
#ifndef ATTN_EXPLAIN_H
#define ATTN_EXPLAIN_H

#include "context.h"

ATTN_BEGIN_DECLS

/* ---- the model ---- */

/** The model is asked about perturbed copies of the batch's rows, many in one call: as few calls as `copies` allows. In all
 * callbacks
 *     count         how many copies
 *     rows [count]  the row that each is a copy of, rising
 * What is not said to be written is the library's, and holds until the callback returns. Anything but ATTN_OK ends the function
 * and is what it returns; attn_set_error says why. Callbacks are called by the thread that called the function, and may use the
 * same context. Numbers that are not finite are errors. */

/** Copies with some of their tokens masked. What that means is the callback's choice: leave them out, put <unk> in their place,
 * or set their attention to 0 and let the rest sum to 1 (as 1906.03731 does).
 *     keep    [count, time]: 1: the token stays; 0: it is masked, or lies beyond the length
 *     outputs [count, classes], written: probabilities, or logits */
typedef attn_status (*attn_explain_masked_fn)(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                                              float *outputs);

/** Copies with other attention weights: what attn_explain_permutation of experimental.h asks.
 *     weights [count, time]: 0 beyond the length
 *     outputs [count, classes], written: probabilities */
typedef attn_status (*attn_explain_weighted_fn)(void *user, int64_t count, const int32_t *rows, const float *weights,
                                                float *outputs);

/** Copies with other embedded tokens, and the gradient there. (libattn's layers take a third less time for it while no tensor
 * is trainable: backward then leaves out the gradients of the weights.)
 *     x       [count, time, dim]: 0 beyond the length
 *     lengths [count]: of the copies, lengths[rows[i]]
 *     outputs [count], written: f of each copy, for the class that the callback explains
 *     dx      [count, time, dim], written: df/dx; beyond the length never read */
typedef attn_status (*attn_explain_gradient_fn)(void *user, int64_t count, const int32_t *rows, const float *x,
                                                const int32_t *lengths, float *outputs, float *dx);

/** Copies whose embedded tokens lost some of their elements.
 *     keep    [count, time, dim]: 1: the element of x stays; 0: it is 0 in its place, or lies beyond the length
 *     outputs [count, classes], written: probabilities */
typedef attn_status (*attn_explain_dropped_fn)(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                                               float *outputs);

/** A model and the rows that it is asked about; it need only live until the function returns. */
typedef struct attn_explain_model {
    size_t struct_size;             /**< sizeof(attn_explain_model) */
    int64_t batch, time;            /**< rows, and tokens of the longest */
    int64_t classes;                /**< how many numbers a callback but `gradient` gives for a copy; 0 where none is asked */
    const int32_t *lengths;         /**< [batch]; NULL: all full */
    const int32_t *targets;         /**< [batch]: the class that `masked` and `dropped` explain; NULL: the decision, which is the
                                          largest number for the row as it is, of equal ones the first */
    attn_explain_masked_fn masked;  /**< each may be NULL where it is not asked */
    attn_explain_weighted_fn weighted; /**< likewise */
    attn_explain_gradient_fn gradient; /**< likewise */
    attn_explain_dropped_fn dropped;   /**< likewise */
    void *user;                     /**< what the callbacks are given */
    int64_t copies;                 /**< most copies in one call, at most 2^20; 0 means 128 */
} attn_explain_model;

#define ATTN_EXPLAIN_MODEL_INIT {sizeof(attn_explain_model), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/* ---- attributions ---- */

#define ATTN_GRADIENT_SIGNED 0   /**< x_t . dx_t */
#define ATTN_GRADIENT_ABSOLUTE 1 /**< |x_t . dx_t|: of one-hot tokens, the gradient of 1902.10186 */
#define ATTN_GRADIENT_NORM 2     /**< ||dx_t||, whatever x is */

/** Gradient x input.
 *     x            [batch, time, dim]: the embedded tokens; or attention's weights, with dim 1; may be NULL for NORM
 *     dx           [batch, time, dim]: df/dx
 *     form         ATTN_GRADIENT_...
 *     attributions [batch, time], written; not x or dx
 * Numbers that are not finite are passed on. Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_explain_gradient_input(attn_context *context, int64_t batch,
                                                              int64_t time, int64_t dim, const float *x,
                                                              const float *dx, const int32_t *lengths,
                                                              int32_t form, float *attributions);

#define ATTN_QUADRATURE_SECANT 0         /**< between `steps` points at most, both ends among them, where f bends */
#define ATTN_QUADRATURE_GAUSS_LEGENDRE 1 /**< `steps` points, exact for polynomials of degree 2 steps - 1 */

/** Integrated gradients (Sundararajan et al. 2017, 1703.01365) along the straight line from x = 0:
 *
 *     a_t = x_t . integral of df/dx_t (s x) ds, s from 0 to 1        f(x) - f(0) = sum_t a_t + gap
 *
 * A rule of points needs f to be smooth. Decisions of recurrent networks are not: somewhere along the line they jump, by most of
 * their change, within less than any even step. SECANT begins with 5 points, and halves each interval for as long as its halves
 * differ from it by more than a hundredth of the sizes of all attributions, it is wider than 1/1024, and there are points left:
 * some 10 to 30 are used, most of them around a jump. An interval is a trapezoid, scaled so that over the tokens it sums to what
 * f changed by in it: exact, however steep f is, where the tokens' shares of the slope stay the same within it. An interval whose
 * shares point the other way, or nearly cancel (their sum under a twentieth of the sum of their sizes), is not scaled, and the
 * gap has what it lacks; an end of it counts at most twenty times as much as its other end and as f's change there, so that one
 * point on a cliff, where layer normalisation of a text of zeros has slopes of 1e15, cannot drown all others. A gap says what is
 * missing; that the shares in a jump are those beside it, it cannot tell. The rule is not linear in f: attributions of a sum of
 * two functions need not be the sums of theirs, as they are with Gauss and Legendre.
 *
 * Asks `gradient` about steps copies of each row at most, in rounds; with Gauss and Legendre about steps + 2, both ends of the
 * line too. The copies in one call, x and dx, are 8 * copies * time * dim bytes of the context's; so are with SECANT the shares
 * of some rows' points, 32 MB or 8 * steps * time at most.
 *     x            [batch, time, dim]: the embedded tokens; dim is at most 2^20
 *     steps        1, with SECANT 2, to 4096; 50 is usual
 *     rule         ATTN_QUADRATURE_...
 *     attributions [batch, time], written
 *     change       [batch], written: f(x) - f(0); may be NULL
 *     gap          [batch], written: what completeness lacks, in units of f; may be NULL
 * Errors: ARGUMENT (also f or a sum of gradients that is no number), MEMORY, and what `gradient` returned. */
ATTN_API ATTN_CHECKED attn_status attn_explain_integrated(attn_context *context,
                                                          const attn_explain_model *model, int64_t dim,
                                                          const float *x, int64_t steps, int32_t rule,
                                                          float *attributions, float *change, float *gap);

/** Occlusion (Li et al. 2016, 1612.08220): what masking each token by itself takes from the output. Asks `masked` about length +
 * 1 copies of each row.
 *     attributions [batch, time], written: f(all) - f(all but t)
 * Errors: ARGUMENT, MEMORY, and what `masked` returned. */
ATTN_API ATTN_CHECKED attn_status attn_explain_occlusion(attn_context *context,
                                                         const attn_explain_model *model,
                                                         float *attributions);

/** An attribution to measure the others against: tokens in random order.
 *     attributions [batch, time], written: uniform in [0, 1), a function of seed, row and place alone
 * Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_explain_random(attn_context *context, int64_t batch, int64_t time,
                                                      const int32_t *lengths, uint64_t seed,
                                                      float *attributions);

/* ---- how faithful a ranking is ----
 *
 * The first tokens are those of the largest attributions[batch, time], of equal ones the earlier; NaN is an error. */

/** Comprehensiveness and sufficiency (DeYoung et al. 2020, 1911.03429): what the output loses without the first tokens, and what
 * it loses with them alone. A faithful ranking has a large comprehensiveness and a small sufficiency. Each asks `masked` about
 * count + 1 copies of each row.
 *     count     how many fractions, 1 or more
 *     fractions [count], each in 0..1: k = fraction * length, rounded up; NULL means that paper's .01 .05 .1 .2 .5, and
 *               count is 5
 *     scores    [batch, count], written; may be NULL
 *     aopc      [batch], written: the mean over the fractions ("area over the perturbation curve"), as that paper's scorer takes
 *               it; may be NULL
 * Errors: ARGUMENT, MEMORY, and what `masked` returned. */
ATTN_API ATTN_CHECKED attn_status attn_explain_comprehensiveness(attn_context *context,
                                                                 const attn_explain_model *model,
                                                                 int64_t count, const float *attributions,
                                                                 const float *fractions, float *scores,
                                                                 float *aopc);
ATTN_API ATTN_CHECKED attn_status attn_explain_sufficiency(attn_context *context,
                                                           const attn_explain_model *model, int64_t count,
                                                           const float *attributions, const float *fractions,
                                                           float *scores, float *aopc);

/** Soft comprehensiveness and sufficiency (Zhao and Aletras 2023, 2305.10496): not whole tokens go, but of each embedded token as
 * many elements, at random, as its attribution says, so that how important each is counts, and not their order alone.
 *
 *     q_t     = (a_t - min a) / (max a - min a)                         over the row's tokens; 1/2 where all are equal
 *     m_te    = 1 with probability q_t, else 0                          of each draw
 *     range   = max(0, f(x) - f(0))                                     what all elements are worth
 *     Soft-NC = max(0, f(x) - f((1 - m) x)) / range                     comprehensiveness, normalised
 *     Soft-NS = 1 - max(0, f(x) - f(m x)) / range                       sufficiency, normalised
 *
 * f is a probability. Both are cut to 0..1 in each draw, as that paper's code does, and are the means over the draws; both are 0
 * where range is 0. A faithful attribution has both large: unlike attn_explain_sufficiency, more is better. They rise with how
 * much an attribution drops, and keeps, in all: compare it with others spread alike, such as its own numbers in random order.
 * Asks `dropped` about 2 samples + 2 copies of each row.
 *     dim               elements of an embedded token, at most 2^20; a copy is time * dim bytes
 *     samples           draws, 1 to 2^20; a row's mean over 4 is usual
 *     seed              of the draws, which are a function of seed, row, place and their number alone
 *     comprehensiveness [batch], written: Soft-NC; may be NULL
 *     sufficiency       [batch], written: Soft-NS; may be NULL
 *     range             [batch], written; may be NULL
 * Errors: ARGUMENT (also attributions that are not finite), MEMORY, and what `dropped` returned. */
ATTN_API ATTN_CHECKED attn_status attn_explain_soft(attn_context *context, const attn_explain_model *model,
                                                    int64_t dim, const float *attributions, int64_t samples,
                                                    uint64_t seed, float *comprehensiveness,
                                                    float *sufficiency, float *range);

/** The fraction of the tokens that must be masked, in the ranking's order, before the decision is another one (Serrano and Smith
 * 2019, 1906.03731). The decision is the largest of the numbers that `masked` gives, of equal ones the first; `targets` has no
 * part in it, and classes is at least 2. A faithful ranking needs fewer than attn_explain_random's does.
 * Asks first about few k, then about twice as many each time, until the row flips.
 *     resolution 0: every k is tried; else k = length * i / resolution, rounded up, for i = 1, 2, ...
 *     fraction   [batch], written: the smallest k / length tried that flips; 1 where no k < length does
 * Errors: ARGUMENT, MEMORY, and what `masked` returned. */
ATTN_API ATTN_CHECKED attn_status attn_explain_flip(attn_context *context, const attn_explain_model *model,
                                                    const float *attributions, int64_t resolution,
                                                    float *fraction);

/** How far two attributions of the same tokens agree (Jain and Wallace 2019, 1902.10186): Kendall's tau-b, which knows ties,
 *
 *     tau = (agreeing pairs - disagreeing pairs) / sqrt(pairs not tied in a * pairs not tied in b)
 *     r   = sum (a - mean a)(b - mean b) / sqrt(sum (a - mean a)^2 * sum (b - mean b)^2)
 *
 * in O(n log n) (Knight 1966). Both are 0 where a or b is constant, or has fewer than two tokens.
 *     a, b    [batch, time]
 *     tau     [batch], written; may be NULL
 *     pearson [batch], written; may be NULL
 * Errors: ARGUMENT (also numbers that are not finite), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_explain_correlation(attn_context *context, int64_t batch, int64_t time,
                                                           const float *a, const float *b,
                                                           const int32_t *lengths, float *tau,
                                                           float *pearson);

/** How far two attributions spread over the same tokens alike (Jain and Wallace 2019, 1902.10186): Jensen and Shannon's
 * divergence, in nats, of their sizes,
 *
 *     p_t = |a_t| / sum |a|,  q_t = |b_t| / sum |b|,  m = (p + q) / 2
 *     divergence = 1/2 sum p ln(p / m) + 1/2 sum q ln(q / m)            0: alike; ln 2: no token has of both
 *
 * An attribution of zeros counts as spread evenly.
 *     a, b       [batch, time]
 *     divergence [batch], written: 0 to ln 2
 * Errors: ARGUMENT (also numbers that are not finite). */
ATTN_API ATTN_CHECKED attn_status attn_explain_divergence(attn_context *context, int64_t batch, int64_t time,
                                                          const float *a, const float *b,
                                                          const int32_t *lengths, float *divergence);

/* ---- how plausible it is ----
 *
 * Whether the numbers are large where people marked what made them decide (DeYoung et al. 2020, 1911.03429). A model may be right
 * for reasons that no person would give: plausible is not faithful. Tokens are marked, or chosen, where a byte of
 * chosen[batch, time] or marked[batch, time] is not 0. */

/** A hard choice: the first tokens by their attributions, as many as the fraction.
 *     fraction 0 to 1: k = fraction * length, rounded up. That paper takes the mean fraction that people marked in the data set
 *     chosen   [batch, time], written: 1 for the first k tokens, else 0
 * Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_explain_choose(attn_context *context, int64_t batch, int64_t time,
                                                      const float *attributions, const int32_t *lengths,
                                                      float fraction, uint8_t *chosen);

/** How far a choice is what people marked, by tokens ("token F1"):
 *
 *     precision = chosen and marked / chosen,  recall = chosen and marked / marked,  f1 = 2 P R / (P + R)       0 where 0 / 0
 *
 *     precision, recall, f1 [batch], written; each may be NULL
 * Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_explain_token_match(attn_context *context, int64_t batch, int64_t time,
                                                           const uint8_t *chosen, const uint8_t *marked,
                                                           const int32_t *lengths, float *precision,
                                                           float *recall, float *f1);

/** The same by spans, which are runs of chosen or marked tokens ("intersection over union"): a chosen span is right where
 * |it and a marked span| / |it or that span| reaches `overlap`. That paper's macro F1 over a data set is that of the rows' mean
 * precision and mean recall, not the mean of f1; it counts marked spans that touch each other apart.
 *     overlap               0.5 to 1, so that no two chosen spans can be right by the same marked one; 0.5 is usual
 *     precision, recall, f1 [batch], written; each may be NULL
 * Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_explain_span_match(attn_context *context, int64_t batch, int64_t time,
                                                          const uint8_t *chosen, const uint8_t *marked,
                                                          const int32_t *lengths, float overlap,
                                                          float *precision, float *recall, float *f1);

/** The area under the curve of precision over recall, as tokens are chosen from the largest attribution down, those of equal ones
 * together: (R_i, P_i) after (R_0, P_0) = (0, 1),
 *
 *     area              = sum_i (R_i - R_(i-1)) (P_i + P_(i-1)) / 2       by trapezoids, as that paper's scorer ("AUPRC")
 *     average precision = sum_i (R_i - R_(i-1)) P_i
 *
 * Of equal attributions average precision is the fraction that is marked; in random order it is a little more. Both are 0 where
 * nothing is marked.
 *     area, average_precision [batch], written; each may be NULL
 * Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_explain_precision_recall(attn_context *context, int64_t batch,
                                                                int64_t time, const float *attributions,
                                                                const uint8_t *marked, const int32_t *lengths,
                                                                float *area, float *average_precision);

/* ---- over a data set ---- */

/** A mean and its interval by the percentile bootstrap (Efron 1979): the means of `resamples` draws of `count` values with
 * replacement, less (1 - confidence) / 2 of them on either side, linear between neighbours.
 *     values     [count], at most 2^30
 *     confidence 0 < confidence < 1; 0.95 is usual
 *     resamples  1 to 2^24; 1000 is usual
 *     interval   [3], written: mean, low, high; zeros for no values
 * Errors: ARGUMENT (also a value that is not finite), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_explain_bootstrap(attn_context *context, int64_t count,
                                                         const float *values, float confidence,
                                                         int64_t resamples, uint64_t seed, float *interval);

ATTN_END_DECLS
#endif

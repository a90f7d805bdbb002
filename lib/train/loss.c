/* loss.c - softmax cross-entropy. Rows are independent of each other, and worked on by the threads: with a vocabulary of
 * classes the exponentials are much of a decoder's time.
 *
 * With m the largest logit, Z = sum_k exp(x_k - m), w the classes' weights and e the smoothing, a row's loss is a sum of terms
 * that are not negative, so that nothing cancels:
 *
 *     -log p_k = log Z + (m - x_k)
 *     l   = A log Z + (1 - e) w_y (m - x_y) + e / classes sum_k w_k (m - x_k),   A = (1 - e) w_y + e / classes sum_k w_k
 *     dl/dx_k = A p_k - (1 - e) w_y [k = y] - e / classes w_k
 *
 * With targets t the same with v_k = w_k ((1 - e) t_k + e / classes) in place of w_y and its sum:
 *
 *     l = A log Z + sum_k v_k (m - x_k),   A = sum_k v_k;   dl/dx_k = A p_k - v_k */
#include "attn/loss.h"

#include <math.h>

#include "core/apart.h"
#include "core/context.h"

#define LOGITS_A_TASK 16384
#define LANES 8

_Static_assert(sizeof(attn_cross_entropy_options) ==
                   offsetof(attn_cross_entropy_options, targets) + sizeof(const float *),
               "no tail padding");

typedef struct loss_pass {
    const attni_kernels *kernels;
    int64_t rows, classes, rows_a_task;
    const float *logits;
    const int32_t *labels; /* may be NULL */
    attn_cross_entropy_options options;
    double smooth, keep;                     /* e / classes; 1 - e */
    double weights;                          /* the sum of all classes' */
    double share;                            /* s / W, or 0 */
    float *losses, *probabilities, *dlogits; /* may be NULL */
    float *room;                             /* [workers, classes], where the last two are */
    double *each;                            /* [rows]: a row's loss, before s; of no labels log Z + m */
} loss_pass;

static double weight_of(const loss_pass *pass, int64_t class)
{
    return pass->options.class_weights ? (double)pass->options.class_weights[class] : 1.0;
}

static int32_t counts(const loss_pass *pass, int64_t b)
{
    return pass->labels == NULL || !pass->options.ignore || pass->labels[b] != pass->options.ignore_label;
}

/* Is there anything that the rows should be? */
static int32_t has_truth(const loss_pass *pass)
{
    return pass->labels != NULL || pass->options.targets != NULL;
}

/* The largest, and the sum, in lanes that do not wait for each other. A NaN need not become the largest: the sum has it. */
static float largest(int64_t n, const float *x)
{
    float most[LANES];
    for (int i = 0; i < LANES; i++)
        most[i] = x[0];
    int64_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (int i = 0; i < LANES; i++)
            most[i] = x[k + i] > most[i] ? x[k + i] : most[i];
    for (; k < n; k++)
        most[0] = x[k] > most[0] ? x[k] : most[0];
    for (int i = 1; i < LANES; i++)
        most[0] = most[i] > most[0] ? most[i] : most[0];
    return most[0];
}

static double sum(int64_t n, const float *x)
{
    double total[LANES] = {0};
    int64_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (int i = 0; i < LANES; i++)
            total[i] += (double)x[k + i];
    for (; k < n; k++)
        total[0] += (double)x[k];
    for (int i = 1; i < LANES; i++)
        total[0] += total[i];
    return total[0];
}

/* p = softmax(logits), which may be p; returns log Z. */
static double softmax(const attni_kernels *kernels, int64_t classes, float most, const float *logits,
                      float *p)
{
    for (int64_t k = 0; k < classes; k++)
        p[k] = logits[k] - most;
    kernels->exp(classes, p, p);
    const double total = sum(classes, p);
    const float scale = (float)(1.0 / total);
    for (int64_t k = 0; k < classes; k++)
        p[k] *= scale;
    return log(total);
}

static void write_gradient(const loss_pass *pass, int32_t label, double all, const float *p, float *d)
{
    const double of_label = pass->keep * weight_of(pass, label);
    const float *w = pass->options.class_weights;
    const float scale = (float)(all * pass->share), smooth = (float)(pass->smooth * pass->share);
    const double p_label = (double)p[label];
    if (pass->smooth == 0.0)
        for (int64_t k = 0; k < pass->classes; k++)
            d[k] = p[k] * scale;
    else
        for (int64_t k = 0; k < pass->classes; k++)
            d[k] = p[k] * scale - (w ? w[k] : 1.0f) * smooth;
    d[label] = (float)((p_label * all - of_label - pass->smooth * weight_of(pass, label)) * pass->share);
}

/* v_k of a row of targets. */
static double share_of(const loss_pass *pass, const float *targets, int64_t class)
{
    return weight_of(pass, class) * (pass->keep * (double)targets[class] + pass->smooth);
}

static void run_row_of_targets(const loss_pass *pass, int64_t b, float most, float *p, float *d)
{
    const int64_t classes = pass->classes;
    const float *x = pass->logits + b * classes, *targets = pass->options.targets + b * classes;
    double all = 0.0, below = 0.0; /* before p or d takes the logits' place */
    for (int64_t k = 0; k < classes; k++) {
        const double share = share_of(pass, targets, k);
        all += share;
        below += share > 0.0 ? share * ((double)most - (double)x[k]) : 0.0; /* -inf may be what cannot be */
    }
    pass->each[b] = all * softmax(pass->kernels, classes, most, x, p) + below;
    for (int64_t k = 0; d && k < classes; k++)
        d[k] = (float)(((double)p[k] * all - share_of(pass, targets, k)) * pass->share);
}

static void run_row(const loss_pass *pass, int64_t b, float *room)
{
    const int64_t classes = pass->classes;
    const float *x = pass->logits + b * classes;
    float *d = pass->dlogits ? pass->dlogits + b * classes : NULL;
    float *p = pass->probabilities ? pass->probabilities + b * classes : d ? d : room;
    const float most = largest(classes, x);
    if (pass->options.targets) {
        run_row_of_targets(pass, b, most, p, d);
        return;
    }
    if (pass->labels == NULL) {
        pass->each[b] = softmax(pass->kernels, classes, most, x, p) + (double)most;
        return;
    }
    const int32_t label = pass->labels[b];
    const double kept = pass->keep * weight_of(pass, label), all = kept + pass->smooth * pass->weights;
    double below = kept * ((double)most - (double)x[label]); /* before p or d takes the logits' place */
    for (int64_t k = 0; pass->smooth != 0.0 && k < classes; k++)
        below += pass->smooth * weight_of(pass, k) * ((double)most - (double)x[k]);
    pass->each[b] = all * softmax(pass->kernels, classes, most, x, p) + below;
    if (d)
        write_gradient(pass, label, all, p, d);
}

static void run_rows(void *argument, int64_t index, int32_t worker)
{
    const loss_pass *pass = argument;
    const int64_t begin = index * pass->rows_a_task, classes = pass->classes;
    float *outputs[] = {pass->probabilities, pass->dlogits};
    for (int64_t b = begin; b < begin + pass->rows_a_task && b < pass->rows; b++) {
        pass->each[b] = 0.0;
        if (counts(pass, b))
            run_row(pass, b, pass->room + worker * classes);
        else
            for (int i = 0; i < 2; i++)
                for (int64_t k = 0; outputs[i] && k < classes; k++)
                    outputs[i][b * classes + k] = 0.0f;
    }
}

static attn_status run(attn_context *context, const char *function, attni_arena *arena, loss_pass *pass,
                       float *loss)
{
    int64_t room = pass->probabilities || pass->dlogits ? 0 : attn_context_threads(context) * pass->classes;
    pass->room = attni_arena_floats(arena, room);
    pass->each = attni_arena_alloc(arena, attni_bytes(pass->rows, sizeof(double)));
    if (pass->room == NULL || pass->each == NULL)
        return attni_no_memory(function, (size_t)room * sizeof(float) + (size_t)pass->rows * sizeof(double));
    ATTNI_TRY(attni_parallel_for(context, (pass->rows + pass->rows_a_task - 1) / pass->rows_a_task, run_rows,
                                 pass));
    const double scale = has_truth(pass) ? (double)pass->options.scale : 1.0;
    double total = 0.0;
    for (int64_t b = 0; b < pass->rows; b++) {
        const float own = (float)(pass->each[b] * scale);
        ATTNI_REQUIRE(
            isfinite(own),
            "%s: row %lld has no finite %s; expected finite logits (-inf only of a class that cannot be)",
            function, (long long)b, has_truth(pass) ? "loss" : "probabilities");
        if (pass->losses)
            pass->losses[b] = own;
        total += pass->each[b];
    }
    const float mean = (float)(total * pass->share);
    ATTNI_REQUIRE(isfinite(mean),
                  "%s: the mean of the losses is no finite number; expected larger class weights", function);
    if (loss)
        *loss = mean;
    return ATTN_OK;
}

/* A row that does not sum to 1 would be a loss of another scale. Float32 numbers that do are this near. */
#define SUM_TOLERANCE 1e-3

static attn_status check_targets(const char *function, const loss_pass *pass)
{
    const float *targets = pass->options.targets;
    for (int64_t b = 0; b < pass->rows; b++) {
        double total = 0.0;
        for (int64_t k = 0; counts(pass, b) && k < pass->classes; k++) {
            const float target = targets[b * pass->classes + k];
            ATTNI_REQUIRE(target >= 0.0f && target <= 1.0f + (float)SUM_TOLERANCE,
                          "%s: targets[%lld,%lld] is %g; expected 0 to 1", function, (long long)b,
                          (long long)k, (double)target);
            total += (double)target;
        }
        ATTNI_REQUIRE(!counts(pass, b) || fabs(total - 1.0) <= SUM_TOLERANCE,
                      "%s: targets[%lld] sum to %g; expected 1", function, (long long)b, total);
    }
    return ATTN_OK;
}

/* Check the options, and work out what follows from them and the labels. */
static attn_status prepare(const char *function, const attn_cross_entropy_options *options, loss_pass *pass)
{
    attn_cross_entropy_options *o = &pass->options;
    ATTNI_TRY(attni_read_options(function, options, o, sizeof *o));
    ATTNI_REQUIRE(o->label_smoothing >= 0.0f && o->label_smoothing <= 1.0f,
                  "%s: label_smoothing is %g; expected 0 to 1", function, (double)o->label_smoothing);
    ATTNI_REQUIRE((o->scale >= 0.0f && isfinite(o->scale)) || o->scale == ATTN_ZERO,
                  "%s: scale is %g; expected more than 0, 0 for 1, or ATTN_ZERO", function, (double)o->scale);
    ATTNI_REQUIRE(o->ignore == 0 || o->ignore == 1, "%s: ignore is %d; expected 0 or 1", function, o->ignore);
    const int32_t rows = pass->rows > 0;
    ATTNI_REQUIRE_APART(function, 3, {"losses", pass->losses, rows},
                        {"probabilities", pass->probabilities, rows}, {"dlogits", pass->dlogits, rows},
                        {"targets", o->targets, rows}, {"class_weights", o->class_weights, rows});
    o->scale = o->scale == ATTN_ZERO ? 0.0f : o->scale == 0.0f ? 1.0f : o->scale;
    for (int64_t k = 0; k < pass->classes; k++) {
        const double weight = weight_of(pass, k);
        ATTNI_REQUIRE(weight >= 0.0 && isfinite(weight), "%s: class_weights[%lld] is %g; expected 0 or more",
                      function, (long long)k, weight);
        pass->weights += weight;
    }
    double counted = 0.0;
    if (o->targets)
        ATTNI_TRY(check_targets(function, pass));
    for (int64_t b = 0; has_truth(pass) && b < pass->rows; b++) {
        if (!counts(pass, b))
            continue;
        if (o->targets) {
            counted += 1.0;
            continue;
        }
        ATTNI_REQUIRE(pass->labels[b] >= 0 && pass->labels[b] < pass->classes,
                      "%s: labels[%lld] is %d; expected 0 to %lld", function, (long long)b, pass->labels[b],
                      (long long)pass->classes - 1);
        counted += weight_of(pass, pass->labels[b]);
    }
    pass->keep = 1.0 - (double)o->label_smoothing;
    pass->smooth = (double)o->label_smoothing / (double)pass->classes;
    pass->share = counted > 0.0 ? (double)o->scale / counted : 0.0;
    return ATTN_OK;
}

attn_status attn_cross_entropy(attn_context *context, int64_t rows, int64_t classes, const float *logits,
                               const int32_t *labels, const attn_cross_entropy_options *options, float *loss,
                               float *losses, float *probabilities, float *dlogits)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE(rows >= 0, "%s: rows is %lld; expected 0 or more", __func__, (long long)rows);
    ATTNI_REQUIRE(classes >= 1, "%s: classes is %lld; expected 1 or more", __func__, (long long)classes);
    ATTNI_REQUIRE(rows == 0 || logits != NULL, "%s: logits is NULL; expected [rows, classes] numbers",
                  __func__);
    ATTNI_REQUIRE(rows == 0 || dlogits == NULL || dlogits != probabilities,
                  "%s: probabilities and dlogits are one array; expected one for each", __func__);
    ATTNI_REQUIRE_APART(__func__, 1, {"losses", losses, rows > 0}, {"logits", logits, rows > 0});
    loss_pass pass = {.kernels = attni_context_kernels(context),
                      .rows = rows,
                      .classes = classes,
                      .rows_a_task = classes < LOGITS_A_TASK ? LOGITS_A_TASK / classes : 1,
                      .logits = logits,
                      .labels = labels,
                      .losses = losses,
                      .probabilities = probabilities,
                      .dlogits = dlogits};
    ATTNI_TRY(prepare(__func__, options, &pass));
    ATTNI_REQUIRE(has_truth(&pass) || (loss == NULL && losses == NULL && dlogits == NULL) || rows == 0,
                  "%s: labels is NULL; expected [rows] labels, or targets, since loss, losses or dlogits is "
                  "wanted",
                  __func__);
    attni_arena *arena = attni_scratch_take(context);
    if (arena == NULL)
        return attni_no_memory(__func__, sizeof *arena);
    attn_status status = run(context, __func__, arena, &pass, loss);
    attni_scratch_give(context, arena);
    return status;
}

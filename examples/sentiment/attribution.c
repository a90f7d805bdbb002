/* attribution.c - the network behind the callbacks of attn/explain.h. */
#include "attribution.h"

#include <stdlib.h>
#include <string.h>

#include "common/plan.h"

#define STEPS 50       /* of integrated gradients */
#define TOGETHER 32768 /* tokens in the copies of one call: some 330 MB with the default network */
#define MOST_COPIES 512

static const char *const names[] = {"nothing", "attention", "gradient", "integrated", "occlusion"};

enum method method_named(const char *name)
{
    int64_t method = 0;
    while (strcmp(names[method], name) != 0)
        method++;
    return (enum method)method;
}

const char *method_name(enum method method)
{
    return names[method];
}

struct attributor attributor_create(attn_context *context, struct network *network)
{
    struct attributor attributor = {.context = context, .network = network};
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = ATTN_TAPE_GRADIENT;
    must(attn_tape_create(context, &options, &attributor.tape));
    for (int64_t i = 0; i < attn_params_count(network->params); i++) {
        attn_tensor tensor = ATTN_TENSOR_INIT;
        must(attn_params_tensor(network->params, i, &tensor));
        must(attn_params_set_trainable(network->params, tensor.name, 0));
    }
    return attributor;
}

void attributor_destroy(struct attributor *attributor)
{
    attn_tape_destroy(&attributor->tape);
    batch_free(&attributor->group);
    batch_free(&attributor->copies);
    free(attributor->ones.values);
    free(attributor->attributions.values);
    free(attributor->gaps.values);
}

const char *method_title(enum method method)
{
    static const char *const titles[] = {"nothing", "attention", "gradient x input", "integrated gradients",
                                         "occlusion"};
    return titles[method];
}

/* ---- callbacks, about the rows of the group --------------------------------------------------------------- */

/* Masked tokens are left out. */
static attn_status decide_masked(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                                 float *outputs)
{
    struct attributor *attributor = user;
    batch_copy_rows(&attributor->copies, &attributor->group, count, rows, keep);
    const int64_t classes = attributor->network->classes;
    struct outcome outcome = network_predict(attributor->network, &attributor->copies);
    for (int64_t i = 0; i < count; i++) {
        for (int32_t k = 0; k < classes; k++)
            outputs[i * classes + k] = network_log_odds(attributor->network, outcome.logits + i * classes, k);
    }
    return ATTN_OK;
}

/* x, of one number a token, are scales. */
static attn_status differentiate(void *user, int64_t count, const int32_t *rows, const float *x,
                                 const int32_t *lengths, float *outputs, float *dx)
{
    struct attributor *attributor = user;
    (void)lengths; /* the group has them */
    batch_copy_rows(&attributor->copies, &attributor->group, count, rows, NULL);
    attributor->copies.scales = x;
    network_scale_gradients(attributor->network, attributor->tape, &attributor->copies, outputs, dx);
    attributor->copies.scales = NULL;
    return ATTN_OK;
}

/* ---- groups ---------------------------------------------------------------------------------------------- */

static attn_explain_model make_model(struct attributor *attributor)
{
    const struct batch *group = &attributor->group;
    attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
    int64_t copies = TOGETHER / group->time;
    model.batch = group->rows;
    model.time = group->time;
    model.lengths = group->lengths;
    model.targets = group->labels;
    model.classes = attributor->network->classes;
    model.masked = decide_masked;
    model.gradient = differentiate;
    model.user = attributor;
    model.copies = copies < 1 ? 1 : copies < MOST_COPIES ? copies : MOST_COPIES;
    return model;
}

/* ones[rows, time]: the scales of words as they are. */
static const float *make_ones(struct attributor *attributor)
{
    int64_t tokens = attributor->group.rows * attributor->group.time;
    float *ones = reserve(&attributor->ones, tokens);
    for (int64_t i = 0; i < tokens; i++)
        ones[i] = 1;
    return ones;
}

static void differentiate_group(struct attributor *attributor, float *attributions)
{
    const struct batch *group = &attributor->group;
    int32_t *rows = allocate(group->rows, sizeof *rows);
    float *outputs = allocate(group->rows, sizeof *outputs); /* which nobody asks for */
    for (int64_t i = 0; i < group->rows; i++)
        rows[i] = (int32_t)i;
    must(differentiate(attributor, group->rows, rows, make_ones(attributor), group->lengths, outputs,
                       attributions));
    free(outputs);
    free(rows);
}

/* attributions[rows, time] of the group, and with integrated gradients what completeness lacks, gaps[rows]. */
static void attribute_group(struct attributor *attributor, enum method method, float *attributions,
                            float *gaps)
{
    attn_explain_model model = make_model(attributor);
    if (method == BY_GRADIENT)
        differentiate_group(attributor, attributions);
    else if (method == BY_OCCLUSION)
        must(attn_explain_occlusion(attributor->context, &model, attributions));
    else /* secants: log-odds jump on the way from zeros */
        must(attn_explain_integrated(attributor->context, &model, 1, make_ones(attributor), STEPS,
                                     ATTN_QUADRATURE_SECANT, attributions, NULL, gaps));
}

/* How often a row of that length is copied. */
static int64_t copies_of(enum method method, int64_t length)
{
    return method == BY_GRADIENT ? 1 : method == BY_INTEGRATED ? STEPS : length + 1;
}

/* Make the group of the next rows of `plan`, in which lengths rise: as many as have TOGETHER tokens in their copies, or one;
 * returns how many. */
static int64_t fill_group(struct attributor *attributor, enum method method, const struct batch *batch,
                          const int64_t *plan, int64_t left)
{
    struct batch *group = &attributor->group;
    int64_t padded = network_time(attributor->network), count = 0, time = 0;
    for (; count < left; count++) {
        int64_t length = batch->lengths[plan[count]], longer = padded ? padded : length;
        if (count > 0 && (count + 1) * copies_of(method, length) * longer > TOGETHER)
            break;
        time = longer;
    }
    batch_reserve(group, count, time);
    for (int64_t i = 0; i < count; i++) {
        memcpy(group->ids + i * time, batch->ids + plan[i] * batch->time,
               (size_t)batch->lengths[plan[i]] * sizeof *group->ids);
        group->lengths[i] = batch->lengths[plan[i]];
        group->labels[i] = batch->labels[plan[i]];
    }
    return count;
}

void attribute(struct attributor *attributor, enum method method, const struct batch *batch, float *values,
               float *gaps)
{
    const struct batch *group = &attributor->group;
    int64_t count, *plan = plan_filled(batch->lengths, batch->rows, &count);
    memset(gaps, 0, (size_t)batch->rows * sizeof *gaps);
    for (int64_t at = 0, rows; at < count; at += rows) {
        rows = fill_group(attributor, method, batch, plan + at, count - at);
        float *attributions = reserve(&attributor->attributions, rows * group->time),
              *lacking = reserve(&attributor->gaps, rows);
        memset(lacking, 0, (size_t)rows * sizeof *lacking);
        attribute_group(attributor, method, attributions, lacking);
        for (int64_t i = 0; i < rows; i++) {
            memcpy(values + plan[at + i] * batch->time, attributions + i * group->time,
                   (size_t)group->lengths[i] * sizeof *values);
            gaps[plan[at + i]] = lacking[i];
        }
    }
    free(plan);
}

/* attribution.c - the network behind the callbacks of attn/explain.h. */
#include "attribution.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 50       /* of integrated gradients */
#define TOGETHER 24576 /* tokens in the copies of one call: some 250 MB with the default network */
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
    batch_free(&attributor->copies);
}

const char *method_title(enum method method)
{
    static const char *const titles[] = {"nothing", "attention", "gradient x input", "integrated gradients",
                                         "occlusion"};
    return titles[method];
}

/* Copies of the text, all decided for its label, with room for ids. */
static struct batch *make_copies(struct attributor *attributor, int64_t count, int64_t time)
{
    struct batch *copies = &attributor->copies;
    batch_reserve(copies, count, time);
    for (int64_t i = 0; i < count; i++)
        copies->labels[i] = attributor->label;
    return copies;
}

/* ---- callbacks; there is one row, the text --------------------------------------------------------------- */

struct question {
    struct attributor *attributor;
    int64_t length, time; /* the text's tokens; to what they are padded */
};

/* Masked tokens are left out. */
static attn_status decide_masked(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                                 float *outputs)
{
    const struct question *question = user;
    struct attributor *attributor = question->attributor;
    struct batch *copies = make_copies(attributor, count, question->time);
    (void)rows;
    for (int64_t i = 0; i < count; i++, keep += question->length) {
        int32_t *ids = copies->ids + i * question->time, kept = 0;
        for (int64_t t = 0; t < question->length; t++) {
            if (keep[t])
                ids[kept++] = attributor->ids[t];
        }
        copies->lengths[i] = kept;
        while (kept < question->time)
            ids[kept++] = ATTN_PAD_ID;
    }
    struct outcome outcome = network_predict(attributor->network, copies);
    for (int64_t i = 0; i < count; i++) {
        const float *logits = outcome.logits + i * CLASSES;
        outputs[i * CLASSES] = logits[0] - logits[1];
        outputs[i * CLASSES + 1] = logits[1] - logits[0];
    }
    return ATTN_OK;
}

/* x, of one number a token, are scales. */
static attn_status differentiate(void *user, int64_t count, const int32_t *rows, const int32_t *lengths,
                                 const float *x, float *outputs, float *dx)
{
    const struct question *question = user;
    struct attributor *attributor = question->attributor;
    struct batch *copies = make_copies(attributor, count, question->time);
    (void)rows;
    for (int64_t i = 0; i < count; i++)
        memcpy(copies->ids + i * question->time, attributor->ids,
               (size_t)question->length * sizeof *attributor->ids);
    memcpy(copies->lengths, lengths, (size_t)count * sizeof *lengths);
    copies->scales = x;
    network_scale_gradients(attributor->network, attributor->tape, copies, outputs, dx);
    copies->scales = NULL;
    return ATTN_OK;
}

/* ---- methods --------------------------------------------------------------------------------------------- */

static attn_explain_model make_model(struct question *question, const int32_t *lengths)
{
    struct attributor *attributor = question->attributor;
    attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
    int64_t copies = TOGETHER / question->time;
    model.batch = 1;
    model.lengths = lengths;
    model.targets = &attributor->label;
    model.classes = CLASSES;
    model.masked = decide_masked;
    model.gradient = differentiate;
    model.user = question;
    model.copies = copies < 1 ? 1 : copies < MOST_COPIES ? copies : MOST_COPIES;
    return model;
}

static void attribute_gradients(struct attributor *attributor, enum method method, int32_t length,
                                float *values, double *gap)
{
    int64_t padded = network_time(attributor->network), time = padded ? padded : length;
    struct question question = {attributor, length, time};
    float *whole = allocate(time, sizeof *whole), *attributions = allocate(time, sizeof *attributions);
    float lacking = 0, output;
    for (int64_t t = 0; t < length; t++)
        whole[t] = 1;
    if (method == BY_GRADIENT) {
        must(differentiate(&question, 1, NULL, &length, whole, &output, attributions));
    } else {
        attn_explain_model model = make_model(&question, &length);
        model.time = time;
        /* The midpoint rule: log-odds jump on the way from zeros, where a rule of high degree does worse. */
        must(attn_explain_integrated(attributor->context, &model, 1, whole, STEPS, ATTN_QUADRATURE_MIDPOINT,
                                     attributions, NULL, &lacking));
    }
    *gap = lacking;
    memcpy(values, attributions, (size_t)length * sizeof *values);
    free(whole);
    free(attributions);
}

static void attribute_occlusion(struct attributor *attributor, int32_t length, float *values)
{
    int64_t padded = network_time(attributor->network);
    struct question question = {attributor, length, padded ? padded : length};
    attn_explain_model model = make_model(&question, &length);
    model.time = length;
    must(attn_explain_occlusion(attributor->context, &model, values));
}

void attribute(struct attributor *attributor, enum method method, const int32_t *ids, int64_t length,
               int32_t label, float *values, double *gap)
{
    *gap = 0;
    attributor->ids = ids;
    attributor->label = label;
    if (length == 0)
        return;
    if (method == BY_OCCLUSION)
        attribute_occlusion(attributor, (int32_t)length, values);
    else
        attribute_gradients(attributor, method, (int32_t)length, values, gap);
}

/* ngrams.c - the layer: what it is made of, and which n-grams it has. */
#include "layer/ngrams/ngrams.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "layer/kinds.h"
#include "layer/ngrams/choose.h"

/* What its tensors are filled with where it is made of what was counted. */
typedef struct filling {
    const attni_choice *choice;
    int32_t init;
} filling;

static attn_status make(attn_params *params, const char *function, const char *name,
                        const attn_ngrams_info *info, const filling *plan, attn_ngrams **out);

/* ---- what it is ------------------------------------------------------------------------------------------ */

static attn_status create_again(attn_params *params, const char *name, const void *from, void **out)
{
    return make(params, "attn_ngrams_create", name, from, NULL, (attn_ngrams **)out);
}

static const attni_field fields[] = {
    {"ngrams", ATTNI_INT64, 1, offsetof(attn_ngrams_info, ngrams)},
    {"classes", ATTNI_INT64, 1, offsetof(attn_ngrams_info, classes)},
    {"longest", ATTNI_INT32, 1, offsetof(attn_ngrams_info, longest)},
    {"no_bias", ATTNI_INT32, 1, offsetof(attn_ngrams_info, no_bias)},
    {"scale", ATTNI_FLOAT32, 1, offsetof(attn_ngrams_info, scale)},
    {"offset", ATTNI_FLOAT32, 1, offsetof(attn_ngrams_info, offset)},
};

const attni_kind attni_ngrams_kind = {.kind = "ngrams",
                                      .sizes = {"batch", "time"},
                                      .info_size = sizeof(attn_ngrams_info),
                                      .fields = fields,
                                      .field_count = sizeof fields / sizeof *fields,
                                      .create = create_again};

attn_status attn_ngrams_get_info(const attn_ngrams *ngrams, attn_ngrams_info *info)
{
    ATTNI_REQUIRE_PTR(ngrams);
    ATTNI_ENTER(ngrams->layer.context);
    ATTNI_REQUIRE_PTR(info);
    return attni_layer_get_info(&ngrams->layer, __func__, info);
}

static int32_t longest(const attn_ngrams *ngrams)
{
    return ngrams->table.longest;
}

const int32_t *attn_ngrams_get(const attn_ngrams *ngrams, int64_t index, int64_t *length)
{
    int32_t n = 0;
    if (ngrams && index >= 0 && index < ngrams->first[longest(ngrams)]) {
        for (n = 1; index >= ngrams->first[n];)
            n++;
    }
    if (length)
        *length = n;
    return n ? ngrams->ids + index * longest(ngrams) : NULL;
}

int64_t attn_ngrams_find(const attn_ngrams *ngrams, int64_t length, const int32_t *ids)
{
    if (ngrams == NULL || ids == NULL || length < 1 || length > longest(ngrams))
        return -1;
    attni_hash before = attni_gram_begin(&ngrams->table);
    uint32_t hash = 0;
    for (int32_t n = 1; n <= length; n++)
        hash = attni_gram_hash(&before, n, ids[n - 1]);
    const int32_t number = attni_grams_find(&ngrams->table.of[length - 1], ids, hash);
    return number < 0 ? -1 : ngrams->first[length - 1] + number;
}

/* ---- making ---------------------------------------------------------------------------------------------- */

/* How many words row `index` has; 0 where it is no n-gram: ATTN_PAD_ID fills it up, and stands nowhere else. */
static int32_t words_of(int32_t width, const int32_t *row)
{
    int32_t n = 0, rest = 0;
    while (n < width && row[n] > ATTN_PAD_ID)
        n++;
    for (int32_t i = n; i < width; i++)
        rest |= row[i] != ATTN_PAD_ID;
    return rest ? 0 : n;
}

/* Rows stand in order, of which there is one: by their lengths, then by their ids. So none stands there twice. */
static attn_status count_lengths(attn_ngrams *ngrams, const char *function, int64_t rows)
{
    const int32_t width = longest(ngrams);
    int32_t before = 1;
    for (int64_t i = 0; i < rows; i++) {
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        const int32_t *row = ngrams->ids + i * width;
        const int32_t n = words_of(width, row);
        int32_t k = 0;
        while (i > 0 && n == before && k < n && row[k] == row[k - width])
            k++;
        ATTNI_REQUIRE(n >= before && (i == 0 || n > before || (k < n && row[k] > row[k - width])),
                      "%s: n-gram %lld of %lld is none, or does not stand behind the one before it", function,
                      (long long)i, (long long)rows);
        for (; before < n; before++)
            ngrams->first[before] = i;
    }
    for (; before <= width; before++)
        ngrams->first[before] = rows;
    return ATTN_OK;
}

static attn_status fill_table(attn_ngrams *ngrams, const char *function)
{
    for (int32_t n = 1; n <= longest(ngrams); n++) {
        attni_grams *grams = &ngrams->table.of[n - 1];
        const int64_t first = ngrams->first[n - 1], count = ngrams->first[n] - first;
        ATTNI_TRY(attni_grams_reserve(&ngrams->table, grams, function, count));
        for (int64_t i = 0; i < count; i++)
            memcpy(attni_grams_ids(grams, (int32_t)i), ngrams->ids + (first + i) * longest(ngrams),
                   (size_t)n * sizeof(int32_t));
        attni_grams_renew(&ngrams->table, grams, (int32_t)count);
    }
    return ATTN_OK;
}

static attn_status add_ids(attn_ngrams *ngrams, const char *function, int64_t rows, const filling *plan)
{
    attni_table table = {.name = "ngrams", .rows = rows, .width = longest(ngrams)};
    ATTNI_TRY(attni_layer_add_table(&ngrams->layer, function, &table));
    if (plan)
        attni_choice_ids(plan->choice, table.values);
    ngrams->ids = table.values;
    ATTNI_TRY(count_lengths(ngrams, function, rows));
    return fill_table(ngrams, function);
}

static attn_status add_tensors(attn_ngrams *ngrams, const char *function, int64_t rows, const filling *plan)
{
    attn_params *params = ngrams->layer.params;
    const char *name = ngrams->layer.name;
    const int64_t one[2] = {rows, 1}, some[2] = {rows, ngrams->columns}, classes = ngrams->classes;
    const int32_t init = plan && plan->init ? plan->init : ATTN_INIT_ZERO;
    ATTNI_TRY(attni_params_register(params, function, name, "weights", 2, one, init, 1, &ngrams->weights));
    ATTNI_TRY(
        attni_params_register(params, function, name, "ratios", 2, some, ATTN_INIT_ZERO, 1, &ngrams->ratios));
    if (ngrams->bias >= 0)
        ATTNI_TRY(attni_params_register(params, function, name, "bias", 1, &classes, ATTN_INIT_ZERO, 0,
                                        &ngrams->bias));
    attni_params_at(params, ngrams->ratios)->trainable = 0;
    if (plan)
        attni_choice_ratios(plan->choice, attni_params_value(params, ngrams->ratios));
    if (plan && ngrams->bias >= 0)
        attni_choice_bias(plan->choice, attni_params_value(params, ngrams->bias));
    return ATTN_OK;
}

static attn_status check_info(const char *function, const attn_ngrams_info *info)
{
    ATTNI_REQUIRE(info->ngrams >= 1 && info->ngrams <= INT32_MAX,
                  "%s: ngrams is %lld; expected 1 to 2^31 - 1", function, (long long)info->ngrams);
    ATTNI_REQUIRE(info->classes >= 2 && info->classes <= ATTNI_NGRAMS_MAX_CLASSES,
                  "%s: classes is %lld; expected 2 to %d", function, (long long)info->classes,
                  ATTNI_NGRAMS_MAX_CLASSES);
    ATTNI_REQUIRE(info->longest >= 1 && info->longest <= ATTN_NGRAMS_MAX_LENGTH,
                  "%s: longest is %d; expected 1 to %d", function, info->longest, ATTN_NGRAMS_MAX_LENGTH);
    ATTNI_REQUIRE(info->no_bias == 0 || info->no_bias == 1, "%s: no_bias is %d; expected 0 or 1", function,
                  info->no_bias);
    ATTNI_REQUIRE(info->scale > 0.0f && isfinite(info->scale),
                  "%s: scale is %g; expected more than 0, or 0 for 0.1", function, (double)info->scale);
    ATTNI_REQUIRE(info->offset >= 0.0f && isfinite(info->offset),
                  "%s: offset is %g; expected more than 0, 0 for 0.4, or ATTN_ZERO", function,
                  (double)info->offset);
    return ATTN_OK;
}

/* `plan` NULL: from a file, whose values are copied afterwards. */
static attn_status make(attn_params *params, const char *function, const char *name,
                        const attn_ngrams_info *info, const filling *plan, attn_ngrams **out)
{
    attn_context *context = attn_params_context(params);
    ATTNI_TRY(check_info(function, info));
    attn_ngrams *ngrams = attni_alloc_zero(context, sizeof *ngrams);
    if (ngrams == NULL)
        return attni_no_memory(function, sizeof *ngrams);
    ngrams->classes = info->classes;
    ngrams->columns = info->classes == 2 ? 1 : info->classes;
    ngrams->scale = info->scale;
    ngrams->offset = info->offset;
    ngrams->bias = info->no_bias ? -1 : 0;
    attni_gram_table_init(&ngrams->table, context, info->longest);
    attn_status status = attni_layer_open(&ngrams->layer, params, function, name, &attni_ngrams_kind, info);
    if (status == ATTN_OK) {
        status = add_ids(ngrams, function, info->ngrams, plan);
        if (status == ATTN_OK)
            status = add_tensors(ngrams, function, info->ngrams, plan);
        if (status != ATTN_OK)
            attni_layer_undo(&ngrams->layer);
    }
    if (status == ATTN_OK) {
        *out = ngrams;
        return ATTN_OK;
    }
    attni_gram_table_clear(&ngrams->table);
    attni_free(context, ngrams);
    return status;
}

static attn_status check_options(const char *function, const attn_ngrams_options *options)
{
    ATTNI_REQUIRE(options->min_count >= 0, "%s: min_count is %lld; expected 1 or more, or 0 for 2", function,
                  (long long)options->min_count);
    ATTNI_REQUIRE(options->max_ngrams >= 0, "%s: max_ngrams is %lld; expected 1 or more, or 0 for all",
                  function, (long long)options->max_ngrams);
    ATTNI_REQUIRE(options->smoothing >= 0.0f && isfinite(options->smoothing),
                  "%s: smoothing is %g; expected more than 0, or 0 for 1", function,
                  (double)options->smoothing);
    ATTNI_REQUIRE(options->init >= ATTN_INIT_DEFAULT && options->init <= ATTN_INIT_NORMAL,
                  "%s: init is %d; expected ATTN_INIT_...", function, options->init);
    ATTNI_REQUIRE(options->reserved == 0, "%s: reserved is %d; expected 0", function, options->reserved);
    return ATTN_OK;
}

/* What the zeros of the options stand for. */
static void resolve(attn_ngrams_options *options)
{
    options->min_count = options->min_count ? options->min_count : 2;
    options->max_ngrams = options->max_ngrams ? options->max_ngrams : INT32_MAX;
    options->smoothing = options->smoothing != 0.0f ? options->smoothing : 1.0f;
    options->scale = options->scale != 0.0f ? options->scale : 0.1f;
    options->offset = options->offset == 0.0f ? 0.4f : options->offset == ATTN_ZERO ? 0.0f : options->offset;
}

attn_status attn_ngrams_create(attn_params *params, const char *name, const attn_ngrams_builder *builder,
                               const attn_ngrams_options *options, attn_ngrams **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(attn_params_context(params));
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_PTR(builder);
    attn_ngrams_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_TRY(check_options(__func__, &chosen));
    resolve(&chosen);
    attni_choice choice;
    ATTNI_TRY(attni_choice_make(&choice, __func__, builder, &chosen));
    const attn_ngrams_info info = {.ngrams = choice.count,
                                   .classes = builder->classes,
                                   .longest = builder->table.longest,
                                   .no_bias = chosen.no_bias,
                                   .scale = chosen.scale,
                                   .offset = chosen.offset};
    attn_status status = make(params, __func__, name, &info, &(filling){&choice, chosen.init}, out);
    attni_choice_clear(&choice);
    return status;
}

void attn_ngrams_destroy(attn_ngrams **ngrams)
{
    if (ngrams == NULL || *ngrams == NULL)
        return;
    if (attni_layer_leave(&(*ngrams)->layer)) {
        attni_layer layer = (*ngrams)->layer;
        attni_gram_table_clear(&(*ngrams)->table);
        attni_free(layer.context, *ngrams);
        attni_layer_close(&layer);
    }
    *ngrams = NULL;
}

attn_ngrams *attn_ngrams_share(attn_ngrams *ngrams)
{
    if (ngrams)
        attni_layer_share(&ngrams->layer);
    return ngrams;
}

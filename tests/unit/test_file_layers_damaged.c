/* test_file_layers_damaged.c - descriptions of layers that others wrote, by accident, in malice, or with a later version. */
#include <jansson.h>

#include "unit.h"
#include "unit_file.h"
#include "unit_memory.h"

static attn_context *context;
static unit_memory memory = {.left = UNIT_ENOUGH};

static void begin(void)
{
    context = unit_memory_context(&memory, 1);
}

static void end(void)
{
    attn_context_destroy(&context);
    ck_assert_int_eq(memory.blocks, 0);
}

/* A file whose metadata is {"format": format, "version": "2", "layers": layers}, with "d.weight" [2, 3] and "d.bias" [2]. */
static attn_status open_described(const char *format, const char *layers, attn_file **file)
{
    static char *bytes;
    json_t *header = json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:[i, i], s:[i, i]}, s:{s:s, s:[i], s:[i, i]}}",
                               "__metadata__", "format", format, "version", "2", "layers", layers, "d.weight",
                               "dtype", "F32", "shape", 2, 3, "data_offsets", 0, 24, "d.bias", "dtype", "F32",
                               "shape", 2, "data_offsets", 24, 32);
    ck_assert_ptr_nonnull(header);
    char *text = json_dumps(header, JSON_COMPACT);
    size_t length = strlen(text);
    bytes = realloc(bytes, 8 + length + 32);
    memcpy(bytes, &(uint64_t){length}, 8);
    unit_file_turn(bytes, 8, 1);
    memcpy(bytes + 8, text, length);
    memset(bytes + 8 + length, 0, 32);
    free(text);
    json_decref(header);
    return attn_file_open_memory(context, bytes, 8 + length + 32, file);
}

START_TEST(a_description_that_is_none_is_refused)
{
    static const struct {
        const char *layers, *part;
    } cases[] = {
        {"", "the description of the layers is not JSON"},
        {"[]", "an object was expected"},
        {"{", "the description of the layers is not JSON"},
        {"{\"d\":", "layer \"d\" is not a JSON object"},
        {"{\"d\":{\"kind\":\"dense\"}} x", "something stands behind the end"},
        {"{\"d\":{\"kind\":\"dense\",}}", "the description of the layers is not JSON"},
        {"{\"d\":{\"kind\":\"dense\"},}", "the description of the layers is not JSON"},
        {"{\"d\":{\"kind\":\"dense\"\"input_dim\":3}}", "',' or '}' was expected"},
        {"{\"d\":{\"kind\":\"den", "a string does not end"},
        {"{\"d\":{\"kind\":\"dense\",\"input_dim\":3", "',' or '}' was expected"},
        {"{\"d\":{\"kind\":\"dense\",\"input_dim\":03}}", "',' or '}' was expected"},
        {"{\"d\":{\"kind\":\"dense\",\"input_dim\":-}}", "a digit was expected"},
        {"{\"d\":{\"kind\":\"dense\",\"input_dim\":+3}}", "a value was expected"},
        {"{\"d\":{\"kind\":\"dense\",\"input_dim\":nul}}", "a value was expected"},
        {"{\"d\":{\"kind\":\"dense\",\"input_dim\":NaN}}", "a value was expected"},
        {"{\"d\":{\"kind\":\"dense\",\"input_dim\":9223372036854775808}}", "more than 64 bits"},
        {"{\"d\":{\"kind\":\"dense\",\"x\":1e99}}", "beyond their range"},
        {"{\"d\":{\"kind\":\"dense\",\"a\\u0000b\":1}}", "\\u0000 is not allowed"},
        {"{\"d\":{\"kind\":\"\\ud800\"}}", "no code point"},
        {"{\"d\":{\"kind\":\"\\q\"}}", "an unknown escape"},
        {"{\"d\":{\"kind\":[{\"\\", "an unknown escape"},
        {"{\"d\":{\"kind\":[{\"\\u00", "no code point"},
        {"{\"d\":{\"kind\":[{\"\\ud800\\u00", "no code point"},
        {"{\"d\":3}", "layer \"d\" is not a JSON object"},
        {"{\"d\":null}", "layer \"d\" is not a JSON object"},
        {"{\"d\":{}}", "layer \"d\" has no kind"},
        {"{\"d\":{\"input_dim\":3}}", "layer \"d\" has no kind"},
        {"{\"d\":{\"kind\":3}}", "layer \"d\" has no kind"},
        {"{\"d\":{\"kind\":\"dense\",\"kind\":\"dense\"}}", "layer \"d\" has a duplicate, \"kind\""},
        {"{\"d\":{\"kind\":\"dense\",\"no_bias\":0,\"no_bias\":0}}",
         "layer \"d\" has a duplicate, \"no_bias\""},
        {"{\"d\":{\"kind\":\"dense\"},\"e\":{\"kind\":\"gru\"},\"d\":{\"kind\":\"dense\"}}",
         "two layers are called \"d\""},
    };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        attn_file *file = NULL;
        FAILS(ATTN_ERR_FORMAT, cases[i].part, open_described("libattn", cases[i].layers, &file));
        ck_assert_ptr_null(file);
        OK(open_described("pt", cases[i].layers, &file)); /* in another program's file it is that program's */
        ck_assert_int_eq(attn_file_layer_count(file), 0);
        attn_file_close(&file);
    }
    end();
}
END_TEST

START_TEST(a_description_cut_anywhere_is_refused)
{
    begin();
    const char *whole = "{\"d\":{\"kind\":\"dense\",\"input_dim\":3,\"output_dim\":2},\"e\":{\"kind\":\"x\","
                        "\"y\":[1e-3,{\"z\":\"\\u00e9\"}]}}";
    char cut[256];
    for (size_t length = 0; length < strlen(whole); length++) {
        attn_file *file = NULL;
        snprintf(cut, sizeof cut, "%.*s", (int)length, whole);
        FAILS(ATTN_ERR_FORMAT, "", open_described("libattn", cut, &file));
    }
    attn_file *file = NULL;
    OK(open_described("libattn", whole, &file));
    ck_assert_int_eq(attn_file_layer_count(file), 2);
    attn_file_close(&file);
    end();
}
END_TEST

START_TEST(many_options_and_deep_ones_are_refused)
{
    begin();
    enum { size = 4000000 };
    char *text = malloc(size), *at = text;
    attn_file *file = NULL;
    at += sprintf(at, "{\"d\":{\"kind\":\"dense\"");
    for (int i = 0; i < 1001; i++)
        at += sprintf(at, ",\"o%d\":0", i);
    strcpy(at, "}}");
    FAILS(ATTN_ERR_FORMAT, "more than 1000 options, at \"o1000\"", open_described("libattn", text, &file));
    at = text + sprintf(text, "{\"d\":{\"kind\":\"dense\",\"x\":");
    memset(at, '[', 1000000);
    strcpy(at + 1000000, "}}");
    FAILS(ATTN_ERR_FORMAT, "nested too deep", open_described("libattn", text, &file));

    /* Many layers are only many. */
    *text = '{';
    at = text + 1;
    for (int i = 0; i < 100000; i++)
        at += sprintf(at, "%s\"l%d\":{\"kind\":\"dense\"}", i ? "," : "", i);
    strcpy(at, "}");
    OK(open_described("libattn", text, &file));
    ck_assert_int_eq(attn_file_layer_count(file), 100000);
    attn_file_close(&file);
    free(text);
    end();
}
END_TEST

/* ---- making ---------------------------------------------------------------------------------------------- */

#define DENSE(members) "{\"d\":{\"kind\":\"dense\"" members "}}"
#define SIZES ",\"input_dim\":3,\"output_dim\":2"

START_TEST(a_layer_that_does_not_fit_the_file_is_refused_before_there_is_memory_for_it)
{
    static const struct {
        const char *layers, *part;
    } cases[] = {
        {"{\"d\":{\"kind\":\"gru\"}}", "layer \"d\" is of the kind gru; expected dense"},
        {"{\"d\":{\"kind\":\"later\"" SIZES "}}", "layer \"d\" is of the kind later; expected dense"},
        {"{\"d\":{\"kind\":\"Dense\"" SIZES "}}", "of the kind Dense"},
        {"{\"e\":{\"kind\":\"dense\"" SIZES "}}", "describes no layer \"d\""},
        {DENSE(""), "input_dim is 0"},
        {DENSE(",\"input_dim\":3"), "output_dim is 0"},
        {DENSE(",\"input_dim\":-3,\"output_dim\":2"), "input_dim is -3"},
        {DENSE(",\"input_dim\":3.0,\"output_dim\":2"), "input_dim of layer \"d\" is not an integer"},
        {DENSE(",\"input_dim\":\"3\",\"output_dim\":2"), "input_dim of layer \"d\" is not an integer"},
        {DENSE(",\"input_dim\":true,\"output_dim\":2"), "input_dim of layer \"d\" is not an integer"},
        {DENSE(",\"input_dim\":[3],\"output_dim\":2"), "input_dim of layer \"d\" is not an integer"},
        {DENSE(SIZES ",\"activation\":4294967296"), "activation of layer \"d\" is not an integer of 32 bits"},
        {DENSE(SIZES ",\"activation\":77"), "layer \"d\": attn_dense_create: activation is 77"},
        {DENSE(SIZES ",\"activation\":-1"), "activation is -1"},
        {DENSE(SIZES ",\"no_bias\":2"), "no_bias is 2"},
        {DENSE(",\"input_dim\":2,\"output_dim\":3"),
         "tensor \"d.weight\" has the shape [2, 3]; expected [3, 2]"},
        {DENSE(",\"input_dim\":2147483647,\"output_dim\":2"), "expected [2, 2147483647]"},
        {DENSE(",\"input_dim\":2147483647,\"output_dim\":2147483647"), "d.weight"},
        {DENSE(",\"input_dim\":9223372036854775807,\"output_dim\":2"), "input_dim is 9223372036854775807"},
        {DENSE(SIZES ",\"later\":1"), "has an option \"later\" that libattn "},
        {DENSE(SIZES ",\"later\":0.5"), "has an option \"later\""},
        {DENSE(SIZES ",\"later\":\"\""), "has an option \"later\""},
        {DENSE(SIZES ",\"later\":null"), "has an option \"later\""},
    };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        attn_file *file = NULL;
        attn_params *params = NULL;
        attn_dense *dense = NULL;
        OK(open_described("libattn", cases[i].layers, &file));
        OK(attn_params_create(context, UNIT_SEED(1), &params));
        long long before = memory.blocks;
        FAILS(ATTN_ERR_FORMAT, cases[i].part, attn_file_dense_create(file, "d", params, &dense));
        ck_assert_ptr_nonnull(strstr(attn_last_error(), "attn_file_dense_create: a file in memory"));
        ck_assert_ptr_null(dense);
        ck_assert_int_eq(attn_params_count(params), 0);
        ck_assert_int_le(memory.blocks, before + 1); /* the params' list of layers may have grown */
        attn_params_destroy(&params);
        attn_file_close(&file);
    }
    end();
}
END_TEST

/* A file of others' may say so; its tensors, whatever they are called, are there to be read. */
START_TEST(a_layer_that_none_may_be_called_is_not_made)
{
    begin();
    attn_file *file = NULL;
    attn_params *params = NULL;
    attn_dense *dense = NULL;
    attn_tensor view = ATTN_TENSOR_INIT;
    attn_layer_info info = ATTN_LAYER_INFO_INIT;
    OK(open_described("libattn",
                      "{\"adam.m\":{\"kind\":\"dense\"" SIZES "},\"a\\u001b\":{\"kind\":\"dense\"" SIZES "}}",
                      &file));
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    FAILS(ATTN_ERR_FORMAT,
          "layer \"adam.m\": attn_dense_create: the layer name \"adam.m\" is one that a model file needs",
          attn_file_dense_create(file, "adam.m", params, &dense));
    FAILS(ATTN_ERR_FORMAT, "is a control character", attn_file_dense_create(file, "a\x1b", params, &dense));
    ck_assert_int_eq(attn_params_count(params), 0);
    OK(attn_file_layer(file, 1, &info));
    ck_assert_str_eq(info.name, "a\x1b");
    OK(attn_file_find(file, "d.weight", &view));
    attn_params_destroy(&params);
    attn_file_close(&file);
    end();
}
END_TEST

START_TEST(what_a_later_version_added_at_its_default_changes_nothing)
{
    begin();
    attn_file *file = NULL;
    attn_params *params = NULL;
    attn_dense *dense = NULL, *none = NULL;
    OK(open_described("libattn",
                      "{\"d\":{\"later\":0,\"kind\":\"dense\"" SIZES ",\"much_later\":0.0},"
                      "\"new\":{\"kind\":\"transformer\",\"heads\":{\"all\":8}}}",
                      &file));
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_file_dense_create(file, "d", params, &dense));
    OK(attn_file_load(file, params, NULL, NULL));
    attn_layer_info view = ATTN_LAYER_INFO_INIT;
    OK(attn_file_layer(file, 1, &view));
    ck_assert_str_eq(view.kind, "transformer");
    FAILS(ATTN_ERR_FORMAT, "layer \"new\" is of the kind transformer",
          attn_file_dense_create(file, "new", params, &none));
    attn_dense_destroy(&dense);
    attn_params_destroy(&params);
    attn_file_close(&file);
    end();
}
END_TEST

START_TEST(a_load_refuses_a_layer_of_another_kind_or_a_later_option)
{
    static const struct {
        const char *layers, *part;
    } cases[] = {
        {"{\"d\":{\"kind\":\"gru\"}}", "layer \"d\" is of the kind gru; expected dense"},
        {DENSE(SIZES ",\"later\":2"), "has an option \"later\" that libattn"},
        {DENSE(",\"input_dim\":3,\"output_dim\":5"), "layer \"d\" has output_dim 5; these params have 2"},
        {DENSE(",\"output_dim\":2"), "layer \"d\" has input_dim 0; these params have 3"},
        {DENSE(SIZES ",\"activation\":2"), "layer \"d\" has activation 2; these params have 0"},
        {DENSE(SIZES ",\"activation\":\"relu\""), "activation of layer \"d\" is not an integer"},
    };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        attn_file *file = NULL;
        attn_params *params = NULL;
        attn_dense *dense = NULL;
        OK(open_described("libattn", cases[i].layers, &file));
        OK(attn_params_create(context, UNIT_SEED(1), &params));
        OK(attn_dense_create(params, "d", 3, 2, NULL, &dense));
        float first = attn_params_values(params)[0];
        FAILS(ATTN_ERR_FORMAT, cases[i].part, attn_file_load(file, params, NULL, NULL));
        ck_assert_float_eq(attn_params_values(params)[0], first);
        attn_dense_destroy(&dense);
        attn_params_destroy(&params);
        attn_file_close(&file);
    }
    end();
}
END_TEST

START_TEST(a_small_file_that_describes_a_large_model_fails_at_once)
{
    static const char *const layers[] = {
        "{\"d\":{\"kind\":\"gru\",\"input_dim\":4096,\"hidden_dim\":4096,\"layers\":16,\"bidirectional\":1}}",
        "{\"d\":{\"kind\":\"gru\",\"input_dim\":65536,\"hidden_dim\":65536,\"layers\":16}}",
        "{\"d\":{\"kind\":\"gru\",\"input_dim\":4096,\"hidden_dim\":4096,\"layers\":2147483647}}",
        "{\"d\":{\"kind\":\"attngru\",\"input_dim\":65536,\"hidden_dim\":65536}}",
        "{\"d\":{\"kind\":\"embedding\",\"rows\":2147483647,\"dim\":65536}}",
        "{\"d\":{\"kind\":\"attention\",\"memory_dim\":65536,\"attention_dim\":65536}}",
        "{\"d\":{\"kind\":\"attention\",\"memory_dim\":65536,\"query_dim\":65536,\"score\":5}}",
        "{\"d\":{\"kind\":\"dense\",\"input_dim\":2147483647,\"output_dim\":2147483647}}",
    };
    begin();
    atomic_store(&memory.largest, 0);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        attn_file *file = NULL;
        attn_params *params = NULL;
        attn_embedding *embedding = NULL;
        attn_gru *gru = NULL;
        attn_attention *attention = NULL;
        attn_attngru *attngru = NULL;
        attn_dense *dense = NULL;
        OK(open_described("libattn", layers[i], &file));
        OK(attn_params_create(context, NULL, &params));
        FAILS(ATTN_ERR_FORMAT, "layer \"d\"",
              i < 3    ? attn_file_dense_create(file, "d", params, &dense)
              : i == 3 ? attn_file_gru_create(file, "d", params, &gru)
              : i == 4 ? attn_file_attngru_create(file, "d", params, &attngru)
              : i < 7  ? attn_file_embedding_create(file, "d", params, &embedding)
                       : attn_file_attention_create(file, "d", params, &attention));
        FAILS(ATTN_ERR_FORMAT, "d",
              i < 3    ? attn_file_gru_create(file, "d", params, &gru)
              : i == 3 ? attn_file_attngru_create(file, "d", params, &attngru)
              : i == 4 ? attn_file_embedding_create(file, "d", params, &embedding)
              : i < 7  ? attn_file_attention_create(file, "d", params, &attention)
                       : attn_file_dense_create(file, "d", params, &dense));
        ck_assert_int_eq(attn_params_count(params), 0);
        attn_params_destroy(&params);
        attn_file_close(&file);
    }
    ck_assert_uint_lt(atomic_load(&memory.largest), 1 << 16); /* no tensor of any of them was there */
    end();
}
END_TEST

START_TEST(each_allocation_may_fail)
{
    begin();
    for (int64_t allowed = 0;; allowed++) {
        attn_file *file = NULL;
        attn_params *params = NULL;
        attn_dense *dense = NULL;
        long long before = memory.blocks;
        unit_memory_reset(&memory, allowed);
        attn_status status = open_described("libattn", DENSE(SIZES), &file);
        if (status == ATTN_OK)
            status = attn_params_create(context, UNIT_SEED(1), &params);
        if (status == ATTN_OK)
            status = attn_file_dense_create(file, "d", params, &dense);
        ck_assert(status == ATTN_OK || attn_params_count(params) == 0);
        attn_dense_destroy(&dense);
        attn_params_destroy(&params);
        attn_file_close(&file);
        unit_memory_reset(&memory, UNIT_ENOUGH);
        ck_assert_int_eq(memory.blocks, before);
        if (status == ATTN_OK) {
            ck_assert_int_gt(allowed, 10);
            break;
        }
        FAILS(ATTN_ERR_MEMORY, ": no memory for ", status);
    }
    end();
}
END_TEST

UNIT_MAIN("file_layers_damaged", a_layer_that_none_may_be_called_is_not_made,
          a_description_that_is_none_is_refused, a_description_cut_anywhere_is_refused,
          many_options_and_deep_ones_are_refused,
          a_layer_that_does_not_fit_the_file_is_refused_before_there_is_memory_for_it,
          what_a_later_version_added_at_its_default_changes_nothing,
          a_load_refuses_a_layer_of_another_kind_or_a_later_option,
          a_small_file_that_describes_a_large_model_fails_at_once, each_allocation_may_fail)

/* test_ngrams_file.c - a layer of n-grams in a file: its ids are exact whatever its weights are rounded to, it is made again by its file
 * alone, and what others wrote there is not trusted. */
#include <jansson.h>

#include "unit_file.h"
#include "unit_memory.h"
#include "unit_ngrams.h"

typedef struct content {
    char *bytes;
    size_t size;
} content;

static attn_status collect(void *user, const void *data, size_t size)
{
    content *to = user;
    to->bytes = realloc(to->bytes, to->size + size);
    ck_assert_ptr_nonnull(to->bytes);
    memcpy(to->bytes + to->size, data, size);
    to->size += size;
    return ATTN_OK;
}

static content saved(const attn_params *params, const attn_save_options *options)
{
    content to = {NULL, 0};
    OK(attn_params_write(params, options, collect, &to));
    return to;
}

static attn_file *opened(attn_context *context, const content *from)
{
    attn_file *file = NULL;
    OK(attn_file_open_memory(context, from->bytes, from->size, &file));
    return file;
}

/* The header of a file, and the numbers behind it. */
static json_t *header_of(const content *from, const char **data)
{
    uint64_t length;
    memcpy(&length, from->bytes, sizeof length);
    unit_file_turn(&length, sizeof length, 1);
    *data = from->bytes + 8 + length;
    json_t *header = json_loadb(from->bytes + 8, (size_t)length, JSON_DISABLE_EOF_CHECK, NULL);
    ck_assert_ptr_nonnull(header);
    return header;
}

/* Weights that bfloat16 rounds. */
static void stir(const attn_params *params)
{
    const attn_tensor weights = find_tensor(params, "n.weights");
    unit_fill(weights.values, weights.size, 4);
}

static void assert_alike(const attn_ngrams *a, const attn_ngrams *b, const texts *of, float tolerance)
{
    float logits[2][TEXTS * 8];
    const attn_ngrams_info x = info_of(a), y = info_of(b);
    ck_assert_int_eq(x.ngrams, y.ngrams);
    ck_assert_int_eq(x.classes, y.classes);
    ck_assert_int_eq(x.longest, y.longest);
    ck_assert_int_eq(x.no_bias, y.no_bias);
    ck_assert_float_eq(x.scale, y.scale);
    ck_assert_float_eq(x.offset, y.offset);
    for (int64_t i = 0; i < x.ngrams; i++) {
        int64_t length, again;
        const int32_t *ids = attn_ngrams_get(a, i, &length), *others = attn_ngrams_get(b, i, &again);
        MUST(length == again && memcmp(ids, others, (size_t)length * sizeof *ids) == 0, "n-gram %lld",
             (long long)i);
    }
    OK(attn_ngrams_forward(a, NULL, TEXTS, TIME, of->ids, of->lengths, logits[0]));
    OK(attn_ngrams_forward(b, NULL, TEXTS, TIME, of->ids, of->lengths, logits[1]));
    for (int64_t i = 0; i < TEXTS * of->classes; i++)
        ck_assert_float_le(fabsf(logits[0][i] - logits[1][i]), tolerance);
}

/* Texts whose words have large ids where `large` says so: then 16 bits do not hold them. */
static void make_large(texts *of, int32_t large)
{
    for (int b = 0; b < TEXTS; b++) {
        for (int t = 0; t < of->lengths[b]; t++)
            of->ids[b * TIME + t] += large && of->ids[b * TIME + t] > 1 ? large : 0;
    }
}

START_TEST(a_layer_is_made_again_by_its_file)
{
    static const int32_t offsets[] = {0, 32767 - 5, 32767, INT32_MAX - 5};
    static const char *const types[] = {"I16", "I16", "I32", "I32"};
    attn_context *context = unit_context(1);
    for (int trial = 0; trial < 16; trial++) {
        texts of;
        attn_ngrams_options options = ATTN_NGRAMS_OPTIONS_INIT;
        const int32_t dtype = trial / 4 % 2 ? ATTN_DTYPE_BFLOAT16 : ATTN_DTYPE_FLOAT32;
        options.min_count = 1;
        options.no_bias = trial / 8;
        options.scale = 0.375f;
        make_texts(&of, 2 + trial % 3, 5, (uint64_t)trial);
        make_large(&of, offsets[trial % 4]);
        made_layer made = make_layer(context, &of, 3, 0, &options);
        stir(made.params);
        content room = saved(made.params, UNIT_SAVE(.dtype = dtype));
        const char *data;
        json_t *header = header_of(&room, &data);
        ck_assert_str_eq(json_string_value(json_object_get(json_object_get(header, "n.ngrams"), "dtype")),
                         types[trial % 4]);
        json_decref(header);
        attn_file *file = opened(context, &room);
        attn_params *params = NULL;
        attn_ngrams *again = NULL;
        OK(attn_params_create(context, NULL, &params));
        OK(attn_file_ngrams_create(file, "n", params, &again));
        attn_tensor view = ATTN_TENSOR_INIT;
        OK(attn_file_find(file, "n.ngrams", &view));
        ck_assert_int_eq(view.dtype, ATTN_DTYPE_OTHER);
        for (int64_t i = 0; dtype == ATTN_DTYPE_FLOAT32 && i < attn_file_count(file); i++) {
            view = (attn_tensor)ATTN_TENSOR_INIT;
            OK(attn_file_tensor(file, i, &view));
            /* aligned */
            ck_assert_int_eq(view.values != NULL, UNIT_IS_LITTLE && strcmp(view.name, "n.ngrams") != 0);
        }
        attn_file_close(&file);
        free(room.bytes);
        assert_alike(made.ngrams, again, &of, dtype == ATTN_DTYPE_FLOAT32 ? 0.0f : 0.2f);
        ck_assert_int_eq(find_tensor(params, "n.ratios").trainable, 0);
        ck_assert_int_eq(find_tensor(params, "n.weights").trainable, 1);

        /* and written again it is the same file, though the first layer's handle is gone */
        content first = saved(params, NULL), second;
        attn_ngrams_destroy(&again);
        second = saved(params, NULL);
        ck_assert_uint_eq(first.size, second.size);
        ck_assert_mem_eq(first.bytes, second.bytes, first.size);
        free(first.bytes);
        free(second.bytes);
        attn_params_destroy(&params);
        drop_layer(&made);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(beside_other_layers_and_in_a_checkpoint_it_is_as_it_was)
{
    attn_context *context = unit_context(1);
    attn_dense *dense = NULL;
    attn_adam *adam = NULL;
    texts of;
    make_texts(&of, 2, 5, 1);
    made_layer made = make_layer(context, &of, 3, 0, NULL);
    OK(attn_dense_create(made.params, "d", 3, 2, NULL, &dense));
    OK(attn_adam_create(
        made.params, &(attn_adam_options){.struct_size = sizeof(attn_adam_options), .average = 0.9f}, &adam));
    stir(made.params);
    OK(attn_params_zero_grad(made.params));
    find_tensor(made.params, "d.bias").gradients[0] = 1.0f;
    OK(attn_adam_step(adam, NULL));
    content room = saved(made.params, UNIT_SAVE(.adam = adam));
    attn_file *file = opened(context, &room);
    OK(attn_file_load(file, made.params, NULL, NULL));
    OK(attn_file_load(file, made.params, "n.", "n."));
    OK(attn_file_load_adam(file, adam));
    ck_assert_int_eq(attn_file_layer_count(file), 2);
    attn_layer_info view = ATTN_LAYER_INFO_INIT;
    OK(attn_file_layer(file, 0, &view));
    ck_assert_str_eq(view.kind, "ngrams");
    attn_file_close(&file);
    free(room.bytes);
    attn_adam_destroy(&adam);
    attn_dense_destroy(&dense);
    drop_layer(&made);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(weights_of_other_ngrams_are_not_loaded)
{
    static const int32_t ids[] = {2, 3, 2, 3}, others[] = {2, 4, 2, 4}, labels[] = {0, 1};
    attn_context *context = unit_context(1);
    attn_params *params[2] = {NULL, NULL};
    attn_ngrams *ngrams[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        attn_ngrams_builder *builder = NULL;
        OK(attn_ngrams_builder_create(context, NULL, &builder));
        OK(attn_ngrams_builder_add(builder, 2, 2, i ? others : ids, NULL, labels));
        OK(attn_params_create(context, NULL, &params[i]));
        OK(attn_ngrams_create(params[i], "n", builder, NULL, &ngrams[i]));
        attn_ngrams_builder_destroy(&builder);
    }
    content room = saved(params[0], NULL);
    attn_file *file = opened(context, &room);
    OK(attn_file_load(file, params[0], NULL, NULL));
    FAILS(ATTN_ERR_FORMAT, "number 3 of tensor \"n.ngrams\" is 3; the layer in these params is made of 4",
          attn_file_load(file, params[1], NULL, NULL));
    attn_file_close(&file);
    free(room.bytes);
    for (int i = 0; i < 2; i++) {
        attn_ngrams_destroy(&ngrams[i]);
        attn_params_destroy(&params[i]);
    }
    attn_context_destroy(&context);
}
END_TEST

/* A layer without a name has tensors without a prefix, and so are its n-grams. */
START_TEST(a_layer_without_a_name_is_kept)
{
    attn_context *context = unit_context(1);
    texts of;
    make_texts(&of, 2, 5, 1);
    attn_ngrams_builder *builder = count_texts(context, &of, NULL);
    attn_params *params = NULL, *others = NULL;
    attn_ngrams *ngrams = NULL, *again = NULL;
    OK(attn_params_create(context, NULL, &params));
    OK(attn_params_create(context, NULL, &others));
    OK(attn_ngrams_create(params, "", builder, NULL, &ngrams));
    const content room = saved(params, NULL);
    attn_file *file = opened(context, &room);
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_file_find(file, "ngrams", &view));
    OK(attn_file_find(file, "weights", &view));
    OK(attn_file_ngrams_create(file, "", others, &again));
    assert_alike(ngrams, again, &of, 0.0f);
    OK(attn_file_load(file, params, NULL, NULL));
    attn_file_close(&file);
    free(room.bytes);
    attn_ngrams_destroy(&ngrams);
    attn_ngrams_destroy(&again);
    attn_ngrams_builder_destroy(&builder);
    attn_params_destroy(&params);
    attn_params_destroy(&others);
    attn_context_destroy(&context);
}
END_TEST

/* ---- what others wrote ----------------------------------------------------------------------------------- */

/* A file that describes n: two n-grams of up to two words, 2 and (2, 3), two classes. With a member of the description, or of the header of
 * its ids, in another form; NULL: as it should be. */
typedef struct forged {
    const char *option, *value; /* JSON */
    const char *member, *other;
    int16_t ids[4];
} forged;

static content forge(const forged *by)
{
    json_t *layer = json_pack("{s:s, s:i, s:i, s:i, s:i, s:f, s:f}", "kind", "ngrams", "ngrams", 2, "classes",
                              2, "longest", 2, "no_bias", 1, "scale", 0.5, "offset", 0.5);
    if (by->option)
        json_object_set_new(layer, by->option, json_loads(by->value, JSON_DECODE_ANY, NULL));
    json_t *layers = json_pack("{s:o}", "n", layer);
    char *text = json_dumps(layers, JSON_COMPACT);
    json_t *ids =
        json_pack("{s:s, s:[i, i], s:[i, i]}", "dtype", "I16", "shape", 2, 2, "data_offsets", 16, 24);
    if (by->member)
        json_object_set_new(ids, by->member, json_loads(by->other, JSON_DECODE_ANY, NULL));
    json_t *header =
        json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:[i, i], s:[i, i]}, s:{s:s, s:[i, i], s:[i, i]}, s:o}",
                  "__metadata__", "format", "libattn", "version", "2", "layers", text, "n.weights", "dtype",
                  "F32", "shape", 2, 1, "data_offsets", 0, 8, "n.ratios", "dtype", "F32", "shape", 2, 1,
                  "data_offsets", 8, 16, "n.ngrams", ids);
    ck_assert_ptr_nonnull(header);
    char *dumped = json_dumps(header, JSON_COMPACT);
    const size_t length = strlen(dumped);
    const float numbers[] = {1, 2, 3, 4};
    content made = {malloc(8 + length + 24), 8 + length + 24};
    memcpy(made.bytes, &(uint64_t){length}, 8);
    unit_file_turn(made.bytes, 8, 1);
    memcpy(made.bytes + 8, dumped, length);
    memcpy(made.bytes + 8 + length, numbers, 16);
    unit_file_turn(made.bytes + 8 + length, 4, 4);
    memcpy(made.bytes + 8 + length + 16, by->ids, 8);
    unit_file_turn(made.bytes + 8 + length + 16, 2, 4);
    free(dumped);
    free(text);
    json_decref(header);
    json_decref(layers);
    return made;
}

START_TEST(what_others_wrote_is_refused_where_it_is_wrong)
{
    static const struct {
        forged by;
        const char *part; /* NULL: it is fine */
    } cases[] = {
        {{.ids = {2, 0, 2, 3}}, NULL},
        {{.ids = {2, 0, 3, 0}}, NULL},
        {{.ids = {2, 1, 32767, 32767}}, NULL},
        {{.option = "later", .value = "0", .ids = {2, 0, 2, 3}}, NULL},
        {{.option = "later", .value = "1", .ids = {2, 0, 2, 3}}, "has an option \"later\""},
        {{.ids = {2, 3, 2, 0}},
         "n-gram 1 of 2 is none, or does not stand behind"}, /* the shorter stand first */
        {{.ids = {3, 0, 2, 0}}, "n-gram 1 of 2"},
        {{.ids = {2, 0, 2, 0}}, "n-gram 1 of 2"},
        {{.ids = {2, 3, 2, 3}}, "n-gram 1 of 2"},
        {{.ids = {0, 0, 2, 3}}, "n-gram 0 of 2"},
        {{.ids = {0, 3, 2, 3}}, "n-gram 0 of 2"},
        {{.ids = {2, 0, -2, 3}}, "number 2 of tensor \"n.ngrams\" is -2"},
        {{.ids = {2, 0, 2, -1}}, "number 3 of tensor \"n.ngrams\" is -1"},
        {{.option = "ngrams", .value = "3"}, "no tensor \"n.ngrams\" of type I16 or I32 and shape [3, 2]"},
        {{.option = "ngrams", .value = "0"}, "ngrams is 0"},
        {{.option = "ngrams", .value = "-1"}, "ngrams is -1"},
        {{.option = "ngrams", .value = "2147483647"}, "shape [2147483647, 2]"},
        {{.option = "ngrams", .value = "2147483648"}, "ngrams is 2147483648"},
        {{.option = "ngrams", .value = "9223372036854775807"}, "ngrams is 9223372036854775807"},
        {{.option = "ngrams", .value = "\"2\""}, "ngrams of layer \"n\" is not an integer"},
        {{.option = "longest", .value = "1"}, "shape [2, 1]"},
        {{.option = "longest", .value = "0"}, "longest is 0"},
        {{.option = "longest", .value = "9"}, "longest is 9"},
        {{.option = "classes", .value = "1"}, "classes is 1"},
        {{.option = "classes", .value = "65537"}, "classes is 65537"},
        {{.option = "classes", .value = "3", .ids = {2, 0, 2, 3}},
         "tensor \"n.ratios\" has the shape [2, 1]; expected [2, 3]"},
        {{.option = "no_bias", .value = "0", .ids = {2, 0, 2, 3}}, "no tensor \"n.bias\""},
        {{.option = "no_bias", .value = "2"}, "no_bias is 2"},
        {{.option = "scale", .value = "0"}, "scale is 0"},
        {{.option = "scale", .value = "-1"}, "scale is -1"},
        {{.option = "offset", .value = "-1"}, "offset is -1"},
        {{.option = "kind", .value = "\"dense\""}, "is of the kind dense; expected ngrams"},
        {{.member = "dtype", .other = "\"U16\""}, "no tensor \"n.ngrams\" of type I16 or I32"},
        {{.member = "dtype", .other = "\"F16\""}, "no tensor \"n.ngrams\" of type I16 or I32"},
        {{.member = "shape", .other = "[4]"}, "no tensor \"n.ngrams\" of type I16 or I32"},
        {{.member = "shape", .other = "[1, 4]"}, "no tensor \"n.ngrams\" of type I16 or I32"},
        {{.member = "shape", .other = "[2, 2, 1]"}, "no tensor \"n.ngrams\" of type I16 or I32"},
    };
    unit_memory memory = {.left = UNIT_ENOUGH};
    attn_context *context = unit_memory_context(&memory, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        content room = forge(&cases[i].by);
        attn_file *file = opened(context, &room);
        attn_params *params = NULL;
        attn_ngrams *ngrams = NULL;
        OK(attn_params_create(context, NULL, &params));
        if (cases[i].part == NULL) {
            float logits[2];
            OK(attn_file_ngrams_create(file, "n", params, &ngrams));
            ck_assert_int_eq(attn_ngrams_find(ngrams, 1, (int32_t[]){2}) >= 0, cases[i].by.ids[1] == 0);
            OK(attn_ngrams_forward(ngrams, NULL, 1, 2, (int32_t[]){2, 3}, NULL, logits));
        } else {
            FAILS(ATTN_ERR_FORMAT, cases[i].part, attn_file_ngrams_create(file, "n", params, &ngrams));
            ck_assert_ptr_null(ngrams);
            ck_assert_int_eq(attn_params_count(params), 0);
        }
        attn_ngrams_destroy(&ngrams);
        attn_params_destroy(&params);
        attn_file_close(&file);
        free(room.bytes);
    }
    attn_context_destroy(&context);
    ck_assert_int_eq(atomic_load(&memory.blocks), 0);
}
END_TEST

static attn_status reopen(attn_context *context, void *user)
{
    const content *from = user;
    attn_file *file = NULL;
    attn_params *params = NULL;
    attn_ngrams *ngrams = NULL;
    attn_status status = attn_file_open_memory(context, from->bytes, from->size, &file);
    if (status == ATTN_OK)
        status = attn_params_create(context, NULL, &params);
    if (status == ATTN_OK) {
        status = attn_file_ngrams_create(file, "n", params, &ngrams);
        ck_assert_int_eq(attn_params_count(params), status == ATTN_OK ? 3 : 0);
    }
    attn_file_close(&file);
    if (status == ATTN_OK) {
        content again = {NULL, 0};
        status = attn_params_write(params, NULL, collect, &again);
        free(again.bytes);
    }
    attn_ngrams_destroy(&ngrams);
    attn_params_destroy(&params);
    return status;
}

START_TEST(without_memory_nothing_is_made_of_a_file)
{
    attn_context *context = unit_context(1);
    texts of;
    make_texts(&of, 2, 5, 1);
    made_layer made = make_layer(context, &of, 3, 0, NULL);
    content room = saved(made.params, NULL);
    ck_assert_int_gt(unit_memory_starve(reopen, &room), 20);
    free(room.bytes);
    drop_layer(&made);
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("ngrams in files", a_layer_is_made_again_by_its_file,
          beside_other_layers_and_in_a_checkpoint_it_is_as_it_was, weights_of_other_ngrams_are_not_loaded,
          a_layer_without_a_name_is_kept, what_others_wrote_is_refused_where_it_is_wrong,
          without_memory_nothing_is_made_of_a_file)

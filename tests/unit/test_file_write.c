/* test_file_write.c - what a save may carry beside the weights, in which types, and where to. */
#include "unit.h"
#include "unit_file.h"

/* "w" [3, 5], "b" [7]. */
static attn_params *make_params(attn_context *context, uint64_t seed)
{
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(seed), &params));
    OK(attn_params_add(params, "w", 2, (int64_t[]){3, 5}, UNIT_INIT(ATTN_INIT_NORMAL)));
    OK(attn_params_add(params, "b", 1, (int64_t[]){7}, UNIT_INIT(ATTN_INIT_NORMAL)));
    return params;
}

static attn_vocab *make_vocab(attn_context *context, const char *token)
{
    attn_vocab_builder *builder = NULL;
    attn_vocab *vocab = NULL;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    OK(attn_vocab_builder_add_token(builder, token, 2));
    OK(attn_vocab_create(builder, NULL, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

/* What a file's bytes become: a program's attn_write_fn that fails at its piece number `fails`. */
typedef struct collector {
    char *bytes;
    size_t size;
    int64_t pieces, fails;
} collector;

static attn_status collect(void *user, const void *data, size_t size)
{
    collector *to = user;
    if (to->pieces++ == to->fails)
        return attn_set_error(-7, "the line is cut");
    to->bytes = realloc(to->bytes, to->size + size);
    ck_assert_ptr_nonnull(to->bytes);
    memcpy(to->bytes + to->size, data, size);
    to->size += size;
    return ATTN_OK;
}

static collector written(const attn_params *params, const attn_save_options *options)
{
    collector to = {.fails = -1};
    OK(attn_params_write(params, options, collect, &to));
    return to;
}

static attn_file *opened(attn_context *context, const collector *from)
{
    attn_file *file = NULL;
    OK(attn_file_open_memory(context, from->bytes, from->size, &file));
    return file;
}

/* ---- vocabularies and metadata --------------------------------------------------------------------------- */

START_TEST(any_number_of_vocabularies_comes_back_by_name)
{
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    attn_vocab *source = make_vocab(context, "chat"), *target = make_vocab(context, "cat"),
               *third = make_vocab(context, "katze"), *loaded = NULL;
    const attn_vocab *vocabs[] = {target, third};
    const char *names[] = {"target", "a.b \"c\"\n"};
    collector to =
        written(params, UNIT_SAVE(.vocab = source, .vocab_count = 2, .vocab_names = names, .vocabs = vocabs));
    attn_file *file = opened(context, &to);
    const struct {
        const char *name, *token;
    } cases[] = {{NULL, "chat"}, {"vocab", "chat"}, {"target", "cat"}, {"a.b \"c\"\n", "katze"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        OK(attn_file_vocab_create(file, cases[i].name, &loaded));
        ck_assert_int_eq(attn_vocab_id(loaded, cases[i].token), 2);
        ck_assert_int_eq(attn_vocab_size(loaded), 3);
        attn_vocab_destroy(&loaded);
    }
    FAILS(ATTN_ERR_FORMAT, "holds no vocabulary called \"other\"",
          attn_file_vocab_create(file, "other", &loaded));
    FAILS(ATTN_ERR_FORMAT, "holds no vocabulary called \"\"", attn_file_vocab_create(file, "", &loaded));
    FAILS(ATTN_ERR_ARGUMENT, "file is NULL", attn_file_vocab_create(NULL, NULL, &loaded));
    FAILS(ATTN_ERR_ARGUMENT, "out is NULL", attn_file_vocab_create(file, NULL, NULL));
    attn_file_close(&file);
    free(to.bytes);
    attn_vocab_destroy(&source);
    attn_vocab_destroy(&target);
    attn_vocab_destroy(&third);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_vocabulary_comes_back_with_its_tokenizer_and_special_tokens)
{
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    for (int32_t i = 0; i < 16; i++) {
        attn_tokens_options options = {sizeof options, i & 1, i >> 1 & 1, i >> 2 & 1, 0};
        attn_tokens *tokens = NULL;
        attn_vocab_builder *builder = NULL;
        attn_vocab *vocab = NULL, *plain = make_vocab(context, "plain"), *loaded = NULL;
        OK(attn_tokens_create(context, &options, &tokens));
        OK(attn_vocab_builder_create(context, NULL, &builder));
        OK(attn_vocab_builder_add_token(builder, "film", 3));
        attn_vocab_options chosen = ATTN_VOCAB_OPTIONS_INIT;
        chosen.tokens = i & 8 ? NULL : tokens;
        chosen.special_count = 2;
        chosen.special = (const char *const[]){"<s>", "</s>"};
        OK(attn_vocab_create(builder, &chosen, &vocab));
        collector to = written(params, UNIT_SAVE(.vocab = vocab, .vocab_count = 2,
                                                 .vocab_names = (const char *[]){"second", "plain"},
                                                 .vocabs = (const attn_vocab *[]){vocab, plain}));
        attn_file *file = opened(context, &to);
        const char *names[] = {NULL, "second", "plain"};
        for (int32_t n = 0; n < 3; n++) {
            attn_vocab_info expected = ATTN_VOCAB_INFO_INIT, info = ATTN_VOCAB_INFO_INIT;
            OK(attn_file_vocab_create(file, names[n], &loaded));
            OK(attn_vocab_get_info(n < 2 ? vocab : plain, &expected));
            OK(attn_vocab_get_info(loaded, &info));
            ck_assert_mem_eq(&info, &expected, sizeof info);
            ck_assert_int_eq(info.tokens_known, n < 2 && !(i & 8));
            ck_assert_str_eq(attn_vocab_token(loaded, 2), n < 2 ? "<s>" : "plain");
            attn_vocab_destroy(&loaded);
        }
        attn_file_close(&file);
        free(to.bytes);
        attn_vocab_destroy(&vocab);
        attn_vocab_destroy(&plain);
        attn_vocab_builder_destroy(&builder);
        attn_tokens_destroy(&tokens);
    }
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(vocabularies_need_names_of_their_own)
{
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    attn_vocab *vocab = make_vocab(context, "film");
    const attn_vocab *vocabs[] = {vocab, vocab};
    char name[257];
    memset(name, 'n', 256);
    name[256] = '\0';
    const struct {
        const char *names[2], *part;
    } cases[] = {{{"a", "a"}, "two vocabularies are called \"a\""},
                 {{"a", ""}, "vocabulary 1 is called \"\"; expected a name of 1 to 255 bytes"},
                 {{"vocab", "a"}, "other than \"vocab\""},
                 {{"a", name}, "expected a name of 1 to 255 bytes"},
                 {{"a", "\xff"}, "a metadata key is not UTF-8"},
                 {{"a", NULL}, "vocabulary 1 or its name is NULL"}};
    collector to = {.fails = -1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        FAILS(ATTN_ERR_ARGUMENT, cases[i].part,
              attn_params_write(params,
                                UNIT_SAVE(.vocab_count = 2, .vocab_names = cases[i].names, .vocabs = vocabs),
                                collect, &to));
    const char *names[] = {"a", "b"};
    const attn_vocab *lacking[] = {vocab, NULL};
    FAILS(ATTN_ERR_ARGUMENT, "vocabulary 1 or its name is NULL",
          attn_params_write(params, UNIT_SAVE(.vocab_count = 2, .vocab_names = names, .vocabs = lacking),
                            collect, &to));
    FAILS(ATTN_ERR_ARGUMENT, "vocab_names or vocabs is NULL",
          attn_params_write(params, UNIT_SAVE(.vocab_count = 2, .vocabs = vocabs), collect, &to));
    FAILS(ATTN_ERR_ARGUMENT, "vocab_count is -1",
          attn_params_write(params, UNIT_SAVE(.vocab_count = -1, .vocab_names = names, .vocabs = vocabs),
                            collect, &to));
    ck_assert_int_eq(to.pieces, 0);
    attn_vocab_destroy(&vocab);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(metadata_comes_back_and_may_not_be_the_files_own)
{
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    const char *given[] = {"author",     "R\xc3\xa9gis",          "",     "no key",
                           "vocabulary", "\x01\x1f\t\n\"\\/\x7f", "adam", ""};
    collector to = written(params, UNIT_SAVE(.metadata_count = 4, .metadata = given));
    attn_file *file = opened(context, &to);
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(attn_file_metadata(file, given[2 * i]), given[2 * i + 1]);
    ck_assert_str_eq(attn_file_metadata(file, "format"), "libattn");
    ck_assert_str_eq(attn_file_metadata(file, "version"), "2");
    ck_assert_ptr_null(attn_file_metadata(file, "autho"));
    ck_assert_ptr_null(attn_file_metadata(file, NULL));
    ck_assert_ptr_null(attn_file_metadata(NULL, "author"));
    attn_file_close(&file);
    free(to.bytes);

    const char *reserved[] = {"format", "version",  "config",     "layers", "vocab", "vocab.a",
                              "tokens", "tokens.a", "adam.steps", "adam.x", "attn.", "attn.pieces.a"};
    to = (collector){.fails = -1};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        FAILS(ATTN_ERR_ARGUMENT, reserved[i],
              attn_params_write(
                  params, UNIT_SAVE(.metadata_count = 1, .metadata = ((const char *[]){reserved[i], "x"})),
                  collect, &to));
    const struct {
        const char *strings[4], *part;
    } cases[] = {{{"a", "1", "a", "2"}, "the metadata key \"a\" stands twice"},
                 {{"a", "1", "b", NULL}, "metadata 1 has a NULL"},
                 {{NULL, "1", "b", "2"}, "metadata 0 has a NULL"},
                 {{"a", "1", "b", "x\xc0"}, "byte 1 of a metadata value is not UTF-8"},
                 {{"a\xed\xa0\x80", "1", "b", "2"}, "byte 1 of a metadata key is not UTF-8"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        FAILS(ATTN_ERR_ARGUMENT, cases[i].part,
              attn_params_write(params, UNIT_SAVE(.metadata_count = 2, .metadata = cases[i].strings), collect,
                                &to));
    FAILS(ATTN_ERR_ARGUMENT, "metadata is NULL",
          attn_params_write(params, UNIT_SAVE(.metadata_count = 1), collect, &to));
    FAILS(ATTN_ERR_ARGUMENT, "metadata_count -2",
          attn_params_write(params, UNIT_SAVE(.metadata_count = -2), collect, &to));
    ck_assert_int_eq(to.pieces, 0);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

/* ---- bfloat16 -------------------------------------------------------------------------------------------- */

static float of_bits(uint32_t bits)
{
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

START_TEST(bfloat16_is_rounded_to_nearest_and_ties_to_even)
{
    const struct {
        uint32_t given, rounded;
    } cases[] = {
        {0x00000000, 0x00000000}, {0x80000000, 0x80000000}, /* both zeros */
        {0x3F800000, 0x3F800000}, {0x3F807FFF, 0x3F800000}, /* below the middle */
        {0x3F808000, 0x3F800000}, {0x3F818000, 0x3F820000}, /* in the middle: to even, down and up */
        {0x3F808001, 0x3F810000}, {0xBF808001, 0xBF810000}, /* above it */
        {0x3FFFFFFF, 0x40000000},                           /* into the next power of two */
        {0x00000001, 0x00000000}, {0x0000FFFF, 0x00010000}, /* subnormal numbers */
        {0x007FFFFF, 0x00800000},                           /* to the least normal one */
        {0x7F7F0000, 0x7F7F0000}, {0x7F7F7FFF, 0x7F7F0000}, /* the greatest, and the last that rounds to it */
    };
    enum { count = sizeof cases / sizeof *cases };
    attn_context *context = unit_context(1);
    attn_params *params = NULL, *loaded = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_params_create(context, UNIT_SEED(1), &loaded));
    /* More than are rounded at a time. */
    const int64_t size = 200000;
    OK(attn_params_add(params, "w", 1, &size, UNIT_INIT(ATTN_INIT_ZERO)));
    OK(attn_params_add(loaded, "w", 1, &size, UNIT_INIT(ATTN_INIT_ONE)));
    for (int64_t i = 0; i < size; i++)
        attn_params_values(params)[i] = of_bits(cases[i % count].given);
    collector to = written(params, UNIT_SAVE(.dtype = ATTN_DTYPE_BFLOAT16)), whole = written(params, NULL);
    ck_assert_uint_eq(whole.size - to.size, (size_t)size * 2);
    attn_file *file = opened(context, &to);
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_file_find(file, "w", &view));
    ck_assert_int_eq(view.dtype, ATTN_DTYPE_BFLOAT16);
    ck_assert_ptr_null(view.values);
    OK(attn_file_load(file, loaded, NULL, NULL));
    for (int64_t i = 0; i < size; i++) {
        float expected = of_bits(cases[i % count].rounded);
        if (memcmp(&attn_params_values(loaded)[i], &expected, sizeof expected) != 0)
            ck_abort_msg("number %lld is %a; expected %a", (long long)i,
                         (double)attn_params_values(loaded)[i], (double)expected);
    }
    attn_file_close(&file);
    free(to.bytes);
    free(whole.bytes);
    attn_params_destroy(&params);
    attn_params_destroy(&loaded);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(what_bfloat16_cannot_hold_is_refused)
{
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    attn_adam *adam = NULL;
    OK(attn_adam_create(params, NULL, &adam));
    collector to = {.fails = -1};
    FAILS(ATTN_ERR_ARGUMENT, "dtype is bfloat16 and adam is given",
          attn_params_write(params, UNIT_SAVE(.dtype = ATTN_DTYPE_BFLOAT16, .adam = adam), collect, &to));
    for (int32_t dtype = -1; dtype <= 100; dtype += dtype < 0 ? 3 : 98)
        FAILS(ATTN_ERR_ARGUMENT, "expected ATTN_DTYPE_FLOAT32, _BFLOAT16 or _INT8",
              attn_params_write(params, UNIT_SAVE(.dtype = dtype), collect, &to));
    attn_params_values(params)[16] = of_bits(0xFF7F8000); /* halfway to infinity, where even is infinite */
    OK(attn_params_write(params, NULL, collect, &to));
    to.pieces = 0;
    FAILS(ATTN_ERR_ARGUMENT, "number 1 of \"b\" is -3.3961",
          attn_params_write(params, UNIT_SAVE(.dtype = ATTN_DTYPE_BFLOAT16), collect, &to));
    ck_assert_int_eq(to.pieces, 0);
    free(to.bytes);
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

/* ---- where to -------------------------------------------------------------------------------------------- */

START_TEST(a_file_in_memory_is_the_file_on_disk_bit_for_bit)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1), *loaded = make_params(context, 2);
    attn_vocab *vocab = make_vocab(context, "film");
    attn_adam *adam = NULL;
    OK(attn_adam_create(params, NULL, &adam));
    const attn_save_options *all = UNIT_SAVE(.vocab = vocab, .config = "{}", .adam = adam), *none = NULL;
    for (int32_t i = 0; i < 2; i++) {
        collector to = written(params, i ? all : none);
        OK(attn_params_save(params, unit_path("m"), i ? all : none));
        size_t size;
        char *bytes = unit_file_read(unit_path("m"), &size);
        ck_assert_uint_eq(size, to.size);
        ck_assert_mem_eq(bytes, to.bytes, size);

        /* Opened at any address, by both ways, it says the same. */
        for (size_t shift = 0; shift < 5; shift++) {
            char *moved = malloc(size + shift);
            memcpy(moved + shift, bytes, size);
            attn_file *file = NULL, *other = NULL;
            OK(attn_file_open_memory(context, moved + shift, size, &file));
            OK(attn_file_open(context, unit_path("m"), &other));
            ck_assert_int_eq(attn_file_count(file), attn_file_count(other));
            for (int64_t t = 0; t < attn_file_count(file); t++) {
                attn_tensor view = ATTN_TENSOR_INIT, other_view = ATTN_TENSOR_INIT;
                OK(attn_file_tensor(file, t, &view));
                OK(attn_file_tensor(other, t, &other_view));
                ck_assert_str_eq(view.name, other_view.name);
                ck_assert_int_eq(view.values != NULL, UNIT_IS_LITTLE && shift % 4 == 0);
                ck_assert_int_eq(other_view.values != NULL, UNIT_IS_LITTLE);
            }
            OK(attn_file_load(file, loaded, NULL, NULL));
            ck_assert_mem_eq(attn_params_values(loaded), attn_params_values(params), 22 * sizeof(float));
            ck_assert_mem_eq(moved + shift, bytes, size); /* it is the caller's, and stays as it is */
            attn_file_close(&other);
            attn_file_close(&file);
            free(moved);
        }
        free(bytes);
        free(to.bytes);
    }
    attn_adam_destroy(&adam);
    attn_vocab_destroy(&vocab);
    attn_params_destroy(&params);
    attn_params_destroy(&loaded);
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

START_TEST(a_writer_that_fails_ends_it_with_its_own_status)
{
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    attn_adam *adam = NULL;
    OK(attn_adam_create(params, NULL, &adam));
    for (int32_t i = 0; i < 2; i++) {
        const attn_save_options *options =
            i ? UNIT_SAVE(.dtype = ATTN_DTYPE_BFLOAT16) : UNIT_SAVE(.adam = adam);
        collector whole = written(params, options);
        ck_assert_int_ge(whole.pieces, 2);
        for (int64_t fails = 0; fails < whole.pieces; fails++) {
            collector to = {.fails = fails};
            FAILS(-7, "the line is cut", attn_params_write(params, options, collect, &to));
            ck_assert_int_eq(to.pieces, fails + 1);
            ck_assert_uint_lt(to.size, whole.size);
            if (to.size > 0)
                ck_assert_mem_eq(to.bytes, whole.bytes, to.size);
            free(to.bytes);
        }
        free(whole.bytes);
    }
    collector to = {.fails = -1};
    FAILS(ATTN_ERR_ARGUMENT, "write is NULL", attn_params_write(params, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "params is NULL", attn_params_write(NULL, NULL, collect, &to));
    ck_assert_int_eq(to.pieces, 0);
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(options_of_other_versions_are_understood)
{
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    collector none = written(params, NULL);
    struct {
        attn_save_options options;
        char later[64];
    } given;
    static const size_t ends[] = {offsetof(attn_save_options, vocab),
                                  offsetof(attn_save_options, vocab_count),
                                  offsetof(attn_save_options, vocab_names),
                                  offsetof(attn_save_options, vocabs),
                                  offsetof(attn_save_options, config),
                                  offsetof(attn_save_options, adam),
                                  offsetof(attn_save_options, metadata_count),
                                  offsetof(attn_save_options, metadata),
                                  offsetof(attn_save_options, dtype),
                                  offsetof(attn_save_options, reserved),
                                  sizeof(attn_save_options),
                                  sizeof given};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        memset(&given, ends[i] > sizeof given.options ? 0 : 0xFF,
               sizeof given); /* what lies beyond is not read */
        memset(&given, 0, ends[i]);
        given.options.struct_size = ends[i];
        collector to = written(params, &given.options);
        ck_assert_uint_eq(to.size, none.size);
        ck_assert_mem_eq(to.bytes, none.bytes, to.size);
        free(to.bytes);
    }
    given.later[5] = 1;
    FAILS(ATTN_ERR_ARGUMENT, "does not know", attn_params_write(params, &given.options, collect, &none));
    given.later[5] = 0;
    given.options.struct_size = 3;
    FAILS(ATTN_ERR_ARGUMENT, "struct_size is 3", attn_params_write(params, &given.options, collect, &none));
    free(none.bytes);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

_Static_assert(sizeof(attn_save_options) == offsetof(attn_save_options, pieces) + sizeof(void *),
               "no tail padding");

UNIT_MAIN("file_write", any_number_of_vocabularies_comes_back_by_name,
          a_vocabulary_comes_back_with_its_tokenizer_and_special_tokens, vocabularies_need_names_of_their_own,
          metadata_comes_back_and_may_not_be_the_files_own, bfloat16_is_rounded_to_nearest_and_ties_to_even,
          what_bfloat16_cannot_hold_is_refused, a_file_in_memory_is_the_file_on_disk_bit_for_bit,
          a_writer_that_fails_ends_it_with_its_own_status, options_of_other_versions_are_understood)

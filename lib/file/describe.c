/* describe.c - the header that is written. file.h (internal) describes it. */
#include <stdio.h>
#include <string.h>

#include "core/params.h"
#include "file/file.h"
#include "text/utf8.h"
#include "text/pieces.h"
#include "text/vocab.h"
#include "train/adam.h"

#define MAX_VOCAB_NAME 255

/* The header as it grows. */
typedef struct header {
    attn_context *context;
    const char *function;
    attni_buffer *out;
} header;

static attn_status put(const header *h, const char *text)
{
    return attni_json_put(h->out, h->context, h->function, text, strlen(text));
}

/* A string, which is `what`; JSON holds nothing but UTF-8. */
static attn_status quote(const header *h, const char *what, const char *text, size_t size)
{
    int32_t code;
    for (size_t i = 0, step = 0; i < size; step++) {
        if (step % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        size_t length = attni_utf8_decode((const unsigned char *)text + i, size - i, &code);
        ATTNI_REQUIRE(code >= 0, "%s: byte %zu of %s is not UTF-8; nothing was written", h->function, i,
                      what);
        i += length;
    }
    return attni_json_quote(h->out, h->context, h->function, text, size);
}

/* ---- metadata -------------------------------------------------------------------------------------------- */

/* , "key": "value" */
static attn_status put_entry(const header *h, const char *key, const char *what, const char *value,
                             size_t size)
{
    ATTNI_TRY(put(h, ","));
    ATTNI_TRY(quote(h, "a metadata key", key, strlen(key)));
    ATTNI_TRY(put(h, ":"));
    return quote(h, what, value, size);
}

/* The vocabulary, under "vocab" or for one with a name under "vocab.NAME", and how its tokens are made. */
static attn_status put_vocab(const header *h, const char *name, const attn_vocab *vocab)
{
    char key[ATTNI_FILE_MAX_KEY + 1], tokens[ATTNI_FILE_TOKENS_SIZE], *text;
    size_t size;
    snprintf(key, sizeof key, "%s%s%s", ATTNI_FILE_VOCAB, *name ? "." : "", name);
    ATTNI_TRY(attni_vocab_format(vocab, h->function, &text, &size));
    attn_status status = put_entry(h, key, "the vocabulary", text, size);
    attni_free(attni_vocab_context(vocab), text);
    size = attni_file_print_tokens(vocab, tokens);
    if (status != ATTN_OK || size == 0)
        return status;
    snprintf(key, sizeof key, "%s%s%s", ATTNI_FILE_TOKENS, *name ? "." : "", name);
    return put_entry(h, key, "a tokenizer's options", tokens, size);
}

static attn_status put_pieces(const header *h, const attn_pieces *pieces)
{
    char *text;
    size_t size;
    if (pieces == NULL)
        return ATTN_OK;
    ATTNI_TRY(attni_pieces_format(pieces, h->function, &text, &size));
    const attn_status status = put_entry(h, ATTNI_FILE_PIECES, "the pieces", text, size);
    attni_free(pieces->symbols.context, text);
    return status;
}

static attn_status put_vocabs(const header *h, const attn_save_options *options)
{
    if (options->vocab)
        ATTNI_TRY(put_vocab(h, "", options->vocab));
    for (int64_t i = 0; i < options->vocab_count; i++) {
        const char *name = options->vocab_names[i];
        ATTNI_REQUIRE(name != NULL && options->vocabs[i] != NULL,
                      "%s: vocabulary %lld or its name is NULL; expected valid pointers", h->function,
                      (long long)i);
        size_t length = strlen(name);
        ATTNI_REQUIRE(length >= 1 && length <= MAX_VOCAB_NAME && strcmp(name, ATTNI_FILE_VOCAB) != 0,
                      "%s: vocabulary %lld is called \"%.40s\"; expected a name of 1 to %d bytes other than "
                      "\"" ATTNI_FILE_VOCAB "\"",
                      h->function, (long long)i, name, MAX_VOCAB_NAME);
        for (int64_t j = 0; j < i; j++)
            ATTNI_REQUIRE(strcmp(options->vocab_names[j], name) != 0,
                          "%s: two vocabularies are called \"%.80s\"; give each a name of its own",
                          h->function, name);
        ATTNI_TRY(put_vocab(h, name, options->vocabs[i]));
    }
    return ATTN_OK;
}

/* The keys that the file needs for itself; file.h lists them. */
static int32_t is_reserved(const char *key)
{
    static const char *const keys[] = {"format",          "version",        "config",
                                       ATTNI_FILE_LAYERS, ATTNI_FILE_VOCAB, ATTNI_FILE_TOKENS,
                                       ATTNI_FILE_PIECES};
    static const char *const prefixes[] = {ATTNI_FILE_VOCAB ".", ATTNI_FILE_TOKENS ".", "adam.", "attn."};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(key, keys[i]) == 0)
            return 1;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0)
            return 1;
    }
    return 0;
}

static attn_status put_program_metadata(const header *h, int64_t count, const char *const *metadata)
{
    for (int64_t i = 0; i < count; i++) {
        const char *key = metadata[2 * i], *value = metadata[2 * i + 1];
        ATTNI_REQUIRE(key != NULL && value != NULL, "%s: metadata %lld has a NULL; expected key and value",
                      h->function, (long long)i);
        ATTNI_REQUIRE(!is_reserved(key),
                      "%s: the metadata key \"%.80s\" is one that the file needs for itself; choose another",
                      h->function, key);
        for (int64_t j = 0; j < i; j++)
            ATTNI_REQUIRE(strcmp(metadata[2 * j], key) != 0,
                          "%s: the metadata key \"%.80s\" stands twice; expected each once", h->function,
                          key);
        ATTNI_TRY(put_entry(h, key, "a metadata value", value, strlen(value)));
    }
    return ATTN_OK;
}

static attn_status put_layers(const header *h, const attn_params *params)
{
    attni_buffer text = {NULL, 0, 0};
    attn_status status = attni_file_put_layers(params, h->function, &text);
    if (status == ATTN_OK && text.size)
        status = put_entry(h, ATTNI_FILE_LAYERS, "the layers' description", text.data, text.size);
    attni_buffer_clear(&text, h->context);
    return status;
}

static attn_status put_metadata(const header *h, const attn_params *params, const attn_save_options *options,
                                const attni_adam_state *state)
{
    ATTNI_TRY(put(h, "{\"" ATTNI_NAME_METADATA "\":{\"format\":\"" ATTNI_FILE_FORMAT
                     "\",\"version\":\"" ATTNI_FILE_VERSION "\""));
    if (state)
        ATTNI_TRY(attni_json_print(h->out, h->context, h->function, ",\"" ATTNI_FILE_ADAM_STEPS "\":\"%lld\"",
                                   (long long)*state->steps));
    if (options->config)
        ATTNI_TRY(put_entry(h, "config", "config", options->config, strlen(options->config)));
    ATTNI_TRY(put_layers(h, params));
    ATTNI_TRY(put_program_metadata(h, options->metadata_count, options->metadata));
    ATTNI_TRY(put_vocabs(h, options));
    ATTNI_TRY(put_pieces(h, options->pieces));
    return put(h, "}");
}

/* ---- tensors --------------------------------------------------------------------------------------------- */

/* , "NAME": {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}; `*at` is where it begins, and becomes where it
 * ends. */
static attn_status put_numbers(const header *h, const char *name, int32_t dtype, int32_t rank,
                               const int64_t *shape, int64_t *at)
{
    const struct {
        const char *name;
        int64_t bytes;
    } types[] = {[ATTN_DTYPE_FLOAT32] = {"F32", 4},
                 [ATTN_DTYPE_BFLOAT16] = {"BF16", 2},
                 [ATTN_DTYPE_INT8] = {"I8", 1}};
    int64_t end = types[dtype].bytes;
    ATTNI_TRY(put(h, ","));
    ATTNI_TRY(attni_json_quote(h->out, h->context, h->function, name, strlen(name)));
    ATTNI_TRY(attni_json_print(h->out, h->context, h->function, ":{\"dtype\":\"%s\",\"shape\":[",
                               types[dtype].name));
    for (int32_t d = 0; d < rank; d++) {
        ATTNI_TRY(
            attni_json_print(h->out, h->context, h->function, d ? ",%lld" : "%lld", (long long)shape[d]));
        end *= shape[d];
    }
    end += *at;
    ATTNI_TRY(attni_json_print(h->out, h->context, h->function, "],\"data_offsets\":[%lld,%lld]}",
                               (long long)*at, (long long)end));
    *at = end;
    return ATTN_OK;
}

static attn_status put_tensor(const header *h, const char *prefix, const attni_tensor *tensor, int32_t dtype,
                              int64_t *at)
{
    char name[ATTNI_FILE_MAX_NAME + 1];
    snprintf(name, sizeof name, "%s%s", prefix, tensor->name);
    return put_numbers(h, name, dtype, tensor->rank, tensor->shape, at);
}

static attn_status put_scales(const header *h, const attni_tensor *tensor, int64_t *at)
{
    char name[ATTNI_FILE_MAX_NAME + 1];
    snprintf(name, sizeof name, "%s" ATTNI_NAME_SCALES, tensor->name);
    return put_numbers(h, name, ATTN_DTYPE_FLOAT32, 1, tensor->shape, at);
}

static attn_status put_tensors(const header *h, const attn_params *params, const attn_save_options *options,
                               const attni_adam_state *state)
{
    const int64_t count = attn_params_count(params);
    const int32_t is_int8 = options->dtype == ATTN_DTYPE_INT8,
                  others = is_int8 ? ATTN_DTYPE_FLOAT32 : options->dtype;
    int64_t at = 0;
    ATTNI_TRY(attni_file_put_tables(params, h->function, 4, &at, h->out));
    for (int64_t i = 0; i < count; i++) {
        const attni_tensor *tensor = attni_params_at(params, i);
        ATTNI_TRY(is_int8 && attni_becomes_int8(tensor) ? put_scales(h, tensor, &at)
                                                        : put_tensor(h, "", tensor, others, &at));
    }
    for (int32_t k = 0; state && k < state->arrays; k++) {
        for (int64_t i = 0; i < count; i++)
            ATTNI_TRY(
                put_tensor(h, state->array[k].prefix, attni_params_at(params, i), ATTN_DTYPE_FLOAT32, &at));
    }
    ATTNI_TRY(attni_file_put_tables(params, h->function, 2, &at, h->out));
    for (int64_t i = 0; is_int8 && i < count; i++) {
        if (attni_becomes_int8(attni_params_at(params, i)))
            ATTNI_TRY(put_tensor(h, "", attni_params_at(params, i), ATTN_DTYPE_INT8, &at));
    }
    return put(h, "}");
}

/* ---- all of it ------------------------------------------------------------------------------------------- */

/* Spaces up to the numbers' alignment, and the length in front. */
static attn_status finish(const header *h)
{
    static const char spaces[ATTNI_FILE_ALIGNMENT + 1] =
        "                                                                ";
    size_t over = h->out->size % ATTNI_FILE_ALIGNMENT;
    ATTNI_TRY(
        attni_json_put(h->out, h->context, h->function, spaces, over ? ATTNI_FILE_ALIGNMENT - over : 0));
    uint64_t length = h->out->size - ATTNI_FILE_PREFIX;
    ATTNI_REQUIRE(
        length <= ATTNI_FILE_MAX_HEADER,
        "%s: vocabulary and config would take %llu bytes; safetensors allows %d: limit the vocabulary",
        h->function, (unsigned long long)length, ATTNI_FILE_MAX_HEADER);
    length = attni_little_64(length);
    memcpy(h->out->data, &length, sizeof length);
    return ATTN_OK;
}

attn_status attni_file_describe(const attn_params *params, const char *function,
                                const attn_save_options *options, const attni_adam_state *state,
                                attni_buffer *out)
{
    header h = {attn_params_context(params), function, out};
    ATTNI_TRY(put(&h, "........")); /* the length, in the end */
    ATTNI_TRY(put_metadata(&h, params, options, state));
    ATTNI_TRY(put_tensors(&h, params, options, state));
    return finish(&h);
}

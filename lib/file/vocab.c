/* vocab.c - vocabularies in a file, how their tokens are made, and how words are split into pieces. file.h (internal) describes them. */
#include "text/vocab.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "file/file.h"
#include "text/pieces.h"

/* The tokenizer's options, by the names under which the file has them. */
static const struct {
    const char *name;
    size_t offset;
} options[] = {
    {"keep_case", offsetof(attn_tokens_options, keep_case)},
    {"keep_accents", offsetof(attn_tokens_options, keep_accents)},
    {"keep_contractions", offsetof(attn_tokens_options, keep_contractions)},
};
#define OPTIONS ((int32_t)(sizeof options / sizeof *options))

static int32_t *option_of(attn_tokens_options *tokens, int32_t i)
{
    return (int32_t *)(void *)((char *)tokens + options[i].offset);
}

size_t attni_file_print_tokens(const attn_vocab *vocab, char text[ATTNI_FILE_TOKENS_SIZE])
{
    attn_tokens_options tokens = vocab->tokens;
    size_t length = 0;
    if (!vocab->tokens_known)
        return 0;
    for (int32_t i = 0; i < OPTIONS; i++)
        length += (size_t)snprintf(text + length, ATTNI_FILE_TOKENS_SIZE - length, "%s\"%s\":%d",
                                   i ? "," : "{", options[i].name, *option_of(&tokens, i));
    return length + (size_t)snprintf(text + length, ATTNI_FILE_TOKENS_SIZE - length, "}");
}

/* {"keep_case": 1, ...}. As with layers, an option that a later version has and that is not its default, 0, is refused. */
static attn_status read_members(const attn_file *file, const char *function, const char *key,
                                attni_json *json, attn_tokens_options *tokens)
{
    const char *name;
    size_t length;
    for (int32_t first = attni_json_open(json, '{'); attni_json_member(json, &first, &name, &length);) {
        int32_t known = 0;
        attni_json_number number = {.integer = -1, .real = -1};
        if (attni_json_peek(json) == '0')
            number = attni_json_number_of(json);
        else
            attni_json_skip(json);
        for (int32_t i = 0; i < OPTIONS; i++) {
            if (strcmp(options[i].name, name) != 0)
                continue;
            known = number.is_integer && (number.integer == 0 || number.integer == 1);
            *option_of(tokens, i) = (int32_t)number.integer;
            if (!known)
                break;
        }
        if (!known && number.real != 0)
            return attni_fail(
                ATTN_ERR_FORMAT,
                "%s: %s: \"%.80s\" has an option \"%.80s\" that libattn %s does not know; use a newer one",
                function, file->path, key, name, attn_version());
    }
    attni_json_end(json);
    if (json->problem)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s: \"%.80s\" is not JSON: %s (byte %zu of it)", function,
                          file->path, key, json->problem, json->at);
    return ATTN_OK;
}

static attn_status read_tokens(const attn_file *file, const char *function, const attni_metadata *text,
                               attn_tokens_options *tokens)
{
    char *copy = attni_alloc(file->context, text->length + 1);
    if (copy == NULL)
        return attni_no_memory(function, text->length + 1);
    memcpy(copy, text->value, text->length);
    attni_json json = attni_json_of(copy, text->length);
    attn_status status = read_members(file, function, text->key, &json, tokens);
    attni_free(file->context, copy);
    return status;
}

/* What the metadata has under KIND, or for a vocabulary that is not the first under KIND.NAME. */
static const attni_metadata *find(const attn_file *file, const char *kind, const char *name)
{
    char key[ATTNI_FILE_MAX_KEY + 1];
    if (strcmp(name, ATTNI_FILE_VOCAB) == 0)
        return attni_file_metadata(file, kind);
    int length = snprintf(key, sizeof key, "%s.%s", kind, name);
    return length < (int)sizeof key ? attni_file_metadata(file, key) : NULL;
}

attn_status attn_file_vocab_create(const attn_file *file, const char *name, attn_vocab **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(file);
    ATTNI_ENTER(file->context);
    name = name ? name : ATTNI_FILE_VOCAB;
    const attni_metadata *text = find(file, ATTNI_FILE_VOCAB, name),
                         *how = find(file, ATTNI_FILE_TOKENS, name);
    attn_tokens_options tokens = ATTN_TOKENS_OPTIONS_INIT;
    if (text == NULL)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s holds no vocabulary called \"%.80s\"; give attn_params_save one", __func__,
                          file->path, name);
    if (how)
        ATTNI_TRY(read_tokens(file, __func__, how, &tokens));
    return attni_vocab_parse(file->context, __func__, file->path, text->value, text->length, NULL,
                             how ? &tokens : NULL, out);
}

attn_status attn_file_pieces_create(const attn_file *file, attn_pieces **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(file);
    ATTNI_ENTER(file->context);
    const attni_metadata *text = attni_file_metadata(file, ATTNI_FILE_PIECES);
    if (text == NULL)
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s holds no pieces; give attn_params_save some", __func__,
                          file->path);
    return attni_pieces_parse(file->context, __func__, file->path, text->value, text->length, out);
}

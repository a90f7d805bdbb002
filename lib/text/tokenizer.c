/* tokenizer.c - the list of tokens: made with options, filled by two passes (tokens.h), asked. */
#include "text/tokens.h"

#include <string.h>

#include "text/utf8.h"

_Static_assert(sizeof(attn_tokens_options) == offsetof(attn_tokens_options, reserved) + sizeof(int32_t),
               "no tail padding");
_Static_assert(sizeof(attn_tokens_info) == offsetof(attn_tokens_info, reserved) + sizeof(int32_t),
               "no tail padding");

const attni_tokens_option attni_tokens_option_table[ATTNI_TOKENS_OPTIONS] = {
    {"keep_case", offsetof(attn_tokens_options, keep_case)},
    {"keep_accents", offsetof(attn_tokens_options, keep_accents)},
    {"keep_contractions", offsetof(attn_tokens_options, keep_contractions)},
};

int32_t attni_tokens_difference(const attn_tokens_options *left, const attn_tokens_options *right)
{
    for (int32_t i = 0; i < ATTNI_TOKENS_OPTIONS; i++) {
        if (attni_tokens_option_get(left, i) != attni_tokens_option_get(right, i))
            return i;
    }
    return -1;
}

attn_status attni_tokens_create(attn_context *context, const char *function,
                                const attn_tokens_options *options, attn_tokens **out)
{
    attn_tokens_options chosen;
    ATTNI_TRY(attni_read_options(function, options, &chosen, sizeof chosen));
    for (int32_t i = 0; i < ATTNI_TOKENS_OPTIONS; i++) {
        int32_t value = attni_tokens_option_get(&chosen, i);
        ATTNI_REQUIRE(value == 0 || value == 1, "%s: %s is %d; expected 0 or 1", function,
                      attni_tokens_option_table[i].name, value);
    }
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %d; expected 0", function, chosen.reserved);
    attn_tokens *tokens = attni_alloc_zero(context, sizeof *tokens);
    if (tokens == NULL)
        return attni_no_memory(function, sizeof *tokens);
    tokens->context = attni_context_retain(context);
    tokens->options = chosen;
    *out = tokens;
    return ATTN_OK;
}

attn_status attn_tokens_create(attn_context *context, const attn_tokens_options *options, attn_tokens **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    return attni_tokens_create(context, __func__, options, out);
}

void attn_tokens_destroy(attn_tokens **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_tokens *tokens = *out;
    attn_context *context = tokens->context;
    attni_buffer_clear(&tokens->text, context);
    attni_buffer_clear(&tokens->folded, context);
    attni_buffer_clear(&tokens->edits, context);
    attni_free(context, tokens->offsets);
    attni_free(context, tokens->begins);
    attni_free(context, tokens->ends);
    attni_free(context, tokens);
    attni_context_release(context);
    *out = NULL;
}

attn_status attn_tokens_get_info(const attn_tokens *tokens, attn_tokens_info *info)
{
    ATTNI_REQUIRE_PTR(tokens);
    ATTNI_ENTER(tokens->context);
    ATTNI_REQUIRE_PTR(info);
    attn_tokens_info full = {sizeof full, tokens->options.keep_case, tokens->options.keep_accents,
                             tokens->options.keep_contractions, 0};
    return attni_fill_struct(__func__, &full, sizeof full, info);
}

/* ---- the list -------------------------------------------------------------------------------------------- */

static attn_status grow(attn_tokens *tokens)
{
    int64_t capacity = tokens->capacity ? 2 * tokens->capacity : 512;
    int64_t **lists[3] = {&tokens->offsets, &tokens->begins, &tokens->ends};
    size_t size = (size_t)capacity * sizeof(int64_t);
    for (int32_t i = 0; i < 3; i++) {
        int64_t *list = attni_alloc(tokens->context, size);
        if (list == NULL)
            return attni_no_memory("attn_tokens_set_text",
                                   size); /* lists that have grown already do no harm */
        if (tokens->count > 0)
            memcpy(list, *lists[i], (size_t)tokens->count * sizeof(int64_t));
        attni_free(tokens->context, *lists[i]);
        *lists[i] = list;
    }
    tokens->capacity = capacity;
    return ATTN_OK;
}

attn_status attni_tokens_push(attn_tokens *tokens, size_t length, size_t begin, size_t end)
{
    if (tokens->count == tokens->capacity)
        ATTNI_TRY(grow(tokens));
    tokens->offsets[tokens->count] = (int64_t)tokens->text.size;
    tokens->begins[tokens->count] = (int64_t)begin;
    tokens->ends[tokens->count] = (int64_t)end;
    tokens->count++;
    ((char *)tokens->text.data)[tokens->text.size + length] = '\0';
    tokens->text.size += length + 1;
    return ATTN_OK;
}

static void empty(attn_tokens *tokens)
{
    tokens->count = tokens->invalid = 0;
    tokens->text.size = tokens->folded.size = tokens->edits.size = 0;
}

attn_status attn_tokens_set_text(attn_tokens *tokens, const char *text, size_t size)
{
    ATTNI_REQUIRE_PTR(tokens);
    ATTNI_ENTER(tokens->context);
    empty(tokens);
    ATTNI_REQUIRE(text != NULL || size == 0, "%s: text is NULL; expected %zu bytes", __func__, size);
    ATTNI_REQUIRE(size <= SIZE_MAX / 4, "%s: size is %zu; expected the bytes of text", __func__, size);
    const unsigned char *bytes = (const unsigned char *)text;
    attn_status status;
    if (attni_ascii_length(bytes, size) == size) {
        status = attni_tokens_split(tokens, bytes, size);
    } else {
        status = attni_tokens_fold(tokens, bytes, size);
        if (status == ATTN_OK)
            status = attni_tokens_split(tokens, tokens->folded.data, tokens->folded.size);
        if (status == ATTN_OK && tokens->edits.size > 0)
            attni_tokens_translate_spans(tokens);
    }
    if (status != ATTN_OK)
        empty(tokens);
    return status;
}

/* ---- what it holds --------------------------------------------------------------------------------------- */

int64_t attn_tokens_count(const attn_tokens *tokens)
{
    return tokens ? tokens->count : 0;
}

const char *attn_tokens_get(const attn_tokens *tokens, int64_t index)
{
    if (tokens == NULL || index < 0 || index >= tokens->count)
        return NULL;
    return (const char *)tokens->text.data + tokens->offsets[index];
}

const int64_t *attn_tokens_begins(const attn_tokens *tokens)
{
    return tokens && tokens->count > 0 ? tokens->begins : NULL;
}

const int64_t *attn_tokens_ends(const attn_tokens *tokens)
{
    return tokens && tokens->count > 0 ? tokens->ends : NULL;
}

int64_t attn_tokens_invalid(const attn_tokens *tokens)
{
    return tokens ? tokens->invalid : 0;
}

/* vocab.c - counting, the vocabulary, and its file. */
#include "text/vocab.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "text/words.h"

struct attn_vocab_builder {
    attni_words words;
};

/* The number of a word is its id. */
struct attn_vocab {
    attni_words words;
};

static const char *const special[2] = {[ATTN_PAD_ID] = "<pad>", [ATTN_UNK_ID] = "<unk>"};

static int is_special(const char *token)
{
    return strcmp(token, special[ATTN_PAD_ID]) == 0 || strcmp(token, special[ATTN_UNK_ID]) == 0;
}

static int is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- counting -------------------------------------------------------------------------------------------- */

attn_status attn_vocab_builder_create(attn_context *context, attn_vocab_builder **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    attn_vocab_builder *builder = attni_alloc_zero(context, sizeof *builder);
    if (builder == NULL)
        return attni_no_memory(__func__, sizeof *builder);
    builder->words.context = attni_context_retain(context);
    *out = builder;
    return ATTN_OK;
}

void attn_vocab_builder_destroy(attn_vocab_builder **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_context *context = (*out)->words.context;
    attni_words_clear(&(*out)->words);
    attni_free(context, *out);
    attni_context_release(context);
    *out = NULL;
}

static attn_status add(attn_vocab_builder *builder, const char *function, const char *token, int64_t count)
{
    if (is_special(token))
        return ATTN_OK;
    int32_t number;
    ATTNI_TRY(attni_words_add(&builder->words, function, token, strlen(token), &number));
    int64_t *total = &attni_words_entry(&builder->words, number)->count;
    *total = count > INT64_MAX - *total ? INT64_MAX : *total + count;
    return ATTN_OK;
}

attn_status attn_vocab_builder_add(attn_vocab_builder *builder, const attn_tokens *tokens)
{
    ATTNI_REQUIRE_PTR(builder);
    ATTNI_REQUIRE_PTR(tokens);
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++)
        ATTNI_TRY(add(builder, __func__, attn_tokens_get(tokens, i), 1));
    return ATTN_OK;
}

attn_status attn_vocab_builder_add_token(attn_vocab_builder *builder, const char *token, int64_t count)
{
    ATTNI_REQUIRE_PTR(builder);
    ATTNI_REQUIRE_PTR(token);
    ATTNI_REQUIRE(token[0] != '\0', "%s: token is empty; expected at least one character", __func__);
    for (const char *c = token; *c; c++)
        ATTNI_REQUIRE(!is_white(*c), "%s: token \"%.60s\" holds white space; expected a single token",
                      __func__, token);
    ATTNI_REQUIRE(count >= 0, "%s: count is %" PRId64 "; expected 0 or more", __func__, count);
    return add(builder, __func__, token, count);
}

/* ---- the vocabulary -------------------------------------------------------------------------------------- */

static attn_status create_special(attn_context *context, const char *function, attn_vocab **out)
{
    *out = NULL;
    attn_vocab *vocab = attni_alloc_zero(context, sizeof *vocab);
    if (vocab == NULL)
        return attni_no_memory(function, sizeof *vocab);
    vocab->words.context = attni_context_retain(context);
    for (int32_t id = 0; id < 2; id++) {
        int32_t number;
        attn_status status =
            attni_words_add(&vocab->words, function, special[id], strlen(special[id]), &number);
        if (status != ATTN_OK) {
            attn_vocab_destroy(&vocab);
            return status;
        }
    }
    *out = vocab;
    return ATTN_OK;
}

struct ranked {
    int64_t count;
    const char *token;
};

static int compare_ranks(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(a->token, b->token);
}

static attn_status add_ranked(attn_vocab *vocab, const char *function, int64_t count,
                              const struct ranked *ranks)
{
    for (int64_t i = 0; i < count; i++) {
        int32_t id;
        ATTNI_TRY(attni_words_add(&vocab->words, function, ranks[i].token, strlen(ranks[i].token), &id));
        attni_words_entry(&vocab->words, id)->count = ranks[i].count;
    }
    return ATTN_OK;
}

attn_status attn_vocab_create(const attn_vocab_builder *builder, int64_t max_size, int64_t min_count,
                              attn_vocab **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(builder);
    ATTNI_REQUIRE(max_size == 0 || max_size >= 2,
                  "%s: max_size is %" PRId64 "; expected 0 (no limit), or 2 and more (<pad> and <unk> count)",
                  __func__, max_size);
    ATTNI_REQUIRE(min_count >= 0, "%s: min_count is %" PRId64 "; expected 0 or more", __func__, min_count);
    const attni_words *words = &builder->words;
    attn_context *context = words->context;
    size_t bytes = (size_t)words->count * sizeof(struct ranked);
    struct ranked *ranks = attni_alloc(context, bytes);
    if (ranks == NULL)
        return attni_no_memory(__func__, bytes);
    int64_t count = 0;
    for (int32_t i = 0; i < words->count; i++) {
        struct ranked rank = {attni_words_entry(words, i)->count, attni_words_text(words, i)};
        if (rank.count >= (min_count ? min_count : 1))
            ranks[count++] = rank;
    }
    qsort(ranks, (size_t)count, sizeof *ranks, compare_ranks);
    attn_vocab *vocab;
    attn_status status = create_special(context, __func__, &vocab);
    if (status == ATTN_OK)
        status = add_ranked(vocab, __func__, max_size && count > max_size - 2 ? max_size - 2 : count, ranks);
    attni_free(context, ranks);
    if (status != ATTN_OK) {
        attn_vocab_destroy(&vocab);
        return status;
    }
    *out = vocab;
    return ATTN_OK;
}

void attn_vocab_destroy(attn_vocab **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_context *context = (*out)->words.context;
    attni_words_clear(&(*out)->words);
    attni_free(context, *out);
    attni_context_release(context);
    *out = NULL;
}

attn_context *attni_vocab_context(const attn_vocab *vocab)
{
    return vocab->words.context;
}

int32_t attni_vocab_find(const attn_vocab *vocab, const char *text, size_t size)
{
    return attni_words_find(&vocab->words, text, size);
}

int64_t attn_vocab_size(const attn_vocab *vocab)
{
    return vocab ? vocab->words.count : 0;
}

int32_t attn_vocab_id(const attn_vocab *vocab, const char *token)
{
    int32_t id = vocab && token ? attni_words_find(&vocab->words, token, strlen(token)) : -1;
    return id < 0 ? ATTN_UNK_ID : id;
}

const char *attn_vocab_token(const attn_vocab *vocab, int32_t id)
{
    if (vocab == NULL || id < 0 || id >= vocab->words.count)
        return special[ATTN_UNK_ID];
    return attni_words_text(&vocab->words, id);
}

int64_t attn_vocab_count(const attn_vocab *vocab, int32_t id)
{
    return vocab && id >= 0 && id < vocab->words.count ? attni_words_entry(&vocab->words, id)->count : 0;
}

int64_t attn_vocab_encode(const attn_vocab *vocab, const attn_tokens *tokens, int64_t max_ids, int32_t *ids)
{
    int64_t count = attn_tokens_count(tokens);
    if (vocab == NULL || ids == NULL || max_ids < 0)
        return 0;
    if (count > max_ids)
        count = max_ids;
    for (int64_t i = 0; i < count; i++)
        ids[i] = attn_vocab_id(vocab, attn_tokens_get(tokens, i));
    return count;
}

attn_status attn_vocab_decode(const attn_vocab *vocab, int64_t count, const int32_t *ids, const char **tokens)
{
    ATTNI_REQUIRE_PTR(vocab);
    ATTNI_REQUIRE(count >= 0, "%s: count is %" PRId64 "; expected 0 or more", __func__, count);
    ATTNI_REQUIRE(count == 0 || (ids && tokens), "%s: ids or tokens is NULL; expected arrays of %" PRId64,
                  __func__, count);
    for (int64_t i = 0; i < count; i++)
        tokens[i] = attn_vocab_token(vocab, ids[i]);
    return ATTN_OK;
}

/* ---- vocab.txt ------------------------------------------------------------------------------------------- */

attn_status attni_vocab_format(const attn_vocab *vocab, const char *function, char **out, size_t *size)
{
    const attni_words *words = &vocab->words;
    attni_buffer text = {NULL, 0, 0};
    attn_status status = ATTN_OK;
    for (int32_t id = 0; id < words->count && status == ATTN_OK; id++) {
        const attni_word *word = attni_words_entry(words, id);
        size_t room = word->length + 24u; /* a tab, 19 digits, a line end, a NUL */
        status = attni_buffer_reserve(&text, words->context, function, room);
        if (status == ATTN_OK)
            text.size += (size_t)snprintf((char *)text.data + text.size, room, "%s\t%" PRId64 "\n",
                                          attni_words_text(words, id), word->count);
    }
    if (status != ATTN_OK) {
        attni_buffer_clear(&text, words->context);
        return status;
    }
    *out = text.data;
    *size = text.size;
    return ATTN_OK;
}

/* The count in text[0 .. end); -1 when it is not a number. */
static int64_t parse_count(const char *text, const char *end)
{
    int64_t count = 0;
    if (text == end)
        return -1;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9' || count > (INT64_MAX - (*text - '0')) / 10)
            return -1;
        count = 10 * count + (*text - '0');
    }
    return count;
}

/* One line of vocab.txt without its end. `seen[2]`: have <pad> and <unk> come? */
static attn_status parse_line(attn_vocab *vocab, const char *function, const char *where, int64_t line,
                              const char *text, const char *end, int32_t seen[2])
{
    while (end > text && is_white(end[-1]))
        end--;
    if (text == end)
        return ATTN_OK;
    const char *token_end = text, *number;
    while (token_end < end && !is_white(*token_end))
        token_end++;
    number = token_end;
    while (number < end && is_white(*number))
        number++;
    size_t size = (size_t)(token_end - text);
    int shown = size < 60 ? (int)size : 60;
    int64_t count = parse_count(number, end);
    if (memchr(text, '\0', size))
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line %" PRId64 ": a token holds a NUL byte; expected text", function,
                          where, line);
    if (size == 0 || count < 0)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line %" PRId64 ": no count after \"%.*s\"; expected token<TAB>count",
                          function, where, line, shown, text);
    int32_t before = vocab->words.count, id;
    ATTNI_TRY(attni_words_add(&vocab->words, function, text, size, &id));
    if (id < 2 ? seen[id] : id < before)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line %" PRId64 ": \"%.*s\" stands twice; expected each token once",
                          function, where, line, shown, text);
    if (id < 2)
        seen[id] = 1;
    else
        attni_words_entry(&vocab->words, id)->count = count;
    return ATTN_OK;
}

static attn_status parse_lines(attn_vocab *vocab, const char *function, const char *where, const char *text,
                               size_t size)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* which some editors put at the start */
    const char *end = text + size, *next;
    int32_t seen[2] = {0, 0};
    if (size >= 3 && memcmp(text, mark, 3) == 0)
        text += 3;
    for (int64_t line = 1; text < end; line++, text = next) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        next = stop ? stop + 1 : end;
        ATTNI_TRY(parse_line(vocab, function, where, line, text, stop ? stop : end, seen));
    }
    if (vocab->words.count == 2 && !seen[0] && !seen[1])
        return attni_fail(ATTN_ERR_FORMAT, "%s: %s is empty; expected lines of token<TAB>count", function,
                          where);
    return ATTN_OK;
}

attn_status attni_vocab_parse(attn_context *context, const char *function, const char *where,
                              const char *text, size_t size, attn_vocab **out)
{
    ATTNI_TRY(create_special(context, function, out));
    attn_status status = parse_lines(*out, function, where, text, size);
    if (status != ATTN_OK)
        attn_vocab_destroy(out);
    return status;
}

attn_status attn_vocab_load(attn_context *context, const char *path, attn_vocab **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_REQUIRE_PTR(path);
    attni_mapping file;
    ATTNI_TRY(attni_mapping_open(__func__, path, &file));
    attn_status status = attni_vocab_parse(context, __func__, path, (const char *)file.data, file.size, out);
    attni_mapping_close(&file);
    return status;
}

attn_status attn_vocab_save(const attn_vocab *vocab, const char *path)
{
    ATTNI_REQUIRE_PTR(vocab);
    ATTNI_REQUIRE_PTR(path);
    char *text;
    size_t size;
    ATTNI_TRY(attni_vocab_format(vocab, __func__, &text, &size));
    attni_writer *writer = NULL;
    attn_status status = attni_writer_open(vocab->words.context, __func__, path, &writer);
    if (status == ATTN_OK)
        status = attni_writer_write(writer, text, size);
    if (status == ATTN_OK)
        status = attni_writer_commit(&writer);
    attni_writer_abort(&writer);
    attni_free(vocab->words.context, text);
    return status;
}

/* vocab.h - tokens to ids and back.
 *
 * Id 0 is "<pad>", id 1 is "<unk>"; the others follow by falling count, equal counts by byte order. On disk a
 * vocabulary is the article's vocab.txt: a line a token, `token<TAB>count`, falling. */
#ifndef ATTN_VOCAB_H
#define ATTN_VOCAB_H

#include "tokenizer.h"

ATTN_BEGIN_DECLS

#define ATTN_PAD_ID 0
#define ATTN_UNK_ID 1

/* ---- counting: a builder is filled, then gives a vocabulary ---- */

/* Thread-safety: one thread at a time. */
typedef struct attn_vocab_builder attn_vocab_builder;

ATTN_API attn_status attn_vocab_builder_create(attn_context *context, attn_vocab_builder **out);
ATTN_API void attn_vocab_builder_destroy(attn_vocab_builder **builder);

/* Count each of the tokens once more; or one token `count` times more. "<pad>" and "<unk>" are never counted.
 * Errors: ARGUMENT (a NULL; a token that is empty or holds white space; count < 0), MEMORY. */
ATTN_API attn_status attn_vocab_builder_add(attn_vocab_builder *builder, const attn_tokens *tokens);
ATTN_API attn_status attn_vocab_builder_add_token(attn_vocab_builder *builder, const char *token, int64_t count);

/* ---- the vocabulary: immutable ---- */

/* Thread-safety: any number of threads at once. */
typedef struct attn_vocab attn_vocab;

/* A vocabulary of what was counted: at most `max_size` ids, <pad> and <unk> included (0: no limit; else at least
 * 2), of tokens counted at least `min_count` times (0 means 1). The builder stays as it is.
 * Errors: ARGUMENT, MEMORY. */
ATTN_API attn_status attn_vocab_create(const attn_vocab_builder *builder, int64_t max_size, int64_t min_count,
                                       attn_vocab **out);
ATTN_API void attn_vocab_destroy(attn_vocab **vocab);

/* Read vocab.txt: `token<white space>count` a line, in any order of counts (the order of the file gives the ids);
 * "<pad>" and "<unk>" get ids 0 and 1 wherever they stand, or without standing there. Errors: ARGUMENT, IO, FORMAT
 * (a line without a count, a token that stands twice, an empty file), MEMORY. */
ATTN_API attn_status attn_vocab_load(attn_context *context, const char *path, attn_vocab **out);

/* Write vocab.txt, "<pad>" and "<unk>" first with count 0; a file of that name is replaced only when the new one is
 * whole. Errors: ARGUMENT, IO. */
ATTN_API attn_status attn_vocab_save(const attn_vocab *vocab, const char *path);

/* How many ids. */
ATTN_API int64_t attn_vocab_size(const attn_vocab *vocab);

/* The id of a token; ATTN_UNK_ID where it is not in the vocabulary. */
ATTN_API int32_t attn_vocab_id(const attn_vocab *vocab, const char *token);

/* The token of an id, and how often it was counted; "<unk>" and 0 for an id out of range. The string lives as long
 * as the vocabulary. */
ATTN_API const char *attn_vocab_token(const attn_vocab *vocab, int32_t id);
ATTN_API int64_t attn_vocab_count(const attn_vocab *vocab, int32_t id);

/* The ids of the first `max_ids` tokens into ids[max_ids]; returns how many were written. */
ATTN_API int64_t attn_vocab_encode(const attn_vocab *vocab, const attn_tokens *tokens, int64_t max_ids, int32_t *ids);

/* Ids to tokens: tokens[i] is the token of ids[i], i < count. */
ATTN_API attn_status attn_vocab_decode(const attn_vocab *vocab, int64_t count, const int32_t *ids,
                                       const char **tokens);

ATTN_END_DECLS
#endif

/** vocab.h - tokens to ids and back.
 *
 * Id 0 is "<pad>", id 1 is "<unk>"; special tokens of the program's own come next ("<s>", "</s>"), in the order in which
 * they were given; the others follow by falling count, equal counts by byte order.
 *
 * On disk a vocabulary is the article's vocab.txt: a line a token, `token<TAB>count`, falling. "<pad>", "<unk>" and the
 * special tokens stand first, with count 0: lines of count 0 right behind those two are special tokens when it is read.
 *
 * A vocabulary knows how its tokens were made, where it was counted from attn_tokens: attn_vocab_tokens_create makes the
 * tokenizer that belongs to it, and tokens made otherwise are refused. */
#ifndef ATTN_VOCAB_H
#define ATTN_VOCAB_H

#include "tokenizer.h"

ATTN_BEGIN_DECLS

#define ATTN_PAD_ID 0 /**< "<pad>": what stands behind the end of a row */
#define ATTN_UNK_ID 1 /**< "<unk>": a token that the vocabulary does not hold */

/* ---- counting: a builder is filled, then gives a vocabulary ---- */

/** Thread-safety: one thread at a time. */
typedef struct attn_vocab_builder attn_vocab_builder;

/** How much is held while counting. Where a builder holds more than `max_tokens` different tokens, the next call forgets the
 * rarest, half of them or more. Until then counts are exact; after it a token's may be too low, by attn_vocab_builder_missed at
 * most, so `max_tokens` is best several times the vocabulary's size. The same calls give the same counts. Between two calls it
 * holds `max_tokens` and the new tokens of a single call at most; while it forgets, twice that. Source: lossy counting (Manku and
 * Motwani 2002), forgetting so that the bound of Misra and Gries (1982) holds. */
typedef struct attn_vocab_builder_options {
    size_t struct_size; /**< sizeof(attn_vocab_builder_options) */
    int64_t max_tokens; /**< 2 or more; 0: no limit */
} attn_vocab_builder_options;

#define ATTN_VOCAB_BUILDER_OPTIONS_INIT {sizeof(attn_vocab_builder_options), 0}

/** Make a builder that has counted nothing. `options` NULL means the defaults. Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_builder_create(attn_context *context,
                                                            const attn_vocab_builder_options *options,
                                                            attn_vocab_builder **out);
ATTN_API void attn_vocab_builder_destroy(attn_vocab_builder **builder);

/** Count each of the tokens once more; the first call says how the vocabulary's tokens are made. "<pad>" and "<unk>" are
 * never counted. Errors: ARGUMENT (a NULL; tokens made with other options than those counted before), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_builder_add(attn_vocab_builder *builder, const attn_tokens *tokens);

/** Count one token `count` times more, as it is. A tokenizer of default options, which folds case, gives "hello" and never
 * "Hello": what is added so is found by attn_vocab_id alone. Errors: ARGUMENT (a NULL; a token that is empty or holds white
 * space; count < 0), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_builder_add_token(attn_vocab_builder *builder, const char *token,
                                                               int64_t count);

/** How far a count may be below the true one; none is above it. Tokens that came oftener than this are all there. Of n tokens
 * counted in all it is n / (max_tokens / 2 + 1) at most, whatever the text; 0: nothing was forgotten, and for NULL. */
ATTN_API int64_t attn_vocab_builder_missed(const attn_vocab_builder *builder);

/* ---- the vocabulary: immutable ---- */

/** Thread-safety: any number of threads at once. */
typedef struct attn_vocab attn_vocab;

/** What gets an id. */
typedef struct attn_vocab_options {
    size_t struct_size;         /**< sizeof(attn_vocab_options) */
    int64_t max_size;           /**< at most so many ids, <pad>, <unk> and the special tokens included; 0: no limit */
    int64_t min_count;          /**< tokens counted less often are left out; 0: 1 of a builder, no limit of a file */
    int64_t special_count;      /**< how many special tokens there are */
    const char *const *special; /**< [special_count]: the tokens of ids 2, 3, ...; never counted, though text may hold them */
    const attn_tokens *tokens;  /**< how tokens are made, where nothing else says so: its options count, not its text; NULL */
} attn_vocab_options;

#define ATTN_VOCAB_OPTIONS_INIT {sizeof(attn_vocab_options), 0, 0, 0, 0, 0}

/** A vocabulary of what was counted. The builder stays as it is. `options` NULL means the defaults; what it points to need
 * only live until the call returns.
 * Errors: ARGUMENT (max_size too small for the special tokens; one of these that is empty, holds white space, or stands
 * twice; `tokens` of other options than those counted), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_create(const attn_vocab_builder *builder,
                                                    const attn_vocab_options *options, attn_vocab **out);
ATTN_API void attn_vocab_destroy(attn_vocab **vocab);

/** The same handle for one owner more, who destroys it too: it lives until the last has. NULL for NULL. Thread-safety: any. */
ATTN_API attn_vocab *attn_vocab_share(attn_vocab *vocab);

/** Read vocab.txt: `token<white space>count` a line, in any order of counts (the order of the file gives the ids);
 * "<pad>", "<unk>" and the special tokens of `options` get their ids wherever they stand, or without standing there. With
 * max_size the first tokens are taken. Errors: ARGUMENT, IO, FORMAT (a line without a count, a token that stands twice, an
 * empty file), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_load(attn_context *context, const char *path,
                                                  const attn_vocab_options *options, attn_vocab **out);

/** Write vocab.txt; a file of that name is replaced only when the new one is whole (file.h says where a file goes). How tokens
 * are made is not in it: give it to attn_vocab_load. Errors: ARGUMENT, IO, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_save(const attn_vocab *vocab, const char *path);

/** What a vocabulary is. Filled up to struct_size. */
typedef struct attn_vocab_info {
    size_t struct_size;    /**< sizeof(attn_vocab_info); filled up to here, not beyond */
    int64_t size;          /**< ids */
    int64_t special_count; /**< special tokens behind <pad> and <unk> */
    int32_t tokens_known;  /**< 1: it is known how tokens are made; 0: the options below are the defaults */
    int32_t keep_case, keep_accents, keep_contractions; /**< as in attn_tokens_options */
} attn_vocab_info;

#define ATTN_VOCAB_INFO_INIT {sizeof(attn_vocab_info), 0, 0, 0, 0, 0, 0}

/** What it is. Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_get_info(const attn_vocab *vocab, attn_vocab_info *info);

/** A tokenizer that makes this vocabulary's tokens; one of default options where it is not known how they are made.
 * Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_tokens_create(const attn_vocab *vocab, attn_tokens **out);

/** How many ids. */
ATTN_API int64_t attn_vocab_size(const attn_vocab *vocab);

/** The id of a token; ATTN_UNK_ID where it is not in the vocabulary, and for NULL. */
ATTN_API int32_t attn_vocab_id(const attn_vocab *vocab, const char *token);

/** The token of an id, and how often it was counted; "<unk>" and 0 for an id out of range. The string lives as long
 * as the vocabulary. */
ATTN_API const char *attn_vocab_token(const attn_vocab *vocab, int32_t id);
ATTN_API int64_t attn_vocab_frequency(const attn_vocab *vocab, int32_t id);

/** The ids of the first `max_ids` tokens into ids[max_ids]; `*count` becomes how many were written, which is less where
 * there are fewer tokens. Errors: ARGUMENT (a NULL; max_ids < 0; tokens made with other options than the vocabulary's):
 * `*count` is 0. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_encode(const attn_vocab *vocab, const attn_tokens *tokens,
                                                    int64_t max_ids, int32_t *ids, int64_t *count);

/** Ids to tokens: tokens[i] is the token of ids[i], i < count. Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_vocab_decode(const attn_vocab *vocab, int64_t count,
                                                    const int32_t *ids, const char **tokens);

ATTN_END_DECLS
#endif

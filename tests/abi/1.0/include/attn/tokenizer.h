/** tokenizer.h - text to tokens, each with the bytes of the original that it stands for.
 *
 * Text is UTF-8. It is composed first (Unicode's NFC, and the compatibility forms written out), so that the ways of
 * writing one character are one token. Letters are then case-folded, and Latin, Greek and Cyrillic ones stripped of
 * accents, as the article's unidecode step does; the vowel signs and marks of other scripts stay. HTML breaks (<br>,
 * <br />) are dropped; each mark of punctuation is a token of its own, a run of dots is one ("..." whatever its
 * length), and so is a number ("9", "3.5", "1,000"). English contractions part as in GloVe's corpora: "didn't" is
 * "did" "n't", "it's" is "it" "'s". Typographic quotes, dashes and dots count as those of ASCII. Bytes that are not
 * UTF-8 count as a space and are counted.
 *
 *     "I didn't like it<br />much..."  ->  i | did | n't | like | it | much | ...
 *
 * For languages in which case, accents or apostrophes tell words apart, each of the three steps can be left out. */
#ifndef ATTN_TOKENIZER_H
#define ATTN_TOKENIZER_H

#include "context.h"

ATTN_BEGIN_DECLS

/** The tokens of one text; reused from text to text, so that a long run allocates nothing.
 * Thread-safety: one thread at a time. */
typedef struct attn_tokens attn_tokens;

/** What becomes of letters and contractions. */
typedef struct attn_tokens_options {
    size_t struct_size;         /**< sizeof(attn_tokens_options) */
    int32_t keep_case;          /**< 1: capitals stay */
    int32_t keep_accents;       /**< 1: accents stay, and letters that are not ASCII's are not spelled in it ("ø" is not "o") */
    int32_t keep_contractions;  /**< 1: "didn't" is one token */
    int32_t reserved;           /**< 0 */
} attn_tokens_options;

#define ATTN_TOKENS_OPTIONS_INIT {sizeof(attn_tokens_options), 0, 0, 0, 0}

/** Make an empty list. `options` NULL means the defaults; it need only live until the call returns.
 * Errors: ARGUMENT (an option that is neither 0 nor 1), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_tokens_create(attn_context *context,
                                                     const attn_tokens_options *options, attn_tokens **out);

/** Release it and set the pointer to NULL. NULL and a pointer to NULL are fine. */
ATTN_API void attn_tokens_destroy(attn_tokens **tokens);

/** The options that a tokenizer was made with. */
typedef struct attn_tokens_info {
    size_t struct_size; /**< sizeof(attn_tokens_info); filled up to here, not beyond */
    int32_t keep_case, keep_accents, keep_contractions; /**< as in attn_tokens_options */
    int32_t reserved;                                   /**< 0 */
} attn_tokens_info;

#define ATTN_TOKENS_INFO_INIT {sizeof(attn_tokens_info), 0, 0, 0, 0}

/** The options that it was made with. Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_tokens_get_info(const attn_tokens *tokens, attn_tokens_info *info);

/** Replace the list by the tokens of text[size] (NULL where size is 0); `text` is not kept, and may hold any bytes, NUL among
 * them. Errors: ARGUMENT, MEMORY; on failure the list is empty. */
ATTN_API ATTN_CHECKED attn_status attn_tokens_set_text(attn_tokens *tokens, const char *text, size_t size);

/** How many tokens. */
ATTN_API int64_t attn_tokens_count(const attn_tokens *tokens);

/** Token `index` as it is looked up in a vocabulary: NUL-terminated UTF-8; NULL when there is no such token. Holds
 * until the next attn_tokens_set_text. */
ATTN_API const char *attn_tokens_get(const attn_tokens *tokens, int64_t index);

/** Byte spans in the original: token i is text[begins[i] .. ends[i]). Spans do not overlap and rise. Where one
 * character stands for several tokens (a one-half sign is "1" "/" "2") the first has its bytes, the others have empty
 * spans behind it. NULL when there are no tokens. Hold until the next attn_tokens_set_text. */
ATTN_API const int64_t *attn_tokens_begins(const attn_tokens *tokens);
ATTN_API const int64_t *attn_tokens_ends(const attn_tokens *tokens);

/** How many malformed UTF-8 sequences the text held. */
ATTN_API int64_t attn_tokens_invalid(const attn_tokens *tokens);

ATTN_END_DECLS
#endif

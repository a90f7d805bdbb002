/* tokenizer.h - text to tokens, each with the bytes of the original that it stands for.
 *
 * Text is UTF-8. Letters are case-folded (Unicode) and stripped of accents, as the article's unidecode step does;
 * HTML breaks (<br>, <br />) are dropped; each mark of punctuation is a token of its own, a run of dots is one
 * ("..." whatever its length), and so is a number ("9", "3.5", "1,000"). English contractions part as in GloVe's
 * corpora: "didn't" is "did" "n't", "it's" is "it" "'s". Typographic quotes, dashes and dots count as those of ASCII.
 * Bytes that are not UTF-8 count as a space and are counted.
 *
 *     "I didn't like it<br />much..."  ->  i | did | n't | like | it | much | ... */
#ifndef ATTN_TOKENIZER_H
#define ATTN_TOKENIZER_H

#include "context.h"

ATTN_BEGIN_DECLS

/* The tokens of one text; reused from text to text, so that a long run allocates nothing.
 * Thread-safety: one thread at a time. */
typedef struct attn_tokens attn_tokens;

/* Make an empty list. Errors: ARGUMENT, MEMORY. */
ATTN_API attn_status attn_tokens_create(attn_context *context, attn_tokens **out);

/* Release it and set the pointer to NULL. NULL and a pointer to NULL are fine. */
ATTN_API void attn_tokens_destroy(attn_tokens **tokens);

/* Replace the list by the tokens of text[size]; `text` is not kept, and may hold any bytes, NUL among them.
 * Errors: ARGUMENT, MEMORY; on failure the list is empty. */
ATTN_API attn_status attn_tokens_set_text(attn_tokens *tokens, const char *text, size_t size);

/* How many tokens. */
ATTN_API int64_t attn_tokens_count(const attn_tokens *tokens);

/* Token `index` as it is looked up in a vocabulary: NUL-terminated UTF-8; NULL when there is no such token. Holds
 * until the next attn_tokens_set_text. */
ATTN_API const char *attn_tokens_get(const attn_tokens *tokens, int64_t index);

/* Byte spans in the original: token i is text[begins[i] .. ends[i]). Spans do not overlap and rise. Where one
 * character stands for several tokens (a one-half sign is "1" "/" "2") the first has its bytes, the others have empty
 * spans behind it. NULL when there are no tokens. Hold until the next attn_tokens_set_text. */
ATTN_API const int64_t *attn_tokens_begins(const attn_tokens *tokens);
ATTN_API const int64_t *attn_tokens_ends(const attn_tokens *tokens);

/* How many malformed UTF-8 sequences the text held. */
ATTN_API int64_t attn_tokens_invalid(const attn_tokens *tokens);

ATTN_END_DECLS
#endif

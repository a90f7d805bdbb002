/* tokens.h - the list of tokens as the two passes of the tokenizer fill it, and its options as others keep them.
 *
 * 1. fold (fold.c): what is not ASCII is replaced by its folded form (cluster.h), in a copy; a list of edits says
 *    where the copy differs from the original. Text that is all ASCII is not copied.
 * 2. split (split.c): the folded text is cut into tokens by the rules of attn/tokenizer.h. Each byte of a word goes
 *    to exactly one byte of its token; so the token's bytes tell its span in the folded text, and the edits tell its
 *    span in the original. */
#ifndef ATTN_TEXT_TOKENS_H
#define ATTN_TEXT_TOKENS_H

#include <string.h>

#include "attn/tokenizer.h"
#include "text/buffer.h"

struct attn_tokens {
    attn_context *context;
    attn_tokens_options options;
    attni_buffer text; /* the tokens, each NUL-terminated */
    int64_t count, capacity;
    int64_t *offsets, *begins, *ends; /* [capacity]: where the token stands in `text`, and its span */
    int64_t invalid;
    attni_buffer folded, edits; /* of the first pass */
};

/* The folded text is tokens->folded. Errors are attn_tokens_set_text's: MEMORY. */
attn_status attni_tokens_fold(attn_tokens *tokens, const unsigned char *text, size_t size);

/* Cut text[size], which is folded, into tokens. Errors are attn_tokens_set_text's: MEMORY. */
attn_status attni_tokens_split(attn_tokens *tokens, const unsigned char *text, size_t size);

/* The spans, which splitting left in places of the folded text, in places of the original. */
void attni_tokens_translate_spans(attn_tokens *tokens);

/* The next `length` bytes of tokens->text, where there is room for a NUL too, are a token: end it. */
attn_status attni_tokens_push(attn_tokens *tokens, size_t length, size_t begin, size_t end);

/* ---- options, for whatever keeps them: a vocabulary, a model file ---- */

/* A member of attn_tokens_options, an int32_t that is 0 or 1. */
typedef struct attni_tokens_option {
    const char *name;
    size_t offset;
} attni_tokens_option;

#define ATTNI_TOKENS_OPTIONS 3
extern const attni_tokens_option attni_tokens_option_table[ATTNI_TOKENS_OPTIONS];

static inline int32_t attni_tokens_option_get(const attn_tokens_options *options, int32_t index)
{
    int32_t value;
    memcpy(&value, (const char *)options + attni_tokens_option_table[index].offset, sizeof value);
    return value;
}

static inline void attni_tokens_option_set(attn_tokens_options *options, int32_t index, int32_t value)
{
    memcpy((char *)options + attni_tokens_option_table[index].offset, &value, sizeof value);
}

/* The first option in which the two differ; -1 where none does. */
int32_t attni_tokens_difference(const attn_tokens_options *left, const attn_tokens_options *right);

/* attn_tokens_create; errors begin with `function`. */
attn_status attni_tokens_create(attn_context *context, const char *function, const attn_tokens_options *options,
                                attn_tokens **out);

#endif

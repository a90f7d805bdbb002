/* vocab.h (internal) - the vocabulary's inside; its text, for the model file; look-up for vectors. */
#ifndef ATTN_TEXT_VOCAB_H
#define ATTN_TEXT_VOCAB_H

#include "attn/vocab.h"
#include "core/context.h"
#include "text/tokens.h"
#include "text/words.h"

#define ATTNI_VOCAB_FIRST 2 /* the id behind <pad> and <unk> */

struct attn_vocab {
    _Atomic int32_t owners;
    attni_words words;     /* the number of a word is its id */
    int32_t special_count; /* ids from ATTNI_VOCAB_FIRST */
    int32_t tokens_known;
    attn_tokens_options tokens; /* how its tokens are made; the defaults where that is not known */
};

/* A vocabulary of <pad>, <unk> and the options' special tokens. Errors begin with `function`: ARGUMENT for members of
 * the options, MEMORY. */
attn_status attni_vocab_start(attn_context *context, const char *function, const attn_vocab_options *options,
                              attn_vocab **out);

/* ARGUMENT, which begins with `function`, where tokens of the options `given` cannot be those of `expected`. */
attn_status attni_vocab_check_tokens(const char *function, const attn_tokens_options *expected,
                                     const attn_tokens_options *given);

/* Is it <pad> or <unk>? */
int attni_vocab_is_reserved(const char *token);

/* Holds the token no white space, and at least a character? Errors begin with `function`: ARGUMENT. */
attn_status attni_vocab_check_token(const char *function, const char *token);

static inline int attni_vocab_is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The content of vocab.txt, NUL-terminated, `*size` bytes without the NUL; released by attni_free with the
 * context that the vocabulary was made with. Errors begin with `function`: MEMORY. What the text does not hold is
 * how tokens are made: attn_vocab.tokens where tokens_known. */
attn_status attni_vocab_format(const attn_vocab *vocab, const char *function, char **text, size_t *size);

/* The way back, by the rules of attn_vocab_load. `options` may be NULL, and so may `tokens`, how tokens are made: not
 * known (those of options->tokens do not count here). Errors begin with `function` and name `where`, the file that the
 * text came from: ARGUMENT for members of the options, FORMAT, MEMORY. */
attn_status attni_vocab_parse(attn_context *context, const char *function, const char *where, const char *text,
                              size_t size, const attn_vocab_options *options, const attn_tokens_options *tokens,
                              attn_vocab **out);

/* The context that the vocabulary was made with. */
attn_context *attni_vocab_context(const attn_vocab *vocab);

/* The id of text[size], which need not end in a NUL; -1 where it is not in the vocabulary. */
int32_t attni_vocab_find(const attn_vocab *vocab, const char *text, size_t size);

#endif

/* vocab.h (internal) - a vocabulary as the text of vocab.txt in memory, for the model file; look-up for
 * vectors. */
#ifndef ATTN_TEXT_VOCAB_H
#define ATTN_TEXT_VOCAB_H

#include "attn/vocab.h"
#include "core/context.h"

/* The content of vocab.txt, NUL-terminated, `*size` bytes without the NUL; released by attni_free with the
 * context that the vocabulary was made with. Errors begin with `function`: MEMORY. */
attn_status attni_vocab_format(const attn_vocab *vocab, const char *function, char **text, size_t *size);

/* The way back, by the rules of attn_vocab_load. Errors begin with `function` and name `where`, the file that
 * the text came from: FORMAT, MEMORY. */
attn_status attni_vocab_parse(attn_context *context, const char *function, const char *where,
                              const char *text, size_t size, attn_vocab **out);

/* The context that the vocabulary was made with. */
attn_context *attni_vocab_context(const attn_vocab *vocab);

/* The id of text[size], which need not end in a NUL; -1 where it is not in the vocabulary. */
int32_t attni_vocab_find(const attn_vocab *vocab, const char *text, size_t size);

#endif

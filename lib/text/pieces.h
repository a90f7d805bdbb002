/* pieces.h (internal) - what was joined: its inside, and its text, for the model file. */
#ifndef ATTN_TEXT_PIECES_H
#define ATTN_TEXT_PIECES_H

#include "attn/pieces.h"
#include "core/context.h"
#include "text/buffer.h"
#include "text/words.h"

#define ATTNI_PIECES_LONGEST 256 /* characters that are joined together; longer words are split there first */

/* Two neighbours, by the numbers of their symbols, and what they become. */
typedef struct attni_join {
    int32_t left, right, joined;
} attni_join;

struct attn_pieces {
    attni_words symbols; /* pieces with their marks */
    attni_buffer joins;  /* attni_join, in the order in which they were learned */
    int32_t *slots;      /* a hash table of their numbers by pair; -1: empty */
    size_t slot_count;   /* a power of two, at least twice the joins */
    uint64_t key[2];     /* of the hash */
};

/* An empty one. Errors begin with `function`: MEMORY. */
attn_status attni_pieces_start(attn_context *context, const char *function, attn_pieces **out);

/* One join more, of two symbols, whose joined symbol becomes *joined. Errors begin with `function`: FORMAT (the pair is known),
 * MEMORY. */
attn_status attni_pieces_add(attn_pieces *pieces, const char *function, int32_t left, int32_t right,
                             int32_t *joined);

/* The same, but of a pair that is known *joined becomes what it is, and nothing is added. */
attn_status attni_pieces_find_or_add(attn_pieces *pieces, const char *function, int32_t left, int32_t right,
                                     int32_t *joined);

/* The symbol of a character, or what else text[size] is: with the mark unless the word ends behind it. Errors begin with
 * `function`: MEMORY. */
attn_status attni_pieces_symbol(attn_pieces *pieces, const char *function, const char *text, size_t size,
                                int ends, int32_t *symbol);

/* May the character at text[size] be joined with others? *bytes becomes how many it has. */
int attni_pieces_joins(const char *text, size_t size, size_t *bytes);

/* The joins, a line each: "LEFT RIGHT", the pieces with their marks; NUL-terminated, `*size` bytes without the NUL, UTF-8,
 * released by attni_free. And the way back: errors begin with `function` and name `where`: FORMAT, MEMORY. */
attn_status attni_pieces_format(const attn_pieces *pieces, const char *function, char **text, size_t *size);
attn_status attni_pieces_parse(attn_context *context, const char *function, const char *where,
                               const char *text, size_t size, attn_pieces **out);

#endif

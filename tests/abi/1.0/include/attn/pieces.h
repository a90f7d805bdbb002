/** pieces.h - words as pieces that others share, so that none is unknown: byte-pair encoding (Sennrich et al. 2016, 1508.07909).
 *
 * A word begins as its characters. Of all pairs of neighbours in the words of a vocabulary the one that stands there most often
 * becomes one piece, and so on, as often as is asked for; of equally frequent pairs the first by the bytes of its pieces. Split
 * into pieces, a word goes the same way: of its pairs the one that was joined first is joined next, until none is known.
 *
 *     low 5, lower 2, newest 6, widest 3:    e s, es t, l o, ...    "lowest" -> lo | w | est
 *
 * A piece at the end of a word is another one than the same letters further in front: written down, one that the word goes on
 * behind has the mark "@@", "lo@@ w@@ est", and pieces are words again once the mark is taken off and what follows put behind.
 * Nothing that stands in a word can be taken for the mark: "@" is never joined with anything. Nor are bytes that are no UTF-8,
 * each of which is a character here: any bytes come back. */
#ifndef ATTN_PIECES_H
#define ATTN_PIECES_H

#include "vocab.h"

ATTN_BEGIN_DECLS

#define ATTN_PIECE_MARK "@@" /**< at the end of each piece but a word's last */

/** What was joined, in its order. Thread-safety: immutable; any number of threads at once. */
typedef struct attn_pieces attn_pieces;

/** How much is joined. */
typedef struct attn_pieces_options {
    size_t struct_size; /**< sizeof(attn_pieces_options) */
    int64_t joins;      /**< at most so many, 1 to 10^7; 0: 10000 */
    int64_t min_count;  /**< pairs that stand there less often are not joined; 1 or more; 0: 2 */
} attn_pieces_options;

#define ATTN_PIECES_OPTIONS_INIT {sizeof(attn_pieces_options), 0, 0}

/** Learn from the words of a vocabulary and how often each was counted; special tokens do not count, and neither do words of
 * more than 256 characters. `options` NULL means the defaults. The vocabulary is not needed any more.
 * Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_pieces_learn(const attn_vocab *vocab, const attn_pieces_options *options,
                                                    attn_pieces **out);

/** Release it and set the pointer to NULL. NULL and a pointer to NULL are fine. */
ATTN_API void attn_pieces_destroy(attn_pieces **pieces);

/** How many joins it knows, which may be fewer than were asked for. 0 for NULL. */
ATTN_API int64_t attn_pieces_count(const attn_pieces *pieces);

/** Join `index`, from 0: the two pieces, NUL-terminated and with their marks ("e@@" and "s@@"), live as long as the handle.
 * Errors: ARGUMENT (also an index that is out of range). */
ATTN_API ATTN_CHECKED attn_status attn_pieces_get(const attn_pieces *pieces, int64_t index, const char **left,
                                                  const char **right);

/** Split word[size]: piece i is word[ends[i - 1] .. ends[i]), the first begins at 0, the last ends at `size`. No piece
 * is of more than 256 characters.
 *     word  any bytes, NUL among them; may be NULL where size is 0, which has no pieces
 *     room  how many ends[room] there is room for; `size` always suffices
 *     count how many pieces there are, written
 * Errors: ARGUMENT (also less room than pieces: *count tells how many those are, and ends holds anything). */
ATTN_API ATTN_CHECKED attn_status attn_pieces_split(const attn_pieces *pieces, const char *word, size_t size, int64_t room,
                                                    int64_t *ends, int64_t *count);

ATTN_END_DECLS
#endif

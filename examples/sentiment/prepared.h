/* prepared.h - reviews that were read and tokenised once, in a file that is mapped: for more of them than memory holds.
 *
 *     preparing.c   writing one, piece by piece
 *     prepared.c    opening one; its reviews and ids
 *     prepare.c     the command
 *
 * The file; numbers are little-endian, and nothing is aligned:
 *
 *     head     16 bytes of PREPARED_MAGIC, u64 size of the settings, the settings: JSON, what was read and how
 *     pieces   of at most PIECE_REVIEWS reviews and 65,536 different words, each whole in itself:
 *                  u64 size of the piece, u64 hash of what stands behind these 16 bytes
 *                  u32 reviews, words, tokens, bytes of the words, bytes of the texts, 0
 *                  a record a review, u32: where its name and its text begin in the texts, bytes of the text, number of the label
 *                      (NO_LABEL: none), its first token, malformed UTF-8 sequences; its tokens end where those of the next begin
 *                  the words, in the order in which they came, each with a NUL behind it
 *                  u16 a token: the number of its word
 *                  the texts: name, NUL, text, NUL of each review
 *     films    u32 a review, where they are known
 *     tail     JSON: names of the labels, where pieces and films lie, fingerprints, whether the first review is a header
 *     end      u64 where the tail begins, u64 its hash, 8 bytes of PREPARED_END, of which the last is NUL
 *
 * Words are numbered piece by piece, so that one pass over texts is enough, memory is bounded, and any vocabulary can be counted or
 * used later: those of a training run are of its training reviews alone, as if the texts themselves had been read. While it is
 * written it is FILE.part, of which whole pieces count. */
#ifndef SENTIMENT_PREPARED_H
#define SENTIMENT_PREPARED_H

#include "data.h"

#define PREPARED_MAGIC "attn reviews 1\n" /* and a NUL */
#define PREPARED_END "reviews"            /* and a NUL */
#define PIECE_REVIEWS 8192
#define PIECE_WORDS 65536
#define PIECE_BYTES ((int64_t)1 << 26) /* of texts, but for a longer one that is alone */
#define PIECE_HEAD 40
#define RECORD 24
#define NO_LABEL UINT32_MAX

/* A piece in the mapping. */
struct piece {
    const unsigned char *records, *words, *ids, *texts;
    int64_t first, first_token; /* review and token, counted over all pieces */
    int64_t reviews, word_count, tokens, word_bytes, text_bytes;
};

struct prepared {
    char *path;
    unsigned char *bytes;
    size_t size;
    struct piece *pieces;
    int64_t piece_count, piece_capacity, reviews, tokens;
    const unsigned char *films; /* NULL: not known */
    json_t *tail;
};

static inline uint32_t prepared_u32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t prepared_u64(const unsigned char *at)
{
    return prepared_u32(at) | (uint64_t)prepared_u32(at + 4) << 32;
}

/* Of bytes, eight at a time. */
uint64_t prepared_hash(const void *bytes, size_t size);

/* ---- reading --------------------------------------------------------------------------------------------- */

/* Whether bytes begin as such a file. */
bool prepared_is(const char *bytes, size_t size);

/* Its reviews, which lie in the mapping; what is damaged ends the program. Reviews are those of dataset_load. */
void prepared_load(struct dataset *dataset, const struct source *source);
void prepared_close(struct prepared *prepared);

/* The fingerprint of all its reviews, with labels or without. */
uint64_t prepared_fingerprint(const struct prepared *prepared, bool unlabelled);

/* The piece of a review, by its number from 0; the first of its tokens, counted over all pieces, and how many there are. */
const struct piece *prepared_piece(const struct prepared *prepared, int64_t review);
const struct piece *prepared_piece_of_token(const struct prepared *prepared, int64_t token);
int64_t prepared_tokens(const struct piece *piece, int64_t review, int64_t *first);
int64_t prepared_malformed(const struct piece *piece, int64_t review);

/* Numbers of words of a piece; one that is none ends the program. */
void prepared_read(const struct prepared *prepared, const struct piece *piece, int64_t first_token,
                   int64_t count, uint16_t *numbers);

/* The words of a piece: pointers into the mapping. words[word_count] */
void prepared_words(const struct piece *piece, const char **words);

/* From now on ids are read here and there: the kernel does not read on behind each, which may be megabytes, but what is announced, and 64
 * KB around it, so that neighbours come along where there is memory for them. */
void prepared_scatter(const struct prepared *prepared);
void prepared_announce(const struct prepared *prepared, const struct piece *piece, int64_t first_token,
                       int64_t count);

/* Let go of what the process has of the mapping in memory; it is read again where it is needed. */
void prepared_forget(const struct prepared *prepared);

/* The pieces that are whole from `at` on; returns where they end. What is not yet finished has no more than these. */
size_t prepared_pieces(struct prepared *prepared, size_t at, bool check_hashes);

/* Map a file; false: there is none. */
bool prepared_map(struct prepared *prepared, const char *path);

/* The settings in its head, and where its pieces begin; NULL: it has no head. */
json_t *prepared_settings(const struct prepared *prepared, size_t *at);

/* ---- writing --------------------------------------------------------------------------------------------- */

struct preparing;

/* Begin FILE.part, or go on with it. */
struct preparing *preparing_begin(attn_context *context, const char *path, const struct source *source,
                                  bool anew);

/* Its next review, as dataset_add has it; `label` clean, or NULL. */
void preparing_add(struct preparing *preparing, const char *name, const char *text, size_t size,
                   const char *label);
void preparing_film(struct preparing *preparing, int64_t review, int32_t film);
void preparing_drop_first(struct preparing *preparing);

/* After the last: `dataset` knows what was found. The file gets its name; what it holds is said in `totals`. */
struct totals {
    int64_t reviews, tokens, pieces,
        found; /* found: reviews that were there from an earlier, interrupted preparation */
};
struct totals preparing_end(struct preparing *preparing, const struct dataset *dataset);

#endif

/* cluster.h - a character with the marks on it, composed and folded: what Unicode asks of a tokenizer.
 *
 * A cluster is a character and all that may combine with it: marks, the vowels and ends of a Hangul syllable, voicing
 * marks of kana, and format characters between them. So that all ways of writing it give the same bytes, it is
 *
 *     decomposed    canonically, and its marks put in canonical order
 *     folded        typographic marks to those of ASCII, compatibility forms written out, case folded
 *     stripped      of the accents of Latin, Greek and Cyrillic letters, and their letters that ASCII lacks spelled
 *     composed
 *
 * (Unicode Standard Annex 15; UTS 10 and the Latin-ASCII transliteration for what is spelled). */
#ifndef ATTN_TEXT_CLUSTER_H
#define ATTN_TEXT_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include "attn/tokenizer.h"

#define ATTNI_CLUSTER_MAX 32   /* characters; a longer one parts, as Unicode's stream-safe text does */
#define ATTNI_CLUSTER_SIZE 768 /* bytes that a folded cluster may take */

/* Does the character belong to the cluster of the one before it? */
int attni_cluster_continues(int32_t code);

/* The cluster codes[count] in UTF-8 as it is looked up; returns its bytes, 0 for what vanishes. All that is white
 * space or control becomes ' '. An ASCII letter may stay a capital. */
size_t attni_cluster_fold(const int32_t *codes, int32_t count, const attn_tokens_options *options,
                          unsigned char out[ATTNI_CLUSTER_SIZE]);

#endif

/** attn.h - all of libattn, in the order in which data flows:
 *
 *     text --tokenize--> ids --embed--> vectors --encode--> states --attend--> weights + context --decide--> class
 *
 * What attn_thing_create gives, attn_thing_destroy takes back (attn_file_close of a file): it sets the pointer to NULL, and takes
 * NULL and a pointer to NULL. On failure a create leaves NULL behind, and what it was given as it was. Layers (embedding, gru,
 * attngru, attention, dense, ngrams) and vocab have an attn_thing_share, which gives the same handle to one owner more. They, and
 * gru_packed, tape, tokens, candidates, classifier and reading, have an attn_thing_get_info, which says what they are; the others
 * are asked by calls of their own. Questions that cannot fail answer NULL with 0, NULL or "", or with what they say where there
 * is no such thing (ATTN_UNK_ID, "<unk>", -1).
 *
 * Arguments stand in one order: the handle or context, the tape, sizes, data, lengths, options, outputs. Two pairs stay together:
 * bytes and their size, a callback and its `user`; one that takes what is written is an output.
 *
 * An array that a call writes or adds to overlaps no other argument of that call, unless its comment says that it may be one.
 * Where it is one all the same, at the same address, layers and losses refuse it (ARGUMENT); of arrays that overlap otherwise
 * the results are undefined. What a forward with a tape was given must also stay as it was until its backward, where its comment
 * says so.
 *
 * Each header includes only headers that stand above it. All that they declare stays as it is for as long as ATTN_API_MAJOR does;
 * experimental.h, which is not included here, promises nothing. */
#ifndef ATTN_H
#define ATTN_H

#include "version.h"   /* the API's version, and how symbols are declared */
#include "status.h"    /* what calls return, and the last error's line */
#include "context.h"   /* threads, memory, instruction set */
#include "params.h"    /* named tensors and their gradients */
#include "tape.h"      /* what forward remembers for backward */
#include "tokenizer.h" /* text -> tokens with byte spans */
#include "vocab.h"     /* tokens <-> ids */
#include "pieces.h"    /* words -> pieces that others share */
#include "vectors.h"   /* GloVe and word2vec files */
#include "embedding.h" /* ids -> vectors */
#include "sequence.h"  /* vectors or ids, as recurrent layers read them */
#include "dropout.h"   /* vectors -> vectors, some of them 0 */
#include "pooling.h"   /* vectors -> one vector, without weights that are learned */
#include "pyramid.h"   /* steps -> fewer, wider steps */
#include "gru.h"       /* vectors -> states */
#include "gru_packed.h" /* the same for inference, faster */
#include "attention.h" /* states -> weights and a context */
#include "attngru.h"   /* vectors and openings -> states */
#include "dense.h"     /* context -> logits */
#include "ngrams.h"    /* ids -> logits, by which runs of words stand there */
#include "search.h"    /* a decoder, step by step -> the sequence that it means */
#include "loss.h"      /* logits -> loss, probabilities, gradient */
#include "sampled.h"   /* the same over a large vocabulary, at a sample of it */
#include "adam.h"      /* gradients -> new values */
#include "file.h"      /* everything <-> one safetensors file */
#include "explain.h"   /* what a decision rested on, and how far that can be trusted */
#include "draw.h"      /* the same as a picture */
#include "classifier.h" /* all of it in one handle: texts in, decisions and what they rested on out */

#endif

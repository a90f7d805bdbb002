/* model.h (internal) - the model file: safetensors, as https://github.com/huggingface/safetensors describes it.
 *
 *     offset  bytes  content
 *     0       8      N, the header's length, unsigned, little-endian; at most 100,000,000
 *     8       N      the header: UTF-8 JSON, one object, beginning with "{"; spaces may follow it
 *     8 + N   ...    the tensors' numbers, little-endian, row-major, without holes
 *
 * We write spaces until 8 + N is a multiple of 8, so that the numbers lie aligned in a mapping; we read any N. The
 * header has one member a tensor, in any order,
 *
 *     "encoder.weight_hh_l0": {"dtype": "F32", "shape": [600, 200], "data_offsets": [begin, end]}
 *
 * where begin and end count bytes from 8 + N. Put in order they begin at 0, each at the end of the one before, and
 * the last one ends with the file: nothing overlaps, and no byte belongs to no tensor. The member "__metadata__"
 * maps strings to strings:
 *
 *     format      "libattn"
 *     version     "1"; a file that says "libattn" and another version is refused
 *     config      as the program gave it; absent when it gave none
 *     vocab       vocab.txt, `token<TAB>count<LF>` a line in the order of ids; absent when there is none
 *     adam.steps  updates made, in decimal; absent unless the file is a checkpoint
 *
 * A checkpoint holds, for each tensor NAME, "adam.m.NAME" and "adam.v.NAME" of the same shape, and where
 * an average is kept "adam.a.NAME". We write all weights,
 * then all m, then all v, each in the order in which the tensors were added to the params.
 *
 * Reading trusts nothing. What we accept is narrower than the format in three points: every tensor must be F32, have
 * at most 8 dimensions, and a name of at most 262 bytes. */
#ifndef ATTN_MODEL_MODEL_H
#define ATTN_MODEL_MODEL_H

#include <jansson.h>

#include "attn/model.h"
#include "core/context.h"
#include "core/file.h"

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the model file is little-endian and is copied as it stands: this processor needs a swap here"
#endif

#define ATTNI_MODEL_PREFIX 8 /* bytes of the header's length */
#define ATTNI_MODEL_MAX_HEADER 100000000
#define ATTNI_MODEL_METADATA "__metadata__"
#define ATTNI_MODEL_VERSION "1"
#define ATTNI_MODEL_ADAM_STEPS "adam.steps"
#define ATTNI_MODEL_MAX_NAME (255 + 7) /* a tensor's name behind "adam.m." */
/* A tensor in the file. */
typedef struct attni_stored {
    const char *name; /* the header's */
    int32_t rank;
    int64_t shape[ATTN_MAX_RANK];        /* 1 beyond rank */
    int64_t size;                        /* how many numbers */
    int64_t begin, end;                  /* bytes, from the first number in the file */
} attni_stored;

struct attn_model {
    attn_context *context;
    char *path; /* for messages */
    attni_mapping file;
    const unsigned char *data; /* the first number, maybe not aligned */
    json_t *header;
    const json_t *metadata; /* an object of strings, or NULL */
    attni_stored *tensors;  /* [count], in the order of their data */
    int64_t count;
};

/* The index of the first of `size` floats, aligned or not, that is NaN, infinite or below `lowest`; -1: none. */
int64_t attni_model_first_bad(const void *numbers, int64_t size, float lowest);

#endif

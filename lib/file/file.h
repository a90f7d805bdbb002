/* file.h (internal) - the model file: safetensors, as https://github.com/huggingface/safetensors describes it.
 *
 *     offset  bytes  content
 *     0       8      N, the header's length, unsigned, little-endian; at most 100,000,000
 *     8       N      the header: UTF-8 JSON, one object, beginning with "{"; spaces may follow it
 *     8 + N   ...    the tensors' numbers, little-endian, row-major, without holes
 *
 * We write spaces until 8 + N is a multiple of 64, so that the numbers lie aligned in memory; we read any N. The
 * header has one member a tensor, in any order,
 *
 *     "encoder.weight_hh_l0": {"dtype": "F32", "shape": [600, 200], "data_offsets": [begin, end]}
 *
 * where begin and end count bytes from 8 + N. Put in order they begin at 0, each at the end of the one before, and
 * the last one ends with the file: nothing overlaps, and no byte belongs to no tensor. The member "__metadata__"
 * maps strings to strings:
 *
 *     format      "libattn"
 *     version     "2"; a file that says "libattn" and another version is refused
 *     config      as the program gave it; absent when it gave none
 *     layers      what the tensors are: JSON, {"encoder": {"kind": "gru", "hidden_dim": 200, ...}, ...}; absent when the
 *                 params have no layers
 *     vocab       vocab.txt, `token<TAB>count<LF>` a line in the order of ids; absent when there is none
 *     vocab.NAME  a further vocabulary, likewise
 *     tokens, tokens.NAME   how its tokens are made: JSON, {"keep_case": 0, ...}, the attn_tokens_options; absent where the
 *                 vocabulary does not know it
 *     adam.steps  updates made, in decimal; absent unless the file is a checkpoint
 *     pieces      what was joined, "LEFT RIGHT<LF>" a line in its order, the pieces with their marks; absent when there is none
 *     others      the program's own; never one of these, nor any that begins with "vocab.", "tokens.", "adam." or
 *                 "attn.", which is kept for later versions
 *
 * A checkpoint holds, for each tensor NAME, "adam.m.NAME" and "adam.v.NAME" of the same shape, and where
 * an average is kept "adam.a.NAME". We write all weights,
 * then all m, then all v, each in the order in which the tensors were added to the params.
 *
 * A layer is described by its kind and every option that gives it another shape or other results, each a number, as its
 * public attn_..._info struct names it. An option that is not there is 0, which is every option's default: so a later version
 * may have more of them, and a file that uses one of those says so to an older version by a number other than 0.
 *
 * A layer may be made of integers too (core/layer.h, attni_table): the n-grams that it knows, say. They are a tensor LAYER.ngrams of
 * type I16, or I32 where one is above 32,767; those of type I32 stand in front of the weights and those of type I16 behind them, so
 * that all lie aligned.
 *
 * We write F32, or BF16 or I8 where the program asks for it, and read these and F16 as numbers. I8 are matrices of long rows
 * alone; they stand behind all else, their scales and what stays F32 in the place of the weights. I8 without scales is a type
 * like others: listed, not read. Reading trusts nothing. What we accept is narrower than the format in two points: a tensor must
 * have at most 8 dimensions, and a name of at most 262 bytes.
 *
 *     open.c     where the bytes come from; what is asked of an open file
 *     header.c   the header, every word of it checked
 *     json.c     its language
 *     numbers.c  from and to bfloat16 and float16, and the file's order of bytes
 *     int8.c     matrices as bytes, and their scales
 *     tables.c   the integers that layers are made of
 *     load.c     from the file to arrays, params and the optimiser
 *     save.c     what may be saved, and the numbers
 *     describe.c the header that is written
 *     vocab.c    vocabularies
 *     layers.c   the layers' descriptions in it
 *     rebuild.c  compared with layers, and layers made by them */
#ifndef ATTN_FILE_FILE_H
#define ATTN_FILE_FILE_H

#include "attn/file.h"
#include "core/layer.h"
#include "core/name.h"
#include "file/json.h"
#include "file/little.h"

#define ATTNI_FILE_PREFIX 8 /* bytes of the header's length */
#define ATTNI_FILE_MAX_HEADER 100000000
#define ATTNI_FILE_FORMAT "libattn"
#define ATTNI_FILE_VERSION "2"
#define ATTNI_FILE_ALIGNMENT 64 /* of the first number in a file that we write */
#define ATTNI_FILE_VOCAB "vocab"
#define ATTNI_FILE_PIECES "pieces"
#define ATTNI_FILE_TOKENS "tokens"
#define ATTNI_FILE_LAYERS "layers"
#define ATTNI_FILE_MAX_KEY (6 + 1 + 255) /* "tokens", a dot, and a vocabulary's name */
#define ATTNI_FILE_TOKENS_SIZE 128       /* how the tokens of a vocabulary are made, as text */
#define ATTNI_FILE_ADAM_STEPS "adam.steps"
#define ATTNI_FILE_MAX_NAME                                                                                  \
    (ATTNI_NAME_MOST + 7) /* a tensor's name behind "adam.m.", or in front of ".scales" */

/* A tensor in the file. */
typedef struct attni_stored {
    const char *name;                  /* the header's */
    size_t at;                         /* where its description begins in the header */
    int32_t dtype;                     /* ATTN_DTYPE_... */
    int32_t integer;                   /* 1: of type I32 or I16 */
    const struct attni_stored *scales; /* of type I8: one a row; NULL: it has none */
    int32_t rank;
    int64_t shape[ATTN_MAX_RANK]; /* 1 beyond rank */
    int64_t size;                 /* how many numbers */
    int64_t begin, end;           /* bytes, from the first number in the file */
} attni_stored;

/* One string of the metadata. */
typedef struct attni_metadata {
    const char *key, *value;
    size_t length; /* of the value */
} attni_metadata;

/* One option of a layer. */
typedef struct attni_option {
    const char *name;
    int32_t is_number; /* or else something that only a later version knows */
    attni_json_number number;
} attni_option;

/* A layer as the file describes it: options [first, first + count) of the file's. */
typedef struct attni_described {
    const char *name, *kind;
    int64_t first, count;
} attni_described;

struct attn_file {
    attn_context *context;
    char *path;                 /* for messages; "a file in memory" where there is none */
    const unsigned char *bytes; /* the whole file, */
    size_t size;
    void *owned;  /* where it was read to; or of a file in memory a copy of the header */
    char *header; /* [header_size], the JSON; its strings, once read, end in NULs */
    size_t header_size;
    const unsigned char *data;    /* the first number, maybe not aligned */
    attni_stored *tensors;        /* [count], in the order of their data */
    const attni_stored **by_name; /* [count], the same by their names */
    int64_t count;
    attni_metadata *metadata; /* [metadata_count], by key */
    int64_t metadata_count;
    char *layers_text;                      /* the description of the layers, its strings ending in NULs */
    attni_described *layers;                /* [layer_count], in the order of the file */
    const attni_described **layers_by_name; /* [layer_count] */
    attni_option *options;                  /* of all layers */
    int64_t layer_count;
};

/* Read the header into the tensors and metadata. Errors begin with `function`: FORMAT, MEMORY. */
attn_status attni_file_read_header(attn_file *file, const char *function);

/* The string that stands under `key`, or NULL. */
const attni_metadata *attni_file_metadata(const attn_file *file, const char *key);

/* The tensor called PREFIX NAME, or NULL. */
const attni_stored *attni_file_find(const attn_file *file, const char *prefix, const char *name);

/* ---- load.c ---- */

/* The file must hold PREFIX NAME, of this shape, with numbers that are finite and not below `lowest`. Then they may be copied. */
attn_status attni_file_check(const attn_file *file, const char *function, const char *prefix,
                             const char *name, int32_t rank, const int64_t *shape, float lowest);
void attni_file_copy(const attn_file *file, const char *prefix, const char *name, float *to);

/* ---- layers.c and rebuild.c ---- */

/* Append the description of the layers of the params, or nothing where there are none; read it from the metadata. */
attn_status attni_file_put_layers(const attn_params *params, const char *function, attni_buffer *out);
attn_status attni_file_read_layers(attn_file *file, const char *function);

const attni_described *attni_file_find_layer(const attn_file *file, const char *name);

/* The params' layers whose tensors are loaded must be as the file describes them, where it does. */
attn_status attni_file_compare_layers(const attn_file *file, const char *function, const attn_params *params,
                                      const char *from, const char *to);

/* ---- tables.c ---- */

/* What the layer's table is called in a file, "LAYER.NAME"; 0: it has none. */
int32_t attni_table_name(const attni_layer_note *note, char name[ATTNI_NAME_ROOM]);

/* Append the tensors whose integers have `bytes` bytes to a header; `*at` is where they begin, and becomes where they end. And write them, in
 * the same order. */
attn_status attni_file_put_tables(const attn_params *params, const char *function, int64_t bytes, int64_t *at,
                                  attni_buffer *out);
attn_status attni_file_write_tables(const attn_params *params, int64_t bytes, attn_write_fn write,
                                    void *user);

/* The file must hold integers NAME of this shape, each 0 or more, which are read where values is not NULL. */
attn_status attni_file_read_table(const attn_file *file, const char *function, const char *name, int64_t rows,
                                  int64_t width, int32_t *values);
/* And of the layer called so those of the table. */
attn_status attni_file_compare_table(const attn_file *file, const char *function, const char *layer,
                                     const attni_table *table);

/* ---- vocab.c ---- */

/* How the vocabulary's tokens are made, as JSON; its length, 0 where that is not known. */
size_t attni_file_print_tokens(const attn_vocab *vocab, char text[ATTNI_FILE_TOKENS_SIZE]);

/* ---- numbers.c ---- */

/* The numbers of a tensor of the file, which is of no other type than those we read, as float32. */
void attni_widen(const attn_file *file, const attni_stored *stored, float *out);

/* `size` numbers to a file's bfloat16, to nearest, ties to even. */
void attni_narrow(const float *numbers, int64_t size, uint16_t *out);

/* Write `size` numbers of four bytes each, float32 or int32, as a file has them. */
attn_status attni_write_words(const void *words, int64_t size, attn_write_fn write, void *user);

/* The index of the first number of a tensor of the file that is NaN, infinite or below `lowest`; -1: none. */
int64_t attni_first_bad(const attn_file *file, const attni_stored *stored, float lowest);

/* ---- int8.c ---- */

struct attni_tensor;

/* Whether a tensor becomes bytes in a file of int8. Write the scales of its values, and the bytes. */
int32_t attni_becomes_int8(const struct attni_tensor *tensor);
attn_status attni_write_scales(const struct attni_tensor *tensor, const float *values, attn_write_fn write,
                               void *user);
attn_status attni_write_int8(const struct attni_tensor *tensor, const float *values, attn_write_fn write,
                             void *user);

/* Tensors of type I8 get their scales, or are of another type. */
void attni_file_find_scales(attn_file *file);

/* ---- describe.c ---- */

struct attni_adam_state;

/* What a file begins with, prefix and padding included; `state` is NULL where there is no optimiser. */
attn_status attni_file_describe(const attn_params *params, const char *function,
                                const attn_save_options *options, const struct attni_adam_state *state,
                                attni_buffer *out);

#endif

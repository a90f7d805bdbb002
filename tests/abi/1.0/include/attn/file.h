/** file.h - weights, vocabularies, layers and configuration in one safetensors file, which PyTorch and NumPy open.
 *
 *     8 bytes    length N of the header, little-endian
 *     N bytes    JSON: "NAME": {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}, ...
 *                and "__metadata__": {"format": "libattn", "version": "2", "config": ..., "vocab": ..., ...}
 *     the rest   the tensors, float32, bfloat16 or int8, little-endian, row-major; of n-grams also their ids, exact: int16, or
 *                int32 where one is too large for that
 *
 * A tensor NAME of type I8, [rows, columns], has beside it NAME.scales, F32, [rows]: its numbers are scales[r] * byte[r][c]. The
 * ids of n-grams are LAYER.ngrams. These names, and those of a checkpoint, no tensor of the params may have (params.h).
 *
 * "config" is whatever string the program gives (JSON, say), "vocab" is vocab.txt, "vocab.NAME" a further one, "tokens" and
 * "tokens.NAME" how their tokens are made, "pieces" how words are split, "layers" what the layers are. A checkpoint is
 * the same file with the optimiser's state beside the weights: tensors "adam.m.NAME", "adam.v.NAME" and, where an average is
 * kept, "adam.a.NAME"; and "adam.steps" in the metadata. It keeps the state, not the settings: a program that goes on sets again
 * what it had set, and then comes to the same bits. These are the optimiser's options, its rate (attn_adam_set_lr), and of the
 * tensors attn_params_set_lr_scale and attn_params_set_trainable.
 *
 * A file of version "1", which is older than 1.0, is refused: train the model again.
 *
 * A file may come from anyone. Whatever its bytes are, it is read or refused; and to open it and make all that it holds, with
 * gradients and an optimiser, takes at most 64 times its size and 1 MiB of memory, however large a model it says that it is. What
 * the model then computes takes what its own sizes ask for. */
#ifndef ATTN_FILE_H
#define ATTN_FILE_H

#include "adam.h"
#include "attention.h"
#include "attngru.h"
#include "dense.h"
#include "embedding.h"
#include "gru.h"
#include "ngrams.h"
#include "pieces.h"
#include "vocab.h"

ATTN_BEGIN_DECLS

/* ---- writing ---- */

/** What goes into the file beside the values of the params. Everything is copied into the file; nothing is kept. */
typedef struct attn_save_options {
    size_t struct_size;      /**< sizeof(attn_save_options) */
    const attn_vocab *vocab; /**< the vocabulary; attn_file_vocab_create finds it under the name "vocab"; NULL: none */
    int64_t vocab_count;     /**< further ones, */
    const char *const *vocab_names;  /**< [vocab_count]: each with a name of 1 to 255 bytes other than "vocab" */
    const attn_vocab *const *vocabs; /**< [vocab_count] */
    const char *config;              /**< the program's own, NUL-terminated UTF-8; NULL: none */
    const attn_adam *adam;           /**< makes it a checkpoint; NULL: no */
    int64_t metadata_count;          /**< pairs of strings in `metadata` */
    const char *const *metadata;     /**< [2 metadata_count]: key, value, key, value, ... in UTF-8, which other readers of
                                         * safetensors show. Not "format", "version", "config", "layers", "vocab",
                                         * "tokens" and "pieces", nor what begins with "vocab.", "tokens.", "adam." or
                                         * "attn.": those are the file's, the last for later versions */
    int32_t dtype;    /**< ATTN_DTYPE_FLOAT32; ATTN_DTYPE_BFLOAT16: weights rounded to nearest, ties to even, half the size;
                          * or ATTN_DTYPE_INT8, a quarter: matrices whose rows have 16 numbers or more, the largest of each
                          * row as 127 or -127, and the others as they are. attn_gru_packed_create in int8 makes the same
                          * bytes of a GRU's, of up to 1024 columns, as of the weights before. With `adam` only FLOAT32 */
    int32_t reserved; /**< 0 */
    const attn_pieces *pieces; /**< how words are split, for attn_file_pieces_create; NULL: none */
} attn_save_options;

#define ATTN_SAVE_OPTIONS_INIT {sizeof(attn_save_options), 0, 0, 0, 0, 0, 0, 0, 0, ATTN_DTYPE_FLOAT32, 0, 0}

/** Write the params to `path`; `options` NULL: the weights alone.
 *
 * Where a file goes, by every call that takes a path to write to. Links are followed, to what is not there yet as well.
 * - A file is written beside its place under a temporary name, ".attn-...tmp", and takes its name only when it is whole and on
 *   disk: whatever fails, what was there stays. It then has the permissions of the file that it replaces, and its owner where
 *   the process may give files away. A process that is killed leaves the temporary file behind; the next save to that name
 *   removes it (it knows abandoned ones by their lock, and so may run beside another).
 * - A device, a pipe and an open descriptor (/dev/stdout, /dev/fd/3) are written through to. A pipe that no one reads yet is
 *   waited for; one that no one reads any more is IO, without a signal.
 * - On Windows paths are UTF-8, and permissions are those that the folder gives; a file that is open or mapped is not replaced
 *   (IO), and a link to what is not there is.
 *
 * Errors: ARGUMENT (a number that is NaN or infinite, or in bfloat16 would be, or is as large in int8; text that is not UTF-8; a
 * vocabulary's name or a key that is taken or the file's own; adam of other params), STATE (adam has its average swapped in), IO,
 * MEMORY; but for IO nothing was written. The names of tensors and layers are no such reason: they were checked when they were
 * given (params.h). Thread-safety: nobody may change the params meanwhile. */
ATTN_API ATTN_CHECKED attn_status attn_params_save(const attn_params *params, const char *path, const attn_save_options *options);

/** The same bytes to a function of the program's: for a socket, a database, flash memory. `write` gets them from first to last,
 * in few pieces, of which one may be as large as all values; nothing is written unless all can be. What it returns other than
 * ATTN_OK ends the writing and is returned. Errors: as attn_params_save, but for IO. */
ATTN_API ATTN_CHECKED attn_status attn_params_write(const attn_params *params, const attn_save_options *options,
                                                    attn_write_fn write, void *user);

/** Write data[size] (NULL where size is 0) to `path`, by the same rules: what a program keeps beside its models, or has drawn.
 * Errors: ARGUMENT (a NULL), IO. */
ATTN_API ATTN_CHECKED attn_status attn_file_replace(attn_context *context, const char *path, const void *data, size_t size);

/* ---- opening ---- */

/** A file that was opened. Thread-safety: immutable; any number of threads. */
typedef struct attn_file attn_file;

/** Read a file into memory and check it; any safetensors file will do. What happens to the file afterwards does not matter.
 * Errors: ARGUMENT, IO, FORMAT (with what is wrong: truncated, not safetensors, offsets out of the file, another version of
 * libattn's), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_file_open(attn_context *context, const char *path, attn_file **out);

/** The same of data[size], which need not be aligned. The numbers are not copied: the data must stay as it is until the file is
 * closed, and may lie in memory that is read-only, flash or a mapping, say. Errors: ARGUMENT, FORMAT (also for no data, NULL with
 * size 0, as for an empty file), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_file_open_memory(attn_context *context, const void *data, size_t size, attn_file **out);

/** Let go of it and set the pointer to NULL. NULL and a pointer to NULL are fine. What was created from it lives on. */
ATTN_API void attn_file_close(attn_file **file);

/* ---- tensors ---- */

/** How many tensors the file holds, those of the optimiser included. */
ATTN_API int64_t attn_file_count(const attn_file *file);

/** Look at tensor `index`, in the order of their data, or at the one called `name`. `view->struct_size` must be set. `name` and
 * `values` live as long as the file; `values`, which must not be written to, is NULL where the numbers are not float32 or do not
 * lie at a multiple of 4 bytes, and on processors that are not little-endian; `offset` is -1, `gradients` NULL, and a rank may
 * be 0.
 * Errors: ARGUMENT (index), FORMAT (there is no such tensor). */
ATTN_API ATTN_CHECKED attn_status attn_file_tensor(const attn_file *file, int64_t index, attn_tensor *view);
ATTN_API ATTN_CHECKED attn_status attn_file_find(const attn_file *file, const char *name, attn_tensor *view);

/** Copy a tensor's numbers as they are, NaN included, to values[size]; bfloat16 and float16 become float32, which is exact, and
 * int8 its products with the scales.
 * Errors: ARGUMENT (size is not the tensor's), FORMAT (there is no such tensor), UNSUPPORTED (it is of another type). */
ATTN_API ATTN_CHECKED attn_status attn_file_read(const attn_file *file, const char *name, int64_t size, float *values);

/** Copy values into the params: into each tensor whose name begins with `to` those of the tensor of the file that is called
 * the same with `from` in its place. NULL stands for "": attn_file_load(file, params, NULL, NULL) loads all tensors of the
 * params; (file, params, "encoder.", "reader.") the encoder's into a layer called reader; (file, params, NULL, "encoder.")
 * reads a PyTorch GRU's state_dict. The file may hold others too.
 *
 * Where the file describes a layer and the params have one in its place, the two must be of one kind, and alike in every option
 * that decides results: other weights by the same names are no accident that a shape would show.
 * Errors: ARGUMENT (no tensor of the params begins with `to`), FORMAT (a tensor is missing, has another shape, or holds NaN or
 * infinity; a layer is another; with its name), UNSUPPORTED (a tensor of another type); on failure the params are as before. */
ATTN_API ATTN_CHECKED attn_status attn_file_load(const attn_file *file, attn_params *params, const char *from, const char *to);

/** Copy the optimiser's state from a checkpoint; its options and rate stay as they are, and the params' settings too.
 * Errors: ARGUMENT, STATE (adam has its average swapped in), FORMAT (the file holds none, or one of other tensors); on failure
 * the optimiser is as before. */
ATTN_API ATTN_CHECKED attn_status attn_file_load_adam(const attn_file *file, attn_adam *adam);

/* ---- text ---- */

/** The configuration as it was saved; and what stands under any key of the metadata. NULL where there is none. They live as
 * long as the file. */
ATTN_API const char *attn_file_config(const attn_file *file);
ATTN_API const char *attn_file_metadata(const attn_file *file, const char *key);

/** The vocabulary called `name` (NULL: "vocab") as a handle of its own, which knows how its tokens are made where the saved
 * one did: attn_vocab_tokens_create makes the tokenizer. Errors: ARGUMENT, FORMAT (the file holds none),
 * MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_file_vocab_create(const attn_file *file, const char *name, attn_vocab **out);

/** How words are split into pieces, as a handle of its own. Errors: ARGUMENT, FORMAT (the file holds none, or what are none),
 * MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_file_pieces_create(const attn_file *file, attn_pieces **out);

/* ---- layers ---- */

/** What a file says of a layer: its name and kind ("embedding", "gru", "attention", "attngru", "dense", "ngrams"), which live as
 * long as the file. Filled up to struct_size. */
typedef struct attn_layer_info {
    size_t struct_size;
    const char *name, *kind; /**< what it is called, and what it is */
} attn_layer_info;

#define ATTN_LAYER_INFO_INIT {sizeof(attn_layer_info), 0, 0}

/** How many layers the file describes, 0 where it is not libattn's; and layer `index`, in the order in which they were made.
 * Errors: ARGUMENT. */
ATTN_API int64_t attn_file_layer_count(const attn_file *file);
ATTN_API ATTN_CHECKED attn_status attn_file_layer(const attn_file *file, int64_t index, attn_layer_info *info);

/** Make the layer called `name` in the params, with the options that the file describes and its values: what attn_..._create and
 * attn_file_load do together, without a first value being drawn. Its shapes are checked against the file's tensors before there
 * is memory for them. The layer does not need the file any more.
 * Errors: ARGUMENT (a NULL; the params have a layer or tensors of that name), STATE (the params are sealed), FORMAT (the file
 * describes no such layer, or one of another kind, of a name that none may have (params.h), or with an option that this version
 * does not know; its tensors do not fit), UNSUPPORTED (a tensor of another type), MEMORY; on failure the params are as before. */
ATTN_API ATTN_CHECKED attn_status attn_file_embedding_create(const attn_file *file, const char *name, attn_params *params,
                                                             attn_embedding **out);
ATTN_API ATTN_CHECKED attn_status attn_file_gru_create(const attn_file *file, const char *name, attn_params *params,
                                                       attn_gru **out);
ATTN_API ATTN_CHECKED attn_status attn_file_attention_create(const attn_file *file, const char *name, attn_params *params,
                                                             attn_attention **out);
ATTN_API ATTN_CHECKED attn_status attn_file_attngru_create(const attn_file *file, const char *name, attn_params *params,
                                                           attn_attngru **out);
ATTN_API ATTN_CHECKED attn_status attn_file_dense_create(const attn_file *file, const char *name, attn_params *params,
                                                         attn_dense **out);
ATTN_API ATTN_CHECKED attn_status attn_file_ngrams_create(const attn_file *file, const char *name, attn_params *params,
                                                          attn_ngrams **out);

ATTN_END_DECLS
#endif

/* saved.h - a program's model file: whose it is, and what stands in it beside layers and vocabularies, which it describes itself. */
#ifndef COMMON_SAVED_H
#define COMMON_SAVED_H

#include "common/program.h"

/* What a run's "fingerprint" is in its file, a hash of what it was trained on; and whether it is that one in `json`. */
json_t *fingerprint_json(uint64_t fingerprint);
bool has_fingerprint(const json_t *json, uint64_t fingerprint);

/* Write a model file with {"program": PROGRAM, ...} as the options' config. Takes the reference to `json`, an object with what
 * stands beside "program". */
void save_model(const char *path, const attn_params *params, attn_save_options options, json_t *json);

/* The JSON of an opened model file; ends the program when the file is another program's. */
json_t *read_model_json(const attn_file *file, const char *path);

/* Open a trained model: its JSON, and the vocabulary in it. */
json_t *open_trained(attn_context *context, const char *path, attn_file **file, attn_vocab **vocab);

/* What is opened of a model file to whoever asks for it: where `file` or `json` is NULL, it is let go of. */
void hand_over(attn_file *own, attn_file **file, json_t *config, json_t **json);

/* A whole number of that JSON, from `least` to `most`; ends the program where it is not there. */
int64_t saved_integer(const json_t *json, const char *path, const char *name, int64_t least, int64_t most);

/* Whether the file describes a layer of that name. */
bool file_describes(const attn_file *file, const char *name);

/* Go on only if the file's layers fit each other: what it describes may be anything. */
void must_fit(bool fits, const char *path);

/* What a layer is. */
attn_embedding_info embedding_info(const attn_embedding *layer);
attn_gru_info gru_info(const attn_gru *layer);
attn_attention_info attention_info(const attn_attention *layer);
attn_attngru_info attngru_info(const attn_attngru *layer);
attn_dense_info dense_info(const attn_dense *layer);

#endif

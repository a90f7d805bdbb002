/* trained.h - what a model file holds: the network, its letters, and how sounds become features. */
#ifndef LISTEN_TRAINED_H
#define LISTEN_TRAINED_H

#include "common/files.h"
#include "network.h"

struct trained {
    struct network network;
    attn_vocab *vocab;
    struct feature_settings settings;
    struct features *features;
};

/* A new one; and what a model file holds. Where `file` is not NULL, it stays open and gets it, as `json` does its configuration. */
struct trained trained_create(attn_context *context, const struct config *config);
struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json);
void trained_close(struct trained *trained);

/* Write a file with `options`, what stands beside its network, and its configuration with what `json` holds; the reference is taken. */
void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json);

/* Letters as ids, and back: a blank is ' '. */
int32_t letter_id(const struct trained *trained, char letter);
void append_letters(const struct trained *trained, struct text *out, const int32_t *ids, int64_t count);

#endif

/* trained.h - what a model file holds: the network and its words. */
#ifndef READ_TRAINED_H
#define READ_TRAINED_H

#include "network.h"

struct trained {
    struct network network;
    attn_vocab *vocab;
};

/* A new one for these questions' words, with vectors of a file where `vectors` is not NULL; and what a model file holds. Where `file` is not
 * NULL, it stays open and gets it, as `json` does its configuration. */
struct trained trained_create(attn_context *context, const struct config *config,
                              const struct articles *articles, const int64_t *numbers, int64_t count,
                              const char *vectors);
struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json);
void trained_close(struct trained *trained);

/* Write a file with `options`, what stands beside its network, and its configuration with what `json` holds; the reference is taken. */
void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json);

/* How the articles' words are looked up. */
struct lexicon trained_lexicon(const struct trained *trained, const struct articles *articles);

#endif

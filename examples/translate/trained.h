/* trained.h - what a model file holds: the network, both vocabularies, and what is translated how far. */
#ifndef TRANSLATE_TRAINED_H
#define TRANSLATE_TRAINED_H

#include "network.h"

struct trained {
    struct network network;
    struct languages languages;
    int64_t max_length; /* tokens of a translation, at most */
};

/* What the file at `path` holds; also the opened file and its JSON, the caller's, where `file` and `json` are not NULL. */
struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json);
void trained_close(struct trained *trained);

/* Write the file, with what else `json` says, whose reference is taken. */
void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json);

#endif

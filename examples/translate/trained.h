/* trained.h - what a model file holds: the network, both vocabularies, and what is translated how far. */
#ifndef TRANSLATE_TRAINED_H
#define TRANSLATE_TRAINED_H

#include "network.h"

struct trained {
    struct network network;
    struct languages languages;
    int64_t max_length; /* tokens of a translation, at most */
};

struct trained trained_open(attn_context *context, const char *path);
void trained_close(struct trained *trained);

/* Write the file; `epoch` and `loss` are for who reads its metadata. */
void trained_save(const struct trained *trained, const char *path, int64_t epoch, double loss);

#endif

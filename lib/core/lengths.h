/* lengths.h - the check that everything makes which takes a batch of unequal rows. */
#ifndef ATTN_CORE_LENGTHS_H
#define ATTN_CORE_LENGTHS_H

#include "core/error.h"

/* 0 <= batch, time and batch * time <= 2^30, 0 <= lengths[b] <= time; lengths NULL means all full. */
attn_status attni_check_lengths(const char *function, int64_t batch, int64_t time, const int32_t *lengths);

#endif

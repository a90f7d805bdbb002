/* apart.h - arrays of a call that must not be one: attn.h has the rule. Of those that overlap without beginning at the same place
 * nothing is known here. */
#ifndef ATTN_CORE_APART_H
#define ATTN_CORE_APART_H

#include "core/error.h"

/* An array that a call was given; nothing stands in one of no numbers, wherever it is. */
typedef struct attni_place {
    const char *name;
    const void *at;  /* may be NULL */
    int32_t numbers; /* 0: none */
} attni_place;

/* ARGUMENT where one of the first `written` places is another of them. */
#define ATTNI_REQUIRE_APART(function, written, ...)                                                          \
    ATTNI_TRY(attni_check_apart(function, written,                                                           \
                                (int32_t)(sizeof((const attni_place[]){__VA_ARGS__}) / sizeof(attni_place)), \
                                (const attni_place[]){__VA_ARGS__}))

attn_status attni_check_apart(const char *function, int32_t written, int32_t count,
                              const attni_place *places);

#endif

/* unit_declared.h - the rows of the table of calls that tests/abi/promises.py writes. */
#ifndef UNIT_DECLARED_H
#define UNIT_DECLARED_H

#include "unit.h"

/* A value for an argument. */
typedef struct value {
    void *pointer;
    double number;
    attn_write_fn write;
    attn_search_step_fn step;
    enum { NUMBER, NEEDED, OPTIONAL } kind;
} value;

#define MOST_ARGUMENTS 12

typedef struct declared {
    const char *name;
    attn_status (*call)(const value *values);
    int32_t count, out; /* out: the place of `thing **out`; -1 */
    const char *names[MOST_ARGUMENTS];
} declared;

#endif

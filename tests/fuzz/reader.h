/* reader.h - for the readers of the programs in examples/, which end the program where they cannot go on: here that only
 * ends the attempt. Include what the program has before this, since both have a word of their own for what must hold. */
#ifndef FUZZ_READER_H
#define FUZZ_READER_H

#include <stdbool.h>

#include "fuzz.h"

/* Call read(argument). True where it returned; false where it ended the program, which must be with a line and a status of 1
 * or 2: what it had allocated and opened until then is given back. What it says on standard error is not shown. */
bool fuzz_try(void (*read)(void *argument), void *argument);

/* An empty folder, the same at each call, and a file in it: `name` may hold one folder, "docs/a.txt". Returns the file's
 * path, which stands until the next call. The folder goes when the process ends. */
const char *fuzz_folder(void);
const char *fuzz_put(const char *name, const void *data, size_t size);

#endif

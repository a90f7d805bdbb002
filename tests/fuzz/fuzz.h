/* fuzz.h - what the targets share: what must hold, the library's memory counted, an input as a file.
 *
 * tests/fuzz/fuzz_NAME.c is a target: a function of any bytes, which ends the process where the library does not keep a
 * promise. It is built twice: for libFuzzer, which looks for such bytes (`sh tests/fuzz.sh`), and with replay.c, which feeds
 * it tests/fuzz/NAME, what libFuzzer begins with, as a test. */
#ifndef ATTN_FUZZ_H
#define ATTN_FUZZ_H

#include "attn/attn.h"

/* The target: what libFuzzer and replay.c call with one input after another. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End the process, and say what did not hold. */
#define ensure(holds) ((holds) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #holds))
_Noreturn void fuzz_broken(const char *file, int line, const char *what);

/* Options of a context whose memory is counted. */
attn_context_options fuzz_options(int32_t threads);

/* One of them, of one thread, made at the first call; it stays for good. */
attn_context *fuzz_context(void);

/* From now on the library may hold so many bytes more than it does; SIZE_MAX: any. Beyond that the process ends; or, after
 * fuzz_room, there is no memory. */
void fuzz_limit(size_t bytes);
void fuzz_room(size_t bytes);

/* How many bytes the library holds. */
size_t fuzz_held(void);

/* The path of a regular file of these bytes, which stands until the next call. */
const char *fuzz_path(const void *data, size_t size);

/* A path to write to, in memory, and what was written there, to be freed. */
const char *fuzz_output(void);
uint8_t *fuzz_written(size_t *size);

/* Where files that are mapped are copied (map.c): let go of the copies. NULL where they are not. */
void fuzz_unmap(void) __attribute__((weak));

/* An attn_write_fn that appends to a fuzz_bytes, whose data are to be freed. */
typedef struct fuzz_bytes {
    uint8_t *data;
    size_t size, room;
} fuzz_bytes;
attn_status fuzz_collect(void *bytes, const void *data, size_t size);

/* The input's bytes from the front, 0 where there are none left. */
typedef struct fuzz_input {
    const uint8_t *data;
    size_t size;
} fuzz_input;
uint8_t fuzz_byte(fuzz_input *input);
uint64_t fuzz_number(fuzz_input *input, int bytes);

#endif

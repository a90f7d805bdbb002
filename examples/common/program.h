/* program.h - what every command shares: how it fails, how it takes memory, how it seeds what is random.
 *
 * The files of this folder are compiled anew into each program, with PROGRAM its name. */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <attn/attn.h>
#include <jansson.h>

#define EXIT_RUNTIME 1   /* what was asked for is right, but could not be done: disk full, no memory */
#define EXIT_BAD_INPUT 2 /* an option, a path or a file is not what it should be; nothing was written */

/* Print one line, "PROGRAM: ...", on standard error and exit. */
_Noreturn void fail(int exit_status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print such a line behind what was printed by now, and go on: of one input among several, or of what was mended in it. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same as fail from a signal's handler: "PROGRAM: what: why". What standard output was still to get is lost. */
_Noreturn void fail_in_handler(int exit_status, const char *what, const char *why);

/* What has been done by now, and stays: from here on that line begins with it, and the status is EXIT_RUNTIME. NULL: nothing. */
void fail_after(const char *done);

/* Whoever fails leaves by this, which does not return, in place of printing the line and exiting: where there are others to end too. */
void fail_by(void (*leave)(int exit_status, const char *line));

/* Go on only if the library's call succeeded. `must_read` is for calls that look at what the user gave. */
void must(attn_status status);
void must_read(attn_status status);

/* Memory for `count` things of `size` bytes, all 0; and a string that is printed into. Never NULL. */
void *allocate(int64_t count, size_t size);
char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Grow an array so that it holds `count` things; what it held stays. */
void *grow(void *array, int64_t count, int64_t *capacity, size_t size);

/* A buffer, grown to the largest use. */
struct floats {
    float *values;
    int64_t capacity;
};
float *reserve(struct floats *floats, int64_t count);

/* The numbers of one pass through a network: taken as they are needed, let go all at once by setting `taken` to 0, and not
 * allocated again in the next pass. All 0 is the empty one. */
struct scratch {
    struct floats *buffers;
    int64_t count, capacity, taken;
};
float *take(struct scratch *scratch, int64_t count);
void scratch_free(struct scratch *scratch);

attn_context *make_context(int64_t threads);

/* One to train with, whose products' factors are rounded as --train-precision says: "float32", not at all, or "bfloat16". */
attn_context *make_training_context(int64_t threads, const char *precision);

#define COUNT(array) ((int64_t)(sizeof(array) / sizeof(array)[0]))

/* Seconds on a clock that only runs forward. */
double now(void);

/* Bytes as JSON; what is not UTF-8 becomes U+FFFD. */
json_t *json_bytes(const char *bytes, size_t size);

/* The text as JSON has it, in quotes. To be freed. */
char *json_quoted(const char *text);

/* How long the UTF-8 sequence at bytes[0 .. size) is; 0 when it is malformed. */
size_t utf8_length(const char *bytes, size_t size);
bool is_utf8(const char *text);

/* Random numbers, each a function of (seed, stream, position) alone. */
int64_t random_below(int64_t bound, uint64_t seed, uint64_t stream, uint64_t position);
void shuffle(int64_t *items, int64_t count, uint64_t seed, uint64_t stream);

#endif

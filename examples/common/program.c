/* program.c - failing with one line, memory, time, text as JSON, and random numbers. */
#define _GNU_SOURCE /* vasprintf */
#include "common/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/terminal.h"

static const char *already_done;
static void (*leave_by)(int exit_status, const char *line);

void fail_after(const char *done)
{
    already_done = done;
}

void fail_by(void (*leave)(int exit_status, const char *line))
{
    leave_by = leave;
}

/* The library makes one line of what holds line breaks or long paths, as of its own. */
_Noreturn void fail(int exit_status, const char *format, ...)
{
    char *reason, *line;
    va_list arguments;
    va_start(arguments, format);
    const bool printed =
        vasprintf(&reason, format, arguments) >= 0 &&
        asprintf(&line, "%s%s%s", already_done ? already_done : "", already_done ? ": " : "", reason) >= 0;
    va_end(arguments);
    attn_set_error(-1, printed ? line : "out of memory");
    progress_clear();
    fflush(stdout);
    const int left_with = already_done ? EXIT_RUNTIME : exit_status;
    if (leave_by)
        leave_by(left_with, attn_last_error());
    fprintf(stderr, PROGRAM ": %s\n", attn_last_error());
    exit(left_with);
}

void complain(const char *format, ...)
{
    char *line;
    va_list arguments;
    va_start(arguments, format);
    const bool printed = vasprintf(&line, format, arguments) >= 0;
    va_end(arguments);
    attn_set_error(-1, printed ? line : "out of memory");
    if (printed)
        free(line);
    progress_clear();
    flush_output();
    fprintf(stderr, PROGRAM ": %s\n", attn_last_error());
}

_Noreturn void fail_in_handler(int exit_status, const char *what, const char *why)
{
    const char *const parts[] = {progress_stands() ? "\r\033[K" : "",
                                 PROGRAM,
                                 ": ",
                                 already_done ? already_done : "",
                                 already_done ? ": " : "",
                                 what,
                                 ": ",
                                 why,
                                 "\n"};
    char line[8192];
    size_t size = 0;
    for (int64_t i = 0; i < COUNT(parts); i++) {
        const size_t length = strlen(parts[i]), room = sizeof line - size;
        memcpy(line + size, parts[i], length < room ? length : room);
        size += length < room ? length : room;
    }
    (void)!write(STDERR_FILENO, line, size);
    _exit(already_done ? EXIT_RUNTIME : exit_status);
}

/* The library's line without the name of its function, which means nothing to a user. */
static const char *last_line(void)
{
    const char *line = attn_last_error(), *colon = strstr(line, ": ");
    return strncmp(line, "attn_", 5) == 0 && colon ? colon + 2 : line;
}

void must(attn_status status)
{
    if (status != ATTN_OK)
        fail(EXIT_RUNTIME, "%s", last_line());
}

void must_read(attn_status status)
{
    if (status == ATTN_ERR_ARGUMENT || status == ATTN_ERR_IO || status == ATTN_ERR_FORMAT)
        fail(EXIT_BAD_INPUT, "%s", last_line());
    must(status);
}

void *allocate(int64_t count, size_t size)
{
    void *memory = calloc(count ? (size_t)count : 1, size);
    if (memory == NULL)
        fail(EXIT_RUNTIME, "out of memory: %lld x %zu bytes", (long long)count, size);
    return memory;
}

char *print(const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = allocate((int64_t)size + 1, 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

void *grow(void *array, int64_t count, int64_t *capacity, size_t size)
{
    if (count <= *capacity)
        return array;
    int64_t wanted = count + count / 2 + 16;
    void *larger = (uint64_t)wanted <= SIZE_MAX / size ? realloc(array, (size_t)wanted * size) : NULL;
    if (larger == NULL)
        fail(EXIT_RUNTIME, "out of memory: %lld x %zu bytes", (long long)wanted, size);
    *capacity = wanted;
    return larger;
}

float *reserve(struct floats *floats, int64_t count)
{
    floats->values = grow(floats->values, count, &floats->capacity, sizeof *floats->values);
    return floats->values;
}

float *take(struct scratch *scratch, int64_t count)
{
    if (scratch->taken == scratch->count) {
        scratch->buffers =
            grow(scratch->buffers, scratch->count + 1, &scratch->capacity, sizeof *scratch->buffers);
        scratch->buffers[scratch->count++] = (struct floats){0};
    }
    return reserve(&scratch->buffers[scratch->taken++], count);
}

void scratch_free(struct scratch *scratch)
{
    for (int64_t i = 0; i < scratch->count; i++)
        free(scratch->buffers[i].values);
    free(scratch->buffers);
}

attn_context *make_context(int64_t threads)
{
    return make_training_context(threads, "float32");
}

attn_context *make_training_context(int64_t threads, const char *precision)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.threads = (int32_t)threads;
    options.precision = strcmp(precision, "bfloat16") == 0 ? ATTN_PRECISION_BFLOAT16 : ATTN_PRECISION_FLOAT32;
    attn_context *context;
    must_read(attn_context_create(&options, &context));
    return context;
}

double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

size_t utf8_length(const char *bytes, size_t size)
{
    const unsigned char *c = (const unsigned char *)bytes;
    if (size == 0)
        return 0;
    if (c[0] < 0x80)
        return 1;
    size_t length = c[0] >= 0xC2 && c[0] < 0xE0   ? 2
                    : c[0] >= 0xE0 && c[0] < 0xF0 ? 3
                    : c[0] >= 0xF0 && c[0] < 0xF5 ? 4
                                                  : 0;
    if (length == 0 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((c[i] & 0xC0) != 0x80)
            return 0;
    }
    bool overlong = (c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xF0 && c[1] < 0x90);
    bool beyond =
        (c[0] == 0xED && c[1] >= 0xA0) || (c[0] == 0xF4 && c[1] >= 0x90); /* surrogates; > U+10FFFF */
    return overlong || beyond ? 0 : length;
}

bool is_utf8(const char *text)
{
    for (size_t left = strlen(text), size; left > 0; text += size, left -= size) {
        if ((size = utf8_length(text, left)) == 0)
            return false;
    }
    return true;
}

json_t *json_bytes(const char *bytes, size_t size)
{
    json_t *json = json_stringn(bytes, size);
    if (json)
        return json;
    char *clean = allocate((int64_t)size + 1, 3);
    size_t written = 0;
    for (size_t i = 0; i < size;) {
        size_t length = utf8_length(bytes + i, size - i);
        memcpy(clean + written, length ? bytes + i : "\xEF\xBF\xBD", length ? length : 3);
        written += length ? length : 3;
        i += length ? length : 1;
    }
    json = json_stringn(clean, written);
    free(clean);
    return json;
}

char *json_quoted(const char *text)
{
    json_t *json = json_bytes(text, strlen(text));
    char *quoted = json_dumps(json, JSON_ENCODE_ANY);
    if (quoted == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    json_decref(json);
    return quoted;
}

/* SplitMix64's finisher (Steele, Lea and Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

int64_t random_below(int64_t bound, uint64_t seed, uint64_t stream, uint64_t position)
{
    uint64_t word = mix(mix(mix(seed) ^ stream) ^ position);
    return (int64_t)(((word >> 32) * (uint64_t)bound) >> 32);
}

void shuffle(int64_t *items, int64_t count, uint64_t seed, uint64_t stream)
{
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t other = random_below(i + 1, seed, stream, (uint64_t)i), item = items[i];
        items[i] = items[other];
        items[other] = item;
    }
}

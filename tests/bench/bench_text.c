/* bench_text.c - how fast text is tokenized, counted and encoded, and word vectors are read. It asserts nothing.
 *
 *     bench_text [FILE]     FILE: text to tokenize, a line at a time; without it, generated English-like text */
#define _GNU_SOURCE /* mkdtemp, clock_gettime */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attn/attn.h"

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void check(attn_status status)
{
    if (status == ATTN_OK)
        return;
    fprintf(stderr, "%s\n", attn_last_error());
    exit(1);
}

static uint64_t random_bits(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 33;
}

/* ---- text ------------------------------------------------------------------------------------------------ */

static char *generate_text(size_t *size)
{
    static const char *const words[] = {
        "the",  "film",      "wasn't", "a",         "Great", "story",       "of",
        "an",   "unlikely",  "hero",   "and",       "it's",  "acting",      "really",
        "I",    "surprised", "me",     "character", "movie", "director",    "scenes",
        "with", "to",        "every",  "this",      "10/10", "caf\xC3\xA9", "is"};
    static const char *const marks[] = {", ", ". ", "... ", "! ", "<br /><br />", " - "};
    size_t room = (size_t)32 << 20;
    char *text = malloc(room + 64);
    for (*size = 0; *size < room;) {
        const char *word = words[random_bits() % (sizeof words / sizeof *words)];
        uint64_t mark = random_bits() % 48;
        *size += (size_t)sprintf(text + *size, "%s%s", word, mark < 6 ? marks[mark] : mark == 6 ? "\n" : " ");
    }
    return text;
}

static char *read_text(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    long length = ftell(file);
    rewind(file);
    char *text = malloc((size_t)length + 1);
    *size = fread(text, 1, (size_t)length, file);
    fclose(file);
    return text;
}

static void bench_text(attn_context *context, const char *text, size_t size)
{
    attn_tokens *tokens;
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    static int32_t ids[1 << 20];
    int64_t count = 0, written;
    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    options.max_size = 30000;
    double seconds[3] = {0, 0, 0}, start;
    check(attn_tokens_create(context, NULL, &tokens));
    check(attn_vocab_builder_create(context, NULL, &builder));
    for (int32_t pass = 0; pass < 3; pass++) {
        if (pass == 2)
            check(attn_vocab_create(builder, &options, &vocab));
        for (const char *line = text, *next; line < text + size; line = next) {
            const char *stop = memchr(line, '\n', (size_t)(text + size - line));
            next = stop ? stop + 1 : text + size;
            start = now();
            check(attn_tokens_set_text(tokens, line, (size_t)(next - line)));
            if (pass == 0)
                count += attn_tokens_count(tokens);
            else
                start = now();
            if (pass == 1)
                check(attn_vocab_builder_add(builder, tokens));
            else if (pass == 2)
                check(attn_vocab_encode(vocab, tokens, 1 << 20, ids, &written));
            seconds[pass] += now() - start;
        }
    }
    printf("tokenize  %7.1f MB/s   %.1f MB, %lld tokens\n", 1e-6 * (double)size / seconds[0],
           1e-6 * (double)size, (long long)count);
    printf("count     %7.1f M tokens/s\n", 1e-6 * (double)count / seconds[1]);
    printf("encode    %7.1f M tokens/s\n", 1e-6 * (double)count / seconds[2]);
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    attn_tokens_destroy(&tokens);
}

/* ---- vectors --------------------------------------------------------------------------------------------- */

#define WORDS 400000
#define DIM 100

static void write_glove(const char *path, attn_vocab_builder *builder)
{
    FILE *file = fopen(path, "w");
    for (int32_t i = 0; file && i < WORDS; i++) {
        char line[DIM * 12 + 32];
        int at = sprintf(line, "word%d", i);
        check(attn_vocab_builder_add_token(builder, line, WORDS - i));
        for (int32_t d = 0; d < DIM; d++)
            at += sprintf(line + at, " %s0.%0*d", random_bits() & 1 ? "-" : "", d % 4 ? 5 : 6,
                          (int)(random_bits() % 100000));
        line[at++] = '\n';
        fwrite(line, 1, (size_t)at, file);
    }
    if (file == NULL || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void bench_vectors(attn_context *context)
{
    char folder[] = "/tmp/attn-bench-XXXXXX", path[64];
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        exit(1);
    }
    snprintf(path, sizeof path, "%s/glove.txt", folder);
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    check(attn_vocab_builder_create(context, NULL, &builder));
    write_glove(path, builder);
    check(attn_vocab_create(builder, NULL, &vocab));
    float *table = calloc((size_t)attn_vocab_size(vocab) * DIM, sizeof *table);
    attn_vectors_report report = ATTN_VECTORS_REPORT_INIT;
    for (int32_t round = 0; round < 3; round++) {
        double start = now();
        check(attn_vectors_read(context, vocab, DIM, path, ATTN_VECTORS_AUTO, table, NULL, &report));
        printf("GloVe     %7.2f s      %lld of %lld words, %lld numbers each, %d threads\n", now() - start,
               (long long)report.found, (long long)report.words, (long long)report.dim,
               attn_context_threads(context));
    }
    free(table);
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    unlink(path);
    rmdir(folder);
}

int main(int argc, char **argv)
{
    attn_context *context;
    check(attn_context_create(NULL, &context));
    size_t size;
    char *text = argc > 1 ? read_text(argv[1], &size) : generate_text(&size);
    bench_text(context, text, size);
    free(text);
    bench_vectors(context);
    attn_context_destroy(&context);
    return 0;
}

/* fuzz_pieces.c - any lines as the "pieces" of a model file: what is read has its joins as they stood there, is written and
 * read again as it was, and splits any bytes so that they come back.
 *
 * Of the input: how long the word is that will be split, a byte; the word; and the lines, in which bytes that are not ASCII
 * and the control characters but for the line end stand for themselves in JSON as \u00XX. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static attn_file *open_file(const void *data, size_t size)
{
    attn_file *file;
    ensure(attn_file_open_memory(fuzz_context(), data, size, &file) == ATTN_OK);
    return file;
}

/* The header of a file of pieces alone. */
static char *describe(const uint8_t *lines, size_t count, size_t *size)
{
    char *file = malloc(8 + 6 * count + 100), *at = file + 8;
    ensure(file != NULL);
    at += sprintf(at, "{\"__metadata__\":{\"format\":\"libattn\",\"version\":\"2\",\"pieces\":\"");
    for (size_t i = 0; i < count; i++) {
        if (lines[i] >= 32 && lines[i] < 127 && lines[i] != '"' && lines[i] != '\\')
            *at++ = (char)lines[i];
        else
            at += sprintf(at, "\\u%04x", lines[i] ? lines[i] : 0xFFFD); /* JSON of a model file has no NUL */
    }
    at += sprintf(at, "\"}}");
    *size = (size_t)(at - file);
    const uint64_t length = *size - 8;
    for (int i = 0; i < 8; i++)
        file[i] = (char)(length >> 8 * i & 255);
    return file;
}

static void compare(const attn_pieces *one, const attn_pieces *other)
{
    ensure(attn_pieces_count(one) == attn_pieces_count(other));
    for (int64_t i = 0; i < attn_pieces_count(one); i++) {
        const char *left, *right, *other_left, *other_right;
        ensure(attn_pieces_get(one, i, &left, &right) == ATTN_OK);
        ensure(attn_pieces_get(other, i, &other_left, &other_right) == ATTN_OK);
        ensure(strcmp(left, other_left) == 0 && strcmp(right, other_right) == 0);
    }
}

static void write_and_read(const attn_pieces *pieces)
{
    attn_save_options options = ATTN_SAVE_OPTIONS_INIT;
    attn_params *params;
    attn_pieces *again;
    fuzz_bytes bytes = {NULL, 0, 0};
    options.pieces = pieces;
    ensure(attn_params_create(fuzz_context(), NULL, &params) == ATTN_OK);
    ensure(attn_params_write(params, &options, fuzz_collect, &bytes) == ATTN_OK);
    attn_file *file = open_file(bytes.data, bytes.size);
    ensure(attn_file_pieces_create(file, &again) == ATTN_OK);
    compare(pieces, again);
    attn_pieces_destroy(&again);
    attn_file_close(&file);
    attn_params_destroy(&params);
    free(bytes.data);
}

static void split(const attn_pieces *pieces, const uint8_t *word, size_t size)
{
    int64_t *ends = malloc((size + 1) * sizeof *ends), count, needed;
    ensure(ends != NULL);
    ensure(attn_pieces_split(pieces, (const char *)word, size, (int64_t)size, ends, &count) == ATTN_OK);
    for (int64_t i = 0; i < count; i++)
        ensure(ends[i] > (i ? ends[i - 1] : 0));
    ensure(count > 0 ? ends[count - 1] == (int64_t)size : size == 0);
    ensure(attn_pieces_split(pieces, (const char *)word, size, 0, NULL, &needed) ==
           (count > 0 ? ATTN_ERR_ARGUMENT : ATTN_OK));
    ensure(needed == count);
    free(ends);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = {data, size};
    const uint8_t length = fuzz_byte(&input);
    const size_t word = length < input.size ? length : input.size;
    size_t file_size;
    char *bytes = describe(input.data + word, input.size - word, &file_size);
    attn_file *file = open_file(bytes, file_size);
    attn_pieces *pieces;
    fuzz_limit(200 * input.size + (1 << 17));
    const attn_status status = attn_file_pieces_create(file, &pieces);
    fuzz_limit(SIZE_MAX);
    ensure((status == ATTN_OK) == (pieces != NULL) && (status == ATTN_OK || status == ATTN_ERR_FORMAT));
    if (pieces) {
        split(pieces, input.data, word);
        write_and_read(pieces);
    }
    attn_pieces_destroy(&pieces);
    attn_file_close(&file);
    free(bytes);
    return 0;
}

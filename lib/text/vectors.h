/* vectors.h (internal) - a file of word vectors, opened: what the probe tells, and where the vectors begin. */
#ifndef ATTN_TEXT_VECTORS_H
#define ATTN_TEXT_VECTORS_H

#include "attn/vectors.h"
#include "core/file.h"

typedef struct attni_vectors_file {
    const char *function, *path; /* for messages */
    attni_mapping mapping;
    const char *begin, *end; /* of the mapping */
    const char *body;        /* the first vector */
    int32_t format, dim;
    int64_t least;    /* numbers of the first lines in GloVe */
    int64_t promised; /* how many vectors the first line of word2vec promises; -1 in GloVe */
} attni_vectors_file;

/* Open a file and find out its format and dim. Errors: IO, FORMAT; on failure there is nothing to close. */
attn_status attni_vectors_open(const char *function, const char *path, int32_t format,
                               attni_vectors_file *file);
void attni_vectors_close(attni_vectors_file *file);

/* ---- one line of text: word, blanks, numbers ---- */

/* The end of the line that begins at `line`: its line break, or the end of the file. */
const char *attni_line_end(const char *line, const char *end);

/* How many numbers the line[0 .. end) holds: `dim`, counted from its end, or fewer. When it is `dim`, the word is
 * word[0 .. *word_size), which may hold blanks, end in a number or be empty, and the numbers begin at *numbers. -1 for a blank
 * line. */
int64_t attni_line_split(const char *line, const char *end, int32_t dim, const char **word, size_t *word_size,
                         const char **numbers);

/* Read row[dim], which may be NULL; returns the first field that is no finite number, NULL when all are. */
const char *attni_line_parse(const char *numbers, const char *end, int32_t dim, float *row);

#endif

/* vectors_probe.c - which format a file of word vectors has, and the anatomy of its lines. */
#include <inttypes.h>
#include <string.h>

#include "text/number.h"
#include "text/utf8.h"
#include "text/vectors.h"

/* ---- lines ----------------------------------------------------------------------------------------------- */

static inline int is_blank(char c)
{
    return (c == ' ') | (c == '\t');
}

const char *attni_line_end(const char *line, const char *end)
{
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    return stop ? stop : end;
}

/* Without blanks on both sides and the '\r' of a Windows line. */
static void trim(const char **line, const char **end)
{
    while (*end > *line && (is_blank((*end)[-1]) || (*end)[-1] == '\r'))
        --*end;
    while (*line < *end && is_blank(**line))
        ++*line;
}

static int64_t count_fields(const char *line, const char *end)
{
    int64_t fields = line < end;
    size_t size = (size_t)(end - line);
    for (size_t i = 1; i < size; i++)
        fields += is_blank(line[i - 1]) & !is_blank(line[i]);
    return fields;
}

/* Where the last field of line[0 .. end) begins; `end` is behind it. */
static const char *last_field(const char *line, const char *end)
{
    while (end > line && !is_blank(end[-1]))
        end--;
    return end;
}

static const char *skip_blanks_back(const char *line, const char *end)
{
    while (end > line && is_blank(end[-1]))
        end--;
    return end;
}

static int is_number(const char *field, const char *end)
{
    float value;
    return field < end && attni_parse_float(field, end, &value) == end;
}

static int starts_with_number(const char *line, const char *end)
{
    const char *stop = line;
    while (stop < end && !is_blank(*stop))
        stop++;
    return is_number(line, stop);
}

/* How many fields at the end of a trimmed line are numbers; its first field is the word whatever it looks
 * like. */
static int64_t count_numbers(const char *line, const char *end)
{
    int64_t count = 0;
    for (;;) {
        const char *field = last_field(line, end);
        if (field == line || !is_number(field, end))
            return count;
        count++;
        end = skip_blanks_back(line, field);
    }
}

int64_t attni_line_split(const char *line, const char *end, int32_t dim, const char **word, size_t *word_size,
                         const char **numbers)
{
    const char *begin = line;
    trim(&line, &end);
    int64_t fields = count_fields(line, end);
    *word = line;
    if (fields == (int64_t)dim + 1) {
        const char *at = line;
        while (!is_blank(*at))
            at++;
        *word_size = (size_t)(at - line);
        *numbers = at;
        return dim;
    }
    if (fields == dim && begin < line && starts_with_number(line, end)) { /* the word is empty, or a blank */
        *word = begin;
        *word_size = (size_t)(line - begin) - 1;
        *numbers = line;
        return dim;
    }
    if (fields <= dim)
        return fields - 1;
    /* More fields: the word holds blanks, and may end in a number, as "route 66" does. */
    const char *at = end;
    for (int32_t d = 0; d < dim; d++) {
        *numbers = last_field(line, at);
        at = skip_blanks_back(line, *numbers);
    }
    *word_size = (size_t)(at - line);
    return dim;
}

const char *attni_line_parse(const char *numbers, const char *end, int32_t dim, float *row)
{
    trim(&numbers, &end);
    for (int32_t d = 0; d < dim; d++) {
        while (numbers < end && is_blank(*numbers))
            numbers++;
        float value;
        const char *next = attni_parse_float(numbers, end, &value);
        if (next == NULL || (next < end && !is_blank(*next)))
            return numbers;
        if (row)
            row[d] = value;
        numbers = next;
    }
    return NULL;
}

/* ---- the file -------------------------------------------------------------------------------------------- */

/* A whole number of at most 18 digits at *at, and the blanks behind it; -1 when there is none. */
static int64_t parse_integer(const char **at, const char *end)
{
    const char *digits = *at;
    int64_t value = 0;
    for (; *at < end && **at >= '0' && **at <= '9' && *at - digits < 18; ++*at)
        value = 10 * value + (**at - '0');
    if (*at == digits || (*at < end && !is_blank(**at)))
        return -1;
    while (*at < end && is_blank(**at))
        ++*at;
    return value;
}

/* The first line of word2vec: `words dim`. */
static int parse_header(const char *line, const char *end, int64_t *words, int64_t *dim)
{
    trim(&line, &end);
    *words = parse_integer(&line, end);
    *dim = *words < 0 ? -1 : parse_integer(&line, end);
    return *dim >= 0 && line == end;
}

/* Is the first vector in binary? Not if its line ends in numbers enough; else its first bytes tell. */
static int looks_binary(const char *at, const char *end, int64_t dim)
{
    const char *line = at, *stop = attni_line_end(at, end);
    trim(&line, &stop);
    if (count_numbers(line, stop) >= dim)
        return 0;
    const char *space = memchr(at, ' ', (size_t)(end - at));
    if (space == NULL)
        return 0;
    int64_t left = end - (space + 1);
    for (int64_t i = 1; i <= (left < 4 * dim ? left : 4 * dim); i++) {
        unsigned char byte = (unsigned char)space[i];
        if (byte >= 127 || (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r'))
            return 1;
    }
    return 0;
}

static attn_status probe_word2vec(attni_vectors_file *file, const char *stop, int32_t format, int64_t words,
                                  int64_t dim)
{
    if (dim < 1 || dim > INT32_MAX)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line 1: promises vectors of %" PRId64 " numbers; expected 1 to %" PRId32,
                          file->function, file->path, dim, INT32_MAX);
    file->body = stop < file->end ? stop + 1 : stop;
    file->promised = words;
    file->dim = (int32_t)dim;
    file->format = format;
    if (format == ATTN_VECTORS_AUTO)
        file->format = words > 0 && looks_binary(file->body, file->end, dim) ? ATTN_VECTORS_WORD2VEC_BINARY
                                                                             : ATTN_VECTORS_WORD2VEC;
    return ATTN_OK;
}

/* How wide the vector of a line is; one more for a word that ends in a number. 0: there is none. */
static int64_t count_wide(const char *line, const char *end)
{
    const char *begin = line;
    trim(&line, &end);
    int64_t numbers = line < end ? count_numbers(line, end) : 0;
    return numbers +
           (begin < line && numbers + 1 == count_fields(line, end) && starts_with_number(line, end));
}

#define PROBED 8 /* lines */

/* What most of the first lines hold, of widths that are as frequent the first; and the least of them. */
static int64_t probe_width(const attni_vectors_file *file, int64_t *least)
{
    int64_t widths[PROBED], count = 0, chosen = 0, most = 0;
    for (const char *line = file->begin; line < file->end && count < PROBED;) {
        const char *stop = attni_line_end(line, file->end);
        int64_t width = count_wide(line, stop);
        if (width > 0)
            widths[count++] = width;
        else if (count == 0)
            return 0;
        line = stop + (stop < file->end);
    }
    if (count == 0)
        return 0;
    *least = widths[0];
    for (int64_t i = 0; i < count; i++) {
        int64_t same = 0;
        for (int64_t j = 0; j < count; j++)
            same += widths[j] == widths[i];
        if (same > most) {
            most = same;
            chosen = widths[i];
        }
        *least = widths[i] < *least ? widths[i] : *least;
    }
    return chosen;
}

static attn_status probe_glove(attni_vectors_file *file)
{
    int64_t dim = probe_width(file, &file->least);
    if (dim < 1 || dim > INT32_MAX)
        return attni_fail(
            ATTN_ERR_FORMAT,
            "%s: %s, line 1: no word vector; expected `word number ...`, or `words dim` of word2vec",
            file->function, file->path);
    file->body = file->begin;
    file->promised = -1;
    file->dim = (int32_t)dim;
    file->format = ATTN_VECTORS_GLOVE;
    return ATTN_OK;
}

/* A text whose lines end in CR alone is one line, of one word that holds all others. */
static attn_status check_line_ends(const attni_vectors_file *file, const char *stop)
{
    const char *line = file->begin;
    trim(&line, &stop);
    if (line < stop && memchr(line, '\r', (size_t)(stop - line)))
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line 1: a CR stands in it; expected lines that end in LF or CRLF",
                          file->function, file->path);
    return ATTN_OK;
}

static attn_status probe(attni_vectors_file *file, int32_t format)
{
    const char *stop = attni_line_end(file->begin, file->end);
    int64_t words, dim;
    ATTNI_TRY(check_line_ends(file, stop));
    if (format != ATTN_VECTORS_GLOVE && parse_header(file->begin, stop, &words, &dim))
        return probe_word2vec(file, stop, format, words, dim);
    if (format == ATTN_VECTORS_AUTO || format == ATTN_VECTORS_GLOVE)
        return probe_glove(file);
    return attni_fail(ATTN_ERR_FORMAT, "%s: %s, line 1: not the first line of word2vec; expected `words dim`",
                      file->function, file->path);
}

attn_status attni_vectors_open(const char *function, const char *path, int32_t format,
                               attni_vectors_file *file)
{
    *file = (attni_vectors_file){.function = function, .path = path};
    ATTNI_TRY(attni_mapping_open(function, path, &file->mapping));
    file->begin = (const char *)file->mapping.data;
    file->end = file->begin + file->mapping.size;
    file->begin += attni_text_mark(file->begin, file->mapping.size);
    attn_status status = probe(file, format);
    if (status != ATTN_OK)
        attni_vectors_close(file);
    return status;
}

void attni_vectors_close(attni_vectors_file *file)
{
    attni_mapping_close(&file->mapping);
}

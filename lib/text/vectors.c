/* vectors.c - word vectors into a table, in two passes over the mapped file.
 *
 * 1. scan: the file's pieces, each the lines that begin in it, are looked through in parallel. A word of the
 *    vocabulary leaves where it stands in `first`, unless one further up in the file has done so. Every
 *    line's width is checked.
 * 2. fill: blocks of ids, in parallel, turn to numbers what `first` points at.
 *
 * So what is read, and which fault is reported (the one that stands first), does not depend on the threads. */
#include "text/vectors.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "text/vocab.h"

#define PIECE ((int64_t)1 << 20) /* bytes */
#define BLOCK 64                 /* ids */
#define NOWHERE UINT64_MAX

/* What a task leaves. */
typedef struct outcome {
    int64_t words, found;
    const char *fault; /* the line, in binary the vector, that is wrong; NULL */
} outcome;

typedef struct reading {
    const attni_vectors_file *file;
    const attn_vocab *vocab;
    int32_t dim;
    float *table;
    unsigned char *found;
    _Atomic uint64_t *first; /* [vocab]: offset of a token's line, in binary of its numbers */
    outcome *outcomes;       /* one a task */
} reading;

/* ---- scan ------------------------------------------------------------------------------------------------ */

static void keep_first(_Atomic uint64_t *first, uint64_t offset)
{
    uint64_t old = atomic_load_explicit(first, memory_order_relaxed);
    while (offset < old && !atomic_compare_exchange_weak_explicit(first, &old, offset, memory_order_relaxed,
                                                                  memory_order_relaxed))
        continue;
}

static void scan_piece(void *argument, int64_t i, int32_t worker)
{
    (void)worker;
    const reading *job = argument;
    const attni_vectors_file *file = job->file;
    const char *line = file->body + i * PIECE, *end = file->end;
    const char *piece_end = end - line > PIECE ? line + PIECE : end;
    if (i > 0 && line[-1] != '\n') { /* skip what is left of a line that began before */
        line = attni_line_end(line, piece_end);
        line += line < piece_end;
    }
    outcome result = {0, 0, NULL};
    while (line < piece_end) {
        const char *stop = attni_line_end(line, end), *word, *numbers;
        size_t size;
        int64_t width = attni_line_split(line, stop, job->dim, &word, &size, &numbers);
        if (width == job->dim) {
            int32_t id = attni_vocab_find(job->vocab, word, size);
            if (id >= 0)
                keep_first(&job->first[id], (uint64_t)(line - file->begin));
            result.words++;
        } else if (width >= 0) {
            result.fault = line;
            break;
        }
        line = stop + (stop < end);
    }
    job->outcomes[i] = result;
}

/* Binary vectors follow one another without a mark to find them by: one thread, but few bytes to look at. */
static attn_status scan_binary(reading *job, int64_t *words)
{
    const attni_vectors_file *file = job->file;
    const char *at = file->body, *end = file->end;
    int64_t bytes = 4 * (int64_t)job->dim;
    for (*words = 0; *words < file->promised; ++*words) {
        if (*words % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        while (at < end && (*at == '\n' || (*at == '\r' && at + 1 < end && at[1] == '\n')))
            at++;
        const char *space = at < end ? memchr(at, ' ', (size_t)(end - at)) : NULL;
        if (space == NULL || end - (space + 1) < bytes)
            return attni_fail(ATTN_ERR_FORMAT,
                              "%s: %s ends in vector %" PRId64 " of %" PRId64
                              "; the file is cut short, or its first line wrong",
                              file->function, file->path, *words + 1, file->promised);
        int32_t id = attni_vocab_find(job->vocab, at, (size_t)(space - at));
        if (id >= 0)
            keep_first(&job->first[id], (uint64_t)(space + 1 - file->begin));
        at = space + 1 + bytes;
    }
    while (at < end && (*at == '\n' || *at == '\r'))
        at++;
    if (at < end)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s goes on after the %" PRId64 " vectors of %" PRId32
                          " numbers that its first line promises; the line is wrong, or this is not binary",
                          file->function, file->path, file->promised, file->dim);
    return ATTN_OK;
}

/* ---- fill ------------------------------------------------------------------------------------------------ */

/* row[dim] from little-endian float32; returns whether all are finite. */
static int copy_binary(const char *bytes, int32_t dim, float *row)
{
    int finite = 1;
    for (int32_t d = 0; d < dim; d++) {
        const unsigned char *b = (const unsigned char *)bytes + 4 * (size_t)d;
        uint32_t bits = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        memcpy(&row[d], &bits, sizeof bits);
        finite &= isfinite(row[d]) != 0;
    }
    return finite;
}

static int fill_row(const reading *job, const char *at, float *row)
{
    if (job->file->format == ATTN_VECTORS_WORD2VEC_BINARY)
        return copy_binary(at, job->dim, row);
    const char *stop = attni_line_end(at, job->file->end), *word, *numbers;
    size_t size;
    attni_line_split(at, stop, job->dim, &word, &size, &numbers);
    return attni_line_parse(numbers, stop, job->dim, row) == NULL;
}

static void fill_block(void *argument, int64_t i, int32_t worker)
{
    (void)worker;
    const reading *job = argument;
    int64_t size = attn_vocab_size(job->vocab), stop = (i + 1) * BLOCK < size ? (i + 1) * BLOCK : size;
    outcome result = {0, 0, NULL};
    for (int64_t id = i * BLOCK; id < stop; id++) {
        uint64_t offset = atomic_load_explicit(&job->first[id], memory_order_relaxed);
        if (job->found)
            job->found[id] = offset != NOWHERE;
        if (offset == NOWHERE)
            continue;
        const char *at = job->file->begin + offset;
        if (!fill_row(job, at, job->table + id * job->dim) && (result.fault == NULL || at < result.fault))
            result.fault = at;
        result.found++;
    }
    job->outcomes[i] = result;
}

/* ---- both ------------------------------------------------------------------------------------------------ */

/* Say what is wrong with the line, or binary vector, `fault`. */
static attn_status fail_at(const reading *job, const char *fault)
{
    const attni_vectors_file *file = job->file;
    if (file->format == ATTN_VECTORS_WORD2VEC_BINARY)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s: the vector at byte %" PRId64
                          " holds a number that is not finite; expected float32",
                          file->function, file->path, (int64_t)(fault - (const char *)file->mapping.data));
    int64_t line = 1;
    for (const char *at = file->begin; at < fault; at++) {
        if ((at - file->begin) % PIECE == 0)
            ATTNI_GO_ON();
        line += *at == '\n';
    }
    const char *stop = attni_line_end(fault, file->end), *word, *numbers;
    size_t size;
    int64_t width = attni_line_split(fault, stop, job->dim, &word, &size, &numbers);
    if (width != job->dim)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line %" PRId64 ": %" PRId64 " numbers; expected %" PRId32 " (dim)",
                          file->function, file->path, line, width, job->dim);
    const char *field = attni_line_parse(numbers, stop, job->dim, NULL), *field_end = field;
    while (field_end < stop && *field_end != ' ' && *field_end != '\t' && *field_end != '\r' &&
           field_end - field < 40)
        field_end++;
    return attni_fail(ATTN_ERR_FORMAT, "%s: %s, line %" PRId64 ": \"%.*s\" is not a finite number",
                      file->function, file->path, line, (int)(field_end - field), field);
}

/* The sums of all tasks; the fault that stands first in the file. */
static attn_status gather(const reading *job, int64_t tasks, outcome *total)
{
    *total = (outcome){0, 0, NULL};
    for (int64_t i = 0; i < tasks; i++) {
        const outcome *one = &job->outcomes[i];
        total->words += one->words;
        total->found += one->found;
        if (one->fault && (total->fault == NULL || one->fault < total->fault))
            total->fault = one->fault;
    }
    return total->fault ? fail_at(job, total->fault) : ATTN_OK;
}

static attn_status scan_and_fill(attn_context *context, reading *job, int64_t pieces, int64_t blocks,
                                 attn_vectors_report *report)
{
    const attni_vectors_file *file = job->file;
    outcome total;
    if (file->format == ATTN_VECTORS_WORD2VEC_BINARY) {
        ATTNI_TRY(scan_binary(job, &report->words));
    } else {
        ATTNI_TRY(attni_parallel_for(context, pieces, scan_piece, job));
        ATTNI_TRY(gather(job, pieces, &total));
        report->words = total.words;
        if (file->promised >= 0 && total.words != file->promised)
            return attni_fail(ATTN_ERR_FORMAT,
                              "%s: %s holds %" PRId64 " vectors; its first line promises %" PRId64
                              "; the file is cut short, or the line wrong",
                              file->function, file->path, total.words, file->promised);
    }
    ATTNI_TRY(attni_parallel_for(context, blocks, fill_block, job));
    ATTNI_TRY(gather(job, blocks, &total));
    report->found = total.found;
    return ATTN_OK;
}

static attn_status read_file(attn_context *context, reading *job, attn_vectors_report *report)
{
    const attni_vectors_file *file = job->file;
    /* In GloVe a word that ends in a number looks like a wider vector, and a vector that is too narrow is told with its line. */
    int32_t glove = file->format == ATTN_VECTORS_GLOVE;
    if (glove ? file->least > job->dim : file->dim != job->dim)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line 1: %s%" PRId32 " numbers; expected %" PRId32 " (dim)", file->function,
                          file->path, glove ? "" : "vectors of ", file->dim, job->dim);
    int64_t size = attn_vocab_size(job->vocab), blocks = (size + BLOCK - 1) / BLOCK;
    int64_t pieces = (file->end - file->body + PIECE - 1) / PIECE, tasks = pieces > blocks ? pieces : blocks;
    size_t first_bytes = (size_t)size * sizeof *job->first,
           outcome_bytes = (size_t)tasks * sizeof *job->outcomes;
    job->first = attni_alloc(context, first_bytes);
    job->outcomes = attni_alloc(context, outcome_bytes);
    attn_status status = ATTN_OK;
    if (job->first == NULL || job->outcomes == NULL)
        status = attni_no_memory(file->function, first_bytes + outcome_bytes);
    for (int64_t id = 0; status == ATTN_OK && id < size; id++)
        atomic_init(&job->first[id], NOWHERE);
    if (status == ATTN_OK)
        status = scan_and_fill(context, job, pieces, blocks, report);
    attni_free(context, (void *)job->first);
    attni_free(context, job->outcomes);
    return status;
}

/* ---- the public functions -------------------------------------------------------------------------------- */

static attn_status check_arguments(const char *function, int32_t format, const attn_vectors_report *report)
{
    ATTNI_REQUIRE(format >= ATTN_VECTORS_AUTO && format <= ATTN_VECTORS_WORD2VEC_BINARY,
                  "%s: format is %" PRId32 "; expected one of ATTN_VECTORS_...", function, format);
    ATTNI_REQUIRE(report == NULL || (report->struct_size >= sizeof(size_t) && report->struct_size <= 4096),
                  "%s: report->struct_size is %zu; expected %zu (start from ATTN_VECTORS_REPORT_INIT)",
                  function, report ? report->struct_size : 0, sizeof *report);
    return ATTN_OK;
}

attn_status attn_vectors_probe(attn_context *context, const char *path, int32_t format,
                               attn_vectors_report *report)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(path);
    ATTNI_REQUIRE_PTR(report);
    ATTNI_TRY(check_arguments(__func__, format, report));
    attni_vectors_file file;
    ATTNI_TRY(attni_vectors_open(__func__, path, format, &file));
    const attn_vectors_report found = {
        .words = file.promised < 0 ? 0 : file.promised, .dim = file.dim, .format = file.format};
    attni_vectors_close(&file);
    return attni_fill_struct(__func__, &found, sizeof found, report);
}

attn_status attn_vectors_read(attn_context *context, const attn_vocab *vocab, int64_t dim, const char *path,
                              int32_t format, float *table, uint8_t *found, attn_vectors_report *report)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(path);
    ATTNI_REQUIRE_PTR(vocab);
    ATTNI_REQUIRE_PTR(table);
    ATTNI_REQUIRE_RANGE(dim, 1, INT32_MAX);
    ATTNI_TRY(check_arguments(__func__, format, report));
    attni_vectors_file file;
    ATTNI_TRY(attni_vectors_open(__func__, path, format, &file));
    reading job = {.file = &file, .vocab = vocab, .dim = (int32_t)dim, .table = table, .found = found};
    attn_vectors_report values = {.format = file.format, .dim = dim};
    attn_status status = read_file(context, &job, &values);
    attni_vectors_close(&file);
    if (status == ATTN_OK && report)
        return attni_fill_struct(__func__, &values, sizeof values, report);
    return status;
}

/* csv.c - CSV by libcsv. */
#include <stdlib.h>
#include <string.h>

#include "table.h"

#ifdef HAVE_LIBCSV
#include <csv.h>

struct csv {
    struct table table;
    struct text *cells; /* [count] of the row that is being read */
    int64_t count, used, capacity;
    int64_t line, begin; /* the line that is being read, and where the row began; 0: between rows */
};

static void end_cell(void *bytes, size_t size, void *user)
{
    struct csv *csv = user;
    if (csv->count == csv->used) {
        csv->cells = grow(csv->cells, csv->used + 1, &csv->capacity, sizeof *csv->cells);
        csv->cells[csv->used++] = (struct text){0};
    }
    struct text *cell = &csv->cells[csv->count++];
    cell->size = 0;
    text_append(cell, bytes, size);
    cell->bytes[size] = '\0';
}

static void end_row(int terminator, void *user)
{
    struct csv *csv = user;
    (void)terminator;
    table_add_row(&csv->table, csv->begin ? csv->begin : csv->line, csv->cells, csv->count);
    csv->count = 0;
    csv->begin = 0;
}

/* What parts the first line into most cells, quoted ones aside: a comma unless it is another. */
static char guess_delimiter(const char *bytes)
{
    static const char delimiters[] = {',', ';', '\t'};
    int64_t counts[COUNT(delimiters)] = {0};
    bool quoted = false;
    for (const char *c = bytes; *c && (quoted || (*c != '\n' && *c != '\r')); c++) {
        quoted = quoted != (*c == '"');
        for (int64_t i = 0; i < COUNT(delimiters) && !quoted; i++)
            counts[i] += *c == delimiters[i];
    }
    int64_t best = 0;
    for (int64_t i = 1; i < COUNT(delimiters); i++)
        best = counts[i] > counts[best] ? i : best;
    return delimiters[best];
}

static void feed(struct csv *csv, struct csv_parser *parser, const char *bytes, size_t size)
{
    if (csv_parse(parser, bytes, size, end_cell, end_row, csv) != size)
        fail(EXIT_RUNTIME, "%s, line %lld: %s", csv->table.source->path, (long long)csv->line,
             csv_strerror(csv_error(parser)));
}

void table_read_csv(struct dataset *dataset, const struct source *source, char *bytes, size_t size)
{
    struct csv csv = {.table = {.dataset = dataset, .source = source, .format = "CSV"}};
    struct csv_parser parser;
    if (csv_init(&parser, CSV_APPEND_NULL) != 0)
        fail(EXIT_RUNTIME, "out of memory");
    csv_set_delim(&parser, (unsigned char)guess_delimiter(bytes));
    /* Line by line, so that it is known where a row began; rows may be of several. */
    const char last = lines_of(bytes, size).last;
    for (char *at = bytes, *end = bytes + size, *stop; at < end; at = stop) {
        stop = memchr(at, last, (size_t)(end - at));
        stop = stop ? stop + 1 : end;
        csv.line++;
        if (csv.begin == 0 && *at != '\n' && *at != '\r')
            csv.begin = csv.line;
        feed(&csv, &parser, at, (size_t)(stop - at));
    }
    feed(&csv, &parser, "\n", 1);
    /* What still waits for its end after that stands in quotes. */
    csv.count = 0;
    csv_fini(&parser, end_cell, NULL, &csv);
    if (csv.count)
        fail(EXIT_BAD_INPUT,
             "%s, line %lld: a quote opens a cell in this row that none closes; expected \"...\", with "
             "quotes inside "
             "doubled",
             source->path, (long long)csv.begin);
    csv_free(&parser);
    table_end(&csv.table);
    for (int64_t i = 0; i < csv.used; i++)
        free(csv.cells[i].bytes);
    free(csv.cells);
}

#else

void table_read_csv(struct dataset *dataset, const struct source *source, char *bytes, size_t size)
{
    (void)dataset, (void)bytes, (void)size;
    fail(EXIT_BAD_INPUT,
         "%s: this " PROGRAM
         " was built without libcsv (Debian's libcsv-dev), which CSV takes; expected another format",
         source->path);
}

#endif

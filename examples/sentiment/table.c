/* table.c - which columns of a table hold texts and labels, its rows, and lines between whose cells are tabs. */
#define _GNU_SOURCE /* memrchr */
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LISTED 12 /* columns in a line for people */

const char *usual_text_name(int64_t i)
{
    static const char *const names[] = {"text", "review", "sentence", "content", NULL};
    return names[i];
}

const char *usual_label_name(int64_t i)
{
    static const char *const names[] = {"label", "sentiment", "class", "category", "stars", NULL};
    return names[i];
}

/* ---- columns --------------------------------------------------------------------------------------------- */

/* A column's number, counted from 0, where it is told by one; -1: by a name. */
static int64_t read_number(const char *column)
{
    char *end;
    long long number = column && *column >= '0' && *column <= '9' ? strtoll(column, &end, 10) : 0;
    return number > 0 && *end == '\0' ? number - 1 : -1;
}

static int64_t find_cell(const char *name, const struct text *cells, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (cells[i].size == (int64_t)strlen(name) && strncasecmp(cells[i].bytes, name, strlen(name)) == 0)
            return i;
    }
    return -1;
}

static int64_t find_usual(const char *(*usual)(int64_t i), const struct text *cells, int64_t count)
{
    int64_t found = -1;
    for (int64_t i = 0; found < 0 && usual(i); i++)
        found = find_cell(usual(i), cells, count);
    return found;
}

/* "id", "text", ... as they stand in the file. */
static char *list_cells(const struct text *cells, int64_t count)
{
    struct text list = {0};
    for (int64_t i = 0; i < count && i < LISTED; i++)
        text_print(&list, "%s\"%.40s\"", i ? ", " : "", cells[i].bytes);
    if (count > LISTED)
        text_print(&list, ", ...");
    return list.bytes;
}

static int64_t find_column(const struct table *table, int64_t line, const char *option, const char *wanted,
                           const char *(*usual)(int64_t i), const struct text *cells, int64_t count)
{
    int64_t column = wanted ? read_number(wanted) : -1;
    if (column >= count)
        fail(EXIT_BAD_INPUT, "%s, line %lld: %s %s, but there are %lld columns: %s", table->source->path,
             (long long)line, option, wanted, (long long)count, list_cells(cells, count));
    if (column < 0)
        column = wanted ? find_cell(wanted, cells, count) : find_usual(usual, cells, count);
    if (column < 0 && wanted)
        fail(EXIT_BAD_INPUT, "%s, line %lld: no column is called %s; expected one of %s", table->source->path,
             (long long)line, wanted, list_cells(cells, count));
    if (column < 0)
        fail(EXIT_BAD_INPUT,
             "%s, line %lld: none of the columns %s is called %s, %s, ...; name one by %s NAME or number",
             table->source->path, (long long)line, list_cells(cells, count), usual(0), usual(1), option);
    return column;
}

/* A column for people: its name in the header; its number where there may be none. */
static char *name_column(const struct text *cells, int64_t column, bool by_number)
{
    return by_number ? print("%lld", (long long)column + 1) : print("\"%.80s\"", cells[column].bytes);
}

static void choose_columns(struct table *table, int64_t line, const struct text *cells, int64_t count)
{
    const struct source *source = table->source;
    table->columns = count;
    table->text =
        find_column(table, line, "--text-column", source->text_column, usual_text_name, cells, count);
    table->label = source->unlabelled ? -1
                                      : find_column(table, line, "--label-column", source->label_column,
                                                    usual_label_name, cells, count);
    bool text_number = read_number(source->text_column) >= 0,
         label_number = source->unlabelled || read_number(source->label_column) >= 0;
    if (table->text == table->label)
        fail(EXIT_BAD_INPUT, "%s: column %lld would hold both texts and labels; expected two columns",
             source->path, (long long)table->text + 1);
    table->first_is_text = text_number && label_number;
    char *text = name_column(cells, table->text, text_number),
         *label = table->label < 0 ? NULL : name_column(cells, table->label, label_number);
    table->dataset->found =
        label ? print("%s, texts in column %s, labels in column %s", table->format, text, label)
              : print("%s, texts in column %s", table->format, text);
    free(text);
    free(label);
}

/* ---- rows ------------------------------------------------------------------------------------------------ */

/* The first row has its label for itself no longer where another has it. */
static void compare_label(struct table *table, const struct text *label)
{
    char *clean = label_clean(label->bytes, (size_t)label->size);
    if (strcmp(clean, table->first_label) == 0) {
        free(table->first_label);
        table->first_label = NULL;
    }
    free(clean);
}

void table_add_row(struct table *table, int64_t line, const struct text *cells, int64_t count)
{
    bool first = table->columns == 0;
    if (first)
        choose_columns(table, line, cells, count);
    if (count != table->columns)
        fail(EXIT_BAD_INPUT, "%s, line %lld: the row has %lld cells; expected %lld, as in the first one%s",
             table->source->path, (long long)line, (long long)count, (long long)table->columns,
             strcmp(table->format, "CSV") == 0
                 ? " (a cell with commas, quotes or line breaks stands in quotes)"
                 : "");
    if (first && !table->first_is_text)
        return;
    const struct text *text = &cells[table->text], none = {0},
                      *label = table->label < 0 ? &none : &cells[table->label];
    dataset_add(table->dataset, table->source->path, print("line %lld", (long long)line), text->bytes,
                (size_t)text->size, label->bytes, (size_t)label->size);
    if (first && table->label >= 0)
        table->first_label = label_clean(label->bytes, (size_t)label->size);
    else if (table->first_label)
        compare_label(table, label);
}

void table_end(struct table *table)
{
    if (table->first_label && table->dataset->count > 1)
        dataset_drop_first(table->dataset);
    free(table->first_label);
    table->first_label = NULL;
}

/* ---- cells between tabs ---------------------------------------------------------------------------------- */

/* Where the whole cell stands in quotes, and those inside are doubled: without them. Line breaks in cells are for CSV. */
static void unquote(struct text *cell)
{
    int64_t kept = 0, last = cell->size - 1;
    if (last < 1 || cell->bytes[0] != '"' || cell->bytes[last] != '"')
        return;
    for (int64_t i = 1; i < last; i++) {
        if (cell->bytes[i] == '"' && (i + 1 == last || cell->bytes[++i] != '"'))
            return;
    }
    for (int64_t i = 1; i < last; i++) {
        cell->bytes[kept++] = cell->bytes[i];
        i += cell->bytes[i] == '"';
    }
    cell->size = kept;
    cell->bytes[kept] = '\0';
}

struct cells {
    struct text *cells; /* into the line */
    int64_t count, capacity;
};

static void split_tabs(struct cells *row, char *line, size_t size)
{
    char *end = line + size, *stop;
    row->count = 0;
    *end = '\0'; /* where the line ended */
    do {
        stop = memchr(line, '\t', (size_t)(end - line));
        row->cells = grow(row->cells, row->count + 1, &row->capacity, sizeof *row->cells);
        struct text *cell = &row->cells[row->count++];
        *cell = (struct text){.bytes = line, .size = (stop ? stop : end) - line};
        cell->bytes[cell->size] = '\0';
        unquote(cell);
        line = stop ? stop + 1 : end;
    } while (stop);
}

static void read_label_and_text(struct dataset *dataset, const struct source *source,
                                struct line_reader lines)
{
    char *line;
    for (size_t size; next_line(&lines, &line, &size);) {
        char *tab = memchr(line, '\t', size);
        if (size == 0)
            continue;
        if (tab == NULL)
            fail(EXIT_BAD_INPUT, "%s, line %lld: no tab; expected lines of label<TAB>text", source->path,
                 (long long)lines.number);
        dataset_add(dataset, source->path, print("line %lld", (long long)lines.number), tab + 1,
                    (size_t)(line + size - tab - 1), line, (size_t)(tab - line));
    }
    dataset->found = print("lines of label<TAB>text");
}

/* Each line's text, which is what stands behind its last tab. */
static void read_texts_alone(struct dataset *dataset, const struct source *source, struct line_reader lines)
{
    char *line;
    for (size_t size; next_line(&lines, &line, &size);) {
        const char *tab = size ? memrchr(line, '\t', size) : NULL, *text = tab ? tab + 1 : line;
        if (text < line + size)
            dataset_add(dataset, source->path, print("line %lld", (long long)lines.number), text,
                        (size_t)(line + size - text), NULL, 0);
    }
    dataset->found = print("a text a line");
}

void table_read_tabs(struct dataset *dataset, const struct source *source, char *bytes, size_t size)
{
    struct table table = {.dataset = dataset, .source = source, .format = "tab-separated"};
    struct line_reader lines = lines_of(bytes, size), ahead = lines;
    struct cells row = {0};
    struct text own = {0}; /* a line, which is taken apart in place */
    char *line, *copy;
    bool named = source->text_column || source->label_column;
    if (next_line(&ahead, &line, &size)) {
        copy = print("%.*s", (int)size, line);
        split_tabs(&row, copy, strlen(copy));
        named =
            named ||
            (find_usual(usual_text_name, row.cells, row.count) >= 0 &&
             (source->unlabelled ? row.count > 1 : find_usual(usual_label_name, row.cells, row.count) >= 0));
        free(copy);
    }
    if (!named && source->unlabelled) {
        read_texts_alone(dataset, source, lines);
    } else if (!named) {
        read_label_and_text(dataset, source, lines);
    } else {
        while (next_line(&lines, &line, &size)) {
            if (size == 0)
                continue;
            own.size = 0;
            text_append(&own, line, size);
            split_tabs(&row, own.bytes, size);
            table_add_row(&table, lines.number, row.cells, row.count);
        }
        table_end(&table);
    }
    free(own.bytes);
    free(row.cells);
}

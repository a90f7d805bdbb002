/* table.h - files in which each text has its label beside it. `bytes` have a NUL behind their end.
 *
 * Which columns hold texts and labels is told by source->text_column and label_column, by name or by number from 1; else they are
 * the first of text, review, sentence, content and of label, sentiment, class, category, stars that there is, in any case. */
#ifndef SENTIMENT_TABLE_H
#define SENTIMENT_TABLE_H

#include "data.h"

/* Rows of cells as a format's reader hands them over. */
struct table {
    struct dataset *dataset;
    const struct source *source;
    const char *format;  /* "CSV", for people */
    int64_t columns;     /* 0: before the first row */
    int64_t text, label; /* their places; label -1: unlabelled */
    bool
        first_is_text; /* columns are told by number, and the first row was taken for a text: see table_end */
    char *first_label; /* its label, until another row has it too; then NULL */
};

/* A row of cells[count], which lies at a line of the file and which errors name by that. */
void table_add_row(struct table *table, int64_t line, const struct text *cells, int64_t count);

/* After the last row, once: where columns are told by number alone, the first row was a header if its label is no other row's. */
void table_end(struct table *table);

/* The usual name number `i` for texts and for labels; NULL behind the last. */
const char *usual_text_name(int64_t i);
const char *usual_label_name(int64_t i);

/* RFC 4180 with a comma, semicolon or tab between the cells, whichever parts the first line into most. */
void table_read_csv(struct dataset *dataset, const struct source *source, char *bytes, size_t size);

/* Lines of label<TAB>text, tabs in which belong to the text; or, where columns are named or the first line names usual ones, a
 * header and rows of cells between tabs, some of them in quotes. Unlabelled, a line is a text, or its last cell is. */
void table_read_tabs(struct dataset *dataset, const struct source *source, char *bytes, size_t size);

/* An object a line. */
void jsonl_read(struct dataset *dataset, const struct source *source, char *bytes, size_t size);

#endif

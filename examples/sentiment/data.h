/* data.h - labelled texts from wherever they lie, always in the same order.
 *
 *     data.c     what lies at a path; the limit; a fingerprint
 *     folder.c   a folder a class, one text a file
 *     table.c    a row a text: CSV (by csv.c), tab-separated cells under a header, lines of label<TAB>text
 *     jsonl.c    an object of JSON a line
 *     eraser.c   lines of JSON beside documents, in which people marked words
 *     prepared.c reviews that were read and tokenised before: prepared.h
 *     labels.c   the names of the classes */
#ifndef SENTIMENT_DATA_H
#define SENTIMENT_DATA_H

#include "common/files.h"
#include "labels.h"

/* The program's streams of random numbers. */
#define STREAM_SPLIT 1
#define STREAM_LIMIT 2
#define STREAM_SAMPLE 3
#define STREAM_SHUFFLED 4
#define STREAM_WORDS ((uint64_t)1 << 40)   /* + step */
#define STREAM_WINDOWS ((uint64_t)1 << 41) /* + epoch */

/* Where labelled texts lie. */
struct source {
    const char *path; /* a folder or a file */
    const char *text_column,
        *label_column;    /* of CSV, a table or JSON: a name, or a number from 1; NULL: a usual one */
    int64_t only_extreme; /* 1: of ID_RATING.txt those rated 1, 2, 9 or 10 alone */
    bool unlabelled;      /* texts alone are read: of what has labels too, and of what has none */
};

#define SOURCE_OPTIONS(source)                                                                               \
    text_option("text-column", &(source).text_column, "NAME",                                                \
                "of CSV or JSON: the column of the texts, by name or number"),                               \
        text_option("label-column", &(source).label_column, "NAME", "likewise the column of the labels"),    \
        switch_option("only-extreme", &(source).only_extreme,                                                \
                      "reviews rated 1, 2, 9 or 10 alone, as names ID_RATING.txt in a folder tell")

struct review {
    char *text; /* size bytes, any */
    size_t size;
    char *name;       /* "pos/123_7.txt", "line 12" */
    char *label_name; /* as it stands in the data */
    int32_t label;    /* its class */
    int32_t
        film; /* number of the film it is about; reviews of one film share it. 0 where films are not known */
    int64_t number; /* of a prepared file's, from 1: the strings above lie there; 0: they are its own */
};

struct prepared;
struct preparing;

struct dataset {
    struct review *reviews;
    int64_t count, capacity;
    int64_t films; /* how many; 0: not known */
    struct labels labels;
    char *found;          /* "lines of label<TAB>text", for people */
    struct text left_out; /* "Thumbs.db, x.txt~", for people */
    int64_t left_out_count;
    struct prepared *prepared; /* where its first reviews lie; NULL: none do */
    bool changed;              /* reviews were left out or appended */
    struct preparing
        *into; /* while it is read: reviews go there, and are only counted here; NULL: they are kept */
};

/* Read the texts of the source; of the Large Movie Review data set's root, those of its folder `part`, "train" or "test". Their
 * classes are those of `known`, a model's, or with NULL what the data has. What cannot be read, no texts at all, and labels
 * that are not known end the program. Of a source that is read unlabelled there are no classes, and all are 0. */
struct dataset dataset_read(const struct source *source, const char *part, const struct labels *known);
void dataset_free(struct dataset *dataset);

/* The two halves of that: texts, each with its label's name alone; and the classes of those names. */
struct dataset dataset_load(const struct source *source, const char *part);

/* The same into a dataset that is empty, but may have `into`. */
void dataset_fill(struct dataset *dataset, const struct source *source, const char *part);
void dataset_label(struct dataset *dataset, const char *path, const struct labels *known);

/* While it is read: add a text, which is copied, like its label (NULL: it is read unlabelled). Takes `name`, which errors call it by. */
void dataset_add(struct dataset *dataset, const char *path, char *name, const char *text, size_t size,
                 const char *label, size_t label_size);

/* While it is read: forget the first text, which was a header. */
void dataset_drop_first(struct dataset *dataset);

/* While it is read: which film a text is about; films are told in the order of the texts. */
void dataset_set_film(struct dataset *dataset, int64_t review, int32_t film);

/* While it is read: say that a file there is no text. */
void dataset_leave_out(struct dataset *dataset, const char *name);

/* Keep those reviews i for which keep[i] is not 0, in their old order; returns how many went. */
int64_t dataset_keep(struct dataset *dataset, const char *keep);

/* Move the reviews of `from`, which is empty then, behind those of `to`. Prepared ones stand behind no others. */
void dataset_append(struct dataset *to, struct dataset *from);

/* Keep `limit` reviews that the seed picks, as many of each class as far as there are, in their old order. */
void dataset_limit(struct dataset *dataset, int64_t limit, uint64_t seed);

/* 1234567 as "1,234,567", in one of a few static buffers. */
const char *with_commas(int64_t number);

/* What was found, for people: "400 reviews, 200 positive and 200 negative (CSV: ...)". To be freed. */
char *dataset_describe(const struct dataset *dataset);

/* Say on standard error what of a folder was not read as a text, if there is something. */
void dataset_warn(const struct dataset *dataset, const char *path);

/* A number that changes when any label or text does: FNV-1a, 64 bits. */
uint64_t dataset_fingerprint(const struct dataset *dataset);

#endif

/* data.c - reading labelled texts: what lies at a path, the classes, the limit. The formats have files of their own. */
#include "data.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "folder.h"
#include "prepared.h"
#include "table.h"

#define LONGEST_LABEL 200 /* bytes */
#define MOST_COUNTED 6    /* classes whose numbers of texts stand in a line */
#define MOST_NAMED 5      /* files that were left out */

/* ---- while it is read ------------------------------------------------------------------------------------ */

void dataset_add(struct dataset *dataset, const char *path, char *name, const char *text, size_t size,
                 const char *label, size_t label_size)
{
    char *clean = label ? label_clean(label, label_size) : NULL;
    if (clean && *clean == '\0')
        fail(EXIT_BAD_INPUT, "%s, %s: it has no label; expected the name of a class", path, name);
    if (clean && strlen(clean) > LONGEST_LABEL)
        fail(EXIT_BAD_INPUT,
             "%s, %s: its label has %zu bytes, \"%.40s...\"; expected the name of a class: "
             "is it the right column (--label-column)?",
             path, name, strlen(clean), clean);
    if (dataset->into) {
        preparing_add(dataset->into, name, text, size, clean);
        dataset->count++;
        free(name);
        free(clean);
        return;
    }
    dataset->reviews =
        grow(dataset->reviews, dataset->count + 1, &dataset->capacity, sizeof *dataset->reviews);
    struct review *review = &dataset->reviews[dataset->count++];
    *review = (struct review){.size = size, .name = name, .label_name = clean};
    review->text = allocate((int64_t)size + 1, 1);
    memcpy(review->text, text, size);
}

void dataset_set_film(struct dataset *dataset, int64_t review, int32_t film)
{
    if (dataset->into)
        preparing_film(dataset->into, review, film);
    else
        dataset->reviews[review].film = film;
}

static void review_free(struct review *review)
{
    if (review->number)
        return;
    free(review->text);
    free(review->name);
    free(review->label_name);
}

void dataset_drop_first(struct dataset *dataset)
{
    if (dataset->into) {
        preparing_drop_first(dataset->into);
        dataset->count--;
        return;
    }
    review_free(&dataset->reviews[0]);
    memmove(dataset->reviews, dataset->reviews + 1, (size_t)--dataset->count * sizeof *dataset->reviews);
}

void dataset_append(struct dataset *to, struct dataset *from)
{
    if (from->prepared && to->count > 0)
        fail(EXIT_BAD_INPUT,
             "%s: prepared reviews stand behind no others; give their path to --data, as the first, "
             "or prepare all together",
             from->prepared->path);
    if (from->prepared) {
        to->prepared = from->prepared;
        from->prepared = NULL;
    }
    to->changed = to->changed || from->changed || (to->count > 0 && from->count > 0);
    to->reviews = grow(to->reviews, to->count + from->count, &to->capacity, sizeof *to->reviews);
    if (from->count > 0)
        memcpy(to->reviews + to->count, from->reviews, (size_t)from->count * sizeof *to->reviews);
    to->count += from->count;
    from->count = 0;
    dataset_free(from);
}

void dataset_leave_out(struct dataset *dataset, const char *name)
{
    if (dataset->left_out_count++ < MOST_NAMED)
        text_print(&dataset->left_out, "%s%s", dataset->left_out_count > 1 ? ", " : "", name);
}

/* ---- formats --------------------------------------------------------------------------------------------- */

static bool has_ending(const char *path, const char *ending)
{
    size_t size = strlen(path), length = strlen(ending);
    return size > length && strcasecmp(path + size - length, ending) == 0;
}

enum format { JSON_LINES, CSV, TABS, UNKNOWN };

/* By the ending; else by the first character, and by what parts the first line: of texts alone their own commas may. */
static enum format guess_format(const char *path, const char *bytes, bool unlabelled)
{
    static const struct {
        const char *ending;
        enum format format;
    } endings[] = {{".csv", CSV},          {".tsv", TABS},          {".tab", TABS},
                   {".jsonl", JSON_LINES}, {".ndjson", JSON_LINES}, {".json", JSON_LINES}};
    for (int64_t i = 0; i < COUNT(endings); i++) {
        if (has_ending(path, endings[i].ending))
            return endings[i].format;
    }
    size_t line = strcspn(bytes, "\r\n");
    if (bytes[strspn(bytes, " \t\r\n")] == '{')
        return JSON_LINES;
    if (memchr(bytes, '\t', line) || unlabelled)
        return TABS;
    return memchr(bytes, ',', line) || memchr(bytes, ';', line) ? CSV : UNKNOWN;
}

static void read_file_texts(struct dataset *dataset, const struct source *source)
{
    const char *path = source->path;
    struct mapped_text mapped = map_text(path);
    char *bytes = mapped.bytes;
    const size_t size = mapped.size;
    check_text(path, bytes, size);
    if (prepared_is(bytes, size) && dataset->into)
        fail(EXIT_BAD_INPUT, "%s: its reviews are prepared already", path);
    if (prepared_is(bytes, size)) {
        prepared_load(dataset, source);
        unmap_text(&mapped);
        return;
    }
    switch (guess_format(path, bytes, source->unlabelled)) {
    case JSON_LINES:
        jsonl_read(dataset, source, bytes, size);
        break;
    case CSV:
        table_read_csv(dataset, source, bytes, size);
        break;
    case TABS:
        table_read_tabs(dataset, source, bytes, size);
        break;
    default:
        if (bytes[strspn(bytes, " \t\r\n")] != '\0')
            fail(EXIT_BAD_INPUT,
                 "%s, line 1: no label is told from a text; expected lines of label<TAB>text, CSV, JSON "
                 "lines, or "
                 "a folder a class",
                 path);
    }
    unmap_text(&mapped);
}

/* ---- classes --------------------------------------------------------------------------------------------- */

void dataset_label(struct dataset *dataset, const char *path, const struct labels *known)
{
    if (known) {
        dataset->labels = labels_copy(known);
    } else {
        char **raw = allocate(dataset->count, sizeof *raw);
        for (int64_t i = 0; i < dataset->count; i++)
            raw[i] = dataset->reviews[i].label_name;
        dataset->labels = labels_make(raw, dataset->count);
        free(raw);
    }
    if (dataset->labels.count > MOST_LABELS)
        fail(EXIT_BAD_INPUT,
             "%s: its %lld texts have %lld different labels, such as \"%.40s\"; expected at most %d: is it "
             "the right "
             "column (--label-column)?",
             path, (long long)dataset->count, (long long)dataset->labels.count, dataset->labels.names[0],
             MOST_LABELS);
    for (int64_t i = 0; i < dataset->count; i++) {
        struct review *review = &dataset->reviews[i];
        review->label = labels_find(&dataset->labels, review->label_name);
        if (review->label < 0)
            fail(EXIT_BAD_INPUT, "%s, %s: its label is \"%.80s\", which the model does not know; expected %s",
                 path, review->name, review->label_name, labels_list(known));
    }
}

void dataset_fill(struct dataset *dataset, const struct source *source, const char *part)
{
    struct stat status;
    if (stat(source->path, &status) != 0)
        fail(EXIT_BAD_INPUT, "%s: %s", source->path, strerror(errno));
    const bool is_folder = S_ISDIR(status.st_mode);
    if (source->only_extreme && !is_folder)
        fail(EXIT_BAD_INPUT,
             "--only-extreme: %s is no folder; expected one of files ID_RATING.txt, whose names tell how its "
             "reviews are rated",
             source->path);
    if (is_folder)
        folder_read(dataset, source, part);
    else
        read_file_texts(dataset, source);
    if (dataset->count == 0 && source->only_extreme)
        fail(EXIT_BAD_INPUT, "%s: no review in it is rated 1, 2, 9 or 10; leave --only-extreme out",
             source->path);
    if (dataset->count == 0)
        fail(EXIT_BAD_INPUT, "%s: no reviews in it; expected %s", source->path,
             is_folder ? "one a file, NAME.txt, in a folder a class" : "rows of a label and a text");
}

struct dataset dataset_load(const struct source *source, const char *part)
{
    struct dataset dataset = {0};
    dataset_fill(&dataset, source, part);
    return dataset;
}

struct dataset dataset_read(const struct source *source, const char *part, const struct labels *known)
{
    struct dataset dataset = dataset_load(source, part);
    if (!source->unlabelled)
        dataset_label(&dataset, source->path, known);
    return dataset;
}

void dataset_free(struct dataset *dataset)
{
    for (int64_t i = 0; i < dataset->count && dataset->into == NULL; i++)
        review_free(&dataset->reviews[i]);
    free(dataset->reviews);
    labels_free(&dataset->labels);
    free(dataset->found);
    free(dataset->left_out.bytes);
    prepared_close(dataset->prepared);
    free(dataset->prepared);
    *dataset = (struct dataset){0};
}

/* ---- in one line ----------------------------------------------------------------------------------------- */

const char *with_commas(int64_t number)
{
    static char buffers[8][32];
    static int next;
    char digits[24], *out = buffers[next++ % 8], *at = out;
    int length = snprintf(digits, sizeof digits, "%lld", (long long)number);
    for (int i = 0; i < length; i++) {
        *at++ = digits[i];
        if (length - i > 1 && (length - i) % 3 == 1 && digits[i] != '-')
            *at++ = ',';
    }
    *at = '\0';
    return out;
}

static int64_t *count_classes(const struct dataset *dataset)
{
    int64_t *counts = allocate(dataset->labels.count, sizeof *counts);
    for (int64_t i = 0; i < dataset->count; i++)
        counts[dataset->reviews[i].label]++;
    return counts;
}

/* Of which there is a review: others may have been left out. */
static int64_t count_films(const struct dataset *dataset)
{
    int64_t films = 0;
    char *seen = allocate(dataset->films, 1);
    for (int64_t i = 0; i < dataset->count; i++) {
        films += !seen[dataset->reviews[i].film];
        seen[dataset->reviews[i].film] = 1;
    }
    free(seen);
    return films;
}

char *dataset_describe(const struct dataset *dataset)
{
    struct text line = {0};
    int64_t *counts = count_classes(dataset), classes = dataset->labels.count, least = dataset->count,
            most = 0;
    for (int64_t k = 0; k < classes; k++) {
        least = counts[k] < least ? counts[k] : least;
        most = counts[k] > most ? counts[k] : most;
    }
    text_print(&line, "%s reviews", with_commas(dataset->count));
    if (classes > MOST_COUNTED && least == most)
        text_print(&line, ", %lld classes of %s each", (long long)classes, with_commas(most));
    else if (classes > MOST_COUNTED)
        text_print(&line, ", %lld classes of %s to %s", (long long)classes, with_commas(least),
                   with_commas(most));
    for (int64_t i = 0; i < classes && classes <= MOST_COUNTED; i++) {
        int64_t k = classes == 2 ? 1 - i : i; /* positive first */
        const char *name = dataset->labels.names[k], *quote = isdigit((unsigned char)*name) ? "\"" : "",
                   *before = i > 0 && i + 1 == classes ? " and" : ",";
        text_print(&line, "%s %s %s%s%s", before, with_commas(counts[k]), quote, name, quote);
    }
    if (dataset->films)
        text_print(&line, ", films in all: %s", with_commas(count_films(dataset)));
    text_print(&line, " (%s)", dataset->found);
    free(counts);
    return line.bytes;
}

void dataset_warn(const struct dataset *dataset, const char *path)
{
    if (dataset->left_out_count)
        complain("%s: not read as reviews: %s%s", path, dataset->left_out.bytes,
                 dataset->left_out_count > MOST_NAMED ? ", ..." : "");
}

/* ---- the limit ------------------------------------------------------------------------------------------- */

struct share {
    int64_t class, left;
};

static int by_left(const void *left, const void *right)
{
    const struct share *a = left, *b = right;
    return a->left != b->left ? (a->left < b->left ? -1 : 1) : a->class > b->class ? -1 : 1;
}

/* How many of each class: an even share, and what a class lacks is shared among those that have more. */
static int64_t *share_out(const struct dataset *dataset, int64_t wanted)
{
    int64_t classes = dataset->labels.count, *quota = count_classes(dataset);
    struct share *shares = allocate(classes, sizeof *shares);
    for (int64_t k = 0; k < classes; k++)
        shares[k] = (struct share){k, quota[k]};
    qsort(shares, (size_t)classes, sizeof *shares, by_left);
    for (int64_t i = 0; i < classes; i++) {
        int64_t even = wanted / (classes - i);
        quota[shares[i].class] = shares[i].left < even ? shares[i].left : even;
        wanted -= quota[shares[i].class];
    }
    free(shares);
    return quota;
}

int64_t dataset_keep(struct dataset *dataset, const char *keep)
{
    int64_t count = dataset->count, kept = 0;
    for (int64_t i = 0; i < count; i++) {
        if (keep[i])
            dataset->reviews[kept++] = dataset->reviews[i];
        else
            review_free(&dataset->reviews[i]);
    }
    dataset->count = kept;
    dataset->changed = dataset->changed || kept < count;
    return count - kept;
}

void dataset_limit(struct dataset *dataset, int64_t limit, uint64_t seed)
{
    int64_t count = dataset->count, *order = allocate(count, sizeof *order),
            *quota = share_out(dataset, limit);
    char *keep = allocate(count, 1);
    for (int64_t i = 0; i < count; i++)
        order[i] = i;
    shuffle(order, count, seed, STREAM_LIMIT);
    for (int64_t i = 0; i < count; i++)
        keep[order[i]] = quota[dataset->reviews[order[i]].label]-- > 0;
    dataset_keep(dataset, keep);
    free(order);
    free(quota);
    free(keep);
}

/* ---- the fingerprint ------------------------------------------------------------------------------------- */

uint64_t dataset_fingerprint(const struct dataset *dataset)
{
    uint64_t state = HASH_START;
    const uint64_t known = dataset->prepared && !dataset->changed
                               ? prepared_fingerprint(dataset->prepared, dataset->labels.count == 0)
                               : 0;
    if (known)
        return known;
    for (int64_t i = 0; i < dataset->count; i++) {
        if (i % PIECE_REVIEWS == 0)
            prepared_forget(dataset->prepared);
        const struct review *review = &dataset->reviews[i];
        state = hash_bytes(state, &review->label, sizeof review->label);
        state = hash_bytes(state, &review->film, sizeof review->film);
        state = hash_bytes(state, review->text, review->size + 1);
    }
    return state;
}

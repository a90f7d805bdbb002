/* eraser.c - the annotations are read as a data set whose texts are their lines, so that labels and limit are those of all data; then
 * each line's document is read, and its words are marked. */
#include "eraser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/terminal.h"

/* Where an annotation stands, for people. */
struct place {
    const char *path, *name;
};

/* ---- annotations ----------------------------------------------------------------------------------------- */

static json_t *parse(struct place place, const char *line, size_t size)
{
    json_error_t error;
    json_t *annotation = json_loadb(line, size, 0, &error);
    if (annotation == NULL)
        fail(EXIT_BAD_INPUT, "%s, %s: not JSON at character %d, %s; expected an annotation a line",
             place.path, place.name, error.column, error.text);
    if (!json_is_string(json_object_get(annotation, "annotation_id")) ||
        !json_is_string(json_object_get(annotation, "classification")) ||
        !json_is_array(json_object_get(annotation, "evidences")))
        fail(EXIT_BAD_INPUT,
             "%s, %s: no annotation of ERASER's; expected {\"annotation_id\": ..., \"classification\": ..., "
             "\"evidences\": [...]}",
             place.path, place.name);
    return annotation;
}

/* `part` names the file where `path` is a folder; NULL: it is the file. */
static void read_annotations(struct dataset *dataset, const char *path, const char *part)
{
    size_t size;
    char *file = part ? print("%s/%s", path, part) : print("%s", path), *bytes = read_text(file, &size),
         *line;
    struct line_reader lines = lines_of(bytes, size);
    while (next_line(&lines, &line, &size)) {
        if (size == 0)
            continue;
        char *name = part ? print("%s, line %lld", part, (long long)lines.number)
                          : print("line %lld", (long long)lines.number);
        json_t *annotation = parse((struct place){path, name}, line, size);
        const char *label = json_string_value(json_object_get(annotation, "classification"));
        dataset_add(dataset, path, name, line, size, label, strlen(label));
        json_decref(annotation);
    }
    free(bytes);
    free(file);
}

/* All annotations at the path; *folder receives where docs/ lies, to be freed. */
static struct dataset find_annotations(const char *path, char **folder)
{
    static const char *const parts[] = {"train.jsonl", "val.jsonl", "test.jsonl"};
    struct dataset dataset = {0};
    struct stat status;
    if (stat(path, &status) != 0)
        fail(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(status.st_mode)) {
        const char *slash = strrchr(path, '/');
        *folder = slash ? print("%.*s", (int)(slash - path), path) : print(".");
        read_annotations(&dataset, path, NULL);
        return dataset;
    }
    *folder = print("%s", path);
    for (int64_t i = 0; i < COUNT(parts); i++) {
        char *file = print("%s/%s", path, parts[i]);
        if (stat(file, &status) == 0)
            read_annotations(&dataset, path, parts[i]);
        free(file);
    }
    return dataset;
}

/* ---- words ----------------------------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void split_words(struct marked_review *review)
{
    int64_t capacity = 0;
    for (size_t i = 0; i < review->size; i++) {
        if (is_space(review->text[i]) || (i + 1 < review->size && !is_space(review->text[i + 1])))
            continue;
        review->ends = grow(review->ends, review->words + 1, &capacity, sizeof *review->ends);
        review->ends[review->words++] = (int64_t)i + 1;
    }
    review->marked = allocate(review->words, 1);
}

static void mark_words(struct place place, const char *document, const json_t *evidence,
                       struct marked_review *review)
{
    const json_t *start = json_object_get(evidence, "start_token"),
                 *end = json_object_get(evidence, "end_token"), *docid = json_object_get(evidence, "docid");
    if (!json_is_integer(start) || !json_is_integer(end))
        fail(EXIT_BAD_INPUT,
             "%s, %s: an evidence has no whole numbers \"start_token\" and \"end_token\"; expected both",
             place.path, place.name);
    if (json_is_string(docid) && strcmp(json_string_value(docid), document) != 0)
        fail(EXIT_BAD_INPUT,
             "%s, %s: its evidences stand in %s and in %s; expected one document an annotation", place.path,
             place.name, document, json_string_value(docid));
    const json_int_t from = json_integer_value(start), to = json_integer_value(end);
    if (from < 0 || from >= to || to > review->words)
        fail(EXIT_BAD_INPUT,
             "%s, %s: an evidence has the words %lld to %lld of docs/%s, which has %lld; expected 0 <= "
             "start_token < end_token <= %lld",
             place.path, place.name, (long long)from, (long long)to, document, (long long)review->words,
             (long long)review->words);
    memset(review->marked + from, 1, (size_t)(to - from));
}

/* The document of the first evidence that names one, else the annotation's own name. */
static const char *name_document(const json_t *annotation)
{
    size_t i, j;
    json_t *group, *evidence;
    json_array_foreach(json_object_get(annotation, "evidences"), i, group)
    {
        json_array_foreach(group, j, evidence)
        {
            const char *docid = json_string_value(json_object_get(evidence, "docid"));
            if (docid)
                return docid;
        }
    }
    return json_string_value(json_object_get(annotation, "annotation_id"));
}

static struct marked_review read_review(struct place place, const char *folder, const struct review *line)
{
    struct marked_review review = {.label = line->label};
    json_t *annotation = parse(place, line->text, line->size), *group, *evidence;
    const char *document = name_document(annotation);
    if (path_leaves(document))
        fail(EXIT_BAD_INPUT, "%s, %s: its document is %s; expected a name without .., of a file in docs/",
             place.path, place.name, document);
    char *file = print("%s/docs/%s", folder, document);
    struct stat status;
    size_t i, j;
    if (stat(file, &status) != 0)
        fail(EXIT_BAD_INPUT, "%s, %s: %s: %s; expected the document there", place.path, place.name, file,
             strerror(errno));
    review.text = read_file(file, &review.size);
    split_words(&review);
    json_array_foreach(json_object_get(annotation, "evidences"), i, group)
    {
        if (!json_is_array(group))
            fail(EXIT_BAD_INPUT, "%s, %s: \"evidences\" is no list of lists; expected [[{...}, ...], ...]",
                 place.path, place.name);
        json_array_foreach(group, j, evidence) mark_words(place, document, evidence, &review);
    }
    free(file);
    json_decref(annotation);
    return review;
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

static void review_free(struct marked_review *review)
{
    free(review->text);
    free(review->ends);
    free(review->marked);
}

static double share_of(const struct marked_review *review)
{
    int64_t marked = 0;
    for (int64_t w = 0; w < review->words; w++)
        marked += review->marked[w];
    return review->words ? (double)marked / (double)review->words : 0;
}

struct marked_reviews eraser_read(const char *path, const struct labels *labels, int64_t limit, uint64_t seed)
{
    char *folder;
    struct dataset lines = find_annotations(path, &folder);
    if (lines.count == 0)
        fail(EXIT_BAD_INPUT,
             "%s: no annotations in it; expected train.jsonl, val.jsonl or test.jsonl of ERASER's, and docs/",
             path);
    dataset_label(&lines, path, labels);
    if (limit)
        dataset_limit(&lines, limit, seed);
    struct marked_reviews reviews = {.reviews = allocate(lines.count, sizeof *reviews.reviews)};
    for (int64_t i = 0; i < lines.count; i++) {
        const struct place place = {path, lines.reviews[i].name};
        progress_show("reading", i, lines.count, "");
        struct marked_review review = read_review(place, folder, &lines.reviews[i]);
        const double share = share_of(&review);
        if (share > 0) {
            reviews.reviews[reviews.count++] = review;
            reviews.share += share;
        } else {
            review_free(&review);
            reviews.unmarked++;
        }
    }
    progress_clear();
    if (reviews.count == 0)
        fail(EXIT_BAD_INPUT, "%s: nothing is marked in its %lld reviews; expected \"evidences\"", path,
             (long long)lines.count);
    reviews.share /= (double)reviews.count;
    dataset_free(&lines);
    free(folder);
    return reviews;
}

void marked_reviews_free(struct marked_reviews *reviews)
{
    for (int64_t i = 0; i < reviews->count; i++)
        review_free(&reviews->reviews[i]);
    free(reviews->reviews);
    *reviews = (struct marked_reviews){0};
}

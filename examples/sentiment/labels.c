/* labels.c - names in order, and their aliases. */
#include "labels.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/markup.h"

#define LISTED 12 /* names in a line for people */

/* Whether the name is one of `negative` and `positive`: their class, or -1. Case does not matter: data sets have all of them. */
static int32_t read_alias(const char *name)
{
    static const char *const aliases[] = {"0", "1", "neg", "pos", "negative", "positive"};
    for (int32_t i = 0; i < (int32_t)COUNT(aliases); i++) {
        if (strcasecmp(aliases[i], name) == 0)
            return i % 2;
    }
    return -1;
}

static bool are_two_sides(const struct labels *labels)
{
    return labels->count == 2 && strcmp(labels->names[0], "negative") == 0 &&
           strcmp(labels->names[1], "positive") == 0;
}

static int by_name(const void *left, const void *right)
{
    const char *a = *(char *const *)left, *b = *(char *const *)right;
    char *a_end, *b_end;
    double first = strtod(a, &a_end), second = strtod(b, &b_end);
    bool a_number = a_end > a && *a_end == '\0' && isfinite(first),
         b_number = b_end > b && *b_end == '\0' && isfinite(second);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number && (first < second || first > second))
        return first < second ? -1 : 1;
    return strcmp(a, b);
}

struct labels labels_make(char *const *raw, int64_t count)
{
    static char negative[] = "negative", positive[] = "positive";
    static char *sides[] = {negative, positive};
    struct labels labels = {allocate(count, sizeof(char *)), 0};
    char **sorted = allocate(count, sizeof *sorted);
    bool two_sides = true;
    for (int64_t i = 0; i < count; i++)
        sorted[i] = raw[i];
    qsort(sorted, (size_t)count, sizeof *sorted, by_name);
    for (int64_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(sorted[i - 1], sorted[i]) == 0)
            continue;
        labels.names[labels.count++] = sorted[i];
        two_sides = two_sides && read_alias(sorted[i]) >= 0;
    }
    struct labels made = labels_copy(two_sides ? &(struct labels){sides, 2} : &labels);
    free(labels.names);
    free(sorted);
    return made;
}

struct labels labels_copy(const struct labels *labels)
{
    struct labels copy = {allocate(labels->count, sizeof(char *)), labels->count};
    for (int64_t i = 0; i < labels->count; i++)
        copy.names[i] = print("%s", labels->names[i]);
    return copy;
}

void labels_free(struct labels *labels)
{
    for (int64_t i = 0; i < labels->count; i++)
        free(labels->names[i]);
    free(labels->names);
    *labels = (struct labels){NULL, 0};
}

int32_t labels_find(const struct labels *labels, const char *name)
{
    for (int64_t i = 0; i < labels->count; i++) {
        if (strcmp(labels->names[i], name) == 0)
            return (int32_t)i;
    }
    return are_two_sides(labels) ? read_alias(name) : -1;
}

char *labels_list(const struct labels *labels)
{
    struct text list = {0};
    int64_t shown = labels->count <= LISTED ? labels->count : LISTED;
    for (int64_t i = 0; i < shown; i++)
        text_print(&list, "%s%s", i == 0 ? "" : i + 1 == labels->count ? " and " : ", ", labels->names[i]);
    if (shown < labels->count)
        text_print(&list, " and %lld more", (long long)(labels->count - shown));
    return list.bytes;
}

char *label_clean(const char *bytes, size_t size)
{
    struct text name = {0};
    while (size > 0 && isspace((unsigned char)bytes[size - 1]))
        size--;
    for (; size > 0 && isspace((unsigned char)*bytes); size--)
        bytes++;
    append_plain(&name, bytes, size);
    text_append(&name, "", 1);
    for (char *c = name.bytes; *c; c++)
        *c = isspace((unsigned char)*c) ? ' ' : *c;
    return name.bytes;
}

struct labels labels_of(const attn_classifier *classifier, int64_t classes)
{
    struct labels labels = {allocate(classes, sizeof(char *)), classes};
    for (int64_t k = 0; k < classes; k++) {
        const char *name = attn_classifier_label(classifier, (int32_t)k);
        labels.names[k] = label_clean(name, strlen(name));
    }
    return labels;
}

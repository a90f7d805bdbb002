/* folder.c - a folder a class, such as pos/ and neg/, and urls_pos.txt and urls_neg.txt beside them. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "common/names.h"

struct names {
    char **names;
    int64_t count;
};

static bool is_kind(const char *path, const char *inside, mode_t kind)
{
    struct stat status;
    char *whole = print("%s/%s", path, inside);
    bool is = stat(whole, &status) == 0 && (status.st_mode & S_IFMT) == kind;
    free(whole);
    return is;
}

static int by_number(const void *left, const void *right)
{
    const char *a = *(char *const *)left, *b = *(char *const *)right;
    unsigned long long first = strtoull(a, NULL, 10), second = strtoull(b, NULL, 10);
    return first != second ? (first > second) - (first < second) : strcmp(a, b);
}

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* What is in a folder, hidden files left out. */
static struct names list_folder(const char *folder, int (*order)(const void *left, const void *right))
{
    struct names list = {NULL, 0};
    int64_t capacity = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        fail(EXIT_BAD_INPUT, "%s: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        list.names = grow(list.names, list.count + 1, &capacity, sizeof *list.names);
        list.names[list.count++] = print("%s", entry->d_name);
    }
    closedir(directory);
    if (list.count)
        qsort(list.names, (size_t)list.count, sizeof *list.names, order);
    return list;
}

static void free_names(struct names *list)
{
    for (int64_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
}

/* The folders in a folder, by name. */
static struct names list_classes(const char *folder)
{
    struct names all = list_folder(folder, by_bytes), classes = {allocate(all.count, sizeof(char *)), 0};
    for (int64_t i = 0; i < all.count; i++) {
        if (is_kind(folder, all.names[i], S_IFDIR))
            classes.names[classes.count++] = all.names[i];
        else
            free(all.names[i]);
    }
    free(all.names);
    return classes;
}

/* Names that editors, desktops and interrupted copies leave among files. */
static bool is_litter(const char *name)
{
    static const char *const names[] = {"Thumbs.db", "ehthumbs.db", "desktop.ini", "Icon\r"},
                             *const endings[] = {"~", ".bak", ".orig", ".part", ".swp", ".tmp", "#"};
    for (int64_t i = 0; i < COUNT(names); i++) {
        if (strcasecmp(names[i], name) == 0)
            return true;
    }
    for (int64_t i = 0; i < COUNT(endings); i++) {
        size_t size = strlen(name), length = strlen(endings[i]);
        if (size > length && strcasecmp(name + size - length, endings[i]) == 0)
            return true;
    }
    return false;
}

/* The title in http://www.imdb.com/title/tt0453418/usercomments; the whole line where there is none. */
static char *read_title(const char *line, size_t size)
{
    char *text = print("%.*s", (int)size, line), *title = strstr(text, "/tt");
    if (title == NULL)
        return text;
    size_t length = 3 + strspn(title + 3, "0123456789");
    title = print("%.*s", (int)length - 1, title + 1);
    free(text);
    return title;
}

/* The films of urls_*.txt, one a line; nothing when there is no such file. */
static struct names read_titles(const char *path)
{
    struct stat status;
    struct names titles = {NULL, 0};
    int64_t capacity = 0;
    size_t size;
    if (stat(path, &status) != 0)
        return titles;
    char *bytes = read_text(path, &size), *line;
    struct line_reader lines = lines_of(bytes, size);
    while (next_line(&lines, &line, &size)) {
        titles.names = grow(titles.names, titles.count + 1, &capacity, sizeof *titles.names);
        titles.names[titles.count++] = read_title(line, size);
    }
    free(bytes);
    return titles;
}

/* Whether 123_9.txt is rated 1, 2, 9 or 10; `path` stands in the line about names that tell no rating from 1 to 10. */
static bool is_extreme(const char *name, const char *path)
{
    char *rest;
    const char *underscore = name + strspn(name, "0123456789"), *digits = underscore + 1;
    const long rating = underscore > name && *underscore == '_' && *digits >= '1' && *digits <= '9'
                            ? strtol(digits, &rest, 10)
                            : 0;
    if (rating < 1 || rating > 10 || strcmp(rest, ".txt") != 0)
        fail(EXIT_BAD_INPUT,
             "--only-extreme: the name of %s does not tell its rating; expected ID_RATING.txt, with a rating "
             "from 1 to 10, as the Large Movie Review data set has them",
             path);
    return rating <= 2 || rating >= 9;
}

/* Append the texts of folder/class to the dataset, and their titles, where they are known, to `titles`. */
static void read_class(struct dataset *dataset, const char *folder, const char *class,
                       const struct source *source, struct names *titles)
{
    char *label = name_encode(class), *inside = print("%s/%s", folder, class),
         *urls = print("%s/urls_%s.txt", folder, class);
    struct names files = list_folder(inside, by_number), films = read_titles(urls);
    int64_t capacity = 0;
    titles->names = grow(titles->names, dataset->count + files.count, &capacity, sizeof *titles->names);
    for (int64_t i = 0; i < files.count; i++) {
        char *file = name_encode(files.names[i]), *name = print("%s/%s", label, file),
             *path = print("%s/%s", inside, files.names[i]), *end;
        free(file);
        if (is_litter(files.names[i]) || !is_kind(inside, files.names[i], S_IFREG)) {
            dataset_leave_out(dataset, name);
            free(name);
            free(path);
            continue;
        }
        if (source->only_extreme && !is_extreme(files.names[i], path)) {
            free(name);
            free(path);
            continue;
        }
        size_t size;
        char *text = read_text(path, &size);
        dataset_add(dataset, folder, name, text, size, source->unlabelled ? NULL : label, strlen(label));
        free(text);
        free(path);
        if (films.count == 0)
            continue;
        long long id = strtoll(files.names[i], &end, 10);
        if (end == files.names[i] || id < 0 || id >= films.count)
            fail(EXIT_BAD_INPUT, "%s has %lld lines, none of which is the film of %s", urls,
                 (long long)films.count, name);
        titles->names[titles->count++] = print("%s", films.names[id]);
    }
    free_names(&files);
    free_names(&films);
    free(label);
    free(inside);
    free(urls);
}

/* Number the titles by their order; equal titles get one number. */
static void number_films(struct dataset *dataset, const struct names *titles)
{
    char **sorted = allocate(titles->count, sizeof *sorted);
    memcpy(sorted, titles->names, (size_t)titles->count * sizeof *sorted);
    qsort(sorted, (size_t)titles->count, sizeof *sorted, by_bytes);
    int64_t films = 0;
    for (int64_t i = 0; i < titles->count; i++) {
        if (films == 0 || strcmp(sorted[films - 1], sorted[i]) != 0)
            sorted[films++] = sorted[i];
    }
    for (int64_t i = 0; i < titles->count; i++) {
        char **found = bsearch(&titles->names[i], sorted, (size_t)films, sizeof *sorted, by_bytes);
        dataset_set_film(dataset, i, (int32_t)(found - sorted));
    }
    dataset->films = films;
    free(sorted);
}

/* Whether a folder holds folders. */
static bool has_classes(const char *path, const char *inside)
{
    char *folder = print("%s/%s", path, inside);
    struct names classes = {NULL, 0};
    if (is_kind(path, inside, S_IFDIR))
        classes = list_classes(folder);
    free_names(&classes);
    free(folder);
    return classes.count > 0;
}

void folder_read(struct dataset *dataset, const struct source *source, const char *part)
{
    const char *path = source->path, *other = strcmp(part, "train") == 0 ? "test" : "train";
    if (!has_classes(path, part) && has_classes(path, other))
        fail(EXIT_BAD_INPUT,
             "%s: there is %s/ in it, but no %s/; expected that, or the path of the folder to read", path,
             other, part);
    char *folder = has_classes(path, part) ? print("%s/%s", path, part) : print("%s", path);
    struct names classes = list_classes(folder), titles = {NULL, 0};
    if (classes.count == 0 && source->unlabelled)
        read_class(dataset, folder, ".", source, &titles);
    else if (classes.count == 0)
        fail(EXIT_BAD_INPUT, "%s: no folders in it; expected one a class, such as pos/ and neg/", folder);
    bool two_sides = is_kind(folder, "pos", S_IFDIR) && is_kind(folder, "neg", S_IFDIR);
    /* The last name first: seeds have always met pos/ before neg/. */
    for (int64_t k = classes.count - 1; k >= 0; k--) {
        if (two_sides && strcmp(classes.names[k], "unsup") == 0 && !source->unlabelled)
            dataset_leave_out(dataset, "unsup/");
        else
            read_class(dataset, folder, classes.names[k], source, &titles);
    }
    if (titles.count > 0 && titles.count == dataset->count)
        number_films(dataset, &titles);
    dataset->found = print("%s%s", classes.count ? "a folder a class" : "a file a text",
                           source->only_extreme ? ", rated 1, 2, 9 or 10 alone" : "");
    free_names(&titles);
    free_names(&classes);
    free(folder);
}

/* folder.c - pos/ and neg/, and urls_pos.txt and urls_neg.txt beside them. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct names {
    char **names;
    int64_t count;
};

static bool is_folder(const char *path, const char *inside)
{
    struct stat status;
    char *whole = print("%s/%s", path, inside);
    bool is = stat(whole, &status) == 0 && S_ISDIR(status.st_mode);
    free(whole);
    return is;
}

static int by_number(const void *left, const void *right)
{
    const char *a = *(char *const *)left, *b = *(char *const *)right;
    unsigned long long first = strtoull(a, NULL, 10), second = strtoull(b, NULL, 10);
    return first != second ? (first > second) - (first < second) : strcmp(a, b);
}

/* The files of a folder, hidden ones left out. */
static struct names list_folder(const char *folder)
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
    if (list.count == 0)
        fail(EXIT_BAD_INPUT, "%s: no reviews in it", folder);
    qsort(list.names, (size_t)list.count, sizeof *list.names, by_number);
    return list;
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
    char *bytes = read_file(path, &size);
    for (char *at = bytes, *end = bytes + size; at < end;) {
        size_t length = strcspn(at, "\r\n");
        titles.names = grow(titles.names, titles.count + 1, &capacity, sizeof *titles.names);
        titles.names[titles.count++] = read_title(at, length);
        char *stop = memchr(at, '\n', (size_t)(end - at));
        at = stop ? stop + 1 : end;
    }
    free(bytes);
    return titles;
}

static void free_names(struct names *list)
{
    for (int64_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
}

/* Append the reviews of folder/class to the dataset, and their titles, where they are known, to `titles`. */
static void read_class(const char *folder, const char *class, int32_t label, struct dataset *dataset,
                       struct names *titles)
{
    char *inside = print("%s/%s", folder, class), *urls = print("%s/urls_%s.txt", folder, class);
    struct names files = list_folder(inside), films = read_titles(urls);
    int64_t count = dataset->count + files.count, capacity = 0;
    dataset->reviews = grow(dataset->reviews, count, &capacity, sizeof *dataset->reviews);
    capacity = 0;
    titles->names = grow(titles->names, count, &capacity, sizeof *titles->names);
    for (int64_t i = 0; i < files.count; i++) {
        struct review *review = &dataset->reviews[dataset->count++];
        *review = (struct review){.name = print("%s/%s", class, files.names[i]), .label = label};
        char *path = print("%s/%s", inside, files.names[i]), *end;
        review->text = read_file(path, &review->size);
        free(path);
        if (films.count == 0)
            continue;
        long long id = strtoll(files.names[i], &end, 10);
        if (end == files.names[i] || id < 0 || id >= films.count)
            fail(EXIT_BAD_INPUT, "%s has %lld lines, none of which is the film of %s", urls,
                 (long long)films.count, review->name);
        titles->names[titles->count++] = print("%s", films.names[id]);
    }
    free_names(&files);
    free_names(&films);
    free(inside);
    free(urls);
}

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
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
        dataset->reviews[i].film = (int32_t)(found - sorted);
    }
    dataset->films = films;
    free(sorted);
}

struct dataset folder_read(const char *path, const char *part)
{
    bool inside = !is_folder(path, "pos") && !is_folder(path, "neg") && is_folder(path, part);
    char *folder = inside ? print("%s/%s", path, part) : print("%s", path);
    for (int label = 0; label < 2; label++) {
        if (!is_folder(folder, label ? "pos" : "neg"))
            fail(EXIT_BAD_INPUT, "%s: no folder %s/ in it; expected pos/ and neg/%s%s", folder,
                 label ? "pos" : "neg", inside ? "" : ", or those in ", inside ? "" : part);
    }
    struct dataset dataset = {NULL, 0, 0};
    struct names titles = {NULL, 0};
    read_class(folder, "pos", 1, &dataset, &titles);
    read_class(folder, "neg", 0, &dataset, &titles);
    if (titles.count == dataset.count)
        number_films(&dataset, &titles);
    free_names(&titles);
    free(folder);
    return dataset;
}

/* examples.c - scenes as examples, and captions.tsv. */
#include "examples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/terminal.h"

#define HEADING "file\tcaption\tplaces"

/* ---- a line's caption and places ---- */

/* The next word at *rest, ended with a NUL; NULL when there is none. */
static char *next_word(char **rest, char separator)
{
    char *word = *rest;
    if (word == NULL)
        return NULL;
    char *end = strchr(word, separator);
    if (end)
        *end++ = '\0';
    *rest = end;
    return word;
}

/* Where the noun stands in the caption, from word `from` on; -1 when it does not. */
static int64_t find_word(const char *caption, const char *noun, int64_t from)
{
    char copy[CAPTION_BYTES], *rest = copy;
    strcpy(copy, caption);
    int64_t at = 0;
    for (char *word; (word = next_word(&rest, ' ')) != NULL; at++) {
        if (at >= from && strcmp(word, noun) == 0)
            return at;
    }
    return -1;
}

/* What is wrong with the caption, NULL if nothing is; else it becomes the example's. */
static const char *set_caption(struct example *example, const char *caption)
{
    char copy[CAPTION_BYTES], *rest = copy, *last = NULL;
    if (strlen(caption) >= sizeof copy)
        return "its caption is longer than 255 bytes";
    if (!is_utf8(caption)) /* of which a vocabulary is */
        return "its caption is not UTF-8";
    strcpy(copy, caption);
    int64_t words = 0;
    for (char *word; (word = next_word(&rest, ' ')) != NULL; words++) {
        if (*word == '\0' || *word == '<')
            return "its caption must be words with one blank between, none that begins with <";
        if (last && strcmp(last, ".") == 0)
            return "a word follows the \".\" that ends its caption";
        last = word;
    }
    if (words < 2 || words > MAX_WORDS || strcmp(last, ".") != 0)
        return "its caption must be 2 to 32 words, the last one \".\"";
    strcpy(example->caption, caption);
    return NULL;
}

static const char *set_places(struct example *example, char *places)
{
    int64_t from = 0;
    char *rest = *places ? places : NULL;
    for (char *noun; (noun = next_word(&rest, ' ')) != NULL; example->place_count++) {
        long long left, top, width, height;
        char *equals = strchr(noun, '='), end;
        if (equals == NULL ||
            sscanf(equals, "=%lld,%lld,%lld,%lld%c", &left, &top, &width, &height, &end) != 4)
            return "a place must be NOUN=LEFT,TOP,WIDTH,HEIGHT";
        if (left < 0 || top < 0 || width < 1 || height < 1 || left >= SCENE_SIZE || top >= SCENE_SIZE ||
            width > SCENE_SIZE - left || height > SCENE_SIZE - top)
            return "a place must lie within the picture's 64x64 pixels";
        *equals = '\0';
        int64_t word = find_word(example->caption, noun, from);
        if (word < 0)
            return "its places must be nouns of the caption, in their order";
        if (example->place_count == MAX_PLACES)
            return "it has more than 8 places";
        example->places[example->place_count] = (struct place){word, left, top, width, height};
        from = word + 1;
    }
    return NULL;
}

/* ---- scenes ---- */

struct examples examples_of_scenes(uint64_t seed, enum part part, int64_t count)
{
    return (struct examples){.count = count, .seed = seed, .part = part};
}

void examples_get(const struct examples *examples, int64_t index, struct example *example)
{
    if (examples->read) {
        *example = examples->read[index];
        return;
    }
    struct scene scene = scene_make(examples->seed, examples->part, index);
    struct text caption = {0}, places = {0};
    scene_caption(&scene, &caption);
    scene_places(&scene, &places);
    scene_draw(&scene, example->pixels);
    example->place_count = 0;
    set_caption(example, caption.bytes);
    set_places(example, places.bytes);
    free(caption.bytes);
    free(places.bytes);
}

void examples_keep(struct examples *examples)
{
    struct example *read = allocate(examples->count, sizeof *read);
    for (int64_t i = 0; i < examples->count; i++)
        examples_get(examples, i, &read[i]);
    examples->read = read;
}

/* ---- folders ---- */

static void read_line(const char *folder, const char *table, int64_t number, char *line,
                      struct example *example)
{
    char *rest = line, *file = next_word(&rest, '\t'), *caption = next_word(&rest, '\t'),
         *places = next_word(&rest, '\t');
    const char *wrong = places == NULL || rest ? "expected file, caption and places with a tab between"
                                               : set_caption(example, caption);
    wrong = wrong ? wrong : set_places(example, places);
    wrong = wrong || !path_leaves(file) ? wrong : "its file's name holds ..; expected one of this folder";
    if (wrong)
        fail(EXIT_BAD_INPUT, "%s, line %lld: %s", table, (long long)number, wrong);
    char *path = print("%s/%s", folder, file);
    struct picture picture = picture_read(path);
    if (picture.width != SCENE_SIZE || picture.height != SCENE_SIZE)
        fail(EXIT_BAD_INPUT, "%s: it is %lldx%lld pixels; pictures to train or measure on are %dx%d", path,
             (long long)picture.width, (long long)picture.height, SCENE_SIZE, SCENE_SIZE);
    memcpy(example->pixels, picture.pixels, SCENE_BYTES);
    free(picture.pixels);
    free(path);
}

static uint64_t hash_example(uint64_t state, const struct example *example)
{
    state = hash_bytes(state, example->pixels, sizeof example->pixels);
    state = hash_bytes(state, example->caption, strlen(example->caption) + 1);
    return hash_bytes(state, example->places, (size_t)example->place_count * sizeof *example->places);
}

struct examples examples_read(const char *folder)
{
    size_t size;
    char *table = print("%s/captions.tsv", folder), *file = read_strings(table, &size);
    struct line_reader lines = lines_of(file, size);
    struct examples examples = {.fingerprint = HASH_START};
    int64_t capacity = 0;
    for (char *line; next_line(&lines, &line, &size);) {
        line[size] = '\0';
        if (lines.number == 1 && strcmp(line, HEADING) != 0)
            fail(EXIT_BAD_INPUT,
                 "%s, line 1: expected the columns file, caption and places with a tab between; " PROGRAM
                 " draw writes such a table",
                 table);
        if (lines.number == 1 || *line == '\0')
            continue;
        examples.read = grow(examples.read, examples.count + 1, &capacity, sizeof *examples.read);
        struct example *example = &examples.read[examples.count++];
        memset(example, 0, sizeof *example);
        read_line(folder, table, lines.number, line, example);
        examples.fingerprint = hash_example(examples.fingerprint, example);
    }
    if (examples.count == 0)
        fail(EXIT_BAD_INPUT,
             "%s: no pictures stand in it; expected a line each: file, caption and places with a tab between",
             table);
    free(file);
    free(table);
    return examples;
}

struct examples examples_of_picture(struct picture *picture)
{
    struct examples examples = {.count = 1, .read = allocate(1, sizeof *examples.read)};
    picture_scale(picture->width, picture->height, picture->pixels, SCENE_SIZE, SCENE_SIZE,
                  examples.read[0].pixels);
    free(picture->pixels);
    return examples;
}

void examples_free(struct examples *examples)
{
    free(examples->read);
    examples->read = NULL;
}

static char *scene_path(const char *folder, int64_t i)
{
    return print("%s/%06lld.png", folder, (long long)i);
}

/* Make the folder ready for scenes: remove captions.tsv, and the pictures as draw numbers them. */
static void clear_scenes(const char *folder, const char *table, bool overwrite)
{
    struct stat status;
    char *path = scene_path(folder, 0);
    bool found = stat(table, &status) == 0;
    if ((found || stat(path, &status) == 0) && !overwrite)
        fail(EXIT_BAD_INPUT,
             "--out %s: scenes are there already (%s); give --overwrite to replace them, or name another "
             "folder by --out",
             folder, found ? "captions.tsv" : "000000.png");
    if (found) {
        static const char head[] = HEADING "\n000000.png\t";
        size_t size;
        char *old = read_file(table, &size);
        if (strncmp(old, head, strlen(head)) != 0)
            fail(EXIT_BAD_INPUT,
                 "--out: %s is no table that " PROGRAM
                 " draw wrote, and not replaced by one; move it away, or "
                 "name another folder by --out",
                 table);
        free(old);
        if (unlink(table) != 0)
            fail(EXIT_RUNTIME, "--overwrite: %s could not be removed: %s", table, strerror(errno));
    }
    for (int64_t i = 0; unlink(path) == 0; i++) {
        free(path);
        path = scene_path(folder, i + 1);
    }
    free(path);
}

void examples_write(const char *folder, uint64_t seed, enum part part, int64_t count, bool overwrite)
{
    struct text table = {0};
    uint8_t pixels[SCENE_BYTES];
    char *table_path = print("%s/captions.tsv", folder);
    make_folder(folder);
    clear_scenes(folder, table_path, overwrite);
    text_print(&table, HEADING "\n");
    for (int64_t i = 0; i < count; i++) {
        struct scene scene = scene_make(seed, part, i);
        char *path = scene_path(folder, i);
        scene_draw(&scene, pixels);
        struct text file = picture_png(SCENE_SIZE, SCENE_SIZE, pixels);
        text_save(&file, path);
        text_print(&table, "%s\t", strrchr(path, '/') + 1);
        scene_caption(&scene, &table);
        text_print(&table, "\t");
        scene_places(&scene, &table);
        text_print(&table, "\n");
        free(file.bytes);
        free(path);
        progress_show("drawing", i + 1, count, "");
    }
    progress_clear();
    text_save(&table, table_path);
    free(table_path);
    free(table.bytes);
}

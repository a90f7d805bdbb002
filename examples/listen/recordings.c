/* recordings.c - a folder of files, or the bundled pack: one file of sound, and a table that says what lies where in it. */
#include "recordings.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bundled.h"
#include "common/files.h"

#define TABLE "sample.tsv"
#define SOUND "sample.flac"

const char *const digit_names[DIGITS] = {"zero", "one", "two",   "three", "four",
                                         "five", "six", "seven", "eight", "nine"};

/* Where in the whole sound a recording lies, and whose it is, until all are read and sorted. */
struct entry {
    int64_t digit, number, begin, count;
    char *speaker, *file;
};

struct entries {
    struct entry *items;
    int64_t count, capacity;
};

static void add_entry(struct entries *entries, struct entry entry)
{
    entries->items = grow(entries->items, entries->count + 1, &entries->capacity, sizeof *entries->items);
    entries->items[entries->count++] = entry;
}

static int by_speaker(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    const int order = strcmp(a->speaker, b->speaker);
    if (order)
        return order;
    if (a->digit != b->digit)
        return a->digit < b->digit ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* "7_jackson_32.wav"; false for any other name. */
static bool read_name(const char *name, struct entry *entry)
{
    const char *first = strchr(name, '_'), *last = strrchr(name, '_'), *end = strrchr(name, '.');
    if (first != name + 1 || name[0] < '0' || name[0] > '9' || last <= first + 1 || end == NULL ||
        end <= last + 1 || end - last > 8 || strcmp(end, ".wav") != 0 ||
        strspn(last + 1, "0123456789") != (size_t)(end - last - 1))
        return false;
    *entry = (struct entry){.digit = name[0] - '0',
                            .number = strtoll(last + 1, NULL, 10),
                            .speaker = print("%.*s", (int)(last - first - 1), first + 1),
                            .file = print("%s", name)};
    return true;
}

static void read_folder(const char *folder, struct entries *entries)
{
    DIR *list = opendir(folder);
    if (list == NULL)
        fail(EXIT_BAD_INPUT, "%s: %s", folder, strerror(errno));
    struct entry entry;
    for (const struct dirent *item; (item = readdir(list)) != NULL;) {
        if (read_name(item->d_name, &entry))
            add_entry(entries, entry);
    }
    closedir(list);
    if (entries->count == 0)
        fail(EXIT_BAD_INPUT, "%s: no file there is named as DIGIT_SPEAKER_NUMBER.wav, 7_jackson_32.wav say",
             folder);
}

/* Lines "digit speaker number samples", in the order in which the recordings lie in sample.flac. */
static void read_table(struct entries *entries)
{
    size_t size;
    char *bytes = read_text(bundled(TABLE), &size), *line;
    struct line_reader reader = lines_of(bytes, size);
    int64_t begin = 0;
    for (size_t length; next_line(&reader, &line, &length);) {
        char speaker[32], *text = print("%.*s", (int)length, line);
        long long digit, number, count;
        if (sscanf(text, "%lld %31s %lld %lld", &digit, speaker, &number, &count) != 4 || digit < 0 ||
            digit >= DIGITS || count < 0)
            fail(EXIT_BAD_INPUT, "%s: line %lld is not as it was installed", bundled(TABLE),
                 (long long)reader.number);
        add_entry(entries, (struct entry){digit, number, begin, count, print("%s", speaker), NULL});
        begin += count;
        free(text);
    }
    free(bytes);
}

/* All sounds of a folder's files, one behind another. */
static void read_sounds(const char *folder, int64_t rate, struct entries *entries, struct sound *whole)
{
    for (int64_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->items[i];
        char *path = print("%s/%s", folder, entry->file);
        struct sound sound = sound_read(path, rate);
        entry->begin = whole->count;
        entry->count = sound.count;
        sound_append(whole, sound.samples, sound.count, 1.0);
        sound_free(&sound);
        free(path);
    }
}

static void number_speakers(struct recordings *recordings, struct entries *entries)
{
    recordings->names = allocate(entries->count, sizeof *recordings->names);
    recordings->items = allocate(entries->count, sizeof *recordings->items);
    recordings->fingerprint = HASH_START;
    for (int64_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->items[i];
        const bool known = i > 0 && strcmp(recordings->names[recordings->speakers - 1], entry->speaker) == 0;
        if (!known)
            recordings->names[recordings->speakers++] = print("%s", entry->speaker);
        struct recording *item = &recordings->items[recordings->count++];
        *item = (struct recording){entry->digit, recordings->speakers - 1, entry->number,
                                   recordings->sound.samples + entry->begin, entry->count};
        const int64_t numbers[] = {item->digit, item->speaker, item->number, item->count};
        recordings->fingerprint = hash_bytes(recordings->fingerprint, numbers, sizeof numbers);
        recordings->fingerprint =
            hash_bytes(recordings->fingerprint, item->samples, (size_t)item->count * sizeof *item->samples);
        free(entry->speaker);
        free(entry->file);
    }
    free(entries->items);
}

struct recordings recordings_read(const char *path, int64_t rate)
{
    struct recordings recordings = {.sound = {.rate = rate}};
    struct entries entries = {0};
    if (path)
        read_folder(path, &entries);
    else
        read_table(&entries);
    qsort(entries.items, (size_t)entries.count, sizeof *entries.items, by_speaker);
    if (path) {
        read_sounds(path, rate, &entries, &recordings.sound);
    } else {
        recordings.sound = sound_read(bundled(SOUND), rate);
        for (int64_t i = 0; i < entries.count; i++)
            if (entries.items[i].begin + entries.items[i].count > recordings.sound.count)
                fail(EXIT_BAD_INPUT, "%s is not as it was installed: shorter than its table says",
                     bundled(SOUND));
    }
    number_speakers(&recordings, &entries);
    return recordings;
}

void recordings_free(struct recordings *recordings)
{
    for (int64_t i = 0; i < recordings->speakers; i++)
        free(recordings->names[i]);
    free(recordings->names);
    free(recordings->items);
    sound_free(&recordings->sound);
}

int64_t recordings_of(const struct recordings *recordings, int64_t speaker, int64_t digit, bool held_out,
                      int64_t *indices)
{
    int64_t count = 0;
    for (int64_t i = 0; i < recordings->count; i++) {
        const struct recording *item = &recordings->items[i];
        if (item->speaker == speaker && item->digit == digit && (item->number < HELD_OUT_BELOW) == held_out)
            indices[count++] = i;
    }
    return count;
}

/* digits.c - IDX files and the bundled sample. */
#include "digits.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/bundled.h"
#include "common/picture.h"

#define SAMPLE "sample.png"
#define IMAGES "images-idx3-ubyte"
#define LABELS "labels-idx1-ubyte"
#define HELD_OUT_EVERY 8

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

/* The file of images of a folder: the only one, or the one called train-. */
static char *find_images(const char *folder)
{
    DIR *opened = opendir(folder);
    char *found = NULL;
    int64_t count = 0, trains = 0, packed = 0;
    if (opened == NULL)
        fail(EXIT_BAD_INPUT, "%s: it cannot be opened: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(opened)) != NULL;) {
        packed += ends_with(entry->d_name, IMAGES ".gz");
        if (!ends_with(entry->d_name, IMAGES))
            continue;
        bool train = strncmp(entry->d_name, "train-", 6) == 0;
        count++;
        trains += train;
        if (found && !train)
            continue;
        free(found);
        found = print("%s/%s", folder, entry->d_name);
    }
    closedir(opened);
    if (found == NULL)
        fail(EXIT_BAD_INPUT, "%s: expected a file of images called ..." IMAGES "%s", folder,
             packed ? "; unpack what is there with gunzip" : " in it, as MNIST has them");
    if (count > 1 && trains != 1)
        fail(EXIT_BAD_INPUT, "%s: it holds %lld files ..." IMAGES "; name the one that is meant", folder,
             (long long)count);
    return found;
}

/* The file's content behind its header: the magic number, the count, and of images their height and width. */
static char *read_idx(const char *path, uint32_t dimensions, int64_t *count, char **file)
{
    size_t size;
    char *bytes = *file = read_file(path, &size);
    const unsigned char *head = (const unsigned char *)bytes;
    uint32_t numbers[4] = {0, 0, GLYPH, GLYPH};
    const size_t header = 4 * (size_t)(1 + dimensions);
    for (size_t i = 0; i < 1 + dimensions && size >= header; i++)
        numbers[i] = (uint32_t)head[4 * i] << 24 | (uint32_t)head[4 * i + 1] << 16 |
                     (uint32_t)head[4 * i + 2] << 8 | head[4 * i + 3];
    if (numbers[0] != (8u << 8 | dimensions))
        fail(EXIT_BAD_INPUT, "%s: not an IDX file of %s, whose first number is %u", path,
             dimensions == 3 ? "images" : "labels", 8u << 8 | dimensions);
    if (numbers[2] != GLYPH || numbers[3] != GLYPH)
        fail(EXIT_BAD_INPUT, "%s: its images are %ux%u pixels, expected %dx%d", path, numbers[3], numbers[2],
             GLYPH, GLYPH);
    const size_t each = dimensions == 3 ? GLYPH_BYTES : 1;
    if (size - header != numbers[1] * each)
        fail(EXIT_BAD_INPUT, "%s: %zu bytes follow its header, expected %zu for %u %s", path, size - header,
             numbers[1] * each, numbers[1], dimensions == 3 ? "images" : "labels");
    *count = numbers[1];
    return bytes + header;
}

static struct digits read_pair(const char *images_path)
{
    char *images_file, *labels_file;
    int64_t labels_count;
    struct digits digits = {0};
    if (!ends_with(images_path, IMAGES))
        fail(EXIT_BAD_INPUT, "%s: expected a folder, or a file of images called ..." IMAGES, images_path);
    char *labels_path = print("%.*s" LABELS, (int)(strlen(images_path) - strlen(IMAGES)), images_path);
    const char *images = read_idx(images_path, 3, &digits.count, &images_file);
    const char *labels = read_idx(labels_path, 1, &labels_count, &labels_file);
    if (labels_count != digits.count)
        fail(EXIT_BAD_INPUT, "%s: it holds %lld labels, %s %lld images", labels_path, (long long)labels_count,
             images_path, (long long)digits.count);
    digits.pixels = allocate(digits.count, GLYPH_BYTES);
    digits.labels = allocate(digits.count, 1);
    memcpy(digits.pixels, images, (size_t)digits.count * GLYPH_BYTES);
    memcpy(digits.labels, labels, (size_t)digits.count);
    for (int64_t i = 0; i < digits.count; i++) {
        if (digits.labels[i] >= DIGITS)
            fail(EXIT_BAD_INPUT, "%s: label %lld is %d, expected 0 to 9", labels_path, (long long)i,
                 digits.labels[i]);
    }
    free(images_file);
    free(labels_file);
    free(labels_path);
    return digits;
}

static struct digits read_sample(void)
{
    struct picture picture = picture_read(bundled(SAMPLE));
    int64_t across = picture.width / GLYPH;
    struct digits digits = {.count = DIGITS * across};
    if (picture.height != DIGITS * GLYPH || across == 0)
        fail(EXIT_BAD_INPUT, "%s: it is not the bundled sample; install it again, or give --data",
             bundled(SAMPLE));
    digits.pixels = allocate(digits.count, GLYPH_BYTES);
    digits.labels = allocate(digits.count, 1);
    for (int64_t i = 0; i < digits.count; i++) {
        digits.labels[i] = (uint8_t)(i / across);
        for (int64_t p = 0; p < GLYPH_BYTES; p++)
            digits.pixels[i * GLYPH_BYTES + p] =
                picture.pixels[((i / across * GLYPH + p / GLYPH) * picture.width + i % across * GLYPH +
                                p % GLYPH) *
                               3];
    }
    free(picture.pixels);
    return digits;
}

struct digits digits_read(const char *path)
{
    struct digits digits;
    struct stat status;
    if (path == NULL) {
        digits = read_sample();
    } else if (stat(path, &status) != 0) {
        fail(EXIT_BAD_INPUT, "%s: %s; expected a folder, or a file of images called ..." IMAGES, path,
             strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        char *images = find_images(path);
        digits = read_pair(images);
        free(images);
    } else {
        digits = read_pair(path);
    }
    for (int64_t i = 0; i < digits.count; i++) {
        uint8_t most = 0;
        for (int64_t p = 0; p < GLYPH_BYTES; p++)
            most = digits.pixels[i * GLYPH_BYTES + p] > most ? digits.pixels[i * GLYPH_BYTES + p] : most;
        if (most < 128)
            fail(EXIT_BAD_INPUT, "%s: image %lld is empty", path ? path : bundled(SAMPLE), (long long)i);
    }
    digits.fingerprint = hash_bytes(hash_bytes(HASH_START, digits.labels, (size_t)digits.count),
                                    digits.pixels, (size_t)digits.count * GLYPH_BYTES);
    return digits;
}

void digits_free(struct digits *digits)
{
    free(digits->pixels);
    free(digits->labels);
}

struct pool pool_create(const struct digits *digits, enum choice choice, const char *name)
{
    struct pool pool = {.digits = digits, .items = allocate(digits->count, sizeof *pool.items)};
    for (int64_t i = 0; i < digits->count; i++) {
        bool held_out = i % HELD_OUT_EVERY == HELD_OUT_EVERY - 1;
        if (choice == EVERY || held_out == (choice == HELD_OUT))
            pool.items[pool.count++] = i;
    }
    if (pool.count == 0)
        fail(EXIT_BAD_INPUT, "%s: %lld digits; at least %d are needed, of which one is held out", name,
             (long long)digits->count, HELD_OUT_EVERY);
    return pool;
}

void pool_free(struct pool *pool)
{
    free(pool->items);
}

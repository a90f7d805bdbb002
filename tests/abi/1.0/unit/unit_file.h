/* unit_file.h - a folder of its own for a test that works with files. */
#ifndef UNIT_FILE_H
#define UNIT_FILE_H

#include <unistd.h>

#include "unit.h"

static char unit_folder[64];

static inline void unit_folder_make(void)
{
    strcpy(unit_folder, "/tmp/attn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(unit_folder));
}

/* FOLDER/NAME; holds until the next call. */
static inline const char *unit_path(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", unit_folder, name);
    return path;
}

#define UNIT_IS_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/* Turn `count` numbers of `width` bytes into what a file holds, which is little-endian, and back: nothing where this processor is. */
static inline void unit_file_turn(void *numbers, size_t width, size_t count)
{
    char *bytes = numbers;
    for (size_t i = 0; !UNIT_IS_LITTLE && i < count; i++, bytes += width) {
        for (size_t low = 0, high = width - 1; low < high; low++, high--) {
            const char byte = bytes[low];
            bytes[low] = bytes[high];
            bytes[high] = byte;
        }
    }
}

/* Remove the folder, in which nothing but the file `name` (NULL: nothing) may be left. */
static inline void unit_folder_remove(const char *name)
{
    if (name)
        ck_assert_int_eq(unlink(unit_path(name)), 0);
    ck_assert_msg(rmdir(unit_folder) == 0, "something was left in %s", unit_folder);
}

/* A file's bytes, to be freed. */
static inline char *unit_file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    bytes[*size] = '\0';
    fclose(file);
    return bytes;
}

static inline void unit_file_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* Options of a save, by the names of their members. */
#define UNIT_SAVE(...) (&(attn_save_options){sizeof(attn_save_options), __VA_ARGS__})

#endif

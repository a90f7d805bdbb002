/* picture.h - PNG files, read and written through libpng, and pictures brought to another size. */
#ifndef COMMON_PICTURE_H
#define COMMON_PICTURE_H

#include "common/files.h"

#define PICTURE_MOST 8192 /* pixels that a picture may be wide or high */

struct picture {
    int64_t width, height;
    uint8_t *pixels; /* [height, width, 3], red, green, blue */
};

/* Read a PNG of any kind; what is transparent shows white. Ends the program with a line when it is none. */
struct picture picture_read(const char *path);

/* The same where others are to be read all the same: false, and why, to be freed, in place of the program's end. */
bool picture_try(const char *path, struct picture *picture, char **reason);

/* pixels[height, width, 3] as a PNG file in memory. */
struct text picture_png(int64_t width, int64_t height, const uint8_t *pixels);

/* Append a file as base64 (RFC 4648), as it stands in a data: URL. */
void append_base64(struct text *out, const struct text *file);

/* The picture at another size: each pixel the mean of what it covers. */
void picture_scale(int64_t width, int64_t height, const uint8_t *pixels, int64_t new_width,
                   int64_t new_height, uint8_t *scaled);

#endif

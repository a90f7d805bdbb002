/* picture.c - libpng's simplified interface, which reports an error in the image and jumps nowhere. */
#include "common/picture.h"

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where it cannot, image->message says why. */
static bool decode(png_image *image, const char *file, size_t size, struct picture *picture)
{
    if (size == 0 || !png_image_begin_read_from_memory(image, file, size))
        return false;
    if (image->width > PICTURE_MOST || image->height > PICTURE_MOST) {
        snprintf(image->message, sizeof image->message, "it is %ux%u, more than %d either way", image->width,
                 image->height, PICTURE_MOST);
        return false;
    }
    image->format = PNG_FORMAT_RGB;
    *picture = (struct picture){image->width, image->height, allocate(PNG_IMAGE_SIZE(*image), 1)};
    if (png_image_finish_read(image, &(png_color){255, 255, 255}, picture->pixels, 0, NULL))
        return true;
    free(picture->pixels);
    return false;
}

bool picture_try(const char *path, struct picture *picture, char **reason)
{
    size_t size;
    char *file = try_file(path, &size, reason);
    if (file == NULL)
        return false;
    png_image image = {.version = PNG_IMAGE_VERSION, .message = "it is empty"};
    const bool decoded = decode(&image, file, size, picture);
    if (!decoded)
        *reason = print("%s: not a PNG picture that can be read: %s", path, image.message);
    png_image_free(&image);
    free(file);
    return decoded;
}

struct picture picture_read(const char *path)
{
    struct picture picture;
    char *reason;
    if (!picture_try(path, &picture, &reason))
        fail(EXIT_BAD_INPUT, "%s", reason);
    return picture;
}

struct text picture_png(int64_t width, int64_t height, const uint8_t *pixels)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    struct text file = {.bytes = allocate((int64_t)size, 1), .capacity = (int64_t)size};
    if (!png_image_write_to_memory(&image, file.bytes, &size, 0, pixels, 0, NULL))
        fail(EXIT_RUNTIME, "the picture could not be made a PNG: %s", image.message);
    file.size = (int64_t)size;
    return file;
}

void append_base64(struct text *out, const struct text *file)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *bytes = (const unsigned char *)file->bytes;
    for (int64_t i = 0; i < file->size; i += 3) {
        int64_t left = file->size - i;
        uint32_t bits = (uint32_t)bytes[i] << 16 | (uint32_t)(left > 1 ? bytes[i + 1] : 0) << 8 |
                        (uint32_t)(left > 2 ? bytes[i + 2] : 0);
        char four[4] = {digits[bits >> 18], digits[bits >> 12 & 63], left > 1 ? digits[bits >> 6 & 63] : '=',
                        left > 2 ? digits[bits & 63] : '='};
        text_append(out, four, sizeof four);
    }
}

/* How much of pixel `i` of a line lies from `begin` to `end`. */
static double overlap(int64_t i, double begin, double end)
{
    return fmin((double)i + 1, end) - fmax((double)i, begin);
}

void picture_scale(int64_t width, int64_t height, const uint8_t *pixels, int64_t new_width,
                   int64_t new_height, uint8_t *scaled)
{
    double across = (double)width / (double)new_width, down = (double)height / (double)new_height;
    for (int64_t i = 0; i < new_width * new_height; i++) {
        double left = (double)(i % new_width) * across, top = (double)(i / new_width) * down;
        double right = fmin(left + across, (double)width), bottom = fmin(top + down, (double)height),
               sum[3] = {0};
        for (int64_t row = (int64_t)top; (double)row < bottom; row++) {
            for (int64_t column = (int64_t)left; (double)column < right; column++) {
                double area = overlap(row, top, bottom) * overlap(column, left, right);
                for (int64_t channel = 0; channel < 3; channel++)
                    sum[channel] += area * pixels[(row * width + column) * 3 + channel];
            }
        }
        for (int64_t channel = 0; channel < 3; channel++)
            scaled[i * 3 + channel] = (uint8_t)(sum[channel] / ((right - left) * (bottom - top)) + 0.5);
    }
}

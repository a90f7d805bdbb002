/* fuzz_pixels.c - any bytes as a PNG, and as IDX files of digits, by the readers of attn-glimpse. libpng is not built for
 * libFuzzer: what is looked at is what the program makes of its answers.
 *
 * The first byte of the input: 0, and the rest is a PNG; else so many bytes are the file of labels, and the rest that of
 * images. Of these the first 16 are as given, and each further one stands for 784 of them, since a picture has so many. */
#include "glimpse/digits/digits.h"

#include "common/picture.h"

#include <stdlib.h>
#include <string.h>

#include "reader.h"

static void read_picture(void *path)
{
    struct picture picture = picture_read(path);
    ensure(picture.width > 0 && picture.width <= PICTURE_MOST && picture.height > 0 &&
           picture.height <= PICTURE_MOST);
    uint8_t scaled[5 * 7 * 3];
    picture_scale(picture.width, picture.height, picture.pixels, 5, 7, scaled);
    if (picture.width * picture.height < 10000) {
        struct text file = picture_png(picture.width, picture.height, picture.pixels);
        free(file.bytes);
    }
    free(picture.pixels);
}

static void read_digits(void *path)
{
    struct digits digits = digits_read(path);
    for (int64_t i = 0; i < digits.count; i++)
        ensure(digits.labels[i] < DIGITS);
    digits_free(&digits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = {data, size};
    const uint8_t byte = fuzz_byte(&input);
    if (byte == 0) {
        fuzz_try(read_picture, (void *)fuzz_path(input.data, input.size));
        return 0;
    }
    const size_t labels = byte < input.size ? byte : input.size, left = input.size - labels,
                 head = left < 16 ? left : 16, images = head + (left - head) * GLYPH_BYTES;
    uint8_t *file = malloc(images ? images : 1);
    ensure(file != NULL);
    memcpy(file, input.data + labels, head);
    for (size_t i = 0; i < left - head; i++)
        memset(file + head + i * GLYPH_BYTES, input.data[labels + head + i], GLYPH_BYTES);
    const char *folder = fuzz_folder();
    fuzz_put("train-labels-idx1-ubyte", input.data, labels);
    fuzz_put("train-images-idx3-ubyte", file, images);
    free(file);
    fuzz_try(read_digits, (void *)folder);
    return 0;
}

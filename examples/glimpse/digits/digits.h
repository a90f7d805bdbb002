/* digits.h - digits that people wrote, each a small picture with its label.
 *
 * They are files of MNIST's form (IDX: https://yann.lecun.com/exdb/mnist/), or where no path is given the bundled sample: a PNG of
 * 10 rows of digits, row d holding some that people wrote for d. Every eighth digit is held out: never trained on. */
#ifndef GLIMPSE_DIGITS_H
#define GLIMPSE_DIGITS_H

#include "common/program.h"

#define GLYPH 28 /* pixels of a digit's picture, both ways */
#define GLYPH_BYTES (GLYPH * GLYPH)
#define DIGITS 10

struct digits {
    int64_t count;
    uint8_t *pixels;      /* [count, GLYPH, GLYPH], ink is 255 */
    uint8_t *labels;      /* [count] */
    uint64_t fingerprint; /* of what they hold */
};

/* Of a folder that holds one pair of files NAMEimages-idx3-ubyte and NAMElabels-idx1-ubyte (of several that which is called train-),
 * or of such a file of images, beside which lies that of labels. */
struct digits digits_read(const char *path);
void digits_free(struct digits *digits);

/* Which of them may be chosen. */
enum choice { TRAINED, HELD_OUT, EVERY };
struct pool {
    const struct digits *digits;
    int64_t count, *items;
};

/* `name` is what a line calls them where there are too few. */
struct pool pool_create(const struct digits *digits, enum choice choice, const char *name);
void pool_free(struct pool *pool);

#endif

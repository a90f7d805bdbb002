/* examples.h - captioned pictures, from a folder or drawn as they are asked for.
 *
 * A folder holds PNG files and captions.tsv, a line a picture after the line that names its columns:
 *
 *     file <TAB> caption <TAB> places
 *     0000.png <TAB> a large red circle above a small blue square . <TAB> circle=16,0,16,16 square=0,48,16,16
 *
 * A caption is words with a blank between, the last one ".". A place is a noun of the caption and where its object lies: left,
 * top, width and height in pixels; places stand in the order of the nouns. They are what pointing is measured by. */
#ifndef GLIMPSE_EXAMPLES_H
#define GLIMPSE_EXAMPLES_H

#include "common/picture.h"
#include "scene.h"

#define MAX_WORDS 32
#define MAX_PLACES 8
#define CAPTION_BYTES 256

struct place {
    int64_t word; /* of the caption, from 0 */
    int64_t left, top, width, height;
};

struct example {
    uint8_t pixels[SCENE_BYTES];
    char caption[CAPTION_BYTES];
    int64_t place_count;
    struct place places[MAX_PLACES];
};

/* Where examples come from. */
struct examples {
    int64_t count;
    uint64_t seed; /* of the scenes of a part, which are drawn as they are asked for */
    enum part part;
    struct example *read; /* of a folder; NULL: the scenes */
    uint64_t fingerprint; /* of a folder's */
};

/* The first `count` scenes of a part; the pictures of a folder. */
struct examples examples_of_scenes(uint64_t seed, enum part part, int64_t count);
struct examples examples_read(const char *folder);

/* Draw the scenes once, and not each time that they are asked for. */
void examples_keep(struct examples *examples);

/* A picture, scaled where it is of another size, as the only example, without a caption. The pixels are let go. */
struct examples examples_of_picture(struct picture *picture);

void examples_free(struct examples *examples);

/* Example `index`. */
void examples_get(const struct examples *examples, int64_t index, struct example *example);

/* Write the first `count` scenes of a part into a folder, which is made where it is missing. Scenes that are there end the program,
 * unless `overwrite`: then they are removed first, and nothing else is. */
void examples_write(const char *folder, uint64_t seed, enum part part, int64_t count, bool overwrite);

#endif

/* recordings.h - digits that people spoke, each in a recording of its own.
 *
 * A folder holds files DIGIT_SPEAKER_NUMBER.wav, as the Free Spoken Digit Dataset does (https://github.com/Jakobovski/free-spoken-digit-
 * dataset); other files in it are not looked at. Recordings numbered below HELD_OUT_BELOW are never trained on. */
#ifndef LISTEN_RECORDINGS_H
#define LISTEN_RECORDINGS_H

#include "sound.h"

#define DIGITS 10
#define HELD_OUT_BELOW 10

struct recording {
    int64_t digit, speaker, number;
    const float *samples;
    int64_t count;
};

struct recordings {
    int64_t count, capacity, speakers;
    struct recording *items; /* by speaker, digit and number */
    char **names;            /* of the speakers, sorted */
    struct sound sound;      /* all of them, one behind another */
    uint64_t fingerprint;    /* of what they hold */
};

extern const char *const digit_names[DIGITS];

/* The recordings of a folder, or where `path` is NULL the bundled ones, at `rate`. */
struct recordings recordings_read(const char *path, int64_t rate);
void recordings_free(struct recordings *recordings);

/* Those of a speaker and digit that are (or are not) held out: indices[0 .. returned), in the order of their numbers. `indices` has room
 * for all. */
int64_t recordings_of(const struct recordings *recordings, int64_t speaker, int64_t digit, bool held_out,
                      int64_t *indices);

#endif

/* sound.h - files of sound, read through libsndfile and brought to another rate by libsamplerate. */
#ifndef LISTEN_SOUND_H
#define LISTEN_SOUND_H

#include "common/program.h"

/* One channel. All 0 is the empty one. */
struct sound {
    float *samples; /* -1 to 1 as a file has them */
    int64_t count, capacity;
    int64_t rate; /* samples a second */
};

#define SOUND_MOST_SECONDS 120

/* Read a file of any format, rate and number of channels, which are averaged, and bring it to `rate`. A file that cannot be read, or is
 * longer than SOUND_MOST_SECONDS, ends the program with a line. */
struct sound sound_read(const char *path, int64_t rate);

/* The same, but false, with a line for the user in *reason (to be freed), where it cannot be read. */
bool sound_try(const char *path, int64_t rate, struct sound *sound, char **reason);

/* samples[count] as they are when played `speed` times as fast, with a pitch that much higher, appended to `to`. */
void sound_append(struct sound *to, const float *samples, int64_t count, double speed);

/* Put so many seconds of silence before it, and behind it. */
void sound_surround(struct sound *sound, double seconds);

void sound_free(struct sound *sound);

#endif

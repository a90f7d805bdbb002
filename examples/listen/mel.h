/* mel.h - what the network gets of a sound: the logarithm of its energy in bands that are spaced as the ear hears.
 *
 *     frame f    samples [f step, f step + window), Hann-windowed, of which the power spectrum is taken (kissfft)
 *     band k     a triangle over the spectrum, the bands' middles equally far apart on the mel scale, 2595 log10(1 + Hz / 700)
 *     value      log(energy), not less than `range` below the recording's loudest; then each band of the recording is shifted and
 *                scaled to a mean of 0 and a variance of 1: neither the microphone nor the loudness matters */
#ifndef LISTEN_MEL_H
#define LISTEN_MEL_H

#include "sound.h"

struct feature_settings {
    int64_t rate;         /* samples a second */
    int64_t window, step; /* samples: 25 and 10 ms */
    int64_t bands;
    double lowest, highest; /* Hz, from the first triangle's foot to the last one's */
    double range;           /* natural logarithm */
};

struct feature_settings features_default(void);

/* As JSON, and back; ends the program where a model file at `path` holds none that can be. */
json_t *features_json(const struct feature_settings *settings);
struct feature_settings features_of_json(const json_t *json, const char *path);

struct features; /* settings, with tables; for one thread at a time */
struct features *features_create(const struct feature_settings *settings);
void features_destroy(struct features *features);

/* How many frames so many samples give: at least 1. */
int64_t features_frames(const struct feature_settings *settings, int64_t samples);

/* values[features_frames(count), bands] of samples[count]. `raw`, where it is not NULL, gets the logarithms before they are
 * normalised. */
void features_make(struct features *features, const float *samples, int64_t count, float *values, float *raw);

#endif

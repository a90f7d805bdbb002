/* sound.c - libsndfile knows the formats, libsamplerate the filters. */
#include "sound.h"

#include <errno.h>
#include <math.h>
#include <samplerate.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE 4096 /* frames of a read */
#define MOST_CHANNELS 64

/* Append `frames` of so many channels, averaged. */
static void append_mean(struct sound *sound, const float *frames, int64_t count, int64_t channels)
{
    sound->samples = grow(sound->samples, sound->count + count, &sound->capacity, sizeof *sound->samples);
    for (int64_t i = 0; i < count; i++) {
        float sum = 0;
        for (int64_t c = 0; c < channels; c++)
            sum += frames[i * channels + c];
        sound->samples[sound->count++] = sum / (float)channels;
    }
}

/* samples[count] at `ratio` times as many a second, appended. */
static void append_resampled(struct sound *to, const float *samples, int64_t count, double ratio, int filter)
{
    const int64_t room = (int64_t)ceil((double)count * ratio) + 16;
    to->samples = grow(to->samples, to->count + room, &to->capacity, sizeof *to->samples);
    SRC_DATA data = {.data_in = samples,
                     .data_out = to->samples + to->count,
                     .input_frames = (long)count,
                     .output_frames = (long)room,
                     .src_ratio = ratio};
    const int error = count ? src_simple(&data, filter, 1) : 0;
    if (error)
        fail(EXIT_RUNTIME, "the sound cannot be brought to another rate: %s", src_strerror(error));
    to->count += data.output_frames_gen;
}

void sound_append(struct sound *to, const float *samples, int64_t count, double speed)
{
    if (speed != 1.0) {
        append_resampled(to, samples, count, 1.0 / speed, SRC_LINEAR);
        return;
    }
    to->samples = grow(to->samples, to->count + count, &to->capacity, sizeof *to->samples);
    memcpy(to->samples + to->count, samples, (size_t)count * sizeof *samples);
    to->count += count;
}

static void read_frames(SNDFILE *file, int64_t channels, struct sound *sound)
{
    float *frames = allocate(PIECE * channels, sizeof *frames);
    for (sf_count_t count; (count = sf_readf_float(file, frames, PIECE)) > 0;) {
        append_mean(sound, frames, count, channels);
        if (sound->count > SOUND_MOST_SECONDS * sound->rate)
            break;
    }
    free(frames);
    for (int64_t i = 0; i < sound->count; i++) /* files of floats may hold anything */
        sound->samples[i] = isfinite(sound->samples[i]) ? fmaxf(-8.0f, fminf(8.0f, sound->samples[i])) : 0.0f;
}

/* Bring it to `rate`, band-limited, so that nothing folds down. */
static void change_rate(struct sound *sound, int64_t rate)
{
    if (sound->rate == rate)
        return;
    struct sound changed = {.rate = rate};
    append_resampled(&changed, sound->samples, sound->count, (double)rate / (double)sound->rate,
                     SRC_SINC_MEDIUM_QUALITY);
    sound_free(sound);
    *sound = changed;
}

bool sound_try(const char *path, int64_t rate, struct sound *sound, char **reason)
{
    struct stat status;
    *sound = (struct sound){0};
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) { /* nothing is waited for */
        *reason =
            print("%s: %s", path, errno && stat(path, &status) != 0 ? strerror(errno) : "not a regular file");
        return false;
    }
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL) {
        *reason = print("%s: no sound that can be read: %s", path, sf_strerror(NULL));
        return false;
    }
    sound->rate = info.samplerate;
    const double ratio = info.samplerate > 0 ? (double)rate / info.samplerate : 0;
    if (info.channels < 1 || info.channels > MOST_CHANNELS || !src_is_valid_ratio(ratio)) {
        *reason = print("%s: %d channels of %d samples a second; expected 1 to %d of %lld to %lld", path,
                        info.channels, info.samplerate, MOST_CHANNELS, (long long)(rate / 256 + 1),
                        (long long)rate * 256);
    } else {
        read_frames(file, info.channels, sound);
        if (sound->count > SOUND_MOST_SECONDS * sound->rate)
            *reason = print("%s: longer than %d seconds; cut it into parts", path, SOUND_MOST_SECONDS);
    }
    sf_close(file);
    if (*reason) {
        sound_free(sound);
        return false;
    }
    change_rate(sound, rate);
    return true;
}

struct sound sound_read(const char *path, int64_t rate)
{
    struct sound sound;
    char *reason = NULL;
    if (!sound_try(path, rate, &sound, &reason))
        fail(EXIT_BAD_INPUT, "%s", reason);
    return sound;
}

void sound_surround(struct sound *sound, double seconds)
{
    const int64_t margin = (int64_t)(seconds * (double)sound->rate);
    struct sound longer = {.rate = sound->rate, .count = sound->count + 2 * margin};
    longer.samples = grow(NULL, longer.count, &longer.capacity, sizeof *longer.samples);
    memset(longer.samples, 0, (size_t)longer.count * sizeof *longer.samples);
    if (sound->count)
        memcpy(longer.samples + margin, sound->samples, (size_t)sound->count * sizeof *longer.samples);
    sound_free(sound);
    *sound = longer;
}

void sound_free(struct sound *sound)
{
    free(sound->samples);
    *sound = (struct sound){0};
}

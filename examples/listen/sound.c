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

/* ---- rates ------------------------------------------------------------------------------------------------- */

/* One channel at another rate, piece by piece. */
struct resampler {
    SRC_STATE *state;
    double ratio; /* so many samples for one */
};

static _Noreturn void fail_to_resample(int error)
{
    fail(EXIT_RUNTIME, "the sound cannot be brought to another rate: %s", src_strerror(error));
}

static struct resampler resampler_make(double ratio, int filter)
{
    int error = 0;
    struct resampler resampler = {src_new(filter, 1, &error), ratio};
    if (resampler.state == NULL)
        fail_to_resample(error);
    return resampler;
}

/* Append what the next samples[count] become; the `last` ones bring what the filter still holds. */
static void append_resampled(struct sound *to, struct resampler *resampler, const float *samples,
                             int64_t count, bool last)
{
    for (bool moves = true; moves && (count > 0 || last);) {
        const int64_t room = (int64_t)ceil((double)count * resampler->ratio) + 256;
        to->samples = grow(to->samples, to->count + room, &to->capacity, sizeof *to->samples);
        SRC_DATA data = {.data_in = samples,
                         .data_out = to->samples + to->count,
                         .input_frames = (long)count,
                         .output_frames = (long)room,
                         .end_of_input = last,
                         .src_ratio = resampler->ratio};
        const int error = src_process(resampler->state, &data);
        if (error)
            fail_to_resample(error);
        samples += data.input_frames_used;
        count -= data.input_frames_used;
        to->count += data.output_frames_gen;
        moves = data.input_frames_used > 0 || data.output_frames_gen > 0;
    }
}

static void append(struct sound *to, const float *samples, int64_t count)
{
    if (count == 0)
        return;
    to->samples = grow(to->samples, to->count + count, &to->capacity, sizeof *to->samples);
    memcpy(to->samples + to->count, samples, (size_t)count * sizeof *samples);
    to->count += count;
}

void sound_append(struct sound *to, const float *samples, int64_t count, double speed)
{
    if (speed == 1.0) {
        append(to, samples, count);
        return;
    }
    struct resampler resampler = resampler_make(1.0 / speed, SRC_LINEAR);
    append_resampled(to, &resampler, samples, count, true);
    src_delete(resampler.state);
}

/* ---- files ------------------------------------------------------------------------------------------------- */

/* The mean of each frame's channels. Files of floats may hold anything. */
static void mix(const float *frames, int64_t count, int64_t channels, float *samples)
{
    for (int64_t i = 0; i < count; i++) {
        float sum = 0;
        for (int64_t c = 0; c < channels; c++)
            sum += frames[i * channels + c];
        const float mean = sum / (float)channels;
        samples[i] = isfinite(mean) ? fmaxf(-8.0f, fminf(8.0f, mean)) : 0.0f;
    }
}

/* All frames, brought to the sound's rate as they are read, band-limited, so that nothing folds down: what is held is as long as the
 * sound, whatever rate the file says. False where it is longer than SOUND_MOST_SECONDS. */
static bool read_frames(SNDFILE *file, const SF_INFO *info, struct sound *sound)
{
    const bool changes = info->samplerate != sound->rate;
    struct resampler resampler = {0};
    if (changes)
        resampler = resampler_make((double)sound->rate / info->samplerate, SRC_SINC_MEDIUM_QUALITY);
    float *frames = allocate((int64_t)PIECE * info->channels, sizeof *frames), samples[PIECE];
    int64_t left = (int64_t)SOUND_MOST_SECONDS * info->samplerate, count;
    do {
        const int64_t read = sf_readf_float(file, frames, PIECE);
        count = read > 0 ? read : 0;
        left -= count;
        mix(frames, count, info->channels, samples);
        if (changes)
            append_resampled(sound, &resampler, samples, count, count == 0);
        else
            append(sound, samples, count);
    } while (count > 0 && left >= 0);
    free(frames);
    src_delete(resampler.state);
    return left >= 0;
}

bool sound_try(const char *path, int64_t rate, struct sound *sound, char **reason)
{
    struct stat status;
    *sound = (struct sound){0};
    if (*path == '\0') {
        *reason = print("a name is empty; expected that of a file of sound");
        return false;
    }
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
    sound->rate = rate;
    const double ratio = info.samplerate > 0 ? (double)rate / info.samplerate : 0;
    if (info.channels < 1 || info.channels > MOST_CHANNELS || !src_is_valid_ratio(ratio)) {
        *reason = print("%s: %d channels of %d samples a second; expected 1 to %d of %lld to %lld", path,
                        info.channels, info.samplerate, MOST_CHANNELS, (long long)rate / 256 + 1,
                        (long long)rate * 256);
    } else if (!read_frames(file, &info, sound)) {
        *reason = print("%s: longer than %d seconds; cut it into parts", path, SOUND_MOST_SECONDS);
    }
    sf_close(file);
    if (*reason)
        sound_free(sound);
    return *reason == NULL;
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

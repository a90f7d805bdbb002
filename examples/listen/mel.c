/* mel.c - windows, their spectra, bands, and normalisation. */
#include "mel.h"

#include <kiss_fftr.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct features {
    struct feature_settings settings;
    int64_t size;   /* of the transform: the power of two that holds the window */
    float *hann;    /* [window] */
    float *weights; /* [bands, size / 2 + 1] */
    kiss_fftr_cfg transform;
    float *frame;           /* [size] */
    kiss_fft_cpx *spectrum; /* [size / 2 + 1] */
    float *power;           /* [size / 2 + 1] */
    int64_t *begins, *ends; /* [bands]: where a triangle is not 0 */
};

struct feature_settings features_default(void)
{
    return (struct feature_settings){
        .rate = 8000, .window = 200, .step = 80, .bands = 40, .lowest = 60, .highest = 4000, .range = 12};
}

json_t *features_json(const struct feature_settings *settings)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:s}", "rate", (json_int_t)settings->rate, "window",
                     (json_int_t)settings->window, "step", (json_int_t)settings->step, "bands",
                     (json_int_t)settings->bands, "lowest", settings->lowest, "highest", settings->highest,
                     "range", settings->range, "normalisation", "recording");
}

struct feature_settings features_of_json(const json_t *json, const char *path)
{
    json_int_t rate, window, step, bands;
    struct feature_settings settings = {0};
    const char *normalisation;
    if (json_unpack((json_t *)json, "{s:I, s:I, s:I, s:I, s:F, s:F, s:F, s:s}", "rate", &rate, "window",
                    &window, "step", &step, "bands", &bands, "lowest", &settings.lowest, "highest",
                    &settings.highest, "range", &settings.range, "normalisation", &normalisation) != 0 ||
        rate < 1000 || rate > 192000 || window < 8 || window > 16384 || step < 1 || step > window ||
        bands < 1 || bands > 512 || !(settings.lowest >= 0 && settings.highest > settings.lowest) ||
        settings.highest > (double)rate / 2 || !(settings.range > 0 && settings.range < 100) ||
        strcmp(normalisation, "recording") != 0)
        fail(EXIT_BAD_INPUT,
             "%s: its configuration holds no settings of features that can be; expected a model that " PROGRAM
             " train wrote",
             path);
    settings.rate = rate;
    settings.window = window;
    settings.step = step;
    settings.bands = bands;
    return settings;
}

static double mel(double hz)
{
    return 2595.0 * log10(1.0 + hz / 700.0);
}

/* Triangle k rises from middle k - 1 to middle k and falls to middle k + 1, the feet included as middles -1 and `bands`. */
static void make_bands(struct features *features)
{
    const struct feature_settings *s = &features->settings;
    const int64_t bins = features->size / 2 + 1;
    const double first = mel(s->lowest), between = (mel(s->highest) - first) / (double)(s->bands + 1);
    for (int64_t k = 0; k < s->bands; k++) {
        features->begins[k] = bins;
        for (int64_t i = 0; i < bins; i++) {
            const double at =
                (mel((double)i * (double)s->rate / (double)features->size) - first) / between - (double)k;
            const double height = 1.0 - fabs(at - 1.0); /* 0 at both feet, 1 in the middle */
            features->weights[k * bins + i] = height > 0 ? (float)height : 0.0f;
            if (height > 0) {
                features->begins[k] = features->begins[k] < i ? features->begins[k] : i;
                features->ends[k] = i + 1;
            }
        }
    }
}

struct features *features_create(const struct feature_settings *settings)
{
    struct features *features = allocate(1, sizeof *features);
    features->settings = *settings;
    features->size = 2;
    while (features->size < settings->window)
        features->size *= 2;
    const int64_t bins = features->size / 2 + 1;
    features->hann = allocate(settings->window, sizeof *features->hann);
    features->weights = allocate(settings->bands * bins, sizeof *features->weights);
    features->begins = allocate(settings->bands, sizeof *features->begins);
    features->ends = allocate(settings->bands, sizeof *features->ends);
    features->frame = allocate(features->size, sizeof *features->frame);
    features->spectrum = allocate(bins, sizeof *features->spectrum);
    features->power = allocate(bins, sizeof *features->power);
    features->transform = kiss_fftr_alloc((int)features->size, 0, NULL, NULL);
    if (features->transform == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    const double turn = 2.0 * acos(-1.0) / (double)settings->window;
    for (int64_t i = 0; i < settings->window; i++)
        features->hann[i] = (float)(0.5 - 0.5 * cos(turn * ((double)i + 0.5)));
    make_bands(features);
    return features;
}

void features_destroy(struct features *features)
{
    kiss_fftr_free(features->transform);
    free(features->hann);
    free(features->weights);
    free(features->begins);
    free(features->ends);
    free(features->frame);
    free(features->spectrum);
    free(features->power);
    free(features);
}

int64_t features_frames(const struct feature_settings *settings, int64_t samples)
{
    return samples <= settings->window ? 1 : 1 + (samples - settings->window) / settings->step;
}

/* The energies of the frame that begins at samples[begin]; beyond samples[count], of which there may be none, is silence. */
static void measure_frame(struct features *features, const float *samples, int64_t count, int64_t begin,
                          float *energies)
{
    const struct feature_settings *s = &features->settings;
    const int64_t bins = features->size / 2 + 1;
    for (int64_t i = 0; i < s->window; i++)
        features->frame[i] = begin + i < count ? samples[begin + i] * features->hann[i] : 0.0f;
    kiss_fftr(features->transform, features->frame, features->spectrum);
    for (int64_t i = 0; i < bins; i++)
        features->power[i] = features->spectrum[i].r * features->spectrum[i].r +
                             features->spectrum[i].i * features->spectrum[i].i;
    for (int64_t k = 0; k < s->bands; k++) {
        const float *weights = features->weights + k * bins;
        float sum = 0.0f;
        for (int64_t i = features->begins[k]; i < features->ends[k]; i++)
            sum += weights[i] * features->power[i];
        energies[k] = sum;
    }
}

/* Each band to a mean of 0 and a variance of 1; one that never changes becomes 0. */
static void normalise(int64_t frames, int64_t bands, float *values)
{
    for (int64_t k = 0; k < bands; k++) {
        double sum = 0, squares = 0;
        for (int64_t f = 0; f < frames; f++)
            sum += (double)values[f * bands + k];
        const double mean = sum / (double)frames;
        for (int64_t f = 0; f < frames; f++)
            squares += pow((double)values[f * bands + k] - mean, 2);
        const double scale = 1.0 / sqrt(squares / (double)frames + 1e-4);
        for (int64_t f = 0; f < frames; f++)
            values[f * bands + k] = (float)(((double)values[f * bands + k] - mean) * scale);
    }
}

void features_make(struct features *features, const float *samples, int64_t count, float *values, float *raw)
{
    const struct feature_settings *s = &features->settings;
    const int64_t frames = features_frames(s, count), numbers = frames * s->bands;
    float loudest = 1e-20f; /* of a sound that is all silence */
    for (int64_t f = 0; f < frames; f++)
        measure_frame(features, samples, count, f * s->step, values + f * s->bands);
    for (int64_t i = 0; i < numbers; i++)
        loudest = fmaxf(loudest, values[i]);
    const float least = fmaxf(loudest * (float)exp(-s->range), 1e-30f);
    for (int64_t i = 0; i < numbers; i++)
        values[i] = logf(fmaxf(values[i], least));
    if (raw)
        memcpy(raw, values, (size_t)numbers * sizeof *raw);
    normalise(frames, s->bands, values);
}

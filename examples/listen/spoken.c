/* spoken.c - a string's digits and pauses are drawn, then laid out in samples. */
#include "spoken.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/dice.h"

#define FADE 0.004 /* seconds: recordings are cut where they are not silent */

static const struct {
    double least, most;
} margin = {0.05, 0.4},
  pause = {0.02, 0.5}; /* seconds: before the first digit and after the last one; between two */

struct strings strings_create(const struct recordings *recordings, uint64_t seed, enum part part,
                              const char *name)
{
    struct strings strings = {.recordings = recordings, .seed = seed, .part = part};
    strings.speakers = allocate(recordings->speakers, sizeof *strings.speakers);
    for (int64_t d = 0; d < DIGITS; d++) {
        strings.pools[d] = allocate(recordings->speakers * recordings->count, sizeof *strings.pools[d]);
        strings.sizes[d] = allocate(recordings->speakers, sizeof *strings.sizes[d]);
    }
    for (int64_t s = 0; s < recordings->speakers; s++) {
        bool all = true;
        for (int64_t d = 0; d < DIGITS; d++) {
            strings.sizes[d][s] =
                recordings_of(recordings, s, d, part != PART_TRAIN, strings.pools[d] + s * recordings->count);
            all = all && strings.sizes[d][s] > 0;
        }
        if (all)
            strings.speakers[strings.speaker_count++] = s;
    }
    if (strings.speaker_count == 0)
        fail(EXIT_BAD_INPUT,
             "%s: no speaker has recordings of all ten digits numbered %s %d, which %s; add some", name,
             part == PART_TRAIN ? "from" : "below", HELD_OUT_BELOW,
             part == PART_TRAIN ? "are trained on" : "are held out to measure on");
    return strings;
}

void strings_free(struct strings *strings)
{
    free(strings->speakers);
    for (int64_t d = 0; d < DIGITS; d++) {
        free(strings->pools[d]);
        free(strings->sizes[d]);
    }
}

static void append_silence(struct sound *sound, double seconds)
{
    const int64_t count = (int64_t)(seconds * (double)sound->rate);
    sound->samples = grow(sound->samples, sound->count + count, &sound->capacity, sizeof *sound->samples);
    memset(sound->samples + sound->count, 0, (size_t)count * sizeof *sound->samples);
    sound->count += count;
}

/* Make the end of the sound from `begin` on `gain` times as loud, faded in and out. */
static void shape(struct sound *sound, int64_t begin, double gain)
{
    const int64_t count = sound->count - begin;
    const double fade = FADE * (double)sound->rate;
    for (int64_t i = 0; i < count; i++) {
        const double edge = fmin((double)i, (double)(count - 1 - i)) + 0.5;
        sound->samples[begin + i] *= (float)(gain * fmin(1.0, edge / fade));
    }
}

/* Noise whose root mean square is `level` decibels above (below, where negative) the sound's own. */
static void add_noise(struct sound *sound, double level, struct dice *dice)
{
    double squares = 0;
    for (int64_t i = 0; i < sound->count; i++)
        squares += pow((double)sound->samples[i], 2);
    const double rms = sqrt(squares / fmax(1.0, (double)sound->count)) * pow(10.0, level / 20.0);
    for (int64_t i = 0; i < sound->count;
         i++) /* the sum of four uniform numbers, of a variance of 4/12, is normal enough */
        sound->samples[i] += (float)(rms * sqrt(3.0) *
                                     (roll_between(dice, -0.5, 0.5) + roll_between(dice, -0.5, 0.5) +
                                      roll_between(dice, -0.5, 0.5) + roll_between(dice, -0.5, 0.5)));
}

static void say_digit(const struct strings *strings, int64_t speaker, struct string *string, double speed,
                      struct dice *dice)
{
    const bool training = strings->part == PART_TRAIN;
    const int64_t digit = roll(dice, DIGITS), place = string->count++;
    const int64_t *pool = strings->pools[digit] + speaker * strings->recordings->count;
    const struct recording *item =
        &strings->recordings->items[pool[roll(dice, strings->sizes[digit][speaker])]];
    const double own = roll_between(dice, -0.04, 0.04), gain = roll_between(dice, -4.0, 4.0);
    string->digits[place] = digit;
    string->begins[place] = string->sound.count;
    sound_append(&string->sound, item->samples, item->count, training ? speed + own : 1.0);
    string->ends[place] = string->sound.count;
    shape(&string->sound, string->begins[place], training ? pow(10.0, gain / 20.0) : 1.0);
}

void string_make(const struct strings *strings, int64_t index, int64_t digits, struct string *string)
{
    struct dice dice = {strings->seed, ((uint64_t)strings->part + 1) << 48 | (uint64_t)index, 0};
    const int64_t drawn = 1 + roll(&dice, MAX_DIGITS), count = digits ? digits : drawn;
    const int64_t speaker = strings->speakers[roll(&dice, strings->speaker_count)];
    const double speed = roll_between(&dice, 0.88, 1.12);
    string->count = string->sound.count = 0;
    string->sound.rate = strings->recordings->sound.rate;
    append_silence(&string->sound, roll_between(&dice, margin.least, margin.most));
    for (int64_t i = 0; i < count; i++) {
        if (i > 0)
            append_silence(&string->sound, roll_between(&dice, pause.least, pause.most));
        say_digit(strings, speaker, string, speed, &dice);
    }
    append_silence(&string->sound, roll_between(&dice, margin.least, margin.most));
    const double loudest = strings->part == PART_TRAIN ? -25 : -40;
    add_noise(&string->sound, roll_between(&dice, -60, loudest), &dice);
}

void string_free(struct string *string)
{
    sound_free(&string->sound);
}

int64_t string_letters(const struct string *string, char *letters)
{
    int64_t count = 0;
    for (int64_t i = 0; i < string->count; i++) {
        if (i > 0)
            letters[count++] = ' ';
        for (const char *letter = digit_names[string->digits[i]]; *letter; letter++)
            letters[count++] = *letter;
    }
    return count;
}

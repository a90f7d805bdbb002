/* spoken.h - what is learned and measured on: strings of digits, chained from recordings of one speaker with pauses between, so that it
 * is known where each digit lies. A string is a function of seed, part and number alone. */
#ifndef LISTEN_SPOKEN_H
#define LISTEN_SPOKEN_H

#include "recordings.h"

#define MAX_DIGITS 7
#define MAX_LETTERS (6 * MAX_DIGITS) /* of a string, blanks included: "seven " */

/* Of PART_TRAIN the recordings are those to train on, more or less fast and loud and with more or less noise; of the others, those that
 * are held out. */
enum part { PART_TRAIN, PART_VALID, PART_EVAL };

struct strings {
    const struct recordings *recordings;
    uint64_t seed;
    enum part part;
    int64_t *speakers, speaker_count;       /* of whom there are recordings of this part, in all digits */
    int64_t *pools[DIGITS], *sizes[DIGITS]; /* [speakers, recordings]; [speakers] */
};

/* Ends the program where no speaker has recordings of all digits. `name` is how the user named them. */
struct strings strings_create(const struct recordings *recordings, uint64_t seed, enum part part,
                              const char *name);
void strings_free(struct strings *strings);

struct string {
    struct sound sound;
    int64_t count; /* of digits */
    int64_t digits[MAX_DIGITS];
    int64_t begins[MAX_DIGITS], ends[MAX_DIGITS]; /* samples */
};

/* String `index`, of so many digits; 0: of 1 to MAX_DIGITS. `string` starts as {0} and grows. */
void string_make(const struct strings *strings, int64_t index, int64_t digits, struct string *string);
void string_free(struct string *string);

/* "three five", in letters[MAX_LETTERS]; returns how many. */
int64_t string_letters(const struct string *string, char *letters);

#endif

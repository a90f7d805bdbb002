/* score.h - how many words and letters are wrong, and whether each letter listened to its digit. */
#ifndef LISTEN_SCORE_H
#define LISTEN_SCORE_H

#include "common/speed.h"
#include "spell.h"

struct score {
    double loss;     /* the mean of the letters, each after the right ones before it, ends included */
    double wer, cer; /* edit distance of words and of letters, over those that were said */
    double
        alignment; /* share of the letters spelt (blanks and ends are none) whose largest weight lies on an item the middle of
                         which is inside the digit that the word's place names; of a word too many none do */
    int64_t strings;
    struct speed speed; /* of spelling sounds that stand ready as features */
};

/* Fill a batch with strings first, first + 1, ... of as many digits as `digits` says (0: 1 to MAX_DIGITS), made in strings[rows]. */
void batch_set_strings(struct batch *batch, struct trained *trained, const struct strings *of, int64_t first,
                       int64_t digits, int64_t rows, struct string *strings);

/* Spell the first `count` strings and compare. `label` names the progress bar; NULL: none. */
struct score score_strings(struct spelling *spelling, const struct strings *of, int64_t count,
                           const char *label);

#endif

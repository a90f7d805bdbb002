/* score.h - how good translations are. */
#ifndef TRANSLATE_SCORE_H
#define TRANSLATE_SCORE_H

#include "common/speed.h"
#include "decode.h"

struct score {
    double loss;  /* mean over the target tokens of all pairs, ends included */
    double bleu;  /* of one translation a distinct source, against all its references; 0 to 1 */
    double exact; /* share of the sources whose translation is one of their references */
    double
        alignment; /* of generated dates: share of the digits written whose largest weight lies on their field */
    int64_t sources;
    struct speed speed; /* of translating sources that stand ready as ids */
};

/* Measure on pairs, which `corpus` holds as ids. `label` names the progress bar; NULL: none. */
struct score score_pairs(struct translator *translator, const struct pairs *pairs,
                         const struct corpus *corpus, const int64_t *group, int64_t groups,
                         const char *label);

#endif

/* dates.h - dates as people write them, and where in the text year, month and day stand. */
#ifndef TRANSLATE_DATES_H
#define TRANSLATE_DATES_H

#include "common/program.h"

enum { YEAR, MONTH, DAY, FIELDS };

struct date {
    char text[48]; /* "Tuesday, 3 March 1998" */
    char iso[40];  /* "1998-03-03" */
    int32_t begins[FIELDS],
        ends[FIELDS]; /* bytes of the text that a field is written with: "1998", "March", "3" */
};

/* Which digit of "1998-03-03" belongs to which field; -1 for a hyphen, and beyond. */
int64_t iso_field(int64_t place);

/* Date number `index`, a function of seed and index. Days from 1900 to 2099; a fixed tenth of all days is held out, and a date is
 * of such a day if and only if `held_out`. */
struct date date_make(uint64_t seed, int64_t index, bool held_out);

#endif

/* leave_out.h - training reviews that a measure needs unseen. */
#ifndef SENTIMENT_LEAVE_OUT_H
#define SENTIMENT_LEAVE_OUT_H

#include "data.h"

/* Take the reviews out whose text stands in the data at `path` (whose columns have usual names), in the same words: letters of any
 * case and digits are compared, and not spaces, marks, tags such as <br />, and what an encoding can spoil. Returns how many. */
int64_t leave_out(struct dataset *dataset, const char *path);

/* How many of the reviews items[count] of a data set stand in `others`, compared likewise. */
int64_t count_in(const struct dataset *others, const struct dataset *dataset, const int64_t *items,
                 int64_t count);

#endif

/* leave_out.h - training reviews that a measure needs unseen. */
#ifndef SENTIMENT_LEAVE_OUT_H
#define SENTIMENT_LEAVE_OUT_H

#include "data.h"

/* Take the reviews out whose text stands in the data at `path` (whose columns have usual names), in the same words: letters of any
 * case and digits are compared, and not spaces, marks, tags such as <br />, and what an encoding can spoil. Returns how many. */
int64_t leave_out(struct dataset *dataset, const char *path);

#endif

/* folder.h - reviews that lie one a file in pos/ and neg/, and the films that they are about. */
#ifndef SENTIMENT_FOLDER_H
#define SENTIMENT_FOLDER_H

#include "data.h"

/* Read `path` when it holds pos/ and neg/, else path/part (see dataset_read). Names are in the order of their
 * leading number. Films are known where urls_pos.txt and urls_neg.txt lie beside pos/ and neg/: line ID,
 * counted from 0, is the film of the review ID_RATING.txt, and two lines are one film when the title in them
 * (tt0453418) is. */
struct dataset folder_read(const char *path, const char *part);

#endif

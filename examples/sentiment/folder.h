/* folder.h - texts that lie one a file in a folder a class, and the films that they are about. */
#ifndef SENTIMENT_FOLDER_H
#define SENTIMENT_FOLDER_H

#include "data.h"

/* Read the folders in source->path, whose names are the labels, or those in path/part where that holds folders (see
 * dataset_read). Files are in the order of their leading number; hidden ones, backups, and what desktops leave there are no texts,
 * nor is what is no regular file. Films are known where urls_LABEL.txt lies beside each folder: line ID, counted from 0, is the
 * film of the review ID_RATING.txt, and two lines are one film when the title in them (tt0453418) is. Unlabelled ones are read of a
 * folder unsup beside pos and neg too, and of a folder of files alone. */
void folder_read(struct dataset *dataset, const struct source *source, const char *part);

#endif

/* sample.h - stories that are made up, to try the program with: people walk, take things and put them down. */
#ifndef BABI_SAMPLE_H
#define BABI_SAMPLE_H

#include "stories.h"

/* 2,000 questions for part "train", 1,000 for any other, and other stories. "Where is Mary?" rests on one fact, "Where is the
 * milk?" on two. */
struct stories sample_stories(const char *part);

#endif

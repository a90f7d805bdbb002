/* lines.h - texts from standard input, one a line. */
#ifndef COMMON_LINES_H
#define COMMON_LINES_H

#include "common/program.h"

#define LINES_TOGETHER 32

struct line {
    char *text; /* without its end, and the first one without a byte order mark; a NUL follows */
    size_t size;
};

/* Read the next lines: those that are there, at least one and at most LINES_TOGETHER, so that whoever writes a line and waits for its
 * answer gets it. Returns how many, 0 at the end. The caller frees each text. */
int64_t read_lines(struct line *lines);

#endif

/* terminal.h - what a person sees: a progress bar, and words shaded by weight. */
#ifndef COMMON_TERMINAL_H
#define COMMON_TERMINAL_H

#include "common/program.h"

/* Draw the bar on standard error, when that is a terminal, at most ten times a second; take it away. */
void progress_show(const char *label, int64_t done, int64_t total, const char *note);
void progress_clear(void);

/* Whether colours may be used: standard output is a terminal or FORCE_COLOR is set, and NO_COLOR is not. */
bool output_has_colours(void);

/* Write what was printed; false, after a line on standard error, when that failed. */
bool flush_output(void);

/* Print text[size] as it was written, token i = text[begins[i] .. ends[i]) shaded by shades[i]: above 0 up to 1 blue, below 0
 * down to -1 orange, 0 not at all. Without colours only the text is printed. Control characters and overrides of the writing's
 * direction, which could steer the terminal, and malformed UTF-8 are shown as U+FFFD. */
void print_shaded(const char *text, size_t size, int64_t count, const int64_t *begins, const int64_t *ends,
                  const float *shades, bool colours);

#endif

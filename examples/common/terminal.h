/* terminal.h - what a person sees: a progress bar, and pictures. */
#ifndef COMMON_TERMINAL_H
#define COMMON_TERMINAL_H

#include "common/program.h"

/* Draw the bar on standard error, when that is a terminal, at most ten times a second; take it away. */
void progress_show(const char *label, int64_t done, int64_t total, const char *note);
void progress_clear(void);

/* Whether colours may be used: standard output is a terminal or FORCE_COLOR is set, and NO_COLOR is not. */
bool output_has_colours(void);

/* Write what was printed. What cannot be written is no reason to stop training, say; but it is in the end: */
void flush_output(void);

/* The same, and go on only if all that was printed by now could be written. */
void must_print(void);

/* How a picture is drawn on standard output: in a terminal as wide as that is, with colours where they may be used. */
attn_draw_options drawing_options(int32_t format);

/* An attn_write_fn to standard output; must_print tells. */
attn_status write_output(void *user, const void *data, size_t size);

#endif

/* terminal.h - what standard output and standard error can show, decided here alone: colours, width, a progress bar, pictures.
 *
 *     NO_COLOR         set and not empty: no colours, whatever else is said (no-color.org)
 *     FORCE_COLOR      set, and not empty, 0 or false: colours wherever the output goes; 3: all 2^24 of them
 *     CLICOLOR_FORCE   set, and not empty or 0: likewise
 *     CLICOLOR         0: no colours but forced ones
 *     COLORTERM        truecolor or 24bit: the terminal has all 2^24
 *     TERM             dumb or not set: the terminal knows no escapes, so no colours but forced ones, and lines in place of the bar */
#ifndef COMMON_TERMINAL_H
#define COMMON_TERMINAL_H

#include <stdarg.h>

#include "common/files.h"

/* Draw the bar on standard error, when that is a terminal, at most ten times a second, on one line as wide as the terminal is now;
 * take it away. Of something of which `total` is not known (0) it is no bar: "prepare ...  12,288 reviews". `note` is parts with two blanks between, of which a narrow terminal gets the first ones. A terminal without escapes
 * gets a line every ten seconds. */
void progress_show(const char *label, int64_t done, int64_t total, const char *note);
void progress_clear(void);

/* Whether a bar stands on the terminal's line. */
bool progress_stands(void);

/* Whether what goes to standard output may be coloured, and whether in any of 2^24 colours. */
bool output_has_colours(void);
bool output_has_all_colours(void);

#define USUAL_COLUMNS 80 /* of a terminal that does not say */

/* Append as many characters of the text as `columns` of a terminal hold; what it cannot show is a '?'. Returns the columns taken. */
int64_t append_columns(struct text *out, const char *text, int64_t columns);

/* Print a line on standard output at once, or where it is `quiet` nothing. */
void say_line(bool quiet, const char *format, va_list arguments);

/* Write what was printed. What cannot be written is no reason to stop training, say; but it is in the end: */
void flush_output(void);

/* The same, and go on only if all that was printed by now could be written. */
void must_print(void);

/* How a picture is drawn on standard output: in a terminal as wide as that is, with colours where they may be used. */
attn_draw_options drawing_options(int32_t format);

/* An attn_write_fn to standard output; must_print tells. */
attn_status write_output(void *user, const void *data, size_t size);

/* The same without breaks of lines: those that more follows are a blank. `broken`, a bool, is false at first. */
attn_status write_unbroken(void *broken, const void *data, size_t size);

#endif

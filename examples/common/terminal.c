/* terminal.c - what the terminal can, the progress bar, and what is drawn on standard output. */
#include "common/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

/* ---- what there is --------------------------------------------------------------------------------------- */

/* The variable's value, "" where it is not set. */
static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);
    return value ? value : "";
}

static bool is_on(const char *variable)
{
    const char *value = value_of(variable);
    return *value && strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
}

/* Whether what is written there is seen by a person, on a terminal that knows escapes. */
static bool knows_escapes(int file)
{
    const char *term = value_of("TERM");
    return isatty(file) && *term && strcmp(term, "dumb") != 0;
}

/* 0 where it is no terminal, or one that does not say. */
static int64_t columns_of(int file)
{
    struct winsize size;
    return isatty(file) && ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool output_has_colours(void)
{
    if (*value_of("NO_COLOR"))
        return false;
    if (is_on("FORCE_COLOR") || is_on("CLICOLOR_FORCE"))
        return true;
    return knows_escapes(STDOUT_FILENO) && strcmp(value_of("CLICOLOR"), "0") != 0;
}

bool output_has_all_colours(void)
{
    const char *colours = value_of("COLORTERM");
    bool all = strcmp(colours, "truecolor") == 0 || strcmp(colours, "24bit") == 0;
    return output_has_colours() && (all || strcmp(value_of("FORCE_COLOR"), "3") == 0);
}

int64_t append_columns(struct text *out, const char *text, int64_t columns)
{
    int64_t taken = 0;
    for (size_t left = strlen(text); left > 0;) {
        utf8proc_int32_t code;
        size_t size = utf8_length(text, left);
        if (size > 0)
            utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &code);
        bool shows = size > 0 && utf8proc_category(code) != UTF8PROC_CATEGORY_CC;
        int64_t width = shows ? utf8proc_charwidth(code) : 1;
        if (taken + width > columns)
            break;
        text_append(out, shows ? text : "?", shows ? size : 1);
        taken += width;
        text += size ? size : 1;
        left -= size ? size : 1;
    }
    return taken;
}

/* ---- the progress bar ------------------------------------------------------------------------------------ */

#define LONGEST_BAR 30
#define SHORTEST_BAR 5
#define SECONDS_A_LINE 10

static bool bar_stands;

/* Append the parts of the note that fit into `columns`, two blanks before each; returns the columns taken. */
static int64_t append_note(struct text *line, const char *note, int64_t columns)
{
    int64_t taken = 0;
    while (*note) {
        const char *gap = strstr(note, "  ");
        size_t size = gap ? (size_t)(gap - note) : strlen(note);
        char *part = print("  %.*s", (int)size, note);
        const int64_t before = line->size, whole = append_columns(line, part, INT64_MAX);
        free(part);
        if (taken + whole > columns) {
            line->size = before;
            break;
        }
        taken += whole;
        note += size + (gap ? 2 : 0);
    }
    return taken;
}

/* "epoch 1/5 [######......]  33%  630 reviews/s  loss 0.5": of the last column nothing, where some terminals begin a new line. */
static void append_bar(struct text *line, const char *label, int64_t done, int64_t total, const char *note,
                       int64_t columns)
{
    const bool known = total > 0 || done == 0;
    char *share = known ? print(" %3d%%", total > 0 ? (int)(done * 100 / total) : 100) : print(" ...");
    struct text notes = {0};
    int64_t room = columns - 1 - (int64_t)strlen(share);
    room -= append_columns(line, label, room);
    room -= append_note(&notes, note, room);
    const int64_t width = room - 3 < LONGEST_BAR ? room - 3 : LONGEST_BAR;
    if (width >= SHORTEST_BAR && known) {
        const int64_t filled = total > 0 ? done * width / total : width;
        text_print(line, " [");
        for (int64_t i = 0; i < width; i++)
            text_append(line, i < filled ? "#" : ".", 1);
        text_print(line, "]");
    }
    append_columns(line, line->size ? share : share + strspn(share, " "), columns - 1);
    if (notes.size)
        text_append(line, notes.bytes, (size_t)notes.size);
    free(notes.bytes);
    free(share);
}

void progress_show(const char *label, int64_t done, int64_t total, const char *note)
{
    static double shown;
    const bool redraws = knows_escapes(STDERR_FILENO);
    const double since = now() - shown;
    if (!isatty(STDERR_FILENO) ||
        (redraws ? (done < total || (done && !total)) && since < 0.1 : since < SECONDS_A_LINE))
        return;
    struct text line = {0};
    int64_t columns = columns_of(STDERR_FILENO);
    append_bar(&line, label, done, total, note, columns ? columns : USUAL_COLUMNS);
    fprintf(stderr, redraws ? "\r%.*s\033[K" : "%.*s\n", (int)line.size, line.bytes);
    fflush(stderr);
    free(line.bytes);
    shown = now();
    bar_stands = redraws;
}

bool progress_stands(void)
{
    return bar_stands;
}

void progress_clear(void)
{
    if (bar_stands)
        fputs("\r\033[K", stderr);
    bar_stands = false;
}

/* ---- standard output ------------------------------------------------------------------------------------- */

static int why_not_printed; /* the first reason; 0: none is known */

void flush_output(void)
{
    if (fflush(stdout) != 0 && why_not_printed == 0)
        why_not_printed = errno;
}

void say_line(bool quiet, const char *format, va_list arguments)
{
    if (quiet)
        return;
    vprintf(format, arguments);
    putchar('\n');
    flush_output();
}

void must_print(void)
{
    flush_output();
    if (why_not_printed || ferror(stdout))
        fail(EXIT_RUNTIME, "standard output could not be written%s%s", why_not_printed ? ": " : "",
             why_not_printed ? strerror(why_not_printed) : "");
}

attn_draw_options drawing_options(int32_t format)
{
    enum { MOST_COLUMNS = 10000 }; /* that the library draws on */
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    options.format = format;
    if (format == ATTN_DRAW_ANSI) {
        const int64_t columns = columns_of(STDOUT_FILENO);
        options.width = (int32_t)(columns < MOST_COLUMNS ? columns : MOST_COLUMNS);
        options.no_colours = !output_has_colours();
    }
    return options;
}

attn_status write_output(void *user, const void *data, size_t size)
{
    (void)user;
    fwrite(data, 1, size, stdout); /* must_print tells */
    return ATTN_OK;
}

attn_status write_unbroken(void *broken, const void *data, size_t size)
{
    bool *breaks = broken;
    for (size_t i = 0; i < size; i++) {
        const char c = ((const char *)data)[i];
        if (*breaks && c != '\n')
            putchar(' ');
        *breaks = c == '\n';
        if (!*breaks)
            putchar(c);
    }
    return ATTN_OK;
}

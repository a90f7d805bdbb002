/* terminal.c - the progress bar, and what is drawn on standard output. */
#include "common/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool bar_stands;

void progress_show(const char *label, int64_t done, int64_t total, const char *note)
{
    static int is_terminal = -1;
    static double shown;
    if (is_terminal < 0)
        is_terminal = isatty(STDERR_FILENO);
    if (!is_terminal || (done < total && now() - shown < 0.1))
        return;
    static const char full[] = "##############################", empty[] = "..............................";
    int width = (int)sizeof full - 1, filled = total > 0 ? (int)(done * width / total) : width;
    fprintf(stderr, "\r%s [%.*s%.*s] %3d%%  %s\033[K", label, filled, full, width - filled, empty,
            total > 0 ? (int)(done * 100 / total) : 100, note);
    fflush(stderr);
    shown = now();
    bar_stands = true;
}

void progress_clear(void)
{
    if (bar_stands)
        fputs("\r\033[K", stderr);
    bar_stands = false;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

bool output_has_colours(void)
{
    return !is_set("NO_COLOR") && (isatty(STDOUT_FILENO) || is_set("FORCE_COLOR"));
}

static int why_not_printed; /* the first reason; 0: none is known */

void flush_output(void)
{
    if (fflush(stdout) != 0 && why_not_printed == 0)
        why_not_printed = errno;
}

void must_print(void)
{
    flush_output();
    if (why_not_printed || ferror(stdout))
        fail(EXIT_RUNTIME, "standard output could not be written%s%s", why_not_printed ? ": " : "",
             why_not_printed ? strerror(why_not_printed) : "");
}

/* The terminal's columns; 0 where standard output is none. */
static int32_t output_columns(void)
{
    struct winsize size;
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

attn_draw_options drawing_options(int32_t format)
{
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT;
    options.format = format;
    if (format == ATTN_DRAW_ANSI) {
        options.width = output_columns();
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

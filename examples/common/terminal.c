/* terminal.c - the progress bar and the shaded words. */
#include "common/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/markup.h"

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

bool flush_output(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    fprintf(stderr, PROGRAM ": standard output could not be written: %s\n", strerror(errno ? errno : EIO));
    return false;
}

/* Embeddings, overrides and isolates of the writing's direction. */
static bool steers_direction(uint32_t c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static void print_clean(const char *text, size_t size)
{
    while (size > 0) {
        const char *begin = text;
        uint32_t c = next_character(&text, &size);
        bool shown = c != 0xFFFD && c != '\r' && !steers_direction(c);
        fwrite(shown ? begin : "\xEF\xBF\xBD", 1, shown ? (size_t)(text - begin) : 3, stdout);
    }
}

void print_shaded(const char *text, size_t size, int64_t count, const int64_t *begins, const int64_t *ends,
                  const float *shades, bool colours)
{
    /* Of xterm's 256 colours, from pale to full; black letters can be read on each. */
    static const int ramps[2][5] = {{230, 223, 222, 215, 208}, {195, 153, 117, 75, 39}};
    size_t at = 0;
    for (int64_t i = 0; i < count && colours; i++) {
        int shade = (int)((shades[i] < 0 ? -shades[i] : shades[i]) * 4.999f);
        if (shades[i] == 0)
            continue;
        print_clean(text + at, (size_t)begins[i] - at);
        printf("\033[38;5;16;48;5;%dm", ramps[shades[i] > 0][shade]);
        print_clean(text + begins[i], (size_t)(ends[i] - begins[i]));
        fputs("\033[0m", stdout);
        at = (size_t)ends[i];
    }
    print_clean(text + at, size - at);
}

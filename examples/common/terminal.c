/* terminal.c - the progress bar and the shaded words. */
#include "common/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool bar_stands;

void progress_show(const char *label, int64_t done, int64_t total, const char *note)
{
    static int is_terminal = -1;
    static double shown;
    if (is_terminal < 0)
        is_terminal = isatty(STDERR_FILENO);
    if (!is_terminal || (bar_stands && done < total && now() - shown < 0.1))
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

static void print_clean(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        unsigned char c = (unsigned char)text[i];
        size_t length = utf8_length(text + i, size - i);
        bool control = (c < ' ' && c != '\n' && c != '\t') || c == 127 ||
                       (c == 0xC2 && length == 2 && (unsigned char)text[i + 1] < 0xA0);
        fwrite(length && !control ? text + i : "\xEF\xBF\xBD", 1, length && !control ? length : 3, stdout);
        i += length ? length : 1;
    }
}

void print_shaded(const char *text, size_t size, int64_t count, const int64_t *begins, const int64_t *ends,
                  const float *weights, bool positive, bool colours)
{
    /* Of xterm's 256 colours, from pale to full; black letters can be read on each. */
    static const int ramps[2][5] = {{230, 223, 222, 215, 208}, {195, 153, 117, 75, 39}};
    float largest = 0, mean = 0;
    for (int64_t i = 0; i < count; i++) {
        largest = weights[i] > largest ? weights[i] : largest;
        mean += weights[i] / (float)count;
    }
    size_t at = 0;
    for (int64_t i = 0; i < count && colours; i++) {
        bool shaded = count == 1 || weights[i] > mean * 1.0001f; /* beyond rounding */
        if (!shaded)
            continue;
        int shade = count == 1 ? 4 : (int)((weights[i] - mean) / (largest - mean) * 4.999f);
        print_clean(text + at, (size_t)begins[i] - at);
        printf("\033[38;5;16;48;5;%dm", ramps[positive][shade]);
        print_clean(text + begins[i], (size_t)(ends[i] - begins[i]));
        fputs("\033[0m", stdout);
        at = (size_t)ends[i];
    }
    print_clean(text + at, size - at);
}

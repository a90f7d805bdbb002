/* lines.c - reading standard input. */
#define _GNU_SOURCE
#include "common/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_line(struct line *line)
{
    size_t capacity = 0;
    line->text = NULL;
    errno = 0;
    ssize_t size = getline(&line->text, &capacity, stdin);
    if (size < 0) {
        free(line->text);
        if (ferror(stdin))
            fail(EXIT_BAD_INPUT, "standard input: %s", strerror(errno));
        return false;
    }
    while (size > 0 && (line->text[size - 1] == '\n' || line->text[size - 1] == '\r'))
        line->text[--size] = '\0';
    line->size = (size_t)size;
    return true;
}

int64_t read_lines(struct line *lines)
{
    int64_t most = isatty(STDIN_FILENO) ? 1 : LINES_TOGETHER, count = 0;
    while (count < most && read_line(&lines[count]))
        count++;
    return count;
}

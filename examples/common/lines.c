/* lines.c - reading standard input, as much of it as is there. */
#include "common/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE 65536 /* bytes of a read */

static struct {
    char *bytes;
    int64_t at, searched, end, capacity; /* not taken yet: bytes[at .. end); no line ends before `searched` */
    bool begun, ended;
    bool feeds; /* a line has ended in LF */
} input;

static bool is_waiting(void)
{
    struct pollfd poll_input = {STDIN_FILENO, POLLIN, 0};
    return poll(&poll_input, 1, 0) != 0; /* the end, and an error, are to be read as well */
}

static void read_piece(void)
{
    if (input.at > 0)
        memmove(input.bytes, input.bytes + input.at, (size_t)(input.end - input.at));
    input.searched -= input.at;
    input.end -= input.at;
    input.at = 0;
    input.bytes = grow(input.bytes, input.end + PIECE, &input.capacity, 1);
    ssize_t size;
    do
        size = read(STDIN_FILENO, input.bytes + input.end, PIECE);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        fail(EXIT_BAD_INPUT, "standard input: %s", strerror(errno));
    input.ended = size == 0;
    input.end += size;
}

/* What an editor or another program put before the first line. */
static void take_mark(void)
{
    const int64_t size = input.end - input.at;
    if (size >= 2 && (memcmp(input.bytes, "\xFF\xFE", 2) == 0 || memcmp(input.bytes, "\xFE\xFF", 2) == 0))
        fail(EXIT_BAD_INPUT, "standard input: this is UTF-16; expected UTF-8");
    if (size >= 3 && memcmp(input.bytes, "\xEF\xBB\xBF", 3) == 0)
        input.at += 3;
}

static char *find_end(char last)
{
    return input.end > input.searched
               ? memchr(input.bytes + input.searched, last, (size_t)(input.end - input.searched))
               : NULL;
}

/* Take the next line out of what was read; false where none ends there. Where it was all read without an LF, lines end in CR, as in
 * next_line of files.h. */
static bool take_line(struct line *line)
{
    char *stop = find_end('\n');
    input.feeds = input.feeds || stop;
    if (stop == NULL && input.ended && !input.feeds) {
        input.searched = input.at;
        stop = find_end('\r');
    }
    input.searched = input.end;
    if (stop == NULL && !input.ended)
        return false;
    if (!input.begun)
        take_mark();
    input.begun = true;
    if (stop == NULL && input.at == input.end)
        return false;
    int64_t size = (stop ? stop - input.bytes : input.end) - input.at;
    line->text = allocate(size + 1, 1);
    memcpy(line->text, input.bytes + input.at, (size_t)size);
    input.at = input.searched = input.at + size + (stop != NULL);
    while (size > 0 && line->text[size - 1] == '\r')
        line->text[--size] = '\0';
    line->size = (size_t)size;
    return true;
}

int64_t read_lines(struct line *lines)
{
    int64_t count = 0;
    while (count < LINES_TOGETHER) {
        if (take_line(&lines[count]))
            count++;
        else if (input.ended || (count > 0 && !is_waiting()))
            break;
        else
            read_piece();
    }
    return count;
}

/* shortened.c - a text is mapped, made shorter, and read to its end: shortened FILE SIZE [DONE]. With DONE that has been done by then.
 * Without SIZE the program is sent the signal by somebody else. */
#include "common/shortened.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/files.h"

int main(int argc, char **argv)
{
    unsigned sum = 0;
    shortened_catch();
    if (argc < 3)
        return raise(SIGBUS);
    fail_after(argc > 3 ? argv[3] : NULL);
    struct mapped_text text = map_text(argv[1]);
    if (truncate(argv[1], atoll(argv[2])) != 0)
        return 1;
    for (size_t i = 0; i < text.size; i++)
        sum += (unsigned char)text.bytes[i];
    unmap_text(&text);
    printf("read: %u\n", sum);
    return 0;
}

/* shortened.c - the handler looks the place up in /proc/self/maps, so that files that the library maps are named too. It makes only
 * calls that a handler may make (signal-safety(7)). A line there:
 *
 *     7f1e40000000-7f1e42000000 r--p 00000000 fe:00 1234    /data/huge.csv */
#include "common/shortened.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "common/program.h"

#define LONGEST_LINE 4400 /* PATH_MAX, and what stands before it */

static uint64_t read_hexadecimal(const char **at)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t number = 0;
    for (const char *digit; **at && (digit = strchr(digits, **at)) != NULL; (*at)++)
        number = number << 4 | (uint64_t)(digit - digits);
    return number;
}

/* The file that the line says is mapped there for reading alone, without what a terminal would obey; NULL: none. */
static char *file_at(char *line, uint64_t place)
{
    const char *at = line;
    const uint64_t begin = read_hexadecimal(&at), end = *at == '-' ? (at++, read_hexadecimal(&at)) : 0;
    char *name = strchr(line, '/');
    if (place < begin || place >= end || strncmp(at, " r--p ", 6) != 0)
        return NULL;
    for (char *byte = name; byte && *byte; byte++)
        *byte = (unsigned char)*byte < ' ' || *byte == 0x7F ? '?' : *byte;
    return name;
}

/* The file that is mapped at a place; NULL: none, or none that could be shortened. */
static char *find_file(uint64_t place, char *line)
{
    char bytes[1024], *found = NULL;
    int64_t size = 0;
    const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    for (ssize_t count; found == NULL && (count = read(maps, bytes, sizeof bytes)) > 0;) {
        for (ssize_t i = 0; i < count && found == NULL; i++) {
            if (size < LONGEST_LINE - 1 && bytes[i] != '\n')
                line[size++] = bytes[i];
            line[size] = '\0';
            found = bytes[i] == '\n' ? file_at(line, place) : NULL;
            size = bytes[i] == '\n' ? 0 : size;
        }
    }
    close(maps);
    return found;
}

static void tell(int number, siginfo_t *information, void *context)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    char line[LONGEST_LINE];
    (void)context;
    const char *file = information->si_code == BUS_ADRERR
                           ? find_file((uint64_t)(uintptr_t)information->si_addr, line)
                           : NULL;
    if (file == NULL) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    while (atomic_flag_test_and_set(&told)) /* another thread tells, and ends this one */
        pause();
    fail_in_handler(EXIT_BAD_INPUT, file,
                    "it became shorter while it was read, or its disk failed; try again");
}

void shortened_catch(void)
{
    struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

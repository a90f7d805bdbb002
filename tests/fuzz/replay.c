/* replay.c - a target without libFuzzer: feed it files, and all files of folders, each by itself.
 *
 *     build/tests/replay_NAME PATH...
 *
 * Exit status 0: every promise held. Says which file is under way where one ends the process. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

static char under_way[4096];

static void say(int signal)
{
    if (write(2, under_way, strlen(under_way)) >= 0)
        (void)!write(2, "\n", 1);
    _exit(128 + signal);
}

/* Returns 0 where the path is no file. */
static int feed(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    snprintf(under_way, sizeof under_way, "replay: %s", path);
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    rewind(file);
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1); /* of just that size */
    ensure(data != NULL && size >= 0 && fread(data, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
    ensure(LLVMFuzzerTestOneInput(data, (size_t)size) == 0);
    free(data);
    return 1;
}

static int feed_folder(const char *path)
{
    struct dirent **entries;
    const int count = scandir(path, &entries, NULL, alphasort);
    int fed = 0;
    for (int i = 0; i < count; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        fed += entries[i]->d_name[0] != '.' && feed(name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return count < 0 ? feed(path) : fed;
}

int main(int argc, char **argv)
{
    int fed = 0;
    signal(SIGABRT, say);
    signal(SIGSEGV, say);
    for (int i = 1; i < argc; i++)
        fed += feed_folder(argv[i]);
    ensure(LLVMFuzzerTestOneInput((const uint8_t *)"", 0) == 0); /* never NULL, as libFuzzer does */
    printf("%d inputs\n", fed);
    return fed == 0;
}

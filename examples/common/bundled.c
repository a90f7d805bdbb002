/* bundled.c - the files that come with a program: where the installation has them, which may be moved as a whole, or beside the
 * program, where a build leaves copies. DATA is the way from the folder of programs to that of this one's data, as installed. */
#include "common/bundled.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "common/program.h"

#define MOST_FILES 4 /* of one program */

/* The folder that the program lies in, through links; where no /proc is, by the path that it was started by. */
static char *program_folder(void)
{
    char *path = realpath("/proc/self/exe", NULL);
    if (path == NULL)
        path = realpath((const char *)getauxval(AT_EXECFN), NULL);
    if (path == NULL)
        fail(EXIT_RUNTIME, "where this program lies, and with it its sample, cannot be told: %s",
             strerror(errno));
    *strrchr(path, '/') = '\0';
    return path;
}

/* As it is installed; as a build has it only where nothing is installed. */
static char *find(const char *name)
{
    char *folder = program_folder(), *installed = print("%s/" DATA "/%s", folder, name),
         *beside = print("%s/%s", folder, name), *whole = realpath(installed, NULL);
    free(folder);
    if (whole == NULL && access(beside, F_OK) == 0) {
        free(installed);
        return beside;
    }
    free(beside);
    if (whole == NULL)
        return installed;
    free(installed);
    return whole;
}

const char *bundled(const char *name)
{
    static struct {
        const char *name;
        char *path;
    } files[MOST_FILES];
    int64_t i = 0;
    while (files[i].path && strcmp(files[i].name, name) != 0)
        i++;
    if (files[i].path == NULL) {
        files[i].name = name;
        files[i].path = find(name);
    }
    return files[i].path;
}

/* progress.c - the programs' progress bar by itself: of each line of standard input, `label<TAB>done<TAB>total<TAB>note`, the bar is
 * drawn on standard error; then a line on standard output says so. At the end it is taken away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/terminal.h"

int main(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = line, *parts[4] = {0};
        for (int i = 0; i < 4 && rest; i++)
            parts[i] = strsep(&rest, "\t");
        if (parts[3] == NULL)
            return 1;
        progress_show(parts[0], atoll(parts[1]), atoll(parts[2]), parts[3]);
        puts("drawn");
        fflush(stdout);
    }
    progress_clear();
    return 0;
}

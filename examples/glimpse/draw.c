/* draw.c - the command `draw`: scenes as PNG files, with their captions. */
#include <stdio.h>

#include "commands.h"
#include "examples.h"

int command_draw(int argc, char **argv)
{
    const char *out = NULL;
    int64_t count = 10, seed = 1, unseen = 0, overwrite = 0;
    struct option options[] = {
        needed_option("out", &out, "FOLDER", "receives the pictures and captions.tsv; made if missing"),
        integer_option("count", &count, 1, 1000000, "how many (10)"),
        integer_option("seed", &seed, 0, 9e15, "another seed, other scenes (1)"),
        switch_option("unseen", &unseen, "scenes that show what training holds out"),
        switch_option("overwrite", &overwrite,
                      "replace the scenes that draw left in FOLDER; other files stay"),
    };
    options_parse("draw", options, COUNT(options), argc, argv, NULL);
    examples_write(out, (uint64_t)seed, unseen ? PART_UNSEEN : PART_DRAW, count, overwrite);
    printf("%lld scenes in %s\n", (long long)count, out);
    return 0;
}

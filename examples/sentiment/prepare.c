/* prepare.c - the command `prepare`: reviews are read and tokenised once, into a file that every other command takes as --data. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "common/signals.h"
#include "prepared.h"

int command_prepare(int argc, char **argv)
{
    struct source source = {0};
    const char *out = NULL;
    int64_t unlabelled = 0, overwrite = 0;
    struct option options[] = {
        needed_option("data", &source.path, "PATH", "the reviews"),
        needed_option("out", &out, "FILE", "the file that receives them; FILE.part until it is whole"),
        SOURCE_OPTIONS(source),
        switch_option("unlabelled", &unlabelled, "the texts alone, for pretrain and for train --unlabelled"),
        switch_option("overwrite", &overwrite, "begin anew, where FILE or FILE.part are there"),
    };
    options_parse("prepare", options, COUNT(options), argc, argv, NULL);
    source.unlabelled = unlabelled != 0;
    if (!overwrite && access(out, F_OK) == 0)
        fail(EXIT_BAD_INPUT, "--out %s: it is there already; name another file, or give --overwrite", out);
    struct stat data, there;
    if (stat(source.path, &data) == 0 && stat(out, &there) == 0 && data.st_dev == there.st_dev &&
        data.st_ino == there.st_ino)
        fail(EXIT_BAD_INPUT, "--out %s: this is --data; name another file", out);
    const double began = now();
    attn_context *context = make_context(1);
    signals_catch();
    struct dataset dataset = {.into = preparing_begin(context, out, &source, overwrite)};
    dataset_fill(&dataset, &source, "train");
    dataset_warn(&dataset, source.path);
    const struct totals totals = preparing_end(dataset.into, &dataset);
    if (totals.found)
        printf("gone on behind %s reviews\n", with_commas(totals.found));
    printf("prepared: %s reviews, %s tokens, %s pieces (%s), %.1f s\n", with_commas(totals.reviews),
           with_commas(totals.tokens), with_commas(totals.pieces), dataset.found, now() - began);
    dataset_free(&dataset);
    attn_context_destroy(&context);
    return 0;
}

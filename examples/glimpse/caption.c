/* caption.c - the command `caption`: a line a picture. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "tell.h"

int command_caption(int argc, char **argv)
{
    const char *model = NULL, **paths = allocate(argc, sizeof *paths);
    int64_t threads = 0, beam = 1;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train wrote"),
        integer_option("beam", &beam, 1, 64, "captions looked at side by side (1)"),
        threads_option(&threads),
    };
    int64_t count = options_parse_all("caption", options, COUNT(options), argc, argv, paths, argc);
    if (count == 0)
        fail(EXIT_BAD_INPUT, "IMAGE is missing; " PROGRAM " caption --help shows what it takes");
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct examples examples = examples_of_pictures(paths, count);
    struct batch batch = {0};
    struct text caption = {0};
    for (int64_t i = 0; i < count; i++) {
        batch_fill(&batch, trained.vocab, &examples, &i, 1);
        tell_batch(context, &trained, &batch, beam);
        batch_caption(&batch, trained.vocab, 0, &caption);
        printf("%s\t%s\n", paths[i], caption.bytes);
    }
    free(caption.bytes);
    batch_free(&batch);
    examples_free(&examples);
    trained_close(&trained);
    attn_context_destroy(&context);
    free(paths);
    return 0;
}

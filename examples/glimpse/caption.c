/* caption.c - the command `caption`: a line a picture. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "tell.h"

/* A picture that cannot be read gets its line on standard error: false. */
static bool caption(attn_context *context, struct trained *trained, const char *path, int64_t beam,
                    struct batch *batch)
{
    struct picture picture;
    struct text text = {0};
    char *reason;
    if (!picture_try(path, &picture, &reason)) {
        complain("%s", reason);
        free(reason);
        return false;
    }
    struct examples examples = examples_of_picture(&picture);
    batch_fill(batch, trained->vocab, &examples, &(int64_t){0}, 1);
    tell_batch(context, trained, batch, beam);
    batch_caption(batch, trained->vocab, 0, &text);
    printf("%s\t%s\n", path, text.bytes);
    free(text.bytes);
    examples_free(&examples);
    return true;
}

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
    struct batch batch = {0};
    bool failed = false;
    for (int64_t i = 0; i < count; i++)
        failed |= !caption(context, &trained, paths[i], beam, &batch);
    batch_free(&batch);
    trained_close(&trained);
    attn_context_destroy(&context);
    free(paths);
    return failed ? EXIT_BAD_INPUT : 0;
}

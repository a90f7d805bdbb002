/* explain.c - the command `explain`: where each word of a picture's caption looked. */
#include "commands.h"
#include "show.h"
#include "tasks.h"
#include "tell.h"

/* The picture as one example: what `path` holds, or a scene. */
static struct examples find_picture(const char *path, int64_t seed)
{
    if (path == NULL)
        return examples_of_scenes((uint64_t)seed, PART_EVAL, 1);
    struct picture picture = picture_read(path);
    return examples_of_picture(&picture);
}

int explain_scenes(int argc, char **argv)
{
    const char *task = NULL, *model = NULL, *path = NULL, *format = "ansi", *out = NULL;
    int64_t threads = 0, seed = 1, beam = 1;
    struct option options[] = {
        task_option(&task),
        needed_option("model", &model, "FILE", "the model that train wrote"),
        choice_option("format", &format, FORMATS, "for the terminal, or a picture a word (ansi)"),
        text_option("out", &out, "FILE", "write it there"),
        integer_option("seed", &seed, 0, 9e15, "without IMAGE: another seed, another scene (1)"),
        integer_option("beam", &beam, 1, 64, "captions looked at side by side (1)"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, &path);
    attn_context *context = make_context(threads);
    struct trained trained = trained_open(context, model, NULL, NULL);
    struct examples examples = find_picture(path, seed);
    struct batch batch = {0};
    batch_fill(&batch, trained.vocab, &examples, &(int64_t){0}, 1);
    tell_batch(context, &trained, &batch, beam);

    const char *words[MAX_WORDS];
    for (int64_t t = 0; t < batch.time; t++)
        words[t] = attn_vocab_token(trained.vocab, batch.words[t]);
    struct shown shown = {.width = SCENE_SIZE,
                          .height = SCENE_SIZE,
                          .down = REGIONS_ACROSS,
                          .across = REGIONS_ACROSS,
                          .panel = 104,
                          .blocks = 24,
                          .pixels = batch.examples[0].pixels,
                          .count = batch.time,
                          .words = words,
                          .weights = network_weights(&trained.network, &batch),
                          .right = batch.examples[0].caption};
    show(context, &shown, format, out);
    batch_free(&batch);
    examples_free(&examples);
    trained_close(&trained);
    attn_context_destroy(&context);
    return 0;
}

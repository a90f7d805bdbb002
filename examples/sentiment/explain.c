/* explain.c - the command `explain`: which words a decision rested on, in the format that is asked for. */
#include "commands.h"
#include "show.h"

static void add(const struct decided *decided, void *show)
{
    show_add(show, decided);
}

int command_explain(int argc, char **argv)
{
    const char *path = bundled_model(), *format = "ansi", *by = "attention";
    struct texts texts = {0};
    int64_t threads = 0;
    struct option options[] = {
        MODEL_OPTION(path),
        choice_option("format", &format, FORMATS, "how it is shown (ansi)"),
        choice_option("by", &by, METHODS, "what is shown of each word (attention; ngrams of n-grams alone)"),
        text_option("data", &texts.source.path, "PATH", "explain the reviews there in place of TEXT"),
        SOURCE_OPTIONS(texts.source),
        integer_option("limit", &texts.limit, 1, 1e9, "of --data explain N reviews only, all classes alike"),
        threads_option(&threads),
    };
    options_parse("explain", options, COUNT(options), argc, argv, &texts.text);
    if (texts.text && texts.source.path)
        fail(EXIT_BAD_INPUT, "--data %s: there is a TEXT as well; give one of the two", texts.source.path);
    if (texts.limit && texts.source.path == NULL)
        fail(EXIT_BAD_INPUT, "--limit %lld is for the reviews of --data; give that too",
             (long long)texts.limit);
    int32_t method = ATTN_BY_ATTENTION + (int32_t)choice_place(METHODS, by);
    attn_context *context = make_context(threads);
    struct model model = model_open(context, path);
    if (model.info.encoder == NULL && !option_given(options, COUNT(options), "by"))
        method = ATTN_BY_NGRAMS;
    if (model.info.ngrams == NULL && method == ATTN_BY_NGRAMS)
        fail(EXIT_BAD_INPUT, "%s: this model has no n-grams; use another --by, or train with --ngrams", path);
    if (method == ATTN_BY_ATTENTION)
        model_need_attention(&model, path, "use another --by");
    if (texts.source.path || method == ATTN_BY_OCCLUSION)
        model_pack(&model, NULL);
    struct show show = show_begin(context, format, model.info.channels > 1);
    read_texts(&model, &texts, method, add, &show);
    show_end(&show);
    model_close(&model);
    attn_context_destroy(&context);
    return 0;
}

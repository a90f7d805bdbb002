/* pretrain_options.c - the options of the command `pretrain`. */
#include <string.h>

#include "common/bundled.h"
#include "common/names.h"
#include "common/resume.h"
#include "pretrain.h"
#include "retell.h"
#include "vectors.h"

/* The texts, where nothing else was said. */
static void take_data(struct pretrain_options *options, const json_t *data)
{
    for (size_t i = 0; options->data.count < MOST_SEVERAL && i < json_array_size(data); i++) {
        const char *path = name_of_json(json_array_get(data, i));
        if (path)
            options->data.texts[options->data.count++] = path;
    }
}

static void take_settings(struct pretraining *run)
{
    struct pretrain_options *options = &run->options;
    const char *path = run->run.checkpoint;
    must_read(attn_file_open(run->context, path, &run->saved));
    run->saved_json = read_model_json(run->saved, path);
    const json_t *asked = json_object_get(run->saved_json, "run"),
                 *language = json_object_get(run->saved_json, "language");
    if (language == NULL)
        fail(EXIT_BAD_INPUT,
             "--resume: the run in %s is no language model's; go on with " PROGRAM " train --out %s --resume",
             options->out, options->out);
    options->config = config_read_language(path, language);
    if (options->data.count == 0)
        take_data(options, json_object_get(asked, "data"));
    options->text_column = name_of_json(json_object_get(asked, "text_column"));
    options->leave_out = name_of_json(json_object_get(asked, "leave_out"));
    options->glove = name_of_json(json_object_get(asked, "glove"));
    options->limit = json_integer_value(json_object_get(asked, "limit"));
    options->told = retold(options->told, json_string_value(json_object_get(run->saved_json, "command")));
    options->fit_batch = false;
    if (options->data.count == 0 || options->told == NULL)
        fail(EXIT_BAD_INPUT,
             "%s: it does not say what it was trained on; expected a checkpoint that " PROGRAM
             " pretrain wrote",
             path);
}

static void set_place(struct pretraining *run)
{
    const struct pretrain_options *chosen = &run->options;
    run->place = (struct run_place){
        chosen->out, chosen->overwrite, "checkpoint.safetensors", {chosen->glove, chosen->leave_out}};
    for (int64_t i = 0; i < chosen->data.count; i++)
        run->place.inputs[2 + i] = chosen->data.texts[i];
}

void pretrain_options_read(struct pretraining *run, int argc, char **argv)
{
    struct pretrain_options *chosen = &run->options;
    struct config *config = &chosen->config;
    struct option options[] = {
        several_option("data", &chosen->data, "PATH",
                       "texts, labelled or not; may be given several times (the bundled sample)"),
        text_option("text-column", &chosen->text_column, "NAME",
                    "of CSV or JSON: the column of the texts, by name or number"),
        needed_option("out", &chosen->out, "RUN", "the folder that receives the model; made if missing"),
        text_option("glove", &chosen->glove, "FILE", "word vectors to start from: GloVe or word2vec"),
        text_option("leave-out", &chosen->leave_out, "PATH",
                    "leave out texts that stand there, in any form that train reads, to measure on them"),
        integer_option("epochs", &config->epochs, 1, 10000, "how often every text is read (4)"),
        integer_option("candidates", &config->candidates, 1, 1e8,
                       "words that each step's predictions are held against (600)"),
        integer_option("batch", &config->batch, 1, 4096, "texts a step (64; fewer for little data)"),
        integer_option("hidden", &config->hidden, 1, 4096, "width of the GRU, each direction (128)"),
        integer_option("emb", &config->emb, 1, 4096, "width of the word vectors (100; told by --glove)"),
        integer_option("max-vocab", &config->max_vocab, 2, 1e8, "keep the most frequent words (40000)"),
        integer_option("max-length", &config->max_length, 1, 100000,
                       "tokens read of a text, of a longer one others in each epoch (400)"),
        integer_option("layers", &config->layers, 1, 16, "layers of the GRU, of one direction (1)"),
        integer_option("directions", &config->directions, 1, 2, "1: read forward only; 2: both ways (2)"),
        switch_option("layer-norm", &config->layer_norm, "normalise the gates' sums over the GRU's width"),
        number_option("lr", &config->lr, 1e-9, 10, "learning rate of Adam at first (0.002); it falls to 0"),
        number_option("embedding-rate", &config->embedding_rate, 1e-6, 1e6,
                      "how many times as fast as the rest the words' vectors learn (1)"),
        number_option("dropout-words", &config->dropout_words, 0, 0.99,
                      "share of the words that a step leaves out (0)"),
        number_option("dropout-embedding", &config->dropout_embedding, 0, 0.99,
                      "share of the numbers of words' vectors that a step drops (0.1)"),
        number_option("dropout-states", &config->dropout_states, 0, 0.99, "likewise of the states (0.1)"),
        integer_option("seed", &config->seed, 0, 9e15, "of first values, order, draws and dropout (1)"),
        threads_option(&chosen->threads),
        train_precision_option(&chosen->train_precision),
        integer_option("limit", &chosen->limit, 2, 1e9, "use N texts only"),
        switch_option("resume", &chosen->resume, "go on from RUN's checkpoint, with its options"),
        overwrite_option(&chosen->overwrite),
        switch_option("quiet", &chosen->quiet, "print nothing but errors"),
    };
    *config = config_preset("language");
    chosen->train_precision = "float32";
    options_parse("pretrain", options, COUNT(options), argc, argv, NULL);
    chosen->quiet = chosen->quiet || !ranks_lead();
    chosen->fit_batch = !option_given(options, COUNT(options), "batch");
    chosen->told = retell("pretrain", options, COUNT(options), NULL);
    run->run = run_name(chosen->out);
    run_head(&run->run, LANGUAGE_METRICS_HEAD);
    resume_check_alone(chosen->out, chosen->resume, chosen->overwrite);
    if (chosen->resume)
        resume_check_options(options, COUNT(options), "epochs"); /* over all of which the rate falls */
    run->context = resume_context(chosen->threads, &chosen->train_precision,
                                  chosen->resume ? run->run.checkpoint : NULL, chosen->out);
    if (chosen->resume) {
        take_settings(run);
        return;
    }
    if (chosen->data.count == 0)
        chosen->data = (struct several){{bundled("sample.tsv")}, 1};
    language_check(config, "--layers");
    set_place(run);
    run_check(run->context, &run->place);
    if (chosen->glove)
        config->emb = vectors_width(run->context, chosen->glove,
                                    option_given(options, COUNT(options), "emb") ? config->emb : 0);
}

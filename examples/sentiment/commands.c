/* commands.c - attn-sentiment: train a GRU with soft attention on movie reviews, and see which words decided. */
#include "commands.h"

#define DATA_HELP                                                                                            \
    "PATH is the root of the Large Movie Review data set, a folder with pos/ and neg/ (a text file a "       \
    "review),\n"                                                                                             \
    "or a file of lines `label<TAB>text`, label 0 or 1, neg or pos.\n"

const struct command commands[] = {
    {"train", command_train, "[--data PATH] --out RUN [options]", "Train a model on labelled reviews",
     DATA_HELP
     "Without --data, 400 bundled reviews are used.\n"
     "RUN receives model.safetensors (the epoch of best validation accuracy), vocab.txt, metrics.csv,\n"
     "attention_history.jsonl and checkpoint.safetensors. Ctrl-C saves and stops; --resume goes on.\n",
     PROGRAM " train --data aclImdb --glove glove.6B.100d.txt --out runs/first"},
    {"eval", command_eval, "--model FILE --data PATH [--json]", "Measure a model on labelled reviews",
     DATA_HELP "Of the data set's root, the reviews in test/ are used.\n",
     PROGRAM " eval --model runs/first/model.safetensors --data aclImdb"},
    {"predict", command_predict, "--model FILE [--json] [TEXT]", "Say whether a text is positive or negative",
     "Without TEXT, each line of standard input is a text. The probability is that of the label printed.\n",
     PROGRAM " predict --model runs/first/model.safetensors 'I loved every minute.'"},
    {"explain", command_explain, "--model FILE [--format ansi|json] [TEXT]",
     "Show which words a decision rested on",
     "Without TEXT, each line of standard input is a text. `ansi` shades the words by their attention where "
     "the\n"
     "output is a terminal; NO_COLOR turns colours off, FORCE_COLOR on. `json` gives each token, its bytes "
     "in\n"
     "the text and its weight.\n",
     PROGRAM " explain --model runs/first/model.safetensors 'I loved every minute.'"},
    {"sample", command_sample, "--data PATH [--seed N]", "Show one review as the model will read it",
     DATA_HELP, PROGRAM " sample --data examples/sentiment/sample.tsv --seed 7"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const char program_purpose[] =
    "Train a GRU with soft attention on movie reviews, and see which words decided.";
const char program_examples[] =
    "  " PROGRAM " train --out runs/sample\n"
    "  " PROGRAM " explain --model runs/sample/model.safetensors 'I loved every minute.'\n";

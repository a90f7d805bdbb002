/* commands.c - attn-translate: train an encoder and a decoder with attention between them, and see what aligned with what. */
#include "commands.h"

#define DATA_HELP                                                                                            \
    "PATH is a file of lines `source<TAB>target`, English and French say. A source may stand there several " \
    "times,\n"                                                                                               \
    "with other translations. With --languages en-fr the sources are the lines of PATH.en, and those of "    \
    "PATH.fr their\n"                                                                                        \
    "translations.\n"

const struct command commands[] = {
    {"train", command_train, "--out RUN [--task sentences|dates|tokenised] [--data PATH] [options]",
     "Train a model",
     DATA_HELP "Without --data the bundled sample of 500 pairs is learned, in seconds. --task dates learns "
               "to write dates, which it\n"
               "makes up, in the form of ISO 8601; a tenth of all days is never trained on. --task tokenised "
               "takes for a word what\n"
               "stands between spaces, in data sets that are published so. --pieces 5000 splits words into "
               "pieces that others share,\n"
               "learned from both sides (byte pairs), so that hardly any is unknown.\n"
               "RUN receives model.safetensors (the epoch of least validation loss), checkpoint.safetensors, "
               "metrics.csv, and\n"
               "valid.tsv, the pairs held out: no source stands on both sides, unless --valid-data names "
               "them. Ctrl-C stops and\n"
               "keeps the best epoch; --resume goes on, to the same bytes. A run that is in RUN is not "
               "touched without --overwrite.\n",
     PROGRAM " train --data eng-fra.tsv --out runs/french"},
    {"eval", command_eval, "--model FILE [--data PATH] [--json]", "Measure a model",
     DATA_HELP
     "Without --data it is valid.tsv beside the model, the pairs that training held out. Each "
     "distinct source is\n"
     "translated once, and compared with all its translations: BLEU-4 of the whole, not smoothed, "
     "on the task's words; of\n"
     "tokenised data where no source stands twice that is the figure of multi-bleu.perl. A model of "
     "dates is measured on\n"
     "dates made up of the days that training never saw, and takes no --data.\n"
     "--json prints {\"loss\":, \"bleu\":, \"exact\":, \"sources\":}; of dates {\"exact\":, "
     "\"alignment\":, \"loss\":, \"dates\":},\n"
     "where alignment is the share of the digits written whose largest weight lies on their field "
     "of the text.\n",
     PROGRAM " eval --model runs/french/model.safetensors --json"},
    {"translate", command_translate, "--model FILE [--beam N] [--copy] [TEXT]", "Translate texts",
     "Without TEXT, each line of standard input is a text. --copy says for each unknown word the word of the "
     "text that weighed\n"
     "most, where words are whole.\n",
     PROGRAM " translate --model runs/french/model.safetensors 'I love my life.'"},
    {"explain", command_explain, "--model FILE [--format ansi|html|svg|json] [--out FILE] [TEXT]",
     "Translate, and show what each word was taken from",
     "Prints the matrix of alignment, source across and translation down, in hundredths, shaded where the "
     "output is a terminal\n"
     "(NO_COLOR turns colours off, FORCE_COLOR=1 on); `svg` draws it, and `html` on a page that takes any "
     "number of them; `json`\n"
     "prints {\"translation\":, \"source\":, \"target\":, \"weights\":}. Without TEXT, each line of "
     "standard input is a text; svg takes\n"
     "one.\n",
     PROGRAM
     " explain --model runs/french/model.safetensors --format svg --out picture.svg 'I love my life.'"},
    {"align", command_align, "--model FILE --data PATH --links PATH [--json]",
     "Hold attention against links of words that people made",
     "Each word of a target, which is given, is linked to the word of its source that weighed most. PATH of "
     "--data has lines\n"
     "`SOURCE ||| TARGET`, that of --links for each of them one such as `1-1 2p3`: the first word of the "
     "source is surely that\n"
     "of the target, the second possibly the third. Words are what stands between spaces.\n"
     "--json prints {\"aer\":, \"precision\":, \"recall\":, \"diagonal\":, \"pairs\":}: the alignment error "
     "rate of Och and Ney (2003),\n"
     "and that of linking each word to the one at its place.\n",
     PROGRAM " align --model runs/french/model.safetensors --data hansards.en-fr --links hansards.gold"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const char *const commands_of_ranks[] = {"train", NULL};

const char program_purpose[] =
    "Train a translator with attention on pairs of sentences, and see which words each word was taken from.";
const char program_examples[] =
    "  " PROGRAM " train --task dates --out runs/dates\n"
    "  " PROGRAM " explain --model runs/dates/model.safetensors 'Tuesday, 3 March 1998'\n";

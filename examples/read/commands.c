/* commands.c - attn-read: train a network that answers questions by spans of a text, and see what it rested on. */
#include "commands.h"

#define DATA_HELP                                                                                            \
    "FILE holds articles as SQuAD 1.1 does: its train-v1.1.json, or an article a line, {\"title\":, "        \
    "\"paragraphs\": [{\"context\":,\n"                                                                      \
    "\"qas\": [{\"question\":, \"answers\": [text, ...]}, ...]}, ...]}. One article in ten is held out, by " \
    "a hash of titles. Without\n"                                                                            \
    "--data it is a bundled sample: short passages about places, people and things that do not exist.\n"

const struct command commands[] = {
    {"train", command_train, "--out RUN [--data FILE] [--vectors FILE] [options]", "Train a model",
     DATA_HELP
     "An answer that stands at several places of its passage is learned as all of them: what grows is the "
     "sum of their probabilities.\n"
     "RUN receives model.safetensors (the epoch of least validation loss), checkpoint.safetensors and "
     "metrics.csv. Ctrl-C stops\n"
     "and keeps both: --resume goes on from there, and ends with the bits that it would have had without a "
     "stop. A run that is in\n"
     "RUN is not touched without --resume or --overwrite.\n",
     PROGRAM " train --data train-v1.1.json --vectors glove.6B.100d.txt --out runs/read"},
    {"eval", command_eval, "--model FILE [--data FILE] [--json]", "Measure a model",
     DATA_HELP
     "--json prints {\"exact\":, \"f1\":, \"questions\":, \"loss\":}: the share of answers that are "
     "the expected text, and the mean F1 of\n"
     "their words, in lower case, without punctuation and articles, as SQuAD's own script has it.\n",
     PROGRAM " eval --model runs/read/model.safetensors --data dev-v1.1.json --json"},
    {"answer", command_answer, "--model FILE --text FILE [QUESTION]", "Answer by a span of a text",
     "Prints the answer with its probability, and the sentence in which it stands, shaded by both pointers: "
     "blue where it may begin,\n"
     "orange where it may end. Without QUESTION each line of standard input is one, and is answered at once. "
     "Where the probability\n"
     "is below --least it says \"no good span\" before the best one. --json prints {\"question\":, "
     "\"answer\":, \"probability\":, \"good\":,\n"
     "\"begin\":, \"end\":}, the last two in bytes of the text, of which a byte order mark is none.\n",
     PROGRAM " answer --model runs/read/model.safetensors --text page.txt 'Who built the bridge?'"},
    {"explain", command_explain, "--model FILE [--format ansi|html|svg] [--out FILE] [--text FILE QUESTION]",
     "Answer, and show what it rested on",
     "Draws the question, shaded by what its one vector is made of; the text, shaded by both pointers; and, "
     "of "
     "a bidaf reader, the\n"
     "question's words by the text's: to which of the former each of the latter attends. Without --text it "
     "is "
     "a question of --data,\n"
     "or of the bundled articles, and the expected answers are named.\n",
     PROGRAM " explain --model runs/read/model.safetensors --format svg --out picture.svg --question 8"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const char *const commands_of_ranks[] = {"train", NULL};

const char program_purpose[] =
    "Train a network that answers questions by spans of a text, and see what each answer rests on.";
const char program_examples[] =
    "  " PROGRAM " train --out runs/read\n"
    "  " PROGRAM " explain --model runs/read/model.safetensors\n"
    "  " PROGRAM " answer --model runs/read/model.safetensors --text page.txt 'Who built the bridge?'\n";

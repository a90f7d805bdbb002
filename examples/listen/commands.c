/* commands.c - attn-listen: train a network that listens, attends and spells, and see what each letter listened to. */
#include "commands.h"

#define DATA_HELP                                                                                            \
    "FOLDER holds recordings of spoken digits, DIGIT_SPEAKER_NUMBER.wav, as the Free Spoken Digit Dataset "  \
    "does. Strings of 1 to 7\n"                                                                              \
    "digits are chained from recordings of one speaker, with pauses between. Recordings numbered below 10 "  \
    "are never trained on.\n"                                                                                \
    "Without --data it is the bundled sample of that data set: two speakers, eight recordings a digit.\n"

const struct command commands[] = {
    {"train", command_train, "--out RUN [--data FOLDER] [options]", "Train a model",
     DATA_HELP "RUN receives model.safetensors (the epoch of least validation loss), checkpoint.safetensors "
               "and metrics.csv. Ctrl-C stops\n"
               "and keeps both: --resume goes on from there, and ends with the bits that it would have had "
               "without a stop. A run that is in\n"
               "RUN is not touched without --resume or --overwrite.\n",
     PROGRAM " train --data fsdd/recordings --out runs/listen"},
    {"eval", command_eval, "--model FILE [--data FOLDER] [--json]", "Measure a model",
     DATA_HELP "Of FOLDER only the recordings numbered below 10 are chained. --json prints {\"wer\":, "
               "\"cer\":, \"alignment\":, \"loss\":,\n"
               "\"strings\":}: the edit distance of words and of letters over how many were said, and the "
               "share of the letters spelt whose\n"
               "largest weight lies inside the digit that the word's place names.\n",
     PROGRAM " eval --model runs/listen/model.safetensors --data fsdd/recordings --json"},
    {"transcribe", command_transcribe, "--model FILE [--beam N] [FILE ...]", "Spell what files say",
     "A FILE is a sound of any rate, mono or of several channels, in any format that libsndfile reads (WAV, "
     "FLAC, Ogg, ...). Without\n"
     "FILE each line of standard input is the name of one, and is answered at once. Of several files each "
     "line begins with its name.\n"
     "A file that cannot be read gets a line on standard error, the others are heard all the same, and the "
     "exit status is 2.\n",
     PROGRAM " transcribe --model runs/listen/model.safetensors message.wav"},
    {"explain", command_explain, "--model FILE [--format ansi|html|svg|png] [--out FILE] [FILE]",
     "Spell, and show where each letter listened",
     "Prints a row a letter, with its weights in hundredths over tenths of seconds; `svg` and `png` draw the "
     "spectrogram\n"
     "and the weights under it, `html` is a page that holds the first. Without FILE it is a string chained "
     "from recordings\n"
     "that were held out, and the digits' places are shown.\n",
     PROGRAM " explain --model runs/listen/model.safetensors --format svg --out picture.svg message.wav"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const char *const commands_of_ranks[] = {"train", NULL};

const char program_purpose[] =
    "Train a network that listens to spoken digits and spells them, and see what each letter listened to.";
const char program_examples[] =
    "  " PROGRAM " train --out runs/listen\n"
    "  " PROGRAM " explain --model runs/listen/model.safetensors\n"
    "  " PROGRAM " transcribe --model runs/listen/model.safetensors message.wav\n";

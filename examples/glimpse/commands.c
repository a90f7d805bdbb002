/* commands.c - attn-glimpse: say what a picture shows, one word at a time, and see where each word looked. */
#include "commands.h"

#include "digits/commands.h"

#define DATA_HELP "FOLDER holds pictures of 64x64 pixels and captions.tsv, as " PROGRAM " draw writes them.\n"

const struct command commands[] = {
    {"train", command_train, "--out RUN [--data PATH] [options]",
     "Train a model on scenes, on captioned pictures, or on handwritten digits",
     "--task digits learns to read what people wrote; train --task digits --help lists its options. PATH is "
     "MNIST's\n"
     "files then. Of scenes:\n"
     "Without --data the scenes are drawn as they are needed, no two alike.\n" DATA_HELP
     "RUN receives model.safetensors (the epoch of least validation loss), checkpoint.safetensors and "
     "metrics.csv.\n"
     "Ctrl-C stops; the best epoch stays, and --resume goes on from there, to the same bits. A run that is "
     "in RUN\n"
     "is not touched without --overwrite.\n",
     PROGRAM " train --out runs/glimpse --seed 1"},
    {"eval", command_eval, "--model FILE [--data FOLDER] [--json]",
     "Measure a model on scenes that training never saw",
     "Without --data, on scenes of their own and then on as many of which each shows a triple of colour, "
     "shape and\n"
     "relation that training held out.\n" DATA_HELP "exact: the share of the captions that are right in "
     "every word. pointing: the share of the objects whose\n"
     "noun was said with its largest weight on a region in the object's cell.\n"
     "Of a model of digits: the share of the canvases whose digits are all said right, and of the digits "
     "said right with\n"
     "the largest weight on a region whose middle lies in the digit's box. --data names MNIST's files; of "
     "those trained on\n"
     "only the held out are used.\n",
     PROGRAM " eval --model runs/glimpse/model.safetensors --json"},
    {"caption", command_caption, "--model FILE IMAGE...", "Say what pictures show",
     "Each IMAGE is a PNG; one of another size is scaled to 64x64 pixels. One that cannot be read gets a "
     "line on standard\n"
     "error, the others are told all the same, and the exit status is 2.\n",
     PROGRAM " caption --model runs/glimpse/model.safetensors scenes/000000.png scenes/000001.png"},
    {"read", command_read, "--model FILE IMAGE...", "Say which digits pictures show",
     "Each IMAGE is a PNG of one line of 1 to 5 digits, of any size, grey or colour, dark on light or light "
     "on dark;\n"
     "what is written is found, and scaled to what the model learned from. Of several pictures each line "
     "begins with the\n"
     "file's name; one that cannot be read gets a line on standard error, the others are read all the same, "
     "and the exit\n"
     "status is 2.\n",
     PROGRAM " read --model runs/digits/model.safetensors photo.png"},
    {"explain", command_explain, "--model FILE [--format ansi|html|svg] [--out FILE] [IMAGE]",
     "Show where each word of a caption looked",
     "Without IMAGE a scene is drawn. The picture stands once for each word, lit where the word looked, "
     "beside the word\n"
     "its largest weight. `ansi`: in colour where the output is a terminal, else digits, tenths of the "
     "largest weight;\n"
     "NO_COLOR turns colours off, FORCE_COLOR=1 on. `svg` is a picture, `html` a page that holds it.\n",
     PROGRAM " explain --model runs/glimpse/model.safetensors --format svg --out explained.svg"},
    {"draw", command_draw, "--out FOLDER [--count N] [--seed N]",
     "Draw scenes as PNG files, with their captions",
     "captions.tsv holds a line a picture: its file, its caption, and where the object of each noun lies.\n",
     PROGRAM " draw --out scenes --count 12 --seed 1"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const char *const commands_of_ranks[] = {"train", NULL};

const char program_purpose[] =
    "Say what a picture shows, one word at a time, and see where each word looked.";
const char program_examples[] = "  " PROGRAM " train --out runs/glimpse\n"
                                "  " PROGRAM " eval --model runs/glimpse/model.safetensors\n"
                                "  " PROGRAM " explain --model runs/glimpse/model.safetensors\n";

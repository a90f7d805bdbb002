/* commands.c - attn-glimpse: say what a picture shows, one word at a time, and see where each word looked. */
#include "commands.h"

#define DATA_HELP "FOLDER holds pictures of 64x64 pixels and captions.tsv, as " PROGRAM " draw writes them.\n"

const struct command commands[] = {
    {"draw", command_draw, "--out FOLDER [--count N] [--seed N]",
     "Draw scenes as PNG files, with their captions",
     "captions.tsv holds a line a picture: its file, its caption, and where the object of each noun lies.\n",
     PROGRAM " draw --out scenes --count 12 --seed 1"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const char program_purpose[] =
    "Say what a picture shows, one word at a time, and see where each word looked.";
const char program_examples[] = "  " PROGRAM " train --out runs/glimpse\n"
                                "  " PROGRAM " explain --model runs/glimpse/model.safetensors\n";

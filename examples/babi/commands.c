/* commands.c - attn-babi: answer questions on stories, and see which facts each pass looked at. */
#include "commands.h"

#define DATA_HELP(part, task)                                                                                \
    "PATH is a bAbI question file, or a folder of them, of which qaN_" part ".txt (or qaN_..._" part         \
    ".txt) is read for\n" task " N. Without --data, made-up stories are used.\n"
#define TO_TRAIN_ON DATA_HELP("train", "--task")
#define TO_ASK DATA_HELP("test", "the model's task")

const struct command commands[] = {
    {"train", command_train, "[--data PATH] --out RUN [options]", "Train a model on one task",
     TO_TRAIN_ON
     "A tenth of the stories is held out. RUN receives model.safetensors (the epoch of least held-out "
     "loss),\n"
     "checkpoint.safetensors and metrics.csv. Ctrl-C stops and keeps the best epoch; --resume goes on from "
     "there, to\n"
     "the same bits. A run that is in RUN is not touched without --overwrite.\n"
     "Many tasks want several seeds: keep the run whose held-out loss is least.\n",
     PROGRAM " train --data babi-10k --task 2 --out runs/task2 --seed 1"},
    {"eval", command_eval, "--model FILE [--data PATH] [--json]", "Measure a model on questions", TO_ASK,
     PROGRAM " eval --model runs/task2/model.safetensors --data babi-10k/qa2_test.txt --json"},
    {"explain", command_explain, "--model FILE [--data PATH] [options]",
     "Show which facts each pass attended to",
     TO_ASK "Facts that the question says support its answer are marked with *.\n",
     PROGRAM " explain --model runs/task2/model.safetensors --data babi-10k/qa2_test.txt --question 5"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const char *const commands_of_ranks[] = {"train", NULL};

const char program_purpose[] =
    "Answer questions on stories with an episodic memory, and see which facts each pass looked at.";
const char program_examples[] = "  " PROGRAM " train --out runs/try\n"
                                "  " PROGRAM " explain --model runs/try/model.safetensors\n";

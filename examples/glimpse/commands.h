/* commands.h - the commands; each gets what follows its name, and returns the exit status. */
#ifndef GLIMPSE_COMMANDS_H
#define GLIMPSE_COMMANDS_H

#include "common/options.h"

int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_caption(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_draw(int argc, char **argv);

/* What these commands do where the task is scenes. */
int train_scenes(int argc, char **argv);
int eval_scenes(int argc, char **argv);
int explain_scenes(int argc, char **argv);

#endif

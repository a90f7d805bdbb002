/* commands.h - the commands; each gets what follows its name, and returns the exit status. */
#ifndef READ_COMMANDS_H
#define READ_COMMANDS_H

#include "common/options.h"

int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_answer(int argc, char **argv);
int command_explain(int argc, char **argv);

#endif

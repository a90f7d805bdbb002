/* commands.h - the commands; each gets what follows its name, and returns the exit status. */
#ifndef TRANSLATE_COMMANDS_H
#define TRANSLATE_COMMANDS_H

#include "common/options.h"

int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_translate(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_align(int argc, char **argv);

#endif

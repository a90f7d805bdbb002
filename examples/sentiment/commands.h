/* commands.h - the commands; each gets what follows its name, and returns the exit status. */
#ifndef SENTIMENT_COMMANDS_H
#define SENTIMENT_COMMANDS_H

#include "common/options.h"

int command_train(int argc, char **argv);
int command_prepare(int argc, char **argv);
int command_pretrain(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_predict(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_report(int argc, char **argv);
int command_faithfulness(int argc, char **argv);
int command_plausibility(int argc, char **argv);
int command_pairs(int argc, char **argv);
int command_sample(int argc, char **argv);

#endif

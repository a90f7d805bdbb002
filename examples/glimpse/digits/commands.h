/* commands.h - what the commands do where the task is digits; and the one that only it has. */
#ifndef GLIMPSE_DIGITS_COMMANDS_H
#define GLIMPSE_DIGITS_COMMANDS_H

int train_digits(int argc, char **argv);
int eval_digits(int argc, char **argv);
int explain_digits(int argc, char **argv);
int command_read(int argc, char **argv);

#endif

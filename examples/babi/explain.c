/* explain.c - the command `explain`: stub until heatmap */
#include "commands.h"

int command_explain(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

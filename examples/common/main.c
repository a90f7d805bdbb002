/* main.c - from the program's first word to its command. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/options.h"
#include "common/ranks.h"
#include "common/shortened.h"
#include "common/terminal.h"

static int help(void)
{
    printf("usage: " PROGRAM " COMMAND [options]\n\n"
           "%s\n\nCommands:\n",
           program_purpose);
    for (const struct command *command = commands; command->name; command++)
        printf("  %-12s %s\n", command->name, command->summary);
    printf("\n" PROGRAM " COMMAND --help lists the options of one.\n\nExample:\n%s", program_examples);
    return 0;
}

static int unknown_command(const char *name)
{
    const char *names[16];
    int64_t count = 0;
    for (const struct command *command = commands; command->name && count < COUNT(names); command++)
        names[count++] = command->name;
    const char *meant = nearest_name(name, names, count);
    if (meant)
        fail(EXIT_BAD_INPUT, "unknown command %s; did you mean %s?", name, meant);
    fail(EXIT_BAD_INPUT, "unknown command %s; " PROGRAM " --help lists them", name);
}

/* The others would do the same work anew, and write the same files. */
static void check_ranks(const char *name)
{
    for (const char *const *known = commands_of_ranks; *known; known++) {
        if (strcmp(*known, name) == 0)
            return;
    }
    if (ranks() > 1)
        fail(EXIT_BAD_INPUT, "%s is done by one process, and mpirun started %lld; leave mpirun out", name,
             (long long)ranks());
}

static int run(int argc, char **argv)
{
    if (argc < 2)
        fail(EXIT_BAD_INPUT, "a command is missing; " PROGRAM " --help lists them");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return help();
    if (strcmp(argv[1], "--version") == 0) {
        printf(PROGRAM " %s\n", attn_version());
        return 0;
    }
    for (const struct command *command = commands; command->name; command++) {
        if (strcmp(argv[1], command->name) == 0) {
            check_ranks(command->name);
            return command->run(argc - 2, argv + 2);
        }
    }
    return unknown_command(argv[1]);
}

/* A standard stream that is closed gets a descriptor that cannot be used, before a file takes its place, into which would go what is
 * printed. Opening gives the least that is free. */
static void reserve_streams(void)
{
    for (int stream = 0; stream < 3; stream++) {
        if (fcntl(stream, F_GETFD) < 0)
            (void)!open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

int main(int argc, char **argv)
{
    reserve_streams();
#ifdef SIGXFSZ
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is then a failed write, with its one line, not a kill */
#endif
    ranks_begin();
    shortened_catch(); /* in place of a handler that MPI may have set */
    int status = run(argc, argv);
    must_print();
    return status;
}

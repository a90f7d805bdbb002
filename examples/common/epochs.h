/* epochs.h - the loop of training: epochs of steps, a measurement after each, the best one saved. */
#ifndef COMMON_EPOCHS_H
#define COMMON_EPOCHS_H

#include "common/files.h"
#include "common/ranks.h"

#define EPOCHS_METRICS_HEAD "epoch,train_loss,valid_loss,seconds\n"

struct epochs {
    attn_context *context;
    attn_params *params;    /* what is trained */
    attn_adam_options adam; /* where it keeps an average, that is measured and saved */
    int64_t seed;           /* of dropout */
    int64_t epochs;         /* at most */
    int64_t examples;       /* an epoch's; */
    int64_t batch;          /* and a step's, but for the last one's */
    int64_t patience;       /* stop after so many epochs without a better one; 0: never */
    bool quiet;             /* no lines, no bar */
    const char *unit;       /* what is counted: "sentences" */

    /* The gradients of some of a step's examples, counted from the epoch's first: of this rank's, one or more. Forward is recorded on
     * the tape, where those are a part of the batch. Returns their mean loss, and how much they are of the batch's: rows, or words where
     * those are what the loss is a mean of. */
    double (*step)(void *user, attn_tape *tape, int64_t epoch, struct share share, double *weight);
    /* The loss on what is held out; `line` receives what a person wants to read beside it, "  exact 0.9810" say. */
    double (*measure)(void *user, struct text *line);
    /* Save the model: this epoch's loss, from 1, is the least so far. */
    void (*save)(void *user, int64_t epoch, double loss);
    /* Write a checkpoint: the params, Adam's state, and `progress`, whose reference is taken. At first, after each epoch, and where a
     * signal stops one: what goes on from there makes the same steps, to the bit. */
    void (*keep)(void *user, const attn_adam *adam, json_t *progress);
    const attn_file *
        kept; /* the checkpoint that is gone on from, whose values the params have already; NULL: a fresh start */
    const json_t *progress; /* and what keep was given then */
    uint64_t fingerprint;   /* of what is trained on: all ranks have the same */
    void *user;
};

/* How many steps an epoch has. */
int64_t epochs_steps(const struct epochs *epochs);

/* Train, print a line an epoch and one of the best, and keep metrics.csv (epoch, train_loss, valid_loss, seconds) in `folder`. The first
 * Ctrl-C stops after the step at hand, and the best epoch stays saved; returns the program's exit status: 0, or 128 and the signal. A
 * checkpoint that holds no progress ends the program. */
int epochs_run(const struct epochs *epochs, const char *folder);

#endif

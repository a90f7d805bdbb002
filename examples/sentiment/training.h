/* training.h - a training run: what it was asked for, what it works on, how far it has come.
 *
 *     train_options.c   the command line; on --resume, what the checkpoint says
 *     ready.c           data, split, vocabulary, model, word vectors
 *     checkpoint.c      saving, and going on from there
 *     language.h        a language model as the start
 *     ngrams.c          n-grams, counted and trained
 *     teacher.h         texts without labels, learned from a model
 *     history.c         attention over the tracked reviews after every epoch
 *     train.c           the epochs */
#ifndef SENTIMENT_TRAINING_H
#define SENTIMENT_TRAINING_H

#include "common/runs.h"
#include "model.h"
#include "run.h"
#include "split.h"

struct train_options {
    struct source source;
    const char *leave_out;   /* the data whose texts are not trained on; NULL: none */
    const char *also;        /* more labelled texts, which are learned and never held out; NULL: none */
    const char *unlabelled;  /* texts without labels; NULL: none */
    struct several teachers; /* models whose probabilities of those, in the mean, are learned */
    const char *start;       /* the language model that is begun with; NULL: none */
    int64_t language_epochs; /* of a language model of the training reviews, before those of the classifier */
    const char *out, *glove, *preset, *encoder, *pooling, *weighting, *faithful, *precision, *train_precision,
        *valid_by; /* valid_by NULL: by film where films are known */
    char *told;    /* how it was called, for the model's file; without the epochs */
    double valid;
    int64_t limit, threads, resume, overwrite, quiet; /* limit 0: all reviews */
    bool fit_batch, fit_epochs, fit_lr;               /* not given, so that little data may change them */
    struct config config;
};

/* Everything that a checkpoint keeps beside the weights and the optimiser. */
struct progress {
    int64_t epoch; /* complete ones */
    int64_t step;  /* steps made in the epoch after them */
    int64_t seen, correct;
    double loss_sum;    /* of the reviews seen in that epoch */
    double seconds;     /* that it has taken */
    int64_t best_epoch; /* 0: none yet */
    double best_loss, best_accuracy;
};

#define TRACKED 5 /* reviews in the history */

struct training {
    struct train_options options;
    attn_context *context;
    struct run run;
    struct run_place place;
    attn_file *saved;                    /* the checkpoint that is gone on from, until prepare has read it */
    json_t *saved_json;                  /* what it says beside the model; NULL: a fresh start */
    char *saved_names[8 + MOST_SEVERAL]; /* of its files and columns */
    attn_file *start;                    /* of the option, until prepare has read it; NULL: there is none */
    struct dataset data;
    uint64_t fingerprint, also_fingerprint; /* of the reviews, and of the texts of --also behind them */
    struct split split;
    int64_t also,   /* texts of --also, behind the reviews in data and in split.train */
        unlabelled; /* texts without labels, the last ones of both */
    attn_vocab *vocab;
    struct corpus corpus;
    struct model model;
    attn_adam *adam;
    attn_tape *tape;
    struct progress progress;
};

/* Read the command line into training->options, and on --resume open the checkpoint and take its settings. */
void train_options_read(struct training *training, int argc, char **argv);

/* Texts behind those that are there, all of them trained on. Takes what is in `more`. */
void train_too(struct training *training, struct dataset *more);

/* Say how many held-out reviews stand in the texts that --OPTION PATH names, and what is learned there. */
void warn_of_held_out(const struct training *training, const struct dataset *more, const char *option,
                      const char *path, const char *learned);

/* Ready everything that stands above `progress`; nothing is written. */
void prepare(struct training *training);

/* `epochs`, or as many more as make enough steps of little data. */
int64_t epochs_for(int64_t reviews, int64_t batch, int64_t epochs);

void checkpoint_open(struct training *training);
void checkpoint_restore(struct training *training);
void checkpoint_save(struct training *training);
void model_save(struct training *training);

void history_add(struct training *training, int64_t epoch);

/* Print a line on standard output, unless --quiet was given. */
void say(const struct training *training, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

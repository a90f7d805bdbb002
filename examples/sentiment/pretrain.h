/* pretrain.h - a run of the command `pretrain`: what it was asked for, what it works on, how far it has come.
 *
 *     pretrain_options.c   the command line; on --resume, what the checkpoint says
 *     pretrain.c           texts, vocabulary, models; the epochs, and what is written after each */
#ifndef SENTIMENT_PRETRAIN_H
#define SENTIMENT_PRETRAIN_H

#include "common/options.h"
#include "common/runs.h"
#include "language.h"
#include "run.h"

#define LANGUAGE_METRICS_HEAD "epoch,learning_rate,train_loss,valid_loss,valid_perplexity,seconds\n"

struct pretrain_options {
    struct several data;
    const char *text_column, *leave_out, *out, *glove, *train_precision;
    char *told; /* how it was called, for the model's file */
    int64_t limit, threads, resume, overwrite, quiet;
    bool fit_batch; /* not given, so that little data may change it */
    struct config config;
};

struct pretraining {
    struct pretrain_options options;
    attn_context *context;
    struct run run;
    struct run_place place;
    attn_file *saved;   /* the checkpoint that is gone on from, until the models are there */
    json_t *saved_json; /* what it says; NULL: a fresh start */
    struct dataset data;
    uint64_t fingerprint;
    int64_t *reviews, train_count, valid_count; /* numbers of texts: those to train on, then those held out */
    attn_vocab *vocab;
    struct corpus corpus;
    struct language language;
    struct language_training training;
    int64_t best_epoch; /* 0: none yet */
    double best_loss;
};

/* Read the command line, and on --resume open the checkpoint and take its settings. */
void pretrain_options_read(struct pretraining *run, int argc, char **argv);

#endif

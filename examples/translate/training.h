/* training.h - a training run: what it was asked for, and what it works on.
 *
 *     prepare.c   data, split, vocabularies, network, or the checkpoint that has them
 *     train.c     the command line, and the epochs */
#ifndef TRANSLATE_TRAINING_H
#define TRANSLATE_TRAINING_H

#include "common/runs.h"
#include "score.h"

struct training {
    const char *task, *out;
    const char *data, *valid_data; /* NULL: the bundled sample, or dates; NULL: a share of the data */
    const char *languages;         /* of both; NULL: they are tables */
    char *kept_names[3];           /* the three, as the checkpoint says */
    const char *train_precision;   /* of products: what their factors are rounded to */
    int64_t threads, resume, overwrite, quiet;
    int64_t epochs;             /* that --epochs asks for; 0: it was not given */
    bool fit_batch, fit_epochs; /* not given, so that little data may change them */
    struct config config;
    char *model, *checkpoint;
    attn_file *kept; /* the checkpoint that is gone on from */
    json_t *kept_json;
    uint64_t fingerprint; /* of the pairs */

    struct run_place place;
    attn_context *context;
    struct pairs train, valid;
    struct corpus train_corpus, valid_corpus;
    int64_t *group, groups; /* of the pairs held out */
    struct trained trained;
    int64_t *plan, planned; /* the order of epoch planned - 1 */
    struct batch batch;
};

/* Ready everything that stands below the options; nothing is written. */
void prepare(struct training *training);
void training_free(struct training *training);

/* Print a line on standard output, unless --quiet was given. */
void say(const struct training *training, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

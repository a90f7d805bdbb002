/* teacher.h - learning from the probabilities that models, in their mean, give to texts without labels (Hinton et al. 2015, 1503.02531;
 * self-training, Xie et al. 2020, 1911.04252). */
#ifndef SENTIMENT_TEACHER_H
#define SENTIMENT_TEACHER_H

#include "training.h"

/* Read the texts of --unlabelled behind the labelled ones; all of them are trained on. */
void teacher_read_texts(struct training *training);

/* What is learned of each text, training->corpus.targets: of a labelled one its label, of the others what the teachers say; in a run that
 * goes on, what they said, from the run's folder. And keep it there. */
void teacher_ask(struct training *training);
void teacher_save(const struct training *training);

#endif

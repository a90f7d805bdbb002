/* attribution.h - what each word gave to a decision, by the methods of attn/explain.h.
 *
 *     attention     the weight that the word got: from 0, and 1 in all with what padding gets
 *     gradient      gradient x input, which is the gradient with respect to the word's scale
 *     integrated    integrated gradients, from words of zeros: along scales of the words from 0 to 1
 *     occlusion     what the decision loses when the word is left out
 *
 * The last three are signed: what the word adds to the log-odds of the decision against the other classes, ln p / (1 - p). */
#ifndef SENTIMENT_ATTRIBUTION_H
#define SENTIMENT_ATTRIBUTION_H

#include "network.h"

enum method { BY_NOTHING, BY_ATTENTION, BY_GRADIENT, BY_INTEGRATED, BY_OCCLUSION };

#define METHODS "attention|gradient|integrated|occlusion"

/* The method of that name among METHODS; its name, and how a reader knows it ("integrated gradients"). */
enum method method_named(const char *name);
const char *method_name(enum method method);
const char *method_title(enum method method);

/* Asks a network about perturbed copies of texts. */
struct attributor {
    attn_context *context;
    struct network *network;
    attn_tape *tape;
    struct batch group; /* texts that are asked about together, of like length */
    struct batch copies;
    struct floats ones, attributions, gaps;
};

/* Freezes the network's tensors: from here on it explains, and learns no more. */
struct attributor attributor_create(attn_context *context, struct network *network);
void attributor_destroy(struct attributor *attributor);

/* What each word of the batch gave to the decision for its row's label, by BY_GRADIENT, BY_INTEGRATED or BY_OCCLUSION, to
 * values[rows, time]; beyond the lengths they are not written. gaps[rows] receive what integrated gradients' completeness lacks,
 * 0 with the others. */
void attribute(struct attributor *attributor, enum method method, const struct batch *batch, float *values,
               float *gaps);

#endif

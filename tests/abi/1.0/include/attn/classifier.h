/** classifier.h - parts in one handle: texts or ids in, decisions out, and what each word gave to them.
 *
 *     ids --embedding--> GRU --> states --attention--> weights + context --dropout--> dense --> scale * logits --+
 *      |                                                                                                         + --> logits
 *      +--n-grams------------------------------------------------------------------------------> scale * logits --+
 *
 * These are its two channels, the encoder's and the n-grams'; either may be left out. Of the encoder's, attention and reader may:
 * without attention the states' mean or largest numbers (pooling.h), or the last states of the encoder's top layer, forward and
 * backward joined, stand in the context's place; with a reader (an attention GRU over the states, whose steps attention's weights
 * open) its last state does. There may be any number of classes, two or more.
 *
 * The whole of it is made of calls that the other headers declare: what stands here, a program could write too. */
#ifndef ATTN_CLASSIFIER_H
#define ATTN_CLASSIFIER_H

#include "attngru.h"
#include "draw.h"
#include "explain.h"
#include "file.h"
#include "gru_packed.h"
#include "ngrams.h"
#include "pooling.h"

ATTN_BEGIN_DECLS

/** Thread-safety: any number of threads may decide, read and explain at once, each with a tape of its own where one is asked
 * for. attn_classifier_pack, attn_classifier_set_scales and training need the classifier to themselves. */
typedef struct attn_classifier attn_classifier;

/** The parts, whose widths must fit: encoder reads what embedding gives, attention, reader and decision what encoder gives (the
 * decision what the reader gives, where there is one), and n-grams have as many classes as the decision. Embedding, encoder and
 * decision go together: all of them, or of n-grams alone none. */
typedef struct attn_classifier_parts {
    size_t struct_size;        /**< sizeof(attn_classifier_parts) */
    attn_embedding *embedding; /**< the layers, all of one params */
    attn_gru *encoder;         /**< words to states */
    attn_attention *attention; /**< of ATTN_SCORE_FEEDFORWARD; NULL: what `pooling` says decides */
    attn_attngru *reader; /**< one opening a step; NULL: attention's context decides. Not without attention */
    attn_dense *decision; /**< to logits, without an activation */
    attn_ngrams *ngrams;       /**< NULL: the encoder alone decides */
    attn_vocab *vocab;         /**< with as many ids as an embedding has rows; NULL: ids only, no texts */
    const char *const *labels; /**< [classes] names, copied; NULL: "0", "1", ... */
    int64_t max_length;        /**< tokens read of a text, its first ones; 0: all */
    float context_dropout;     /**< its probability on what decides, in training; 0 <= it < 1 */
    int32_t pooling;           /**< without attention: ATTN_POOLING_..., of the states; 0: the last states decide */
} attn_classifier_parts;

#define ATTN_CLASSIFIER_PARTS_INIT {sizeof(attn_classifier_parts), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0f, 0}

/** Put parts together. The classifier shares the handles: the caller still destroys its own, at any time.
 * Errors: ARGUMENT (a part that is missing, of other params, or as wide as another does not expect; a decision with an
 * activation; labels that are empty or stand twice), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_classifier_create(const attn_classifier_parts *parts,
                                                         attn_classifier **out);

/** Rebuild a classifier from a file that attn_classifier_save wrote, and from nothing else. Errors: ARGUMENT, IO, FORMAT (no
 * classifier is described there, or one that its tensors do not fit), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_classifier_open(attn_context *context, const char *path,
                                                       attn_classifier **out);
/** The same from a file that is open, which may be closed afterwards; the layers' tensors are added to the params, which are as
 * before on failure. Errors: those, but for IO; ARGUMENT also where the params have a layer or a tensor of that name; STATE (the
 * params are sealed). */
ATTN_API ATTN_CHECKED attn_status attn_file_classifier_create(const attn_file *file, attn_params *params,
                                                              attn_classifier **out);

/** Write all of it to one file, or through a callback: weights, vocabulary, labels, and what else `options` (may be NULL) adds;
 * options->vocab must be NULL, since the classifier has its own, and metadata's keys that begin with "classifier." are its own
 * too. Errors: those of attn_params_save and attn_params_write. */
ATTN_API ATTN_CHECKED attn_status attn_classifier_save(const attn_classifier *classifier, const char *path,
                                                       const attn_save_options *options);
ATTN_API ATTN_CHECKED attn_status attn_classifier_write(const attn_classifier *classifier,
                                                        const attn_save_options *options, attn_write_fn write,
                                                        void *user);

/** Let go of it and set the pointer to NULL. NULL and a pointer to NULL are fine. */
ATTN_API void attn_classifier_destroy(attn_classifier **classifier);

/** What it is made of. Handles are the classifier's, and live as long as it does. Filled up to struct_size. */
typedef struct attn_classifier_info {
    size_t struct_size;
    attn_params *params; /**< of all its layers: for an optimiser, say */
    attn_embedding *embedding;   /**< NULL, like the others: none */
    attn_gru *encoder;           /**< of the parts */
    attn_attention *attention;   /**< of the parts */
    attn_attngru *reader;        /**< of the parts */
    attn_dense *decision;        /**< of the parts */
    attn_vocab *vocab;           /**< of the parts */
    int64_t classes;     /**< how many */
    int64_t state_dim;   /**< the width of a state; 0 without an encoder */
    int64_t max_length;  /**< 0: no limit */
    int64_t padded_time; /**< what `time` must be where attention counts padding in; 0: any */
    float context_dropout; /**< of the parts */
    int32_t packed;      /**< 1: after attn_classifier_pack */
    int64_t channels;    /**< whose logits are added up: the encoder's, and then the n-grams', where there are both */
    const float *scales; /**< [channels]: what their logits are multiplied by, as attn_classifier_set_scales left it */
    attn_ngrams *ngrams; /**< of the parts */
    int32_t pooling;  /**< of the parts */
    int32_t reserved; /**< 0 */
} attn_classifier_info;

#define ATTN_CLASSIFIER_INFO_INIT {sizeof(attn_classifier_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0f, 0, 0, 0, 0, 0, 0}
/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_classifier_get_info(const attn_classifier *classifier,
                                                           attn_classifier_info *info);

/** The name of a class; NULL where there is none of that number. Lives as long as the classifier. */
ATTN_API const char *attn_classifier_label(const attn_classifier *classifier, int32_t index);

/** Pack the encoder's weights as they are now, which makes decisions faster (see gru_packed.h: it takes memory for the whole
 * vocabulary); called again, anew. options->embedding must be NULL: it is the classifier's own. Only calls without a tape use
 * the packed weights; after training, pack again. Errors: ARGUMENT (also without an encoder), MEMORY; on failure it is packed as
 * before. */
ATTN_API ATTN_CHECKED attn_status attn_classifier_pack(attn_classifier *classifier,
                                                       const attn_gru_packed_options *options);

/** Multiply each channel's logits by a number from now on, 1 at first: logits = sum_c scales_c logits_c. Everything that the
 * classifier gives is of these logits, backward's gradients too, and a file keeps the scales. attn_fit_scales of loss.h finds
 * them, from attn_classifier_channels of rows that were not trained on; training is best done with scales of 1.
 *     scales [channels], finite and more than 0; channels as attn_classifier_info has them
 * Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_classifier_set_scales(attn_classifier *classifier, int64_t channels,
                                                             const float *scales);

/* ---- batches of ids ------------------------------------------------------------------------------------------------------- */

/** Decide.
 *     in      ids (in->embedding NULL), with scales or without, or without n-grams x [batch, time, the embedding's dim]; no
 *             openings. Scales are of the embedded words alone: an n-gram stands in a text or does not
 *     logits  [batch, classes], written
 *     weights [batch, time], written; NULL where not wanted, and without attention
 *     states  [batch, time, state_dim], written, 0 beyond the lengths; NULL where not wanted
 * Rows of length 0 are decided too. Errors: ARGUMENT (nothing is on the tape then), MEMORY and
 * INTERRUPTED (begin the tape anew). */
ATTN_API ATTN_CHECKED attn_status attn_classifier_forward(const attn_classifier *classifier, attn_tape *tape,
                                                          const attn_sequence *in, float *logits,
                                                          float *weights, float *states);

/** Decide by each channel alone, without scales: logits[channels, batch, classes], written; the rest as attn_classifier_forward
 * has it without a tape. */
ATTN_API ATTN_CHECKED attn_status attn_classifier_channels(const attn_classifier *classifier,
                                                           const attn_sequence *in, float *logits);

/** Back, for the forward on top of the tape.
 *     dlogits  [batch, classes]
 *     dweights [batch, time]; NULL means 0, and without attention. For a loss on the weights themselves
 *     dstates  [batch, time, state_dim]; NULL means 0, and without attention; beyond the lengths never read. For a loss on the
 *              states (conicity, say)
 *     out      carries forward's batch and time, and where gradients of the input go: dx after x, dscales after scales (zeros
 *              without an encoder); and dh, of the encoder's states, NULL without one
 * Gradients of the tensors are added to the params, unless the tape's mode is ATTN_TAPE_INPUTS.
 * Errors: ARGUMENT and STATE (nothing has been done), MEMORY and INTERRUPTED (part of it
 * has: zero the gradients, and begin the tape anew). */
ATTN_API ATTN_CHECKED attn_status attn_classifier_backward(const attn_classifier *classifier, attn_tape *tape,
                                                           const float *dlogits, const float *dweights,
                                                           const float *dstates,
                                                           const attn_sequence_gradients *out);

/* ---- what each word gave to a decision ------------------------------------------------------------------------------------ */

#define ATTN_BY_NOTHING 0    /**< decide only */
#define ATTN_BY_ATTENTION 1  /**< the weight that the word got: 0 or more, 1 in all with what padding gets */
#define ATTN_BY_GRADIENT 2   /**< gradient x input, of the decision's log-odds, ln p / (1 - p); likewise: */
#define ATTN_BY_INTEGRATED 3 /**< integrated gradients, from words of zeros, by secants, of at most 50 points (explain.h) */
#define ATTN_BY_OCCLUSION 4  /**< what the log-odds lose when the word is left out */
#define ATTN_BY_NGRAMS 5     /**< the word's share of the n-grams' margin (ngrams.h), scaled: of two classes, of the log-odds */

/** With n-grams, gradient x input and integrated gradients are of both channels: a word of scale s gives s times its shares of
 * the n-grams' logits, so that of two classes these shares are exact parts of the sum, and completeness is of the whole.
 * Occlusion leaves the word out for both. Attention remains what the word got of attention. */

/** Of a batch of ids: numbers[batch, time] by ATTN_BY_... other than NOTHING, 0 beyond the lengths.
 *     in      ids, without scales
 *     targets [batch]: the class that is explained; NULL: the one decided on
 *     gaps    [batch]: what integrated gradients' completeness lacks, 0 for the others; may be NULL
 * Rows of like length are asked about together, whatever their order. By occlusion, where the encoder is packed and has one layer
 * that attention reads, and no reader does, only the states that a word changes are run again, to where the rest follows from the
 * whole row: the same log-odds to 2e-4, several times as fast. Errors: ARGUMENT (also ATTENTION without attention, and
 * NGRAMS without n-grams), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_classifier_attribute(const attn_classifier *classifier,
                                                            const attn_sequence *in, const int32_t *targets,
                                                            int32_t by, float *numbers, float *gaps);

/* ---- texts ---------------------------------------------------------------------------------------------------------------- */

/** A text read: its decision, and what each token gave to it. Thread-safety: immutable; any number of threads. It needs neither
 * the text nor the classifier any more. */
typedef struct attn_reading attn_reading;

/** Read text[size] (NULL where size is 0), which is decided as class attn_reading_class. Errors: ARGUMENT (also `by`
 * ATTENTION without attention, and NGRAMS without n-grams), STATE (the classifier has no vocabulary), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_classifier_read(const attn_classifier *classifier, const char *text,
                                                       size_t size, int32_t by, attn_reading **out);
/** Many texts at once, which is several times as fast as one by one: texts[count], sizes[count] (NULL: each ends with NUL),
 * out[count]. A text may be NULL where its size is 0. On failure all of `out` are NULL. */
ATTN_API ATTN_CHECKED attn_status attn_classifier_read_many(const attn_classifier *classifier, int64_t count,
                                                            const char *const *texts, const size_t *sizes,
                                                            int32_t by, attn_reading **out);
/** Release it and set the pointer to NULL. NULL and a pointer to NULL are fine. */
ATTN_API void attn_reading_destroy(attn_reading **reading);

/** The class decided on (-1 for NULL); its name; and the probabilities [classes] of all. Arrays and names live as long as the
 * reading, and are NULL for NULL. */
ATTN_API int32_t attn_reading_class(const attn_reading *reading);
ATTN_API const char *attn_reading_label(const attn_reading *reading);
ATTN_API const float *attn_reading_probabilities(const attn_reading *reading);

/** All tokens of the text, each with its bytes there (tokenizer.h). */
ATTN_API const attn_tokens *attn_reading_tokens(const attn_reading *reading);

/** What each token gave, [attn_tokens_count]: 0 for tokens behind the first max_length, which were not read. NULL for
 * ATTN_BY_NOTHING. With begins and ends of the tokens it is what attn_draw_text draws. */
ATTN_API const float *attn_reading_numbers(const attn_reading *reading);

/** The tokens that gave most: indices[count] of those whose numbers are furthest from 0, the furthest first, of equal ones the
 * first in the text. Returns how many were written, fewer where fewer were read; 0 for ATTN_BY_NOTHING. */
ATTN_API int64_t attn_reading_top(const attn_reading *reading, int64_t count, int64_t *indices);

/** Draw the text, shaded by the numbers of the tokens that were read (not at all for ATTN_BY_NOTHING), by attn_draw_text:
 * `options` and `write` are its own, options->names [attn_reading_info.length]. Where options->title is NULL the
 * decision stands there: "positive 0.93". Errors: those of attn_draw_text. */
ATTN_API ATTN_CHECKED attn_status attn_reading_draw(const attn_reading *reading,
                                                    const attn_draw_options *options, attn_write_fn write,
                                                    void *user);

/** The rest that can be asked. Filled up to struct_size. */
typedef struct attn_reading_info {
    size_t struct_size;
    int64_t classes;   /**< how many */
    int64_t length;    /**< tokens that were read: the first max_length */
    int32_t by;        /**< ATTN_BY_... */
    float probability; /**< of the class decided on */
    float padding;     /**< of ATTN_BY_ATTENTION: what padding took, where attention counts it in */
    float gap;         /**< of ATTN_BY_INTEGRATED: what completeness lacks, in log-odds */
    float encoder;     /**< what each channel gave to the decision, whatever `by` is: the scaled logit of the class decided on */
    float ngrams;      /**< less the mean of the others'. Of two classes the two add up to the log-odds; 0 without the channel */
} attn_reading_info;

#define ATTN_READING_INFO_INIT {sizeof(attn_reading_info), 0, 0, 0, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f}
/** Errors: ARGUMENT (a NULL, a struct_size that nobody set). */
ATTN_API ATTN_CHECKED attn_status attn_reading_get_info(const attn_reading *reading, attn_reading_info *info);

/* ---- what the measures of faithfulness ask -------------------------------------------------------------------------------- */

/** A classifier with a batch that attn_explain_... asks about: copies with words masked, in whole or in part, or with other
 * weights. Thread-safety: one thread at a time; several probes may share a classifier. */
typedef struct attn_probe attn_probe;

/** Masking a word takes it from the text, and what stays is read (1911.03429, 1902.10186); or erases it: its attention is 0
 * and the rest sums to 1 again, while the states stay (1906.03731, 2004.14243), and so do the n-grams, which attention does not
 * weigh. Where nothing is left the decision stays as it was. */
#define ATTN_MASK_LEAVE_OUT 0
#define ATTN_MASK_ERASE 1

/** Read a batch of ids; what `in` points to must live as long as the probe, which keeps the classifier alive. Meanwhile nobody
 * may change the classifier's numbers: what a probe answers rests on the states that it read here. Errors: ARGUMENT (also a
 * classifier without attention), MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_probe_create(const attn_classifier *classifier,
                                                    const attn_sequence *in, attn_probe **out);
/** Release it and set the pointer to NULL. NULL and a pointer to NULL are fine. */
ATTN_API void attn_probe_destroy(attn_probe **probe);

/** Fill `model` (its struct_size is set) so that it asks this probe, which must outlive it: `masked` by ATTN_MASK_... and
 * `weighted` give probabilities, and `dropped`, whose elements are those of the embedding's vectors; of its n-grams a word keeps
 * the same part as of its elements. Errors: ARGUMENT. */
ATTN_API ATTN_CHECKED attn_status attn_probe_model(attn_probe *probe, int32_t masking,
                                                   attn_explain_model *model);

/** Of the rows as they are: probabilities [batch, classes], weights [batch, time], states [batch, time, state_dim]. They live as
 * long as the probe; NULL for NULL. */
ATTN_API const float *attn_probe_probabilities(const attn_probe *probe);
ATTN_API const float *attn_probe_weights(const attn_probe *probe);
ATTN_API const float *attn_probe_states(const attn_probe *probe);

/** gradients[batch, time]: |x . dp/dx| of each word, p the probability of the class decided on, with attention held as it is
 * (1902.10186), and so are n-grams: how the decision moves with what was attended to. Errors: ARGUMENT, MEMORY. */
ATTN_API ATTN_CHECKED attn_status attn_probe_gradient(attn_probe *probe, float *gradients);

ATTN_END_DECLS
#endif

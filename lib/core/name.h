/* name.h - what tensors and layers may be called: what every file of them can hold. params.h and attn/file.h say it publicly.
 *
 * It is asked when a name is given, and so none is refused when a trained model is saved. */
#ifndef ATTN_CORE_NAME_H
#define ATTN_CORE_NAME_H

#include "core/error.h"

#define ATTNI_NAME_MOST 255 /* bytes */
#define ATTNI_NAME_ROOM (2 * ATTNI_NAME_MOST + 2)

/* What a file calls so itself, beside the tensors: file/file.h describes it. */
#define ATTNI_NAME_METADATA "__metadata__" /* alone */
#define ATTNI_NAME_ADAM "adam."            /* in front of others */
#define ATTNI_NAME_SCALES ".scales"        /* behind others */
#define ATTNI_NAME_NGRAMS "ngrams"         /* as a tensor of a layer */

/* "LAYER.NAME", or "NAME" of the layer that is called ""; gives its length, of which only what there is room for is written. */
int attni_name_join(char full[ATTNI_NAME_ROOM], const char *layer, const char *name);

/* ARGUMENT where no tensor, or no layer, may be called so. */
attn_status attni_name_check_tensor(const char *function, const char *name);
attn_status attni_name_check_layer(const char *function, const char *name);

#endif

/* layer.h - what every layer's handle begins with, and how a kind of layer is described.
 *
 * The params keep a list of the layers that were made in them: name, kind and options, as the layer's public info struct. One
 * table of fields a kind, a line an option, serves attn_..._get_info, the description in a file, the comparison with it when a
 * file is loaded, and making the layer again from a file alone.
 *
 *     attn_status attn_thing_create(...)
 *         thing = attni_alloc_zero(context, sizeof *thing);
 *         attni_layer_open(&thing->layer, params, __func__, name, &attni_thing_kind, &info);
 *         attni_params_register(params, ...);      fails: attni_layer_undo(&thing->layer), and attni_free(context, thing)
 */
#ifndef ATTN_CORE_LAYER_H
#define ATTN_CORE_LAYER_H

#include "core/params.h"

#define ATTNI_INT32 0
#define ATTNI_INT64 1
#define ATTNI_FLOAT32 2

/* One option or dimension in the public info struct. */
typedef struct attni_field {
    const char *name;
    int32_t type;    /* ATTNI_INT32, ... */
    int32_t decides; /* 1: with another value the same tensors give other results */
    size_t offset;   /* in the info struct */
} attni_field;

/* What an info struct begins with. */
typedef struct attni_info_head {
    size_t struct_size;
    const char *name;
    attn_params *params;
} attni_info_head;

typedef struct attni_kind {
    const char *kind; /* "gru" */
    const char
        *sizes[3]; /* what its calls name batch, time and queries of a record; NULL: it has no such size */
    size_t info_size;
    const attni_field *fields;
    int32_t field_count;
    /* Make a layer of this name with the options of `info`, as attn_..._create does. */
    attn_status (*create)(attn_params *params, const char *name, const void *info, void **out);
} attni_kind;

typedef struct attni_layer {
    _Atomic int32_t owners; /* of the handle: attn_..._share and attn_..._destroy count it up and down */
    uint64_t id; /* no other layer ever has it: an address would be another's after this one is destroyed */
    attn_params *params;
    attn_context *context;
    const attni_kind *kind;
    const char *name; /* lives in the params, as does the info */
    const void *info;
} attni_layer;

/* Note {name, kind, a copy of info} in the params, and keep the params. `info` is the kind's public struct; its head is
 * set here. ARGUMENT for a name that another layer of the params has, or none may (name.h). undo takes back the note and all
 * tensors that were added since: what a create does that fails later. close is for destroy: the note stays, as the tensors do.
 * Both may free the context, so they come after what was allocated in it. */
attn_status attni_layer_open(attni_layer *layer, attn_params *params, const char *function, const char *name,
                             const attni_kind *kind, const void *info);
void attni_layer_undo(attni_layer *layer);
void attni_layer_close(attni_layer *layer);

/* One owner more; and one less, which gives whether it was the last: destroy then frees the handle. */
void attni_layer_share(attni_layer *layer);
int32_t attni_layer_leave(attni_layer *layer);

/* attn_..._get_info, past the NULL checks: fill the caller's struct. */
attn_status attni_layer_get_info(const attni_layer *layer, const char *function, void *view);

/* Integers that a layer is made of beside its options, which training does not change: values[rows, width], each 0 or more. In a
 * file they are the tensor LAYER.NAME (name.h keeps it free), exact whatever the weights are rounded to. */
typedef struct attni_table {
    const char *name; /* a constant */
    int64_t rows, width;
    int32_t *values; /* NULL: there is none */
} attni_table;

/* The layers of the params, in the order in which they were made. */
typedef struct attni_layer_note {
    char *name;
    const attni_kind *kind;
    const void *info;
    int64_t tensors; /* of the params when it was noted */
    attni_table table;
} attni_layer_note;

/* Room for the table of the layer that was opened last, which lives in the params as its note does: not cleared; or, while the layer
 * is made from a file, filled from there, and then to be checked. The name, rows and width are `table`'s, which gets the values. */
attn_status attni_layer_add_table(const attni_layer *layer, const char *function, attni_table *table);

int64_t attni_params_layer_count(const attn_params *params);
const attni_layer_note *attni_params_layer_at(const attn_params *params, int64_t index);

/* The list itself, which lies in the params. */
typedef struct attni_layer_list {
    attni_layer_note *notes;
    int64_t count, capacity;
} attni_layer_list;

attni_layer_list *attni_params_layers(attn_params *params);
void attni_layer_list_clear(attni_layer_list *list, attn_context *context);

#endif

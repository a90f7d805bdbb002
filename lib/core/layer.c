/* layer.c - the list of the layers of one params. */
#include "core/layer.h"
#include "core/name.h"
#include "core/undo.h"

#include <stdatomic.h>
#include <string.h>

static uint64_t new_id(void)
{
    static atomic_ullong last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static attn_status reserve(attni_layer_list *list, attn_context *context, const char *function)
{
    if (list->count < list->capacity)
        return ATTN_OK;
    int64_t capacity = list->capacity ? 2 * list->capacity : 16;
    attni_layer_note *larger = attni_alloc(context, (size_t)capacity * sizeof *larger);
    if (larger == NULL)
        return attni_no_memory(function, (size_t)capacity * sizeof *larger);
    if (list->count)
        memcpy(larger, list->notes, (size_t)list->count * sizeof *larger);
    attni_free(context, list->notes);
    *list = (attni_layer_list){larger, list->count, capacity};
    return ATTN_OK;
}

attn_status attni_layer_open(attni_layer *layer, attn_params *params, const char *function, const char *name,
                             const attni_kind *kind, const void *info)
{
    ATTNI_TRY(attni_params_check_open(params, function));
    ATTNI_TRY(attni_name_check_layer(function, name));
    attn_context *context = attn_params_context(params);
    attni_layer_list *list = attni_params_layers(params);
    for (int64_t i = 0; i < list->count; i++)
        ATTNI_REQUIRE(
            strcmp(list->notes[i].name, name) != 0,
            "%s: there is already a layer called \"%s\", of the kind %s; give this one another name",
            function, name, list->notes[i].kind->kind);
    ATTNI_TRY(reserve(list, context, function));
    size_t name_size = strlen(name) + 1;
    char *block = attni_alloc(context, kind->info_size + name_size); /* the info, and the name behind it */
    if (block == NULL)
        return attni_no_memory(function, kind->info_size + name_size);
    char *copy = block + kind->info_size;
    memcpy(copy, name, name_size);
    memcpy(block, info, kind->info_size);
    memcpy(block, &(attni_info_head){kind->info_size, copy, params}, sizeof(attni_info_head));
    list->notes[list->count++] =
        (attni_layer_note){.name = copy, .kind = kind, .info = block, .tensors = attn_params_count(params)};
    *layer = (attni_layer){1, new_id(), attni_params_retain(params), context, kind, copy, block};
    return ATTN_OK;
}

static void drop_last(attni_layer_list *list, attn_context *context)
{
    const attni_layer_note *last = &list->notes[--list->count];
    attni_free(context, last->table.values);
    attni_free(context, (void *)last->info);
}

attn_status attni_layer_add_table(const attni_layer *layer, const char *function, attni_table *table)
{
    attni_layer_list *list = attni_params_layers(layer->params);
    const attni_source *source = attni_params_source(layer->params);
    char name[ATTNI_NAME_ROOM];
    attni_name_join(name, layer->name, table->name);
    if (source) /* before there is memory for what a description may say */
        ATTNI_TRY(source->read(source->from, name, table->rows, table->width, NULL));
    const size_t bytes = attni_bytes(table->rows * table->width, sizeof *table->values);
    table->values = attni_alloc(layer->context, bytes);
    if (table->values == NULL)
        return attni_no_memory(function, bytes);
    list->notes[list->count - 1].table = *table;
    return source ? source->read(source->from, name, table->rows, table->width, table->values) : ATTN_OK;
}

void attni_layer_undo(attni_layer *layer)
{
    const attni_layer_list *list = attni_params_layers(layer->params);
    attni_params_take_back(layer->params,
                           (attni_params_mark){list->count - 1, list->notes[list->count - 1].tensors});
    attni_layer_close(layer);
}

void attni_layer_close(attni_layer *layer)
{
    attni_params_release(layer->params);
    *layer = (attni_layer){0};
}

void attni_layer_share(attni_layer *layer)
{
    atomic_fetch_add_explicit(&layer->owners, 1, memory_order_relaxed);
}

int32_t attni_layer_leave(attni_layer *layer)
{
    return atomic_fetch_sub_explicit(&layer->owners, 1, memory_order_acq_rel) == 1;
}

attn_status attni_layer_get_info(const attni_layer *layer, const char *function, void *view)
{
    return attni_fill_struct(function, layer->info, layer->kind->info_size, view);
}

attni_params_mark attni_params_mark_now(const attn_params *params)
{
    return (attni_params_mark){attni_params_layer_count(params), attn_params_count(params)};
}

void attni_params_take_back(attn_params *params, attni_params_mark mark)
{
    attni_layer_list *list = attni_params_layers(params);
    attni_params_truncate(params, mark.tensors);
    while (list->count > mark.layers)
        drop_last(list, attn_params_context(params));
}

int64_t attni_params_layer_count(const attn_params *params)
{
    return attni_params_layers((attn_params *)params)->count;
}

const attni_layer_note *attni_params_layer_at(const attn_params *params, int64_t index)
{
    return &attni_params_layers((attn_params *)params)->notes[index];
}

void attni_layer_list_clear(attni_layer_list *list, attn_context *context)
{
    while (list->count)
        drop_last(list, context);
    attni_free(context, list->notes);
    *list = (attni_layer_list){0};
}

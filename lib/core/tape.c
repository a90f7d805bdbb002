/* tape.c - a stack of records in one arena. */
#include "core/tape.h"

#include <stdio.h>
#include <string.h>

typedef struct attni_record {
    struct attni_record *below;
    attni_mark mark; /* where the arena was before this record */
    uint64_t owner;
    const attni_kind *kind;
    const char *name; /* a copy, behind data: the layer may be destroyed first */
    attni_sizes sizes;
    _Alignas(64) unsigned char data[];
} attni_record;

attn_status attn_tape_create(attn_context *context, const attn_tape_options *options, attn_tape **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    attn_tape_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %d; expected 0", __func__, chosen.reserved);
    ATTNI_REQUIRE(chosen.mode >= ATTN_TAPE_TRAIN && chosen.mode <= ATTN_TAPE_INPUTS,
                  "%s: mode is %d; expected ATTN_TAPE_TRAIN, ATTN_TAPE_GRADIENT or ATTN_TAPE_INPUTS",
                  __func__, chosen.mode);
    attn_tape *tape = attni_alloc_zero(context, sizeof *tape);
    if (tape == NULL)
        return attni_no_memory(__func__, sizeof *tape);
    tape->context = attni_context_retain(context);
    tape->mode = chosen.mode;
    tape->seed = chosen.seed;
    attni_arena_init(&tape->arena, context);
    *out = tape;
    return ATTN_OK;
}

void attn_tape_destroy(attn_tape **tape)
{
    if (tape == NULL || *tape == NULL)
        return;
    attn_context *context = (*tape)->context;
    attni_arena_clear(&(*tape)->arena);
    attni_free(context, *tape);
    attni_context_release(context);
    *tape = NULL;
}

static attn_status begin(attn_tape *tape, const char *function, int64_t step, int64_t first, int64_t rows)
{
    ATTNI_REQUIRE(step >= 0, "%s: step is %lld; expected 0 or more", function, (long long)step);
    attni_arena_reset(&tape->arena, (attni_mark){NULL, 0});
    tape->top = NULL;
    tape->depth = 0;
    tape->pushes = 0;
    tape->step = step;
    tape->first = first;
    tape->rows = rows;
    return ATTN_OK;
}

attn_status attn_tape_begin(attn_tape *tape, int64_t step)
{
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_ENTER(tape->context);
    return begin(tape, __func__, step, 0, 0);
}

attn_status attn_tape_begin_part(attn_tape *tape, int64_t step, int64_t first, int64_t rows)
{
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_ENTER(tape->context);
    ATTNI_REQUIRE_RANGE(first, 0, INT32_MAX);
    ATTNI_REQUIRE_RANGE(rows, 0, INT32_MAX - first);
    return begin(tape, __func__, step, first, rows);
}

attn_status attn_tape_get_info(const attn_tape *tape, attn_tape_info *info)
{
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_ENTER(tape->context);
    ATTNI_REQUIRE_PTR(info);
    const attn_tape_info full = {sizeof full, tape->context, tape->seed,  tape->mode,
                                 0,           tape->step,    tape->first, tape->rows};
    return attni_fill_struct(__func__, &full, sizeof full, info);
}

int64_t attn_tape_depth(const attn_tape *tape)
{
    return tape ? tape->depth : 0;
}

int64_t attn_tape_bytes(const attn_tape *tape)
{
    return tape ? (int64_t)attni_arena_bytes(&tape->arena) : 0;
}

attn_status attn_tape_top(const attn_tape *tape, attn_tape_entry *entry)
{
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_ENTER(tape->context);
    ATTNI_REQUIRE_PTR(entry);
    const attni_record *top = tape->top;
    if (top == NULL)
        return attni_fail(ATTN_ERR_STATE, "%s: the tape is empty; no forward waits for its backward",
                          __func__);
    const attn_tape_entry full = {sizeof full,      top->kind->kind, top->name,
                                  top->sizes.batch, top->sizes.time, top->sizes.queries};
    return attni_fill_struct(__func__, &full, sizeof full, entry);
}

int32_t attni_tape_learns(const attn_tape *tape)
{
    return tape->mode != ATTN_TAPE_INPUTS;
}

/* ---- records --------------------------------------------------------------------------------------------- */

/* Its data are not cleared. */
static attn_status push(attn_tape *tape, const char *function, const attni_record *head, size_t size,
                        void **data)
{
    attni_mark mark = attni_arena_mark(&tape->arena);
    size_t name_size = strlen(head->name) + 1, all = sizeof *head + size + name_size;
    attni_record *top = attni_arena_alloc(&tape->arena, all);
    if (top == NULL)
        return attni_no_memory(function, all);
    *top = *head;
    top->below = tape->top;
    top->mark = mark;
    top->name = memcpy(top->data + size, head->name, name_size);
    tape->top = top;
    tape->depth++;
    *data = top->data;
    return ATTN_OK;
}

static attn_status check_context(const attn_tape *tape, const char *function, const attni_layer *layer)
{
    ATTNI_REQUIRE(layer->context == tape->context || !*layer->name,
                  "%s: the tape is of another context than the layer \"%s\"; expected one of the same",
                  function, layer->name);
    ATTNI_REQUIRE(layer->context == tape->context,
                  "%s: the tape is of another context than the call; expected one of the same", function);
    return ATTN_OK;
}

attn_status attni_tape_push(attn_tape *tape, const char *function, const attni_layer *layer, int64_t batch,
                            int64_t time, int64_t queries, size_t size, void **record)
{
    ATTNI_TRY(check_context(tape, function, layer));
    const attni_record head = {
        .owner = layer->id, .kind = layer->kind, .name = layer->name, .sizes = {batch, time, queries}};
    ATTNI_TRY(push(tape, function, &head, size, record));
    tape->pushes++; /* not for records of a program's own, which draw nothing */
    memset(*record, 0, size);
    return ATTN_OK;
}

void attni_tape_cancel(attn_tape *tape)
{
    attni_tape_pop(tape);
    tape->pushes--;
}

static attn_status check_owner(const attn_tape *tape, const char *function, uint64_t owner,
                               const attni_kind *kind)
{
    const attni_record *top = tape->top;
    if (top == NULL)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: the tape is empty; call the layer's forward with this tape first", function);
    if (top->owner != owner || top->kind != kind)
        return attni_fail(
            ATTN_ERR_STATE,
            "%s: the last forward on the tape is another layer's (%s \"%s\"); call backwards in the "
            "reverse order of forwards",
            function, top->kind->kind, top->name);
    return ATTN_OK;
}

/* "batch is 3 and time 5; expected forward's, 4 and 7" */
static attn_status check_sizes(const char *function, const attni_record *record, attni_sizes sizes)
{
    const int64_t given[3] = {sizes.batch, sizes.time, sizes.queries};
    const int64_t kept[3] = {record->sizes.batch, record->sizes.time, record->sizes.queries};
    if (memcmp(given, kept, sizeof given) == 0)
        return ATTN_OK;
    char text[3][64] = {"", "", ""}, numbers[3][32] = {"", "", ""};
    for (int i = 0; i < 3 && record->kind->sizes[i]; i++) {
        snprintf(text[i], sizeof text[i], "%s%s %s%lld", i ? " and " : "", record->kind->sizes[i],
                 i ? "" : "is ", (long long)given[i]);
        snprintf(numbers[i], sizeof numbers[i], "%s%lld", i ? " and " : "", (long long)kept[i]);
    }
    return attni_fail(ATTN_ERR_ARGUMENT, "%s: %s%s%s; expected forward's, %s%s%s", function, text[0], text[1],
                      text[2], numbers[0], numbers[1], numbers[2]);
}

attn_status attni_tape_top(attn_tape *tape, const char *function, const attni_layer *layer, int64_t batch,
                           int64_t time, int64_t queries, void **record)
{
    ATTNI_TRY(check_context(tape, function, layer));
    ATTNI_TRY(check_owner(tape, function, layer->id, layer->kind));
    ATTNI_TRY(check_sizes(function, tape->top, (attni_sizes){batch, time, queries}));
    *record = tape->top->data;
    return ATTN_OK;
}

void attni_tape_pop(attn_tape *tape)
{
    attni_record *top = tape->top;
    tape->top = top->below;
    tape->depth--;
    attni_arena_reset(&tape->arena, top->mark);
}

/* ---- layers of a program's own --------------------------------------------------------------------------- */

static const attni_kind custom = {.kind = "custom", .sizes = {"batch", "time"}};

attn_status attn_tape_push(attn_tape *tape, const void *owner, const char *name, int64_t batch, int64_t time,
                           size_t size, void **memory)
{
    ATTNI_REQUIRE_PTR(memory);
    *memory = NULL;
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_ENTER(tape->context);
    ATTNI_REQUIRE_PTR(owner);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_RANGE(batch, 0, INT64_MAX);
    ATTNI_REQUIRE_RANGE(time, 0, INT64_MAX);
    if (size > SIZE_MAX / 2)
        return attni_no_memory(__func__, size);
    const attni_record head = {
        .owner = (uintptr_t)owner, .kind = &custom, .name = name, .sizes = {batch, time, 0}};
    return push(tape, __func__, &head, size, memory);
}

attn_status attn_tape_peek(const attn_tape *tape, const void *owner, int64_t batch, int64_t time,
                           void **memory)
{
    ATTNI_REQUIRE_PTR(memory);
    *memory = NULL;
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_ENTER(tape->context);
    ATTNI_REQUIRE_PTR(owner);
    ATTNI_TRY(check_owner(tape, __func__, (uintptr_t)owner, &custom));
    ATTNI_TRY(check_sizes(__func__, tape->top, (attni_sizes){batch, time, 0}));
    *memory = tape->top->data;
    return ATTN_OK;
}

attn_status attn_tape_pop(attn_tape *tape, const void *owner)
{
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_ENTER(tape->context);
    ATTNI_REQUIRE_PTR(owner);
    ATTNI_TRY(check_owner(tape, __func__, (uintptr_t)owner, &custom));
    attni_tape_pop(tape);
    return ATTN_OK;
}

uint64_t attni_tape_stream(const attn_tape *tape)
{
    return ((uint64_t)tape->step << 24) | ((tape->pushes & 0xFFFF) << 8);
}

attn_status attni_workspace_open(attni_workspace *workspace, attn_context *context, attn_tape *tape,
                                 const char *function)
{
    workspace->borrowed = tape ? NULL : attni_scratch_take(context);
    workspace->arena = tape ? &tape->arena : workspace->borrowed;
    return workspace->arena ? ATTN_OK : attni_no_memory(function, sizeof(attni_arena));
}

void attni_workspace_close(attni_workspace *workspace, attn_context *context)
{
    attni_scratch_give(context, workspace->borrowed);
}

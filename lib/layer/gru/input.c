/* input.c - what a call is given: an attn_sequence, read and checked by the rules of attn/sequence.h. */
#include "core/apart.h"
#include "core/finite.h"
#include "layer/gru/gru.h"

attn_status attni_gru_check_table(const char *function, const attni_gru_shape *shape,
                                  const attn_embedding *embedding)
{
    ATTNI_REQUIRE(embedding->dim == shape->input_dim,
                  "%s: the embedding's rows have %lld numbers and the GRU's input %lld; expected as many",
                  function, (long long)embedding->dim, (long long)shape->input_dim);
    return ATTN_OK;
}

attn_status attni_gru_read(const char *function, const attni_gru_shape *shape, const attn_sequence *given,
                           attn_sequence *in)
{
    ATTNI_REQUIRE(given != NULL, "%s: in is NULL; expected an attn_sequence", function);
    ATTNI_TRY(attni_read_options(function, given, in, sizeof *in));
    ATTNI_TRY(attni_check_lengths(function, in->batch, in->time, in->lengths));
    int32_t empty = in->batch == 0 || in->time == 0;
    ATTNI_REQUIRE(empty || in->x || in->ids,
                  "%s: x and ids are NULL; expected x [batch, time, input_dim], or ids [batch, time] of an "
                  "embedding",
                  function);
    ATTNI_REQUIRE(in->x == NULL || in->ids == NULL, "%s: x and ids are given; expected one of them",
                  function);
    ATTNI_REQUIRE(in->x == NULL || in->scales == NULL,
                  "%s: scales are given, but x and no ids; expected NULL", function);
    ATTNI_REQUIRE(empty || in->openings || shape->weight_dim == 0,
                  "%s: openings is NULL; expected [batch, time] numbers, or [batch, time, hidden_dim] with "
                  "vector_openings",
                  function);
    ATTNI_REQUIRE(in->openings == NULL || shape->weight_dim,
                  "%s: openings are given, but a plain GRU has none; expected NULL", function);
    return ATTN_OK;
}

attn_status attni_gru_check_arrays(const attni_gru_call *call)
{
    const attn_sequence *in = &call->in;
    const int32_t steps = in->batch > 0 && in->time > 0;
    ATTNI_REQUIRE_APART(call->function, 2, {"y", call->y, steps}, {"hn", call->hn, steps},
                        {"x", in->x, steps}, {"scales", in->scales, steps},
                        {"openings", in->openings, steps});
    ATTNI_REQUIRE_APART(call->function, 1, {"y", call->y, steps}, {"h0", call->h0, steps});
    /* Where hn is h0 it is looked at before it is overwritten. */
    const attni_given given = {
        "h0", call->h0, attni_gru_cells(call->shape), in->batch, call->shape->hidden_dim, NULL};
    return call->hn == call->h0 ? attni_check_finite(call->function, &given) : ATTN_OK;
}

attn_status attni_gru_not_finite(const attni_gru_call *call)
{
    const attni_gru_shape *shape = call->shape;
    const attn_sequence *in = &call->in;
    const attni_given given[] = {
        {"x", in->x, in->batch, in->time, shape->input_dim, in->lengths},
        {"scales", in->scales, in->batch, in->time, 1, in->lengths},
        {"openings", in->openings, in->batch, in->time, shape->weight_dim, in->lengths},
        {"h0", call->h0 == call->hn ? NULL : call->h0, attni_gru_cells(shape), in->batch, shape->hidden_dim,
         NULL},
    };
    /* What was packed was looked at then. */
    const attni_layer *layers[3] = {call->gru ? &call->gru->layer : NULL};
    if (call->gru && in->ids)
        layers[1] = &in->embedding->layer;
    return attni_not_finite(call->function, given, sizeof given / sizeof *given, layers, "the states");
}

/* items.c - products of a row's queries and items, ATTNI_WINDOW of what is summed over or packed at a time.
 *
 * Packing reads and writes every item once. That pays when a handful of queries use what was packed; for fewer, each item is
 * read where it stands, once for all of them. */
#include "layer/attention/items.h"

#include <string.h>

#include "core/call.h"
#include "layer/sequence.h"

#define FEW 8 /* queries below which nothing is packed */

int64_t attni_items_room(const attni_kernels *kernels, int64_t d)
{
    int64_t along = attni_packed_size(kernels, ATTNI_WINDOW, d),
            across = attni_packed_size(kernels, d, ATTNI_WINDOW);
    return along > across ? along : across;
}

static int64_t window(int64_t from, int64_t count)
{
    return count - from < ATTNI_WINDOW ? count - from : ATTNI_WINDOW;
}

/* Single items are short steps. */
static int32_t go_on(int64_t j)
{
    return j % ATTNI_WINDOW != 0 || !attni_interrupted();
}

void attni_items_scores(const attni_kernels *kernels, int64_t queries, int64_t items, int64_t d,
                        const float *x, const float *h, float *room, float *a, int64_t lda)
{
    for (int64_t j = 0; queries < FEW && j < items && go_on(j); j++) {
        for (int64_t i = 0; i < queries; i++)
            a[i * lda + j] = kernels->dot(d, x + i * d, h + j * d);
    }
    for (int64_t j = 0; queries >= FEW && j < items && !attni_interrupted(); j += ATTNI_WINDOW) {
        int64_t count = window(j, items);
        kernels->pack_transposed(d, count, h + j * d, d, room);
        kernels->product(queries, count, d, x, d, room, a + j, lda, 0, NULL);
    }
}

void attni_items_mix(const attni_kernels *kernels, int64_t queries, int64_t items, int64_t d, const float *a,
                     int64_t lda, const float *h, float *room, float *x)
{
    if (queries < FEW || items == 0)
        memset(x, 0, (size_t)(queries * d) * sizeof(float));
    for (int64_t j = 0; queries < FEW && j < items && go_on(j); j++) {
        for (int64_t i = 0; i < queries; i++) {
            if (a[i * lda + j] != 0.0f) /* most are 0 in sparsemax */
                kernels->axpy(d, a[i * lda + j], h + j * d, x + i * d);
        }
    }
    for (int64_t j = 0; queries >= FEW && j < items && !attni_interrupted(); j += ATTNI_WINDOW) {
        int64_t count = window(j, items);
        kernels->pack(count, d, h + j * d, d, room);
        kernels->product(queries, d, count, a + j, lda, room, x, d, j > 0, NULL);
    }
}

void attni_items_spread(const attni_kernels *kernels, int64_t queries, int64_t items, int64_t d,
                        const float *a, int64_t lda, const float *x, float *room, float *h)
{
    for (int64_t j = 0; queries == 1 && j < items && go_on(j); j++) {
        if (a[j] != 0.0f)
            kernels->axpy(d, a[j], x, h + j * d);
    }
    for (int64_t i = 0; queries > 1 && i < queries && !attni_interrupted(); i += ATTNI_WINDOW) {
        int64_t count = window(i, queries);
        kernels->pack(count, d, x + i * d, d, room);
        kernels->product_over(items, d, count, a + i * lda, lda, room, h, d);
    }
}

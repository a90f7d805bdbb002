/* find.c - the n-grams of one text. */
#include "core/lengths.h"
#include "layer/distinct.h"
#include "layer/ngrams/ngrams.h"

/* How many n-grams a text of this length may have; and the slots that tell whether one was there before: half of them are empty. */
static size_t most_of(const attn_ngrams *ngrams, int64_t length)
{
    return (size_t)ngrams->table.longest * (size_t)length;
}

static size_t slots_of(const attn_ngrams *ngrams, int64_t length)
{
    size_t slots = 16;
    while (slots < 2 * most_of(ngrams, length))
        slots *= 2;
    return slots;
}

size_t attni_found_size(const attn_ngrams *ngrams, int64_t length)
{
    const size_t size = (3 * most_of(ngrams, length) + slots_of(ngrams, length)) * sizeof(int32_t);
    return (size + 63) / 64 * 64; /* no two workers write to one line */
}

void attni_found_carve(const attn_ngrams *ngrams, int64_t length, void *memory, attni_found *found)
{
    const size_t most = most_of(ngrams, length);
    found->rows = memory;
    found->times = found->rows + most;
    found->at = found->times + most;
    found->slots = found->at + most;
    found->count = 0;
}

/* The place of a row in found->rows, where it is put if it was not there. Its hash has a key: no text is slow. */
static int32_t place_of(attni_found *found, size_t slot_count, int32_t row, uint32_t hash)
{
    size_t slot = hash & (slot_count - 1);
    while (found->slots[slot] >= 0 && found->rows[found->slots[slot]] != row)
        slot = (slot + 1) & (slot_count - 1);
    if (found->slots[slot] < 0) {
        found->slots[slot] = (int32_t)found->count;
        found->times[found->count] = 0;
        found->rows[found->count++] = row;
    }
    return found->slots[slot];
}

void attni_ngrams_find_all(const attn_ngrams *ngrams, int64_t length, const int32_t *ids, attni_found *found)
{
    const attni_gram_table *table = &ngrams->table;
    const int32_t longest = table->longest;
    const size_t slot_count = slots_of(ngrams, length);
    found->count = 0;
    for (size_t s = 0; s < slot_count; s++)
        found->slots[s] = -1;
    for (int64_t t = 0; t < length; t++) {
        int32_t *at = found->at + t * longest, n = 1;
        attni_hash before = attni_gram_begin(table);
        for (; n <= longest && t + n <= length; n++) {
            const uint32_t hash = attni_gram_hash(&before, n, ids[t + n - 1]);
            const int32_t number = attni_grams_find(&table->of[n - 1], ids + t, hash);
            at[n - 1] = -1;
            if (number < 0)
                continue;
            at[n - 1] = place_of(found, slot_count, (int32_t)ngrams->first[n - 1] + number, hash);
            found->times[at[n - 1]]++;
        }
        for (; n <= longest; n++)
            at[n - 1] = -1;
    }
}

attn_status attni_ngrams_check(const char *function, int64_t batch, int64_t time, const int32_t *ids,
                               const int32_t *lengths, int64_t *longest)
{
    ATTNI_TRY(attni_check_lengths(function, batch, time, lengths));
    ATTNI_REQUIRE(ids != NULL || batch == 0 || time == 0, "%s: ids is NULL; expected [batch, time] ids",
                  function);
    ATTNI_TRY(attni_check_ids(function, (int64_t)INT32_MAX + 1, batch, time, ids, lengths));
    *longest = 0;
    for (int64_t b = 0; b < batch; b++) {
        const int64_t length = lengths ? lengths[b] : time;
        *longest = length > *longest ? length : *longest;
    }
    return ATTN_OK;
}

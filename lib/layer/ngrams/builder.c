/* builder.c - counting n-grams: in how many texts of each class each stands.
 *
 * Most n-grams of many texts stand in one of them. So that these do not fill the memory, all that stand in fewest texts are forgotten
 * when there are more than the builder may keep (Manku and Motwani 2002, "Approximate Frequency Counts over Data Streams", whose
 * bound on what is missed is stricter). */
#include "layer/ngrams/builder.h"

#include <string.h>

#include "core/lengths.h"
#include "layer/distinct.h"

#define MAX_NGRAMS ((int64_t)1 << 23)

attn_status attn_ngrams_builder_create(attn_context *context, const attn_ngrams_builder_options *options,
                                       attn_ngrams_builder **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    attn_ngrams_builder_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.classes == 0 || (chosen.classes >= 2 && chosen.classes <= ATTNI_NGRAMS_MAX_CLASSES),
                  "%s: classes is %lld; expected 2 to %d, or 0 for 2", __func__, (long long)chosen.classes,
                  ATTNI_NGRAMS_MAX_CLASSES);
    ATTNI_REQUIRE(chosen.max_ngrams >= 0 && chosen.max_ngrams <= INT32_MAX,
                  "%s: max_ngrams is %lld; expected 1 to 2^31 - 1, or 0 for 2^23", __func__,
                  (long long)chosen.max_ngrams);
    ATTNI_REQUIRE(chosen.longest >= 0 && chosen.longest <= ATTN_NGRAMS_MAX_LENGTH,
                  "%s: longest is %d; expected 1 to %d, or 0 for 3", __func__, chosen.longest,
                  ATTN_NGRAMS_MAX_LENGTH);
    ATTNI_REQUIRE(chosen.keep_unknown == 0 || chosen.keep_unknown == 1,
                  "%s: keep_unknown is %d; expected 0 or 1", __func__, chosen.keep_unknown);
    const int64_t classes = chosen.classes ? chosen.classes : 2;
    attn_ngrams_builder *builder = attni_alloc_zero(context, sizeof *builder);
    int64_t *texts = attni_alloc_zero(context, (size_t)classes * sizeof *texts);
    if (builder == NULL || texts == NULL) {
        attni_free(context, builder);
        attni_free(context, texts);
        return attni_no_memory(__func__, sizeof *builder + (size_t)classes * sizeof *texts);
    }
    attni_gram_table_init(&builder->table, attni_context_retain(context),
                          chosen.longest ? chosen.longest : 3);
    builder->texts = texts;
    builder->classes = classes;
    builder->max_ngrams = chosen.max_ngrams ? chosen.max_ngrams : MAX_NGRAMS;
    builder->keep_unknown = chosen.keep_unknown;
    *out = builder;
    return ATTN_OK;
}

void attn_ngrams_builder_destroy(attn_ngrams_builder **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_ngrams_builder *builder = *out;
    attn_context *context = builder->table.context;
    for (int32_t n = 1; n <= builder->table.longest; n++)
        attni_buffer_clear(&builder->counts[n - 1], context);
    attni_gram_table_clear(&builder->table);
    attni_free(context, builder->texts);
    attni_free(context, builder);
    attni_context_release(context);
    *out = NULL;
}

int64_t attn_ngrams_builder_size(const attn_ngrams_builder *builder)
{
    int64_t size = 0;
    for (int32_t n = 1; builder && n <= builder->table.longest; n++)
        size += builder->table.of[n - 1].count;
    return size;
}

/* ---- one text -------------------------------------------------------------------------------------------- */

/* Room for all that a text of this length may add: then it is counted, or it is not. */
static attn_status reserve(attn_ngrams_builder *builder, const char *function, int64_t length)
{
    const size_t width = (size_t)(builder->classes + 1) * sizeof(int32_t);
    for (int32_t n = 1; n <= builder->table.longest && n <= length; n++) {
        attni_grams *grams = &builder->table.of[n - 1];
        ATTNI_TRY(attni_grams_reserve(&builder->table, grams, function, length));
        ATTNI_TRY(attni_buffer_reserve(&builder->counts[n - 1], builder->table.context, function,
                                       (size_t)length * width));
    }
    return ATTN_OK;
}

static int32_t *counts_of(attn_ngrams_builder *builder, int32_t length, int32_t number)
{
    attni_buffer *counts = &builder->counts[length - 1];
    const size_t width = (size_t)(builder->classes + 1) * sizeof(int32_t);
    int32_t *of = (int32_t *)counts->data + number * (builder->classes + 1);
    if (counts->size == (size_t)number * width) { /* it is new */
        memset(of, 0, width);
        counts->size += width;
    }
    return of;
}

static void count(attn_ngrams_builder *builder, int64_t length, const int32_t *ids, int32_t label)
{
    attni_gram_table *table = &builder->table;
    const int32_t least = builder->keep_unknown ? ATTN_PAD_ID + 1 : ATTN_UNK_ID + 1;
    builder->text++;
    builder->texts[label]++;
    for (int64_t t = 0; t < length; t++) {
        attni_hash before = attni_gram_begin(table);
        for (int32_t n = 1; n <= table->longest && t + n <= length && ids[t + n - 1] >= least; n++) {
            const uint32_t hash = attni_gram_hash(&before, n, ids[t + n - 1]);
            int32_t *of = counts_of(builder, n, attni_grams_add(&table->of[n - 1], ids + t, hash));
            of[1 + label] += of[0] != builder->text;
            of[0] = builder->text;
        }
    }
}

/* ---- too many -------------------------------------------------------------------------------------------- */

/* The n-grams of one length that more than `least` texts hold, in the order in which they came. */
static void forget(attn_ngrams_builder *builder, int32_t length, int64_t least)
{
    attni_grams *grams = &builder->table.of[length - 1];
    attni_buffer *counts = &builder->counts[length - 1];
    const size_t width = (size_t)(builder->classes + 1) * sizeof(int32_t);
    int32_t kept = 0;
    for (int32_t number = 0; number < grams->count; number++) {
        if (attni_ngrams_total(builder, length, number) <= least)
            continue;
        memmove(attni_grams_ids(grams, kept), attni_grams_ids(grams, number),
                (size_t)length * sizeof(int32_t));
        memmove((char *)counts->data + (size_t)kept * width, (char *)counts->data + (size_t)number * width,
                width);
        kept++;
    }
    counts->size = (size_t)kept * width;
    if (kept < grams->count)
        attni_grams_renew(&builder->table, grams, kept);
}

/* Until there is room again for a quarter of them: those of one text, then those of two. */
static void make_room(attn_ngrams_builder *builder)
{
    if (attn_ngrams_builder_size(builder) <= builder->max_ngrams)
        return;
    for (int64_t least = 1; attn_ngrams_builder_size(builder) > builder->max_ngrams / 4 * 3; least++) {
        for (int32_t n = 1; n <= builder->table.longest; n++)
            forget(builder, n, least);
    }
}

attn_status attn_ngrams_builder_add(attn_ngrams_builder *builder, int64_t batch, int64_t time,
                                    const int32_t *ids, const int32_t *lengths, const int32_t *labels)
{
    ATTNI_REQUIRE_PTR(builder);
    ATTNI_ENTER(builder->table.context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE(ids != NULL || batch == 0 || time == 0, "%s: ids is NULL; expected [batch, time] ids",
                  __func__);
    ATTNI_REQUIRE(labels != NULL || batch == 0, "%s: labels is NULL; expected [batch] classes", __func__);
    ATTNI_TRY(attni_check_ids(__func__, (int64_t)INT32_MAX + 1, batch, time, ids, lengths));
    for (int64_t b = 0; b < batch; b++)
        ATTNI_REQUIRE(labels[b] >= 0 && labels[b] < builder->classes,
                      "%s: labels[%lld] is %d; expected 0 to %lld", __func__, (long long)b, labels[b],
                      (long long)builder->classes - 1);
    ATTNI_REQUIRE(batch < INT32_MAX - builder->text,
                  "%s: %lld texts after %d; expected less than 2^31 in all", __func__, (long long)batch,
                  builder->text);
    for (int64_t b = 0; b < batch; b++) {
        const int64_t length = lengths ? lengths[b] : time;
        ATTNI_GO_ON();
        ATTNI_TRY(reserve(builder, __func__, length));
        count(builder, length, length ? ids + b * time : ids, labels[b]);
        make_room(builder);
    }
    return ATTN_OK;
}

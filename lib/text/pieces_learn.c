/* pieces_learn.c - which pairs of a vocabulary's words are joined, and in what order.
 *
 * Each pair knows how often it stands in the words and in which of them, so that a join looks at no other word. The pairs wait
 * in a heap; one whose count rises is put there once more, and what comes to the top with a count that is no longer its own
 * goes back with that. */
#include <inttypes.h>
#include <string.h>

#include "core/hash.h"
#include "text/pieces.h"
#include "text/vocab.h"

#define MOST_JOINS 10000000

struct word {
    int64_t begin; /* in `text` */
    int32_t length;
    int64_t count;
};

struct pair {
    int32_t left, right;
    int64_t count;
    int64_t places; /* the last of its places; -1: none */
};

struct place {
    int64_t word, before; /* before: the pair's place before this one; -1: none */
};

struct waiting {
    int64_t count, pair;
};

struct learning {
    attn_context *context;
    const char *function;
    attn_pieces *pieces;
    attni_buffer text;   /* int32_t: the words' symbols; -1 is joined with nothing */
    attni_buffer words;  /* struct word */
    attni_buffer pairs;  /* struct pair */
    attni_buffer places; /* struct place */
    attni_buffer heap;   /* struct waiting, the largest first */
    int64_t *slots;      /* a hash table of the pairs; -1: empty */
    size_t slot_count;
};

#define COUNT_OF(buffer, type) ((int64_t)((buffer).size / sizeof(type)))
#define AT(buffer, type, index) ((type *)(buffer).data + (index))
#define APPEND(learning, buffer, type, ...)                                                                  \
    do {                                                                                                     \
        ATTNI_TRY(attni_buffer_reserve(&(learning)->buffer, (learning)->context, (learning)->function,       \
                                       sizeof(type)));                                                       \
        *AT((learning)->buffer, type, COUNT_OF((learning)->buffer, type)) = (type)__VA_ARGS__;               \
        (learning)->buffer.size += sizeof(type);                                                             \
    } while (0)

/* ---- the heap ---- */

/* Is `a` joined before `b`? The more frequent, of equal ones the first by the bytes of its pieces. */
static int goes_before(const struct learning *learning, struct waiting a, struct waiting b)
{
    if (a.count != b.count)
        return a.count > b.count;
    const struct pair *one = AT(learning->pairs, struct pair, a.pair),
                      *other = AT(learning->pairs, struct pair, b.pair);
    const attni_words *symbols = &learning->pieces->symbols;
    const int order = strcmp(attni_words_text(symbols, one->left), attni_words_text(symbols, other->left));
    return order ? order < 0
                 : strcmp(attni_words_text(symbols, one->right), attni_words_text(symbols, other->right)) < 0;
}

static attn_status push(struct learning *learning, int64_t pair)
{
    const struct waiting item = {AT(learning->pairs, struct pair, pair)->count, pair};
    APPEND(learning, heap, struct waiting, {0, 0});
    struct waiting *heap = learning->heap.data;
    int64_t at = COUNT_OF(learning->heap, struct waiting) - 1;
    for (; at > 0 && goes_before(learning, item, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = item;
    return ATTN_OK;
}

static struct waiting pop(struct learning *learning)
{
    struct waiting *heap = learning->heap.data, top = heap[0];
    learning->heap.size -= sizeof *heap;
    const int64_t count = COUNT_OF(learning->heap, struct waiting);
    const struct waiting last = heap[count];
    int64_t at = 0, next;
    for (; (next = 2 * at + 1) < count; at = next) {
        next += next + 1 < count && goes_before(learning, heap[next + 1], heap[next]);
        if (!goes_before(learning, heap[next], last))
            break;
        heap[at] = heap[next];
    }
    heap[at] = last;
    return top;
}

/* ---- pairs ---- */

static size_t find_slot(const struct learning *learning, int32_t left, int32_t right)
{
    const size_t mask = learning->slot_count - 1;
    size_t at =
        attni_hash_end(attni_hash_begin(learning->pieces->key), (uint64_t)left << 32 | (uint32_t)right) &
        mask;
    for (;; at = (at + 1) & mask) {
        const int64_t number = learning->slots[at];
        if (number < 0)
            return at;
        const struct pair *pair = AT(learning->pairs, struct pair, number);
        if (pair->left == left && pair->right == right)
            return at;
    }
}

static attn_status grow_slots(struct learning *learning)
{
    const size_t count = learning->slot_count ? 2 * learning->slot_count : 4096,
                 bytes = count * sizeof *learning->slots;
    int64_t *slots = attni_alloc(learning->context, bytes);
    if (slots == NULL)
        return attni_no_memory(learning->function, bytes);
    memset(slots, 0xFF, bytes); /* -1 */
    attni_free(learning->context, learning->slots);
    learning->slots = slots;
    learning->slot_count = count;
    for (int64_t i = 0; i < COUNT_OF(learning->pairs, struct pair); i++) {
        const struct pair *pair = AT(learning->pairs, struct pair, i);
        slots[find_slot(learning, pair->left, pair->right)] = i;
    }
    return ATTN_OK;
}

static attn_status find_pair(struct learning *learning, int32_t left, int32_t right, int64_t *pair)
{
    const int64_t count = COUNT_OF(learning->pairs, struct pair);
    if (learning->slot_count < 2 * ((size_t)count + 1))
        ATTNI_TRY(grow_slots(learning));
    int64_t *slot = &learning->slots[find_slot(learning, left, right)];
    if (*slot < 0) {
        APPEND(learning, pairs, struct pair, {left, right, 0, -1});
        *slot = count;
    }
    *pair = *slot;
    return ATTN_OK;
}

/* Count the pairs of a word once more (sign 1) or once less (-1). Those of which `fresh` is a part did not stand in the word
 * before; -1: none did. */
static attn_status count_pairs(struct learning *learning, int64_t index, int32_t fresh, int64_t sign)
{
    const struct word *word = AT(learning->words, struct word, index);
    const int32_t *symbols = AT(learning->text, int32_t, word->begin);
    for (int32_t i = 0; i + 1 < word->length; i++) {
        int64_t number;
        if (symbols[i] < 0 || symbols[i + 1] < 0)
            continue;
        ATTNI_TRY(find_pair(learning, symbols[i], symbols[i + 1], &number));
        AT(learning->pairs, struct pair, number)->count += sign * word->count;
        if (sign < 0 || !(fresh < 0 || symbols[i] == fresh || symbols[i + 1] == fresh))
            continue;
        const int64_t before = AT(learning->pairs, struct pair, number)->places;
        if (before < 0 || AT(learning->places, struct place, before)->word != index) {
            AT(learning->pairs, struct pair, number)->places = COUNT_OF(learning->places, struct place);
            APPEND(learning, places, struct place, {index, before});
        }
        if (fresh >= 0)
            ATTNI_TRY(push(learning, number));
    }
    return ATTN_OK;
}

/* ---- words ---- */

static attn_status take_word(struct learning *learning, const char *text, size_t size, int64_t count)
{
    struct word word = {COUNT_OF(learning->text, int32_t), 0, count};
    for (size_t at = 0, bytes; at < size; at += bytes, word.length++) {
        int32_t symbol = -1;
        if (word.length == ATTNI_PIECES_LONGEST) { /* it is left out */
            learning->text.size = (size_t)word.begin * sizeof(int32_t);
            return ATTN_OK;
        }
        if (attni_pieces_joins(text + at, size - at, &bytes))
            ATTNI_TRY(attni_pieces_symbol(learning->pieces, learning->function, text + at, bytes,
                                          at + bytes == size, &symbol));
        APPEND(learning, text, int32_t, symbol);
    }
    APPEND(learning, words, struct word, {word.begin, word.length, word.count});
    return ATTN_OK;
}

static attn_status take_words(struct learning *learning, const attn_vocab *vocab)
{
    for (int32_t id = ATTNI_VOCAB_FIRST + vocab->special_count; id < vocab->words.count; id++) {
        const attni_word *word = attni_words_entry(&vocab->words, id);
        if (id % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        if (word->count > 0)
            ATTNI_TRY(take_word(learning, attni_words_text(&vocab->words, id), word->length, word->count));
    }
    const int64_t most = INT64_MAX / (COUNT_OF(learning->text, int32_t) + 1); /* so that no sum overflows */
    for (int64_t i = 0; i < COUNT_OF(learning->words, struct word); i++) {
        struct word *word = AT(learning->words, struct word, i);
        word->count = word->count < most ? word->count : most;
        if (i % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        ATTNI_TRY(count_pairs(learning, i, -1, 1));
    }
    return ATTN_OK;
}

/* From the front, the pairs of one word become one symbol each. */
static attn_status join_word(struct learning *learning, int64_t index, int32_t left, int32_t right,
                             int32_t joined)
{
    struct word *word = AT(learning->words, struct word, index);
    int32_t *symbols = AT(learning->text, int32_t, word->begin), kept = 0, found = 0;
    for (int32_t i = 0; i + 1 < word->length; i++)
        found |= symbols[i] == left && symbols[i + 1] == right;
    if (!found)
        return ATTN_OK;
    ATTNI_TRY(count_pairs(learning, index, -1, -1));
    for (int32_t i = 0; i < word->length; i++) {
        const int both = i + 1 < word->length && symbols[i] == left && symbols[i + 1] == right;
        symbols[kept++] = both ? joined : symbols[i];
        i += both;
    }
    word->length = kept;
    return count_pairs(learning, index, joined, 1);
}

static attn_status join_words(struct learning *learning, int64_t number)
{
    const struct pair pair = *AT(learning->pairs, struct pair, number);
    int32_t joined;
    /* A piece may be made of other pieces too: a pair of it that was joined already then comes again, and is no new join. */
    ATTNI_TRY(attni_pieces_find_or_add(learning->pieces, learning->function, pair.left, pair.right, &joined));
    AT(learning->pairs, struct pair, number)->places = -1;
    for (int64_t at = pair.places; at >= 0;) {
        const struct place place = *AT(learning->places, struct place, at);
        ATTNI_TRY(join_word(learning, place.word, pair.left, pair.right, joined));
        at = place.before;
    }
    return ATTN_OK;
}

static attn_status learn(struct learning *learning, const attn_vocab *vocab, int64_t joins, int64_t min_count)
{
    ATTNI_TRY(take_words(learning, vocab));
    for (int64_t i = 0; i < COUNT_OF(learning->pairs, struct pair); i++)
        ATTNI_TRY(push(learning, i));
    while (attn_pieces_count(learning->pieces) < joins && learning->heap.size > 0) {
        const struct waiting top = pop(learning);
        const int64_t count = AT(learning->pairs, struct pair, top.pair)->count;
        ATTNI_GO_ON();
        if (count < min_count)
            continue;
        ATTNI_TRY(count == top.count ? join_words(learning, top.pair) : push(learning, top.pair));
    }
    return ATTN_OK;
}

attn_status attn_pieces_learn(const attn_vocab *vocab, const attn_pieces_options *options, attn_pieces **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(vocab);
    attn_context *context = attni_vocab_context(vocab);
    ATTNI_ENTER(context);
    attn_pieces_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    chosen.joins = chosen.joins ? chosen.joins : 10000;
    chosen.min_count = chosen.min_count ? chosen.min_count : 2;
    ATTNI_REQUIRE(chosen.joins >= 1 && chosen.joins <= MOST_JOINS,
                  "%s: joins is %" PRId64 "; expected 1 to %d, or 0 for 10000", __func__, chosen.joins,
                  MOST_JOINS);
    ATTNI_REQUIRE(chosen.min_count >= 1, "%s: min_count is %" PRId64 "; expected 1 or more, or 0 for 2",
                  __func__, chosen.min_count);
    struct learning learning = {.context = context, .function = __func__};
    attn_status status = attni_pieces_start(context, __func__, &learning.pieces);
    if (status == ATTN_OK)
        status = learn(&learning, vocab, chosen.joins, chosen.min_count);
    attni_buffer *buffers[] = {&learning.text, &learning.words, &learning.pairs, &learning.places,
                               &learning.heap};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        attni_buffer_clear(buffers[i], context);
    attni_free(context, learning.slots);
    if (status == ATTN_OK)
        *out = learning.pieces;
    else
        attn_pieces_destroy(&learning.pieces);
    return status;
}

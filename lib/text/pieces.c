/* pieces.c - splitting words by what was joined, and the joins as text. */
#include "text/pieces.h"

#include <inttypes.h>
#include <string.h>

#include "core/hash.h"
#include "text/utf8.h"

#define MARK_SIZE (sizeof ATTN_PIECE_MARK - 1)

static const attni_join *join_at(const attn_pieces *pieces, int64_t index)
{
    return (const attni_join *)pieces->joins.data + index;
}

int64_t attn_pieces_count(const attn_pieces *pieces)
{
    return pieces ? (int64_t)(pieces->joins.size / sizeof(attni_join)) : 0;
}

attn_status attni_pieces_start(attn_context *context, const char *function, attn_pieces **out)
{
    attn_pieces *pieces = attni_alloc_zero(context, sizeof *pieces);
    if (pieces == NULL)
        return attni_no_memory(function, sizeof *pieces);
    pieces->symbols.context = attni_context_retain(context);
    attni_hash_draw_key(pieces->key);
    *out = pieces;
    return ATTN_OK;
}

void attn_pieces_destroy(attn_pieces **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_context *context = (*out)->symbols.context;
    attni_words_clear(&(*out)->symbols);
    attni_buffer_clear(&(*out)->joins, context);
    attni_free(context, (*out)->slots);
    attni_free(context, *out);
    attni_context_release(context);
    *out = NULL;
}

attn_status attn_pieces_get(const attn_pieces *pieces, int64_t index, const char **left, const char **right)
{
    ATTNI_REQUIRE_PTR(pieces);
    ATTNI_ENTER(pieces->symbols.context);
    ATTNI_REQUIRE_PTR(left);
    ATTNI_REQUIRE_PTR(right);
    ATTNI_REQUIRE_RANGE(index, 0, attn_pieces_count(pieces) - 1);
    *left = attni_words_text(&pieces->symbols, join_at(pieces, index)->left);
    *right = attni_words_text(&pieces->symbols, join_at(pieces, index)->right);
    return ATTN_OK;
}

/* ---- the table of joins ---- */

/* The slot of the pair, or the empty one where it belongs. */
static size_t find_slot(const attn_pieces *pieces, int32_t left, int32_t right)
{
    const size_t mask = pieces->slot_count - 1;
    size_t at = attni_hash_end(attni_hash_begin(pieces->key), (uint64_t)left << 32 | (uint32_t)right) & mask;
    for (;; at = (at + 1) & mask) {
        const int32_t number = pieces->slots[at];
        if (number < 0 || (join_at(pieces, number)->left == left && join_at(pieces, number)->right == right))
            return at;
    }
}

/* The number of the join of two symbols, -1: there is none. */
static int32_t find_join(const attn_pieces *pieces, int32_t left, int32_t right)
{
    return pieces->slot_count && left >= 0 && right >= 0 ? pieces->slots[find_slot(pieces, left, right)] : -1;
}

static attn_status grow_slots(attn_pieces *pieces, const char *function)
{
    const size_t count = pieces->slot_count ? 2 * pieces->slot_count : 1024,
                 bytes = count * sizeof *pieces->slots;
    int32_t *slots = attni_alloc(pieces->symbols.context, bytes);
    if (slots == NULL)
        return attni_no_memory(function, bytes);
    memset(slots, 0xFF, bytes); /* -1 */
    attni_free(pieces->symbols.context, pieces->slots);
    pieces->slots = slots;
    pieces->slot_count = count;
    for (int32_t i = 0; i < attn_pieces_count(pieces); i++)
        slots[find_slot(pieces, join_at(pieces, i)->left, join_at(pieces, i)->right)] = i;
    return ATTN_OK;
}

attn_status attni_pieces_symbol(attn_pieces *pieces, const char *function, const char *text, size_t size,
                                int ends, int32_t *symbol)
{
    char *marked = attni_alloc(pieces->symbols.context, size + MARK_SIZE);
    if (marked == NULL)
        return attni_no_memory(function, size + MARK_SIZE);
    memcpy(marked, text, size);
    memcpy(marked + size, ATTN_PIECE_MARK, MARK_SIZE);
    const attn_status status =
        attni_words_add(&pieces->symbols, function, marked, size + (ends ? 0 : MARK_SIZE), symbol);
    attni_free(pieces->symbols.context, marked);
    return status;
}

attn_status attni_pieces_add(attn_pieces *pieces, const char *function, int32_t left, int32_t right,
                             int32_t *joined)
{
    attn_context *context = pieces->symbols.context;
    const int64_t count = attn_pieces_count(pieces);
    if (find_join(pieces, left, right) >= 0)
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: the pieces \"%.60s\" and \"%.60s\" are joined twice; expected each pair once",
                          function, attni_words_text(&pieces->symbols, left),
                          attni_words_text(&pieces->symbols, right));
    if (pieces->slot_count < 2 * ((size_t)count + 1))
        ATTNI_TRY(grow_slots(pieces, function));
    ATTNI_TRY(attni_buffer_reserve(&pieces->joins, context, function, sizeof(attni_join)));
    const size_t front = attni_words_entry(&pieces->symbols, left)->length - MARK_SIZE,
                 back = attni_words_entry(&pieces->symbols, right)->length;
    char *text = attni_alloc(context, front + back);
    if (text == NULL)
        return attni_no_memory(function, front + back);
    memcpy(text, attni_words_text(&pieces->symbols, left), front);
    memcpy(text + front, attni_words_text(&pieces->symbols, right), back);
    const attn_status status = attni_words_add(&pieces->symbols, function, text, front + back, joined);
    attni_free(context, text);
    ATTNI_TRY(status);
    ((attni_join *)pieces->joins.data)[count] = (attni_join){left, right, *joined};
    pieces->joins.size += sizeof(attni_join);
    pieces->slots[find_slot(pieces, left, right)] = (int32_t)count;
    return ATTN_OK;
}

attn_status attni_pieces_find_or_add(attn_pieces *pieces, const char *function, int32_t left, int32_t right,
                                     int32_t *joined)
{
    const int32_t known = find_join(pieces, left, right);
    if (known < 0)
        return attni_pieces_add(pieces, function, left, right, joined);
    *joined = join_at(pieces, known)->joined;
    return ATTN_OK;
}

/* ---- splitting ---- */

int attni_pieces_joins(const char *text, size_t size, size_t *bytes)
{
    int32_t code;
    *bytes = attni_utf8_decode((const unsigned char *)text, size, &code);
    if (code < 0)
        *bytes = 1;
    return code > 0 && code != ATTN_PIECE_MARK[0];
}

/* A stretch of a word, at most ATTNI_PIECES_LONGEST characters, as symbols and where each ends; -1: no join has that symbol. */
struct stretch {
    int32_t symbols[ATTNI_PIECES_LONGEST];
    int64_t ends[ATTNI_PIECES_LONGEST];
    int32_t count;
};

static void take_characters(const attn_pieces *pieces, const char *word, size_t begin, size_t size,
                            struct stretch *stretch)
{
    char marked[4 + MARK_SIZE];
    for (stretch->count = 0; begin < size && stretch->count < ATTNI_PIECES_LONGEST; stretch->count++) {
        size_t bytes;
        int32_t symbol = -1;
        if (attni_pieces_joins(word + begin, size - begin, &bytes)) {
            memcpy(marked, word + begin, bytes);
            memcpy(marked + bytes, ATTN_PIECE_MARK, MARK_SIZE);
            symbol =
                attni_words_find(&pieces->symbols, marked, bytes + (begin + bytes < size ? MARK_SIZE : 0));
        }
        begin += bytes;
        stretch->symbols[stretch->count] = symbol;
        stretch->ends[stretch->count] = (int64_t)begin;
    }
}

/* Of all pairs the one that was learned first, wherever it stands, from the front; until there is none. */
static void join_pairs(const attn_pieces *pieces, struct stretch *stretch)
{
    for (;;) {
        int32_t first = INT32_MAX, kept = 0;
        for (int32_t i = 0; i + 1 < stretch->count; i++) {
            const int32_t number = find_join(pieces, stretch->symbols[i], stretch->symbols[i + 1]);
            first = number >= 0 && number < first ? number : first;
        }
        if (first == INT32_MAX)
            return;
        const attni_join join = *join_at(pieces, first);
        for (int32_t i = 0; i < stretch->count; i++, kept++) {
            const int both = i + 1 < stretch->count && stretch->symbols[i] == join.left &&
                             stretch->symbols[i + 1] == join.right;
            stretch->symbols[kept] = both ? join.joined : stretch->symbols[i];
            i += both;
            stretch->ends[kept] = stretch->ends[i];
        }
        stretch->count = kept;
    }
}

attn_status attn_pieces_split(const attn_pieces *pieces, const char *word, size_t size, int64_t room,
                              int64_t *ends, int64_t *count)
{
    ATTNI_REQUIRE_PTR(pieces);
    ATTNI_ENTER(pieces->symbols.context);
    ATTNI_REQUIRE_PTR(count);
    *count = 0;
    ATTNI_REQUIRE(word || size == 0, "%s: word is NULL; expected %zu bytes", __func__, size);
    ATTNI_REQUIRE(room >= 0, "%s: room is %" PRId64 "; expected 0 or more", __func__, room);
    ATTNI_REQUIRE(ends || room == 0, "%s: ends is NULL; expected room for %" PRId64 " numbers", __func__,
                  room);
    struct stretch stretch;
    for (size_t begin = 0; begin < size; begin = (size_t)stretch.ends[stretch.count - 1]) {
        take_characters(pieces, word, begin, size, &stretch);
        join_pairs(pieces, &stretch);
        for (int32_t i = 0; i < stretch.count; i++, (*count)++) {
            if (*count < room)
                ends[*count] = stretch.ends[i];
        }
        ATTNI_GO_ON();
    }
    ATTNI_REQUIRE(*count <= room, "%s: room is %" PRId64 "; expected at least %" PRId64 ", the word's pieces",
                  __func__, room, *count);
    return ATTN_OK;
}

/* ---- as text ---- */

attn_status attni_pieces_format(const attn_pieces *pieces, const char *function, char **out, size_t *size)
{
    attn_context *context = pieces->symbols.context;
    attni_buffer text = {NULL, 0, 0};
    attn_status status = attni_buffer_reserve(&text, context, function, 1);
    for (int64_t i = 0; i < attn_pieces_count(pieces) && status == ATTN_OK; i++) {
        const int32_t both[] = {join_at(pieces, i)->left, join_at(pieces, i)->right};
        status = i % ATTNI_STRIDE ? ATTN_OK : attni_go_on();
        for (int32_t k = 0; k < 2 && status == ATTN_OK; k++) {
            const size_t length = attni_words_entry(&pieces->symbols, both[k])->length;
            status = attni_buffer_reserve(&text, context, function, length + 2);
            if (status != ATTN_OK)
                break;
            char *at = (char *)text.data + text.size;
            memcpy(at, attni_words_text(&pieces->symbols, both[k]), length);
            at[length] = k ? '\n' : ' ';
            text.size += length + 1;
        }
    }
    if (status != ATTN_OK) {
        attni_buffer_clear(&text, context);
        return status;
    }
    ((char *)text.data)[text.size] = '\0';
    *out = text.data;
    *size = text.size;
    return ATTN_OK;
}

/* Is text[size] a piece that joins make: characters that may be joined, with the mark behind them where it is `marked`? */
static int is_piece(const char *text, size_t size, int marked)
{
    size_t bytes;
    if (marked) {
        if (size <= MARK_SIZE || memcmp(text + size - MARK_SIZE, ATTN_PIECE_MARK, MARK_SIZE) != 0)
            return 0;
        size -= MARK_SIZE;
    }
    for (size_t i = 0; i < size; i += bytes) {
        if (!attni_pieces_joins(text + i, size - i, &bytes) || text[i] == ' ')
            return 0;
    }
    return size > 0;
}

static attn_status parse_line(attn_pieces *pieces, const char *function, const char *where, int64_t line,
                              const char *text, size_t size)
{
    const char *space = memchr(text, ' ', size);
    const size_t left = space ? (size_t)(space - text) : 0, right = space ? size - left - 1 : 0;
    const int marked = right > MARK_SIZE && is_piece(text + left + 1, right, 1);
    int32_t symbols[2], joined;
    if (space == NULL || !is_piece(text, left, 1) || !(marked || is_piece(text + left + 1, right, 0)))
        return attni_fail(ATTN_ERR_FORMAT,
                          "%s: %s, line %" PRId64
                          " of the pieces is \"%.*s\"; expected two of them, LEFT@@ RIGHT",
                          function, where, line, size < 60 ? (int)size : 60, text);
    ATTNI_TRY(attni_words_add(&pieces->symbols, function, text, left, &symbols[0]));
    ATTNI_TRY(attni_words_add(&pieces->symbols, function, text + left + 1, right, &symbols[1]));
    return attni_pieces_add(pieces, function, symbols[0], symbols[1], &joined);
}

attn_status attni_pieces_parse(attn_context *context, const char *function, const char *where,
                               const char *text, size_t size, attn_pieces **out)
{
    ATTNI_TRY(attni_pieces_start(context, function, out));
    attn_status status = ATTN_OK;
    const char *end = text + size;
    for (int64_t line = 1; text < end && status == ATTN_OK; line++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        status = line % ATTNI_STRIDE == 1 ? attni_go_on() : ATTN_OK;
        if (status == ATTN_OK)
            status = parse_line(*out, function, where, line, text, (size_t)(stop - text));
        text = stop < end ? stop + 1 : end;
    }
    if (status != ATTN_OK)
        attn_pieces_destroy(out);
    return status;
}

/* prepared.c - a file of prepared reviews, mapped: everything that is used of it is checked, the texts but for their places. */
#define _DEFAULT_SOURCE /* madvise */
#include "prepared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD (sizeof PREPARED_MAGIC + 8)
#define END 24
#define TOGETHER ((size_t)1 << 16) /* bytes, whole pages, that what is announced is rounded to */

uint64_t prepared_hash(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t state = HASH_START ^ size;
    for (; size >= 8; at += 8, size -= 8) {
        state = (state ^ prepared_u64(at)) * 0x9E3779B97F4A7C15u;
        state ^= state >> 32;
    }
    return hash_bytes(state, at, size);
}

bool prepared_is(const char *bytes, size_t size)
{
    return size >= sizeof PREPARED_MAGIC && memcmp(bytes, PREPARED_MAGIC, sizeof PREPARED_MAGIC) == 0;
}

_Noreturn static void damaged(const struct prepared *prepared, const char *what)
{
    fail(EXIT_BAD_INPUT, "%s: it is damaged, %s; prepare the reviews again (" PROGRAM " prepare)",
         prepared->path, what);
}

bool prepared_map(struct prepared *prepared, const char *path)
{
    struct stat status;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *prepared = (struct prepared){.path = print("%s", path)};
    if (file < 0 && errno == ENOENT)
        return false;
    if (file < 0 || fstat(file, &status) != 0)
        fail(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        fail(EXIT_BAD_INPUT, "%s: not a regular file", path);
    prepared->size = (size_t)status.st_size;
    if (prepared->size > 0) {
        prepared->bytes = mmap(NULL, prepared->size, PROT_READ, MAP_PRIVATE, file, 0);
        if (prepared->bytes == MAP_FAILED)
            fail(EXIT_RUNTIME, "%s: it cannot be mapped: %s", path, strerror(errno));
    }
    close(file);
    return true;
}

void prepared_close(struct prepared *prepared)
{
    if (prepared == NULL)
        return;
    if (prepared->bytes)
        munmap(prepared->bytes, prepared->size);
    json_decref(prepared->tail);
    free(prepared->pieces);
    free(prepared->path);
    *prepared = (struct prepared){0};
}

void prepared_scatter(const struct prepared *prepared)
{
    if (prepared && prepared->bytes)
        madvise(prepared->bytes, prepared->size, MADV_RANDOM);
}

void prepared_announce(const struct prepared *prepared, const struct piece *piece, int64_t first_token,
                       int64_t count)
{
    const size_t at = (size_t)(piece->ids - prepared->bytes + 2 * (first_token - piece->first_token)),
                 begin = at / TOGETHER * TOGETHER,
                 end = (at + 2 * (size_t)count + TOGETHER - 1) / TOGETHER * TOGETHER;
    madvise(prepared->bytes + begin, (end < prepared->size ? end : prepared->size) - begin, MADV_WILLNEED);
}

void prepared_forget(const struct prepared *prepared)
{
    if (prepared && prepared->bytes)
        madvise(prepared->bytes, prepared->size, MADV_DONTNEED);
}

/* ---- pieces ---------------------------------------------------------------------------------------------- */

/* Whether the records of a piece lie within it. */
static bool records_fit(const struct piece *piece)
{
    uint32_t token = 0;
    for (int64_t i = 0; i < piece->reviews; i++) {
        const unsigned char *record = piece->records + i * RECORD;
        const uint32_t name = prepared_u32(record), text = prepared_u32(record + 4),
                       size = prepared_u32(record + 8), first = prepared_u32(record + 16);
        if (name >= text || (int64_t)text + size >= piece->text_bytes || first < token ||
            first > piece->tokens || (i == 0 && first > 0))
            return false;
        token = first;
    }
    return true;
}

/* The piece at `at` of at most `room` bytes; its size, 0: there is none. */
static size_t read_piece(const struct prepared *prepared, size_t at, size_t room, bool check_hash,
                         struct piece *piece)
{
    const unsigned char *head = prepared->bytes + at;
    if (room < PIECE_HEAD)
        return 0;
    const uint64_t size = prepared_u64(head);
    *piece = (struct piece){.records = head + PIECE_HEAD,
                            .first = prepared->reviews,
                            .first_token = prepared->tokens,
                            .reviews = prepared_u32(head + 16),
                            .word_count = prepared_u32(head + 20),
                            .tokens = prepared_u32(head + 24),
                            .word_bytes = prepared_u32(head + 28),
                            .text_bytes = prepared_u32(head + 32)};
    const uint64_t sum = PIECE_HEAD + RECORD * (uint64_t)piece->reviews + (uint64_t)piece->word_bytes +
                         2 * (uint64_t)piece->tokens + (uint64_t)piece->text_bytes;
    if (size != sum || size > room || piece->reviews == 0 || piece->word_count > PIECE_WORDS)
        return 0;
    piece->words = piece->records + RECORD * piece->reviews;
    piece->ids = piece->words + piece->word_bytes;
    piece->texts = piece->ids + 2 * piece->tokens;
    if (check_hash && prepared_hash(head + 16, (size_t)size - 16) != prepared_u64(head + 8))
        return 0;
    int64_t words = 0;
    for (const unsigned char *word = piece->words, *end = piece->ids; word < end; words++) {
        word = memchr(word, '\0', (size_t)(end - word));
        if (word++ == NULL)
            return 0;
    }
    return words == piece->word_count && records_fit(piece) ? (size_t)size : 0;
}

size_t prepared_pieces(struct prepared *prepared, size_t at, bool check_hashes)
{
    struct piece piece;
    for (size_t size; (size = read_piece(prepared, at, prepared->size - at, check_hashes, &piece)) > 0;
         at += size) {
        prepared->pieces = grow(prepared->pieces, prepared->piece_count + 1, &prepared->piece_capacity,
                                sizeof *prepared->pieces);
        prepared->pieces[prepared->piece_count++] = piece;
        prepared->reviews += piece.reviews;
        prepared->tokens += piece.tokens;
        prepared_forget(prepared);
    }
    return at;
}

static int64_t first_review(const struct piece *piece)
{
    return piece->first;
}

static int64_t first_token(const struct piece *piece)
{
    return piece->first_token;
}

/* The last piece whose first review or token is `number` or before it. */
static const struct piece *find_piece(const struct prepared *prepared, int64_t number,
                                      int64_t (*first)(const struct piece *piece))
{
    int64_t low = 0, high = prepared->piece_count - 1;
    while (low < high) {
        const int64_t middle = (low + high + 1) / 2;
        if (first(&prepared->pieces[middle]) <= number)
            low = middle;
        else
            high = middle - 1;
    }
    return &prepared->pieces[low];
}

const struct piece *prepared_piece(const struct prepared *prepared, int64_t review)
{
    return find_piece(prepared, review, first_review);
}

const struct piece *prepared_piece_of_token(const struct prepared *prepared, int64_t token)
{
    return find_piece(prepared, token, first_token);
}

int64_t prepared_tokens(const struct piece *piece, int64_t review, int64_t *first)
{
    const int64_t i = review - piece->first, begin = prepared_u32(piece->records + i * RECORD + 16),
                  end = i + 1 < piece->reviews ? prepared_u32(piece->records + (i + 1) * RECORD + 16)
                                               : piece->tokens;
    *first = piece->first_token + begin;
    return end - begin;
}

int64_t prepared_malformed(const struct piece *piece, int64_t review)
{
    return prepared_u32(piece->records + (review - piece->first) * RECORD + 20);
}

void prepared_read(const struct prepared *prepared, const struct piece *piece, int64_t first_token,
                   int64_t count, uint16_t *numbers)
{
    const unsigned char *at = piece->ids + 2 * (first_token - piece->first_token);
    for (int64_t i = 0; i < count; i++, at += 2) {
        numbers[i] = (uint16_t)(at[0] | at[1] << 8);
        if (numbers[i] >= piece->word_count)
            damaged(prepared, "a token is no word of its piece");
    }
}

void prepared_words(const struct piece *piece, const char **words)
{
    const char *word = (const char *)piece->words;
    for (int64_t i = 0; i < piece->word_count; i++) {
        words[i] = word;
        word += strlen(word) + 1;
    }
}

/* ---- opening --------------------------------------------------------------------------------------------- */

json_t *prepared_settings(const struct prepared *prepared, size_t *at)
{
    if (prepared->size < HEAD || !prepared_is((const char *)prepared->bytes, prepared->size))
        return NULL;
    const uint64_t size = prepared_u64(prepared->bytes + sizeof PREPARED_MAGIC);
    if (size > prepared->size - HEAD)
        return NULL;
    *at = HEAD + (size_t)size;
    return json_loadb((const char *)prepared->bytes + HEAD, (size_t)size, 0, NULL);
}

/* What is shown to people as it is: without control characters, as what is read of texts is. */
static bool is_plain(const json_t *text)
{
    const char *at = json_string_value(text);
    while (at && (unsigned char)*at >= ' ' && *at != 0x7F)
        at++;
    return at && *at == '\0';
}

static void read_tail(struct prepared *prepared, size_t at)
{
    const unsigned char *end = prepared->bytes + prepared->size - END;
    if (prepared->size < at + END || memcmp(end + 16, PREPARED_END, sizeof PREPARED_END) != 0)
        fail(EXIT_BAD_INPUT,
             "%s: it is cut off, or its preparation was not finished; prepare the reviews again (" PROGRAM
             " prepare)",
             prepared->path);
    const uint64_t tail = prepared_u64(end), most = prepared->size - END;
    if (tail < at || tail > most ||
        prepared_hash(prepared->bytes + tail, (size_t)(most - tail)) != prepared_u64(end + 8))
        damaged(prepared, "its tail is not what was written");
    prepared->tail = json_loadb((const char *)prepared->bytes + tail, (size_t)(most - tail), 0, NULL);
    const json_t *tails = prepared->tail;
    const int64_t reviews = json_integer_value(json_object_get(tails, "reviews")),
                  films = json_integer_value(json_object_get(tails, "films"));
    const size_t pieces_end = prepared_pieces(prepared, at, false);
    if (!json_is_object(tails) || reviews != prepared->reviews || films < 0 || films > INT32_MAX ||
        !is_plain(json_object_get(tails, "found")) || !json_is_array(json_object_get(tails, "labels")))
        damaged(prepared, "its pieces are not those of its tail");
    for (size_t k = 0; k < json_array_size(json_object_get(tails, "labels")); k++) {
        if (!is_plain(json_array_get(json_object_get(tails, "labels"), k)))
            damaged(prepared, "a label is no text");
    }
    prepared->films = films ? prepared->bytes + pieces_end : NULL;
    if (pieces_end + (films ? 4 * (uint64_t)reviews : 0) != tail)
        damaged(prepared, "its films are not those of its tail");
    for (int64_t i = 0; films && i < reviews; i++) {
        if (prepared_u32(prepared->films + 4 * i) >= films)
            damaged(prepared, "a review is about a film that is none");
    }
}

static void add_reviews(struct dataset *dataset, const struct piece *piece, bool unlabelled)
{
    const struct prepared *prepared = dataset->prepared;
    const json_t *labels = json_object_get(prepared->tail, "labels");
    for (int64_t i = 0; i < piece->reviews; i++) {
        const unsigned char *record = piece->records + i * RECORD;
        const uint32_t label = prepared_u32(record + 12);
        const char *name = json_string_value(json_array_get(labels, label));
        struct review *review = &dataset->reviews[dataset->count++];
        *review = (struct review){.name = (char *)(uintptr_t)(piece->texts + prepared_u32(record)),
                                  .text = (char *)(uintptr_t)(piece->texts + prepared_u32(record + 4)),
                                  .size = prepared_u32(record + 8),
                                  .label_name = unlabelled ? NULL : (char *)(uintptr_t)name,
                                  .number = piece->first + i + 1};
        if (prepared->films)
            review->film = (int32_t)prepared_u32(prepared->films + 4 * (piece->first + i));
        if (!unlabelled && label == NO_LABEL)
            fail(EXIT_BAD_INPUT, "%s: its reviews were prepared without labels; leave --unlabelled out there",
                 prepared->path);
        if (!unlabelled && name == NULL)
            damaged(prepared, "a label has no name");
    }
}

void prepared_load(struct dataset *dataset, const struct source *source)
{
    if (source->text_column || source->label_column)
        fail(EXIT_BAD_INPUT, "--%s-column: %s is prepared, and " PROGRAM " prepare was told; leave it out",
             source->text_column ? "text" : "label", source->path);
    struct prepared *prepared = allocate(1, sizeof *prepared);
    size_t at = 0;
    dataset->prepared = prepared;
    prepared_map(prepared, source->path);
    json_t *settings = prepared_settings(prepared, &at);
    if (settings == NULL)
        damaged(prepared, "it does not say what it was made of");
    json_decref(settings);
    read_tail(prepared, at);
    dataset->films = json_integer_value(json_object_get(prepared->tail, "films"));
    dataset->found = print("prepared: %s", json_string_value(json_object_get(prepared->tail, "found")));
    dataset->reviews = grow(NULL, prepared->reviews, &dataset->capacity, sizeof *dataset->reviews);
    for (int64_t i = 0; i < prepared->piece_count; i++)
        add_reviews(dataset, &prepared->pieces[i], source->unlabelled);
    if (json_is_true(json_object_get(prepared->tail, "header")) && dataset->count > 0)
        dataset_drop_first(dataset);
}

uint64_t prepared_fingerprint(const struct prepared *prepared, bool unlabelled)
{
    const char *text = json_string_value(
        json_object_get(prepared->tail, unlabelled ? "fingerprint_of_texts" : "fingerprint"));
    return text ? strtoull(text, NULL, 16) : 0;
}

/* preparing.c - writing a file of prepared reviews: each piece is on disk before the next one begins, so that what was interrupted goes on
 * behind the last whole piece. The reviews before it are read again, and compared: the file is the same bytes either way. */
#include "prepared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/names.h"
#include "common/signals.h"
#include "common/terminal.h"

#define SLOTS (4 * PIECE_WORDS)
#define BETWEEN_BARS 256 /* reviews */

struct preparing {
    char *path, *part;
    json_t *settings;
    bool anew, begun;
    int file;
    attn_tokens *tokens;
    struct prepared found; /* what an interrupted preparation left */
    int64_t reviews, token_count, pieces, in_found_piece;
    int64_t bytes, source_bytes; /* of texts that came; of the file that they come from, 0: it is a folder */
    /* the piece that is being filled */
    struct text records, words, ids, texts;
    int64_t piece_reviews, piece_tokens, word_count;
    uint32_t *begins;      /* [PIECE_WORDS]: of the words */
    uint32_t slots[SLOTS]; /* a word's number + 1; 0: empty */
    char **labels;
    int64_t label_count, label_capacity;
    int32_t *films;
    int64_t film_count, film_capacity;
    bool header; /* the first review is none */
};

static void put32(struct text *text, uint64_t value)
{
    const unsigned char bytes[] = {(unsigned char)value, (unsigned char)(value >> 8),
                                   (unsigned char)(value >> 16), (unsigned char)(value >> 24)};
    text_append(text, (const char *)bytes, sizeof bytes);
}

static void put64(struct text *text, uint64_t value)
{
    put32(text, value);
    put32(text, value >> 32);
}

static void write_bytes(const struct preparing *preparing, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t count = write(preparing->file, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(EXIT_RUNTIME, "%s: it cannot be written: %s; the same command goes on with it",
                 preparing->part, strerror(errno));
        bytes += count;
        size -= (size_t)count;
    }
}

static void sync_file(const struct preparing *preparing)
{
    if (fdatasync(preparing->file) != 0)
        fail(EXIT_RUNTIME, "%s: it cannot be written: %s; the same command goes on with it", preparing->part,
             strerror(errno));
}

/* ---- beginning ------------------------------------------------------------------------------------------- */

static json_t *describe(const struct source *source)
{
    char *path = realpath(source->path, NULL);
    json_t *json =
        json_pack("{s:o, s:o, s:o, s:b, s:b}", "data", name_json(path ? path : source->path), "text_column",
                  name_json(source->text_column), "label_column", name_json(source->label_column),
                  "only_extreme", source->only_extreme != 0, "unlabelled", source->unlabelled);
    free(path);
    return json;
}

static void write_head(const struct preparing *preparing)
{
    struct text head = {0};
    char *json = json_dumps(preparing->settings, JSON_COMPACT | JSON_SORT_KEYS);
    if (json == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    text_append(&head, PREPARED_MAGIC, sizeof PREPARED_MAGIC);
    put64(&head, strlen(json));
    text_append(&head, json, strlen(json));
    if (ftruncate(preparing->file, 0) != 0)
        fail(EXIT_RUNTIME, "%s: %s", preparing->part, strerror(errno));
    write_bytes(preparing, head.bytes, (size_t)head.size);
    free(head.bytes);
    free(json);
}

/* What FILE.part holds, up to the last whole piece; false: nothing that could be gone on with. */
static bool go_on(struct preparing *preparing)
{
    size_t at = 0;
    if (!prepared_map(&preparing->found, preparing->part))
        return false;
    json_t *before = prepared_settings(&preparing->found, &at);
    if (before && !json_equal(before, preparing->settings))
        fail(EXIT_BAD_INPUT,
             "%s: an interrupted preparation of other reviews, or with other options; go on with it by "
             "these, or "
             "begin anew by --overwrite",
             preparing->part);
    const size_t size = preparing->found.size,
                 begins = size < sizeof PREPARED_MAGIC ? size : sizeof PREPARED_MAGIC;
    if (begins > 0 && memcmp(preparing->found.bytes, PREPARED_MAGIC, begins) != 0)
        fail(EXIT_BAD_INPUT, "%s: this is no preparation of reviews; move it away, or name another --out",
             preparing->part);
    if (before)
        at = prepared_pieces(&preparing->found, at, true);
    json_decref(before);
    if (before == NULL)
        return false;
    if (ftruncate(preparing->file, (off_t)at) != 0 || lseek(preparing->file, 0, SEEK_END) < 0)
        fail(EXIT_RUNTIME, "%s: %s", preparing->part, strerror(errno));
    preparing->token_count = preparing->found.tokens;
    preparing->pieces = preparing->found.piece_count;
    return true;
}

struct preparing *preparing_begin(attn_context *context, const char *path, const struct source *source,
                                  bool anew)
{
    struct preparing *preparing = allocate(1, sizeof *preparing);
    preparing->path = print("%s", path);
    preparing->part = print("%s.part", path);
    preparing->settings = describe(source);
    preparing->anew = anew;
    preparing->begins = allocate(PIECE_WORDS, sizeof *preparing->begins);
    struct stat data;
    if (stat(source->path, &data) == 0 && S_ISREG(data.st_mode))
        preparing->source_bytes = data.st_size;
    must(attn_tokens_create(context, NULL, &preparing->tokens));
    return preparing;
}

/* FILE.part is this preparation's until it is closed, which is after it has got its name: false where it is another's, or has its name
 * already. Where a file system knows no locks nothing is held. */
static bool hold(const struct preparing *preparing)
{
    struct stat held, named;
    return (flock(preparing->file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) &&
           fstat(preparing->file, &held) == 0 && stat(preparing->part, &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* With the first review, so that data without any leave nothing behind. */
static void open_part(struct preparing *preparing)
{
    if (preparing->begun)
        return;
    preparing->begun = true;
    preparing->file = open(preparing->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (preparing->file < 0)
        fail(EXIT_BAD_INPUT, "--out %s: %s cannot be written: %s", preparing->path, preparing->part,
             strerror(errno));
    if (!hold(preparing))
        fail(EXIT_BAD_INPUT,
             "--out %s: another preparation writes there; wait until it ends, or name another file",
             preparing->path);
    if (preparing->anew || !go_on(preparing))
        write_head(preparing);
}

/* ---- a piece --------------------------------------------------------------------------------------------- */

static void end_piece(struct preparing *preparing)
{
    struct text head = {0}, body = {0};
    if (preparing->piece_reviews == 0)
        return;
    const struct text *parts[] = {&preparing->records, &preparing->words, &preparing->ids, &preparing->texts};
    put32(&body, (uint64_t)preparing->piece_reviews);
    put32(&body, (uint64_t)preparing->word_count);
    put32(&body, (uint64_t)preparing->piece_tokens);
    put32(&body, (uint64_t)preparing->words.size);
    put32(&body, (uint64_t)preparing->texts.size);
    put32(&body, 0);
    for (int64_t i = 0; i < COUNT(parts); i++) {
        if (parts[i]->size > 0)
            text_append(&body, parts[i]->bytes, (size_t)parts[i]->size);
    }
    put64(&head, (uint64_t)body.size + 16);
    put64(&head, prepared_hash(body.bytes, (size_t)body.size));
    write_bytes(preparing, head.bytes, (size_t)head.size);
    write_bytes(preparing, body.bytes, (size_t)body.size);
    sync_file(preparing);
    preparing->token_count += preparing->piece_tokens;
    preparing->pieces++;
    preparing->records.size = preparing->words.size = preparing->ids.size = preparing->texts.size = 0;
    preparing->piece_reviews = preparing->piece_tokens = preparing->word_count = 0;
    memset(preparing->slots, 0, sizeof preparing->slots);
    free(head.bytes);
    free(body.bytes);
    if (stop_signal())
        fail(128 + stop_signal(), "stopped after %lld reviews; the same command goes on",
             (long long)preparing->reviews);
}

/* The number of a word in this piece. */
static uint32_t number_of(struct preparing *preparing, const char *word, const char *name)
{
    const size_t size = strlen(word) + 1;
    uint64_t at = prepared_hash(word, size) % SLOTS;
    for (; preparing->slots[at]; at = (at + 1) % SLOTS) {
        const uint32_t number = preparing->slots[at] - 1;
        if (strcmp(preparing->words.bytes + preparing->begins[number], word) == 0)
            return number;
    }
    if (preparing->word_count == PIECE_WORDS)
        fail(EXIT_BAD_INPUT,
             "%s: it has more than %d different words; expected a review, such as one of a chapter", name,
             PIECE_WORDS);
    const uint32_t number = (uint32_t)preparing->word_count++;
    preparing->begins[number] = (uint32_t)preparing->words.size;
    preparing->slots[at] = number + 1;
    text_append(&preparing->words, word, size);
    return number;
}

static uint32_t number_of_label(struct preparing *preparing, const char *label)
{
    if (label == NULL)
        return NO_LABEL;
    for (int64_t i = 0; i < preparing->label_count; i++) {
        if (strcmp(preparing->labels[i], label) == 0)
            return (uint32_t)i;
    }
    if (preparing->label_count == MOST_LABELS + 1) /* one may be a header's */
        fail(EXIT_BAD_INPUT,
             "%s: more than %d different labels, such as \"%.40s\"; is it the right column (--label-column)?",
             preparing->path, MOST_LABELS, label);
    preparing->labels = grow(preparing->labels, preparing->label_count + 1, &preparing->label_capacity,
                             sizeof *preparing->labels);
    preparing->labels[preparing->label_count] = print("%s", label);
    return (uint32_t)preparing->label_count++;
}

/* Of a review that stands in a piece already: that it is the same. */
static void compare(const struct preparing *preparing, const char *name, const char *text, size_t size,
                    uint32_t label)
{
    const struct piece *piece = prepared_piece(&preparing->found, preparing->reviews);
    const unsigned char *record = piece->records + (preparing->reviews - piece->first) * RECORD,
                        *before = piece->texts + prepared_u32(record + 4);
    if (prepared_u32(record + 8) != size || prepared_u32(record + 12) != label ||
        memcmp(before, text, size) != 0)
        fail(EXIT_BAD_INPUT, "%s: it is not what it was when %s was interrupted; begin anew by --overwrite",
             name, preparing->part);
    if (preparing->reviews - piece->first + 1 == piece->reviews)
        prepared_forget(&preparing->found);
}

/* By the texts' share of the file: what stands between them is little. */
static void show_progress(const struct preparing *preparing)
{
    if (preparing->reviews % BETWEEN_BARS != 0)
        return;
    char *note = print("%s reviews", with_commas(preparing->reviews));
    progress_show("prepare", preparing->bytes, preparing->source_bytes, note);
    free(note);
}

void preparing_add(struct preparing *preparing, const char *name, const char *text, size_t size,
                   const char *label)
{
    open_part(preparing);
    preparing->bytes += (int64_t)size;
    show_progress(preparing);
    const uint32_t label_number = number_of_label(preparing, label);
    if (preparing->reviews < preparing->found.reviews) {
        compare(preparing, name, text, size, label_number);
        preparing->reviews++;
        return;
    }
    must(attn_tokens_set_text(preparing->tokens, text, size));
    const int64_t tokens = attn_tokens_count(preparing->tokens);
    if (preparing->piece_reviews == PIECE_REVIEWS || preparing->word_count + tokens > PIECE_WORDS ||
        preparing->texts.size + (int64_t)size > PIECE_BYTES)
        end_piece(preparing);
    if (size > INT32_MAX || tokens > INT32_MAX)
        fail(EXIT_BAD_INPUT, "%s: a text of %zu bytes; expected at most 2 GB", name, size);
    put32(&preparing->records, (uint64_t)preparing->texts.size);
    text_append(&preparing->texts, name, strlen(name) + 1);
    put32(&preparing->records, (uint64_t)preparing->texts.size);
    if (size > 0)
        text_append(&preparing->texts, text, size);
    text_append(&preparing->texts, "", 1);
    put32(&preparing->records, size);
    put32(&preparing->records, label_number);
    put32(&preparing->records, (uint64_t)preparing->piece_tokens);
    put32(&preparing->records, (uint64_t)attn_tokens_invalid(preparing->tokens));
    for (int64_t i = 0; i < tokens; i++) {
        const uint32_t number = number_of(preparing, attn_tokens_get(preparing->tokens, i), name);
        const unsigned char bytes[] = {(unsigned char)number, (unsigned char)(number >> 8)};
        text_append(&preparing->ids, (const char *)bytes, sizeof bytes);
    }
    preparing->piece_tokens += tokens;
    preparing->piece_reviews++;
    preparing->reviews++;
}

void preparing_film(struct preparing *preparing, int64_t review, int32_t film)
{
    preparing->films =
        grow(preparing->films, review + 1, &preparing->film_capacity, sizeof *preparing->films);
    preparing->films[review] = film;
    preparing->film_count = review + 1;
}

void preparing_drop_first(struct preparing *preparing)
{
    preparing->header = true;
}

/* ---- the end --------------------------------------------------------------------------------------------- */

static json_t *describe_tail(const struct preparing *preparing, const struct dataset *dataset)
{
    json_t *labels = json_array();
    for (int64_t i = 0; i < preparing->label_count; i++)
        json_array_append_new(labels, json_string(preparing->labels[i]));
    char *found =
        label_clean(dataset->found, strlen(dataset->found)); /* which may name columns as others wrote them */
    json_t *tail = json_pack("{s:I, s:I, s:s, s:o, s:b}", "reviews", (json_int_t)preparing->reviews, "films",
                             (json_int_t)(preparing->film_count ? dataset->films : 0), "found", found,
                             "labels", labels, "header", preparing->header);
    free(found);
    return tail;
}

/* Films, tail and end. */
static void write_end(struct preparing *preparing, const json_t *described)
{
    struct text end = {0}, films = {0};
    const off_t at = lseek(preparing->file, 0, SEEK_CUR);
    char *json = json_dumps(described, JSON_COMPACT | JSON_SORT_KEYS);
    if (json == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    for (int64_t i = 0; i < preparing->film_count; i++)
        put32(&films, (uint64_t)preparing->films[i]);
    if (films.size > 0)
        write_bytes(preparing, films.bytes, (size_t)films.size);
    write_bytes(preparing, json, strlen(json));
    put64(&end, (uint64_t)at + (uint64_t)films.size);
    put64(&end, prepared_hash(json, strlen(json)));
    text_append(&end, PREPARED_END, sizeof PREPARED_END);
    write_bytes(preparing, end.bytes, (size_t)end.size);
    sync_file(preparing);
    free(end.bytes);
    free(films.bytes);
    free(json);
}

/* That of the reviews as they will be read, with labels or without. */
static json_t *fingerprint_of(const struct preparing *preparing, bool unlabelled)
{
    const struct source source = {.path = preparing->part, .unlabelled = unlabelled};
    struct dataset dataset = {0};
    char text[17];
    prepared_load(&dataset, &source);
    if (!unlabelled)
        dataset_label(&dataset, preparing->part, NULL);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)dataset_fingerprint(&dataset));
    dataset_free(&dataset);
    return json_string(text);
}

struct totals preparing_end(struct preparing *preparing, const struct dataset *dataset)
{
    end_piece(preparing);
    progress_clear();
    if (preparing->reviews < preparing->found.reviews)
        fail(EXIT_BAD_INPUT, "%s has more reviews than there are now; begin anew by --overwrite",
             preparing->part);
    const struct totals totals = {preparing->reviews, preparing->token_count, preparing->pieces,
                                  preparing->found.reviews};
    prepared_close(&preparing->found);
    const off_t end = lseek(preparing->file, 0, SEEK_CUR);
    json_t *tail = describe_tail(preparing, dataset);
    write_end(preparing, tail); /* so that it can be read as it will be */
    json_object_set_new(tail, "fingerprint_of_texts", fingerprint_of(preparing, true));
    if (preparing->label_count)
        json_object_set_new(tail, "fingerprint", fingerprint_of(preparing, false));
    if (ftruncate(preparing->file, end) != 0 || lseek(preparing->file, end, SEEK_SET) < 0)
        fail(EXIT_RUNTIME, "%s: %s", preparing->part, strerror(errno));
    write_end(preparing, tail);
    json_decref(tail);
    if (rename(preparing->part, preparing->path) != 0 || close(preparing->file) != 0)
        fail(EXIT_RUNTIME, "--out %s: %s", preparing->path, strerror(errno));
    struct text *texts[] = {&preparing->records, &preparing->words, &preparing->ids, &preparing->texts};
    for (int64_t i = 0; i < COUNT(texts); i++)
        free(texts[i]->bytes);
    for (int64_t i = 0; i < preparing->label_count; i++)
        free(preparing->labels[i]);
    free(preparing->labels);
    free(preparing->films);
    free(preparing->begins);
    free(preparing->path);
    free(preparing->part);
    json_decref(preparing->settings);
    attn_tokens_destroy(&preparing->tokens);
    free(preparing);
    return totals;
}

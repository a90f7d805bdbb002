/* pairs.c - reading, generating, grouping and splitting pairs. */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

#include "common/malformed.h"
#include "common/plan.h"

enum { STREAM_SPLIT = 1 };

void pairs_add(struct pairs *pairs, struct pair pair)
{
    pairs->items = grow(pairs->items, pairs->count + 1, &pairs->capacity, sizeof *pairs->items);
    pairs->items[pairs->count++] = pair;
}

static char *copy_part(const char *begin, size_t size)
{
    char *copy = allocate((int64_t)size + 1, 1);
    memcpy(copy, begin, size);
    return copy;
}

static struct pair read_line(const char *path, int64_t number, const char *line, size_t size)
{
    const char *end = line + size;
    const char *tab = memchr(line, '\t', (size_t)(end - line));
    const char *second = tab ? memchr(tab + 1, '\t', (size_t)(end - tab - 1)) : NULL;
    if (tab == NULL || tab == line || tab + 1 == (second ? second : end))
        fail(EXIT_BAD_INPUT, "%s: line %lld is no pair; expected `source<TAB>target`, neither of them empty",
             path, (long long)number);
    return (struct pair){copy_part(line, (size_t)(tab - line)),
                         copy_part(tab + 1, (size_t)((second ? second : end) - tab - 1))};
}

static struct pairs read_table(attn_context *context, const char *path, bool quiet)
{
    struct pairs pairs = {0};
    struct malformed malformed = {0};
    size_t size;
    char *bytes = read_strings(path, &size);
    struct line_reader lines = lines_of(bytes, size);
    for (char *line; next_line(&lines, &line, &size);) {
        if (size == 0)
            continue;
        const struct pair pair = read_line(path, lines.number, line, size);
        malformed_count_line(&malformed, context, lines.number, line,
                             strlen(pair.source) + 1 + strlen(pair.target));
        pairs_add(&pairs, pair);
    }
    free(bytes);
    if (!quiet)
        malformed_warn_file(&malformed, path);
    if (pairs.count == 0)
        fail(EXIT_BAD_INPUT, "%s: no pairs in it; expected lines of `source<TAB>target`", path);
    return pairs;
}

/* The next line of one of two files. */
static char *copy_line(attn_context *context, const char *path, struct line_reader *lines,
                       struct malformed *malformed)
{
    char *line;
    size_t size;
    if (!next_line(lines, &line, &size))
        return NULL;
    if (size == 0 || memchr(line, '\t', size))
        fail(EXIT_BAD_INPUT, "%s: line %lld is empty or holds a tab; expected a text a line", path,
             (long long)lines->number);
    malformed_count_line(malformed, context, lines->number, line, size);
    return copy_part(line, size);
}

static struct pairs read_two(attn_context *context, const char *paths[2], bool quiet)
{
    struct pairs pairs = {0};
    struct malformed malformed[2] = {{0}, {0}};
    char *bytes[2];
    struct line_reader lines[2];
    for (int64_t i = 0; i < 2; i++) {
        size_t size;
        bytes[i] = read_strings(paths[i], &size);
        lines[i] = lines_of(bytes[i], size);
    }
    struct pair pair;
    do {
        pair = (struct pair){copy_line(context, paths[0], &lines[0], &malformed[0]),
                             copy_line(context, paths[1], &lines[1], &malformed[1])};
        const bool second = pair.target == NULL; /* it ends, if only one does */
        if ((pair.source == NULL) != second) {
            pair_free(&pair);
            fail(EXIT_BAD_INPUT,
                 "%s and %s: %s ends after line %lld, the other goes on; expected a line for a line",
                 paths[0], paths[1], paths[second], (long long)lines[second].number);
        }
        if (pair.source)
            pairs_add(&pairs, pair);
    } while (pair.source);
    for (int64_t i = 0; i < 2; i++) {
        free(bytes[i]);
        if (!quiet)
            malformed_warn_file(&malformed[i], paths[i]);
    }
    if (pairs.count == 0)
        fail(EXIT_BAD_INPUT, "%s: no texts in it; expected a text a line", paths[0]);
    return pairs;
}

struct pairs pairs_read(attn_context *context, const char *path, const char *languages, bool quiet)
{
    if (languages == NULL)
        return read_table(context, path, quiet);
    const size_t first = strcspn(languages, "-");
    if (first == 0 || languages[first] == '\0' || languages[first + 1] == '\0')
        fail(EXIT_BAD_INPUT,
             "--languages %s: expected two endings of files with a hyphen between them, as in en-fr",
             languages);
    char *paths[2] = {print("%s.%.*s", path, (int)first, languages),
                      print("%s.%s", path, languages + first + 1)};
    struct pairs pairs = read_two(context, (const char *[2]){paths[0], paths[1]}, quiet);
    free(paths[0]);
    free(paths[1]);
    return pairs;
}

struct pairs pairs_generate(int64_t count, uint64_t seed, bool held_out)
{
    struct pairs pairs = {.dates = allocate(count, sizeof *pairs.dates)};
    for (int64_t i = 0; i < count; i++) {
        const struct date *date = &pairs.dates[i];
        pairs.dates[i] = date_make(seed, i, held_out);
        pairs_add(&pairs, (struct pair){print("%s", date->text), print("%s", date->iso)});
    }
    return pairs;
}

uint64_t pairs_fingerprint(uint64_t state, const struct pairs *pairs)
{
    for (int64_t i = 0; i < pairs->count; i++) { /* with the NULs, so that each text ends where it does */
        state = hash_bytes(state, pairs->items[i].source, strlen(pairs->items[i].source) + 1);
        state = hash_bytes(state, pairs->items[i].target, strlen(pairs->items[i].target) + 1);
    }
    return state;
}

void pair_free(struct pair *pair)
{
    free(pair->source);
    free(pair->target);
}

void pairs_free(struct pairs *pairs)
{
    for (int64_t i = 0; i < pairs->count; i++)
        pair_free(&pairs->items[i]);
    free(pairs->items);
    free(pairs->dates);
    *pairs = (struct pairs){0};
}

struct keyed {
    char *key; /* the source's tokens */
    int64_t pair;
};

static int by_key(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order ? order : (a->pair > b->pair) - (a->pair < b->pair);
}

static char *make_key(int64_t task, attn_tokens *tokens, const char *source, struct words *words)
{
    struct text key = {0};
    split_source(task, tokens, source, strlen(source), words);
    for (int64_t i = 0; i < words->count; i++)
        text_print(&key, "%s ", words_get(words, i));
    text_append(&key, "", 1);
    return key.bytes;
}

int64_t pairs_group(attn_context *context, int64_t task, const struct pairs *pairs, int64_t *group)
{
    for (int64_t i = 0; i < pairs->count; i++)
        group[i] = i;
    if (pairs->dates)
        return pairs->count;
    struct keyed *keyed = allocate(pairs->count, sizeof *keyed);
    int64_t *first = allocate(pairs->count, sizeof *first), groups = 0;
    struct words words = {0};
    attn_tokens *tokens;
    must(attn_tokens_create(context, NULL, &tokens));
    for (int64_t i = 0; i < pairs->count; i++)
        keyed[i] = (struct keyed){make_key(task, tokens, pairs->items[i].source, &words), i};
    qsort(keyed, (size_t)pairs->count, sizeof *keyed, by_key);
    for (int64_t i = 0; i < pairs->count; i++) {
        bool same = i > 0 && strcmp(keyed[i].key, keyed[i - 1].key) == 0;
        first[keyed[i].pair] = same ? first[keyed[i - 1].pair] : keyed[i].pair;
    }
    for (int64_t i = 0; i < pairs->count; i++)
        group[i] = first[i] == i ? groups++ : group[first[i]];
    for (int64_t i = 0; i < pairs->count; i++)
        free(keyed[i].key);
    free(keyed);
    free(first);
    words_free(&words);
    attn_tokens_destroy(&tokens);
    return groups;
}

void pairs_split(struct pairs *pairs, const int64_t *group, int64_t groups, double share, uint64_t seed,
                 struct pairs *kept, struct pairs *held)
{
    int64_t *order = plan_all(groups), wanted = (int64_t)(share * (double)groups + 0.5);
    bool *out = allocate(groups, sizeof *out);
    wanted = wanted < 1 ? 1 : wanted > groups - 1 ? groups - 1 : wanted;
    shuffle(order, groups, seed, STREAM_SPLIT);
    for (int64_t i = 0; i < wanted; i++)
        out[order[i]] = true;
    for (int64_t i = 0; i < pairs->count; i++)
        pairs_add(out[group[i]] ? held : kept, pairs->items[i]);
    pairs->count = 0;
    pairs_free(pairs);
    free(order);
    free(out);
}

void pairs_save(const struct pairs *pairs, const char *path)
{
    struct text text = {0};
    for (int64_t i = 0; i < pairs->count; i++)
        text_print(&text, "%s\t%s\n", pairs->items[i].source, pairs->items[i].target);
    text_save(&text, path);
    free(text.bytes);
}

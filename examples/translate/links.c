/* links.c - reading people's links, and counting those that are theirs. */
#include "links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PARTED " ||| "

static int64_t count_words(const char *text)
{
    int64_t count = 0;
    for (; *(text += strspn(text, " ")); text += strcspn(text, " "))
        count++;
    return count;
}

static char *copy_part(const char *begin, size_t size)
{
    return print("%.*s", (int)size, begin);
}

static struct pair read_pair(const char *path, int64_t number, const char *line)
{
    const char *parted = strstr(line, PARTED);
    if (parted == NULL)
        fail(EXIT_BAD_INPUT, "%s: line %lld is no pair; expected `SOURCE ||| TARGET`", path,
             (long long)number);
    return (struct pair){copy_part(line, (size_t)(parted - line)), print("%s", parted + strlen(PARTED))};
}

/* A word's number, from 0; -1 where none of `count` words has it. */
static int64_t read_number(const char **at, int64_t first, int64_t count)
{
    char *end;
    errno = 0;
    const long long number = strtoll(*at, &end, 10);
    const bool is = end > *at && **at >= '0' && **at <= '9' && errno == 0;
    *at = end;
    return is && number >= first && number - first < count ? number - first : -1;
}

static void read_line(const char *path, int64_t number, const char *line, int64_t first,
                      struct linked *linked)
{
    for (const char *at = line; *(at += strspn(at, " ")); at += strcspn(at, " ")) {
        const char *link = at;
        const int64_t source = read_number(&at, first, linked->sources);
        const char kind = source < 0 ? '\0' : *at++;
        const int64_t target = kind ? read_number(&at, first, linked->targets) : -1;
        if ((kind != '-' && kind != 'p') || target < 0 || strchr(" ", *at) == NULL)
            fail(EXIT_BAD_INPUT,
                 "%s: line %lld: \"%.*s\" is no link of words %lld to %lld with %lld to %lld; expected 2-3 "
                 "or 2p3",
                 path, (long long)number, (int)strcspn(link, " "), link, (long long)first,
                 (long long)(first + linked->sources - 1), (long long)first,
                 (long long)(first + linked->targets - 1));
        uint8_t *place = &linked->links[target * linked->sources + source];
        const uint8_t found = kind == '-' ? LINK_SURE : LINK_POSSIBLE;
        *place = found > *place ? found : *place;
    }
}

struct linked *links_read(const char *texts, const char *links, int64_t first, struct pairs *pairs)
{
    size_t size, sizes[2];
    char *bytes[2] = {read_strings(texts, &sizes[0]), read_strings(links, &sizes[1])}, *line;
    struct line_reader of_texts = lines_of(bytes[0], sizes[0]), of_links = lines_of(bytes[1], sizes[1]);
    int64_t capacity = 0;
    struct linked *all = NULL;
    while (next_line(&of_texts, &line, &size)) {
        char *text = copy_part(line, size);
        const struct pair pair = read_pair(texts, of_texts.number, text);
        struct linked linked = {count_words(pair.source), count_words(pair.target), NULL};
        free(text);
        if (!next_line(&of_links, &line, &size))
            fail(EXIT_BAD_INPUT,
                 "%s: it ends after line %lld, %s goes on; expected a line of links for each pair", links,
                 (long long)of_links.number, texts);
        char *copy = copy_part(line, size);
        linked.links = allocate(linked.sources * linked.targets, sizeof *linked.links);
        read_line(links, of_links.number, copy, first, &linked);
        free(copy);
        all = grow(all, pairs->count + 1, &capacity, sizeof *all);
        all[pairs->count] = linked;
        pairs_add(pairs, pair);
    }
    if (next_line(&of_links, &line, &size))
        fail(EXIT_BAD_INPUT, "%s: line %lld is of no pair, %s ends before it", links,
             (long long)of_links.number, texts);
    if (pairs->count == 0)
        fail(EXIT_BAD_INPUT, "%s: no pairs in it; expected lines of `SOURCE ||| TARGET`", texts);
    free(bytes[0]);
    free(bytes[1]);
    return all;
}

void links_free(struct linked *linked, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        free(linked[i].links);
    free(linked);
}

void agreement_add(struct agreement *agreement, const struct linked *linked, const int64_t *given)
{
    for (int64_t i = 0; i < linked->sources * linked->targets; i++)
        agreement->all_sure += linked->links[i] == LINK_SURE;
    for (int64_t t = 0; t < linked->targets; t++) {
        if (given[t] < 0)
            continue;
        const uint8_t link = linked->links[t * linked->sources + given[t]];
        agreement->links++;
        agreement->possible += link >= LINK_POSSIBLE;
        agreement->sure += link == LINK_SURE;
    }
}

double agreement_error(const struct agreement *agreement)
{
    const int64_t all = agreement->links + agreement->all_sure;
    return all ? 1 - (double)(agreement->sure + agreement->possible) / (double)all : 0;
}

/* spans.c - in time that grows as the passage and the answers do, whatever they hold (Knuth, Morris and Pratt 1977). */
#include "spans.h"

#include <stdlib.h>

/* The words of the passage that hold bytes [begin, end), as these move towards the passage's end. */
struct window {
    const struct word *words;
    int64_t count;
    int64_t first; /* the first one that ends behind `begin` */
    int64_t next;  /* the first one that begins at `end` or behind it */
};

static void move_to(struct window *window, int64_t begin, int64_t end)
{
    while (window->first < window->count && window->words[window->first].end <= begin)
        window->first++;
    while (window->next < window->count && window->words[window->next].begin < end)
        window->next++;
}

/* They begin and end there. */
static bool are_whole(const struct window *window, int64_t begin, int64_t end)
{
    return window->words[window->first].begin >= begin && window->words[window->next - 1].end <= end;
}

static void add_span(struct articles *articles, struct question *question, struct span span)
{
    articles->spans =
        grow(articles->spans, articles->span_count + 1, &articles->spans_capacity, sizeof *articles->spans);
    articles->spans[articles->span_count++] = span;
    question->spans++;
}

/* longest[i]: the longest beginning of the text, but not all of it, that bytes [0, i] end with. To be freed. */
static int32_t *find_beginnings(struct string text)
{
    int32_t *longest = allocate((int64_t)text.size, sizeof *longest);
    for (size_t i = 1; i < text.size; i++) {
        int32_t same = longest[i - 1];
        while (same > 0 && text.bytes[i] != text.bytes[same])
            same = longest[same - 1];
        longest[i] = same + (text.bytes[i] == text.bytes[same]);
    }
    return longest;
}

static void add_places(struct articles *articles, struct question *question, struct string answer, bool cut)
{
    const struct passage *passage = &articles->passages[question->passage];
    const struct string text = passage->text;
    if (answer.size == 0 || answer.size > text.size)
        return;
    struct window window = {articles->words + passage->first, passage->count, 0, 0};
    int32_t *longest = find_beginnings(answer),
            same = 0; /* bytes of the answer that the text ends with at i */
    for (size_t i = 0; i < text.size; i++) {
        while (same > 0 && text.bytes[i] != answer.bytes[same])
            same = longest[same - 1];
        same += text.bytes[i] == answer.bytes[same];
        if ((size_t)same < answer.size)
            continue;
        const int64_t end = (int64_t)i + 1, begin = end - (int64_t)answer.size;
        move_to(&window, begin, end);
        if (window.first < window.next && (cut || are_whole(&window, begin, end)))
            add_span(articles, question, (struct span){(int32_t)window.first, (int32_t)window.next - 1});
        same = longest[same - 1];
    }
    free(longest);
}

static int by_place(const void *left, const void *right)
{
    const struct span *a = left, *b = right;
    return a->begin != b->begin ? (a->begin > b->begin) - (a->begin < b->begin)
                                : (a->end > b->end) - (a->end < b->end);
}

static void drop_repeated(struct articles *articles, struct question *question)
{
    if (question->spans == 0)
        return;
    struct span *spans = articles->spans + question->first_span;
    int64_t kept = 1;
    qsort(spans, (size_t)question->spans, sizeof *spans, by_place);
    for (int64_t k = 1; k < question->spans; k++) {
        if (by_place(&spans[k], &spans[kept - 1]) != 0)
            spans[kept++] = spans[k];
    }
    question->spans = kept;
    articles->span_count = question->first_span + kept;
}

void spans_find(struct articles *articles, struct question *question)
{
    question->first_span = articles->span_count;
    for (int cut = 0; cut <= 1 && question->spans == 0; cut++) {
        for (int64_t k = 0; k < question->answers; k++)
            add_places(articles, question, articles->answers[question->first_answer + k], cut);
    }
    drop_repeated(articles, question);
}

/* articles.c - from JSON to words. */
#include "articles.h"

#include <stdlib.h>
#include <string.h>

#include "common/bundled.h"
#include "spans.h"

#define HELD_OUT 10 /* one article in so many */

/* ---- gathering ------------------------------------------------------------------------------------------- */

static struct string copy_string(struct string text)
{
    struct string copy = {allocate((int64_t)text.size + 1, 1), text.size};
    memcpy(copy.bytes, text.bytes, text.size);
    return copy;
}

static struct string take_string(struct articles *articles, struct string text)
{
    articles->fingerprint = hash_bytes(articles->fingerprint, text.bytes, text.size);
    articles->fingerprint = hash_bytes(articles->fingerprint, "", 1);
    return copy_string(text);
}

static void add_article(struct articles *articles, struct string title)
{
    articles->titles =
        grow(articles->titles, articles->count + 1, &articles->titles_capacity, sizeof *articles->titles);
    articles->titles[articles->count++] = take_string(articles, title);
}

static void add_passage(struct articles *articles, struct string text)
{
    articles->passages = grow(articles->passages, articles->passage_count + 1, &articles->passages_capacity,
                              sizeof *articles->passages);
    articles->passages[articles->passage_count++] =
        (struct passage){.text = take_string(articles, text), .article = articles->count - 1};
}

static void add_question(struct articles *articles, struct string text)
{
    articles->questions = grow(articles->questions, articles->question_count + 1,
                               &articles->questions_capacity, sizeof *articles->questions);
    articles->questions[articles->question_count++] =
        (struct question){.text = take_string(articles, text),
                          .passage = articles->passage_count - 1,
                          .first_answer = articles->answer_count};
}

static void add_answer(struct articles *articles, struct string text)
{
    articles->answers = grow(articles->answers, articles->answer_count + 1, &articles->answers_capacity,
                             sizeof *articles->answers);
    articles->answers[articles->answer_count++] = take_string(articles, text);
    articles->questions[articles->question_count - 1].answers++;
}

/* ---- JSON ------------------------------------------------------------------------------------------------ */

#define FORM                                                                                                 \
    "{\"title\": ..., \"paragraphs\": [{\"context\": ..., \"qas\": [{\"question\": ..., \"answers\": "       \
    "[...]}]}]}"

struct source {
    const char *path;
    int64_t line;
};

static _Noreturn void bad_form(const struct source *source, const char *what)
{
    fail(EXIT_BAD_INPUT,
         "%s, line %lld: %s; expected an article a line, " FORM ", or {\"data\": [article, ...]}",
         source->path, (long long)source->line, what);
}

static struct string string_of(const struct source *source, const json_t *value, const char *name)
{
    if (!json_is_string(value)) {
        char *what = print("there is no text called \"%s\" where one belongs", name);
        bad_form(source, what);
    }
    return (struct string){(char *)json_string_value(value), json_string_length(value)};
}

static const json_t *array_of(const struct source *source, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_array(value)) {
        char *what = print("there is no list called \"%s\" where one belongs", name);
        bad_form(source, what);
    }
    return value;
}

static void read_passage(struct articles *articles, const struct source *source, const json_t *object)
{
    add_passage(articles, string_of(source, json_object_get(object, "context"), "context"));
    const json_t *questions = array_of(source, object, "qas"), *asked, *answer;
    size_t i, k;
    json_array_foreach((json_t *)questions, i, asked)
    {
        add_question(articles, string_of(source, json_object_get(asked, "question"), "question"));
        const json_t *answers = array_of(source, asked, "answers");
        if (json_array_size(answers) == 0)
            bad_form(source, "a question has no answer");
        json_array_foreach((json_t *)answers, k, answer)
        {
            const json_t *text = json_is_object(answer) ? json_object_get(answer, "text") : answer;
            add_answer(articles, string_of(source, text, "text"));
        }
    }
}

static void read_article(struct articles *articles, const struct source *source, const json_t *object)
{
    const json_t *title = json_object_get(object, "title"), *passage;
    char *own = title ? NULL : print("article %lld", (long long)articles->count + 1);
    add_article(articles, own ? (struct string){own, strlen(own)} : string_of(source, title, "title"));
    free(own);
    size_t i;
    json_array_foreach((json_t *)array_of(source, object, "paragraphs"), i, passage)
        read_passage(articles, source, passage);
}

static void read_line(struct articles *articles, const struct source *source, const char *line, size_t size)
{
    json_error_t error;
    json_t *object = json_loadb(line, size, 0, &error);
    if (object == NULL) {
        char *what = print("not JSON at character %d, %s", error.column, error.text);
        bad_form(source, what);
    }
    const json_t *set = json_object_get(object, "data"), *article;
    size_t i;
    if (set == NULL)
        read_article(articles, source, object);
    else
        json_array_foreach((json_t *)array_of(source, object, "data"), i, article)
            read_article(articles, source, article);
    json_decref(object);
}

/* ---- words ----------------------------------------------------------------------------------------------- */

/* Words of one stem differ in a usual English ending alone: "kill", "killed", "kills". */
static uint64_t stem_of(const char *word)
{
    static const char *const endings[] = {"'s", "ing", "ies", "ied", "ed", "es", "ly", "s", "e", "y"};
    size_t size = strlen(word);
    for (int64_t i = 0; i < COUNT(endings); i++) {
        const size_t ending = strlen(endings[i]);
        if (size >= ending + 3 && memcmp(word + size - ending, endings[i], ending) == 0) {
            size -= ending;
            break;
        }
    }
    return hash_bytes(HASH_START, word, size);
}

static void set_text(struct articles *articles, struct string text)
{
    if (text.size > INT32_MAX)
        fail(EXIT_BAD_INPUT, "a text of %lld bytes; expected at most 2^31 - 1", (long long)text.size);
    must(attn_tokens_set_text(articles->tokens, text.bytes, text.size));
}

static int64_t add_words(struct articles *articles, struct string text, int64_t *count)
{
    set_text(articles, text);
    *count = attn_tokens_count(articles->tokens);
    const int64_t first = articles->word_count;
    const int64_t *begins = attn_tokens_begins(articles->tokens), *ends = attn_tokens_ends(articles->tokens);
    articles->words = /* an array also where there is no word at all */
        grow(articles->words, first + *count + 1, &articles->words_capacity, sizeof *articles->words);
    for (int64_t i = 0; i < *count; i++) {
        const char *token = attn_tokens_get(articles->tokens, i), at = text.bytes[begins[i]];
        articles->words[first + i] = (struct word){.type = attn_vocab_id(articles->types, token),
                                                   .begin = (int32_t)begins[i],
                                                   .end = (int32_t)ends[i],
                                                   .capital = at >= 'A' && at <= 'Z',
                                                   .digit = at >= '0' && at <= '9'};
    }
    articles->word_count += *count;
    return first;
}

static void count_types(attn_context *context, struct articles *articles)
{
    attn_vocab_builder *builder;
    must(attn_tokens_create(context, NULL, &articles->tokens));
    must(attn_vocab_builder_create(context, NULL, &builder));
    for (int64_t i = 0; i < articles->passage_count; i++) {
        set_text(articles, articles->passages[i].text);
        must(attn_vocab_builder_add(builder, articles->tokens));
    }
    for (int64_t i = 0; i < articles->question_count; i++) {
        set_text(articles, articles->questions[i].text);
        must(attn_vocab_builder_add(builder, articles->tokens));
    }
    must(attn_vocab_create(builder, NULL, &articles->types));
    attn_vocab_builder_destroy(&builder);
    articles->stems = allocate(attn_vocab_size(articles->types), sizeof *articles->stems);
    for (int64_t i = 0; i < attn_vocab_size(articles->types); i++)
        articles->stems[i] = stem_of(attn_vocab_token(articles->types, (int32_t)i));
}

static void make_words(attn_context *context, struct articles *articles)
{
    count_types(context, articles);
    for (int64_t i = 0; i < articles->passage_count; i++) {
        struct passage *passage = &articles->passages[i];
        passage->first = add_words(articles, passage->text, &passage->count);
    }
    for (int64_t i = 0; i < articles->question_count; i++) {
        struct question *question = &articles->questions[i];
        question->first = add_words(articles, question->text, &question->count);
        spans_find(articles, question);
    }
}

/* ---- whole sets ------------------------------------------------------------------------------------------ */

struct articles articles_read(attn_context *context, const char *path)
{
    struct articles articles = {.fingerprint = HASH_START};
    struct source source = {path ? path : bundled("sample.jsonl"), 0};
    size_t size;
    char *bytes = read_text(source.path, &size), *line;
    struct line_reader lines = lines_of(bytes, size);
    while (next_line(&lines, &line, &size)) {
        source.line = lines.number;
        if (size > 0)
            read_line(&articles, &source, line, size);
    }
    free(bytes);
    if (articles.question_count == 0)
        fail(EXIT_BAD_INPUT, "%s: there is no question in it; expected an article a line, " FORM,
             source.path);
    make_words(context, &articles);
    return articles;
}

struct articles articles_of_text(attn_context *context, struct string text, const struct string *questions,
                                 int64_t count)
{
    struct articles articles = {.fingerprint = HASH_START};
    add_article(&articles, (struct string){"", 0});
    add_passage(&articles, text);
    for (int64_t i = 0; i < count; i++)
        add_question(&articles, questions[i]);
    make_words(context, &articles);
    return articles;
}

void articles_free(struct articles *articles)
{
    for (int64_t i = 0; i < articles->count; i++)
        free(articles->titles[i].bytes);
    for (int64_t i = 0; i < articles->passage_count; i++)
        free(articles->passages[i].text.bytes);
    for (int64_t i = 0; i < articles->question_count; i++)
        free(articles->questions[i].text.bytes);
    for (int64_t i = 0; i < articles->answer_count; i++)
        free(articles->answers[i].bytes);
    attn_vocab_destroy(&articles->types);
    attn_tokens_destroy(&articles->tokens);
    free(articles->titles);
    free(articles->answers);
    free(articles->passages);
    free(articles->questions);
    free(articles->spans);
    free(articles->words);
    free(articles->stems);
}

/* ---- parts ----------------------------------------------------------------------------------------------- */

struct ranked {
    uint64_t hash;
    int64_t article;
};

static int by_hash(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->article > b->article) - (a->article < b->article);
}

int64_t *articles_part(const struct articles *articles, bool held_out, int64_t *count)
{
    struct ranked *ranked = allocate(articles->count, sizeof *ranked);
    bool *held = allocate(articles->count, sizeof *held);
    for (int64_t i = 0; i < articles->count; i++)
        ranked[i] =
            (struct ranked){hash_bytes(HASH_START, articles->titles[i].bytes, articles->titles[i].size), i};
    qsort(ranked, (size_t)articles->count, sizeof *ranked, by_hash);
    for (int64_t i = 0; i < (articles->count + HELD_OUT - 1) / HELD_OUT; i++)
        held[ranked[i].article] = true;
    int64_t *numbers = allocate(articles->question_count, sizeof *numbers);
    *count = 0;
    for (int64_t i = 0; i < articles->question_count; i++) {
        if (held[articles->passages[articles->questions[i].passage].article] == held_out)
            numbers[(*count)++] = i;
    }
    free(held);
    free(ranked);
    return numbers;
}

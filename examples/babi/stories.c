/* stories.c - reading question files and looking their words up. */
#include "stories.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- reading --------------------------------------------------------------------------------------------- */

struct place {
    const char *name;
    int64_t line; /* of the file, from 1 */
};

static _Noreturn void bad_line(const struct place *place, const char *what)
{
    fail(EXIT_BAD_INPUT,
         "%s, line %lld: %s; expected `NUMBER text` or `NUMBER question<TAB>answer<TAB>lines`", place->name,
         (long long)place->line, what);
}

static bool is_fact(const struct stories *stories, const struct question *question, long long number)
{
    int64_t fact = 0;
    while (fact < question->facts && stories->facts[question->first_fact + fact].line != number)
        fact++;
    return fact < question->facts;
}

/* What is behind another tab is no part of it: other data sets have candidates there. */
static void check_support(const struct stories *stories, const struct place *place,
                          const struct question *question)
{
    const char *at = question->support;
    for (at += strspn(at, " "); *at && *at != '\t'; at += strspn(at, " ")) {
        char *end;
        const size_t size = strcspn(at, " \t");
        const long long number = strtoll(at, &end, 10);
        if (end != at + size || !is_fact(stories, question, number))
            fail(EXIT_BAD_INPUT,
                 "%s, line %lld: the answer rests on line \"%.*s\", which is no fact of its story before the "
                 "question; expected the numbers of such lines, as \"1 3\"",
                 place->name, (long long)place->line, size < 40 ? (int)size : 40, at);
        at = end;
    }
}

static void add_question(struct stories *stories, const struct place *place, struct sentence sentence,
                         int64_t first_fact, char *tab)
{
    char *answer = tab + 1, *support = strchr(answer, '\t');
    if (support)
        *support++ = '\0';
    if (*answer == '\0')
        bad_line(place, "the answer is empty");
    if (stories->fact_count == first_fact)
        bad_line(place, "a question without a fact before it");
    for (char *c = answer; *c; c++)
        *c = *c == ' ' ? '_' : *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    if (strcmp(answer, "<pad>") == 0 || strcmp(answer, "<unk>") == 0) /* every vocabulary's own (vocab.h) */
        bad_line(place, "the answer is <pad> or <unk>, which stand for no word");
    stories->questions = grow(stories->questions, stories->question_count + 1, &stories->questions_capacity,
                              sizeof *stories->questions);
    const struct question question = {.sentence = sentence,
                                      .story = stories->story_count - 1,
                                      .first_fact = first_fact,
                                      .facts = stories->fact_count - first_fact,
                                      .answer = answer,
                                      .support = support ? support : ""};
    check_support(stories, place, &question);
    stories->questions[stories->question_count++] = question;
}

struct stories stories_parse(char *bytes, size_t size, const char *name)
{
    struct stories stories = {.bytes = bytes, .fingerprint = hash_bytes(HASH_START, bytes, size)};
    struct place place = {name, 0};
    int64_t first_fact = 0;
    struct line_reader lines = lines_of(bytes, size);
    for (char *line; next_line(&lines, &line, &size);) {
        line[size] = '\0'; /* the file's last byte is followed by room for it */
        place.line = lines.number;
        if (*line == '\0')
            continue;
        if (!is_utf8(line))
            bad_line(&place, "it is not UTF-8");
        char *text;
        long long number = strtoll(line, &text, 10);
        if (text == line || *text != ' ' || number < 1)
            bad_line(&place, "no number at its beginning");
        text++;
        if (number == 1) {
            stories.story_count++;
            first_fact = stories.fact_count;
        } else if (stories.story_count == 0) {
            bad_line(&place, "the first line of a story has the number 1");
        }
        char *tab = strchr(text, '\t');
        if (tab)
            *tab = '\0';
        struct sentence sentence = {.text = text, .size = strlen(text), .line = number};
        if (tab) {
            add_question(&stories, &place, sentence, first_fact, tab);
            continue;
        }
        stories.facts =
            grow(stories.facts, stories.fact_count + 1, &stories.facts_capacity, sizeof *stories.facts);
        stories.facts[stories.fact_count++] = sentence;
    }
    if (stories.question_count == 0)
        fail(EXIT_BAD_INPUT, "%s: no question in it; expected a bAbI question file", name);
    return stories;
}

struct stories stories_read(const char *path)
{
    size_t size;
    char *bytes = read_strings(path, &size);
    return stories_parse(bytes, size, path);
}

void stories_free(struct stories *stories)
{
    free(stories->bytes);
    free(stories->facts);
    free(stories->questions);
    free(stories->ids);
}

/* "qa7_train.txt", "qa7_counting_train.txt". */
static bool is_part(const char *name, int64_t task, const char *part)
{
    char *head = print("qa%lld_", (long long)task), *tail = print("_%s.txt", part);
    size_t size = strlen(name);
    bool is = strncmp(name, head, strlen(head)) == 0 && size >= strlen(tail) &&
              strcmp(name + size - strlen(tail), tail) == 0;
    free(head);
    free(tail);
    return is;
}

char *stories_path(const char *path, int64_t task, const char *part)
{
    struct stat status;
    if (stat(path, &status) != 0)
        fail(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return print("%s", path);
    DIR *folder = opendir(path);
    if (folder == NULL)
        fail(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
    char *found = NULL;
    for (struct dirent *entry; found == NULL && (entry = readdir(folder)) != NULL;) {
        if (is_part(entry->d_name, task, part))
            found = print("%s/%s", path, entry->d_name);
    }
    closedir(folder);
    if (found == NULL)
        fail(EXIT_BAD_INPUT, "%s: no file qa%lld_%s.txt in this folder; name the file itself", path,
             (long long)task, part);
    return found;
}

/* ---- lists of answers ------------------------------------------------------------------------------------ */

#define MOST_ANSWERS 64 /* of a question; of longer lists the rest stays where it is */

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Cut `list` at its commas and sort the pieces, which point into it; returns how many there are. */
static int64_t cut_sorted(char *list, char *pieces[MOST_ANSWERS])
{
    int64_t count = 0;
    pieces[count++] = list;
    while (count < MOST_ANSWERS && (list = strchr(list, ',')) != NULL) {
        *list++ = '\0';
        pieces[count++] = list;
    }
    qsort(pieces, (size_t)count, sizeof *pieces, by_text);
    return count;
}

bool answers_are_ordered(const struct stories *stories)
{
    bool ordered = false;
    for (int64_t i = 0; i < stories->question_count && !ordered; i++) {
        char *pieces[MOST_ANSWERS], *list = print("%s", stories->questions[i].answer);
        int64_t count = cut_sorted(list, pieces);
        for (int64_t k = 1; k < count; k++)
            ordered |= strcmp(pieces[k - 1], pieces[k]) == 0;
        free(list);
    }
    return ordered;
}

void sort_answers(struct stories *stories)
{
    for (int64_t i = 0; i < stories->question_count; i++) {
        char *pieces[MOST_ANSWERS], *answer = stories->questions[i].answer, *list = print("%s", answer);
        int64_t count = cut_sorted(list, pieces);
        for (int64_t k = 0; k < count; k++) { /* as long as it was */
            size_t size = strlen(pieces[k]);
            memcpy(answer, pieces[k], size);
            answer[size] = k < count - 1 ? ',' : '\0';
            answer += size + 1;
        }
        free(list);
    }
}

/* ---- words ----------------------------------------------------------------------------------------------- */

/* The sentences, facts first. */
static struct sentence *sentence_at(const struct stories *stories, int64_t i)
{
    return i < stories->fact_count ? &stories->facts[i]
                                   : &stories->questions[i - stories->fact_count].sentence;
}

/* The next word of a sentence, from token *at on, without its punctuation; NULL after the last. */
static const char *next_word(const attn_tokens *tokens, int64_t *at)
{
    const char *word = attn_tokens_get(tokens, (*at)++);
    while (word && (strcmp(word, ".") == 0 || strcmp(word, "?") == 0))
        word = attn_tokens_get(tokens, (*at)++);
    return word;
}

attn_vocab *stories_vocab(attn_context *context, const struct stories *stories)
{
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    attn_tokens *tokens;
    must(attn_tokens_create(context, NULL, &tokens));
    must(attn_vocab_builder_create(context, NULL, &builder));
    for (int64_t i = 0; i < stories->fact_count + stories->question_count; i++) {
        const struct sentence *sentence = sentence_at(stories, i);
        int64_t at = 0;
        must(attn_tokens_set_text(tokens, sentence->text, sentence->size));
        for (const char *word; (word = next_word(tokens, &at)) != NULL;)
            must(attn_vocab_builder_add_token(builder, word, 1));
    }
    for (int64_t i = 0; i < stories->question_count; i++)
        must_read(attn_vocab_builder_add_token(builder, stories->questions[i].answer, 1));
    options.tokens = tokens;
    must(attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    attn_tokens_destroy(&tokens);
    return vocab;
}

static void encode_sentence(struct stories *stories, const attn_vocab *vocab, const attn_tokens *tokens,
                            struct sentence *sentence)
{
    int64_t at = 0;
    sentence->first = stories->id_count;
    for (const char *word; (word = next_word(tokens, &at)) != NULL;) {
        int32_t id = attn_vocab_id(vocab, word);
        stories->unknown += id == ATTN_UNK_ID;
        stories->ids =
            grow(stories->ids, stories->id_count + 1, &stories->ids_capacity, sizeof *stories->ids);
        stories->ids[stories->id_count++] = id;
    }
    sentence->count = stories->id_count - sentence->first;
}

void stories_encode(struct stories *stories, const attn_vocab *vocab)
{
    attn_tokens *tokens;
    must(attn_vocab_tokens_create(vocab, &tokens));
    for (int64_t i = 0; i < stories->fact_count + stories->question_count; i++) {
        struct sentence *sentence = sentence_at(stories, i);
        must(attn_tokens_set_text(tokens, sentence->text, sentence->size));
        encode_sentence(stories, vocab, tokens, sentence);
    }
    attn_tokens_destroy(&tokens);
    for (int64_t i = 0; i < stories->question_count; i++) {
        struct question *question = &stories->questions[i];
        question->answer_id = attn_vocab_id(vocab, question->answer);
        stories->unknown += question->answer_id == ATTN_UNK_ID;
    }
}

bool is_support(const struct stories *stories, const struct question *question, int64_t fact)
{
    int64_t line = stories->facts[question->first_fact + fact].line;
    char *end;
    for (const char *at = question->support; *at; at = end) {
        long long number = strtoll(at, &end, 10);
        if (end == at)
            return false;
        if (number == line)
            return true;
    }
    return false;
}

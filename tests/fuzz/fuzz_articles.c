/* fuzz_articles.c - any bytes as passages and questions in the form of SQuAD, by the reader of attn-read. */
#include "read/articles.h"

#include <stdlib.h>
#include <string.h>

#include "reader.h"

static void check_words(const struct articles *articles, struct string text, int64_t first, int64_t count)
{
    ensure(first >= 0 && first + count <= articles->word_count);
    for (int64_t i = first; i < first + count; i++) {
        const struct word *word = &articles->words[i];
        ensure(word->begin >= 0 && word->begin <= word->end && (size_t)word->end <= text.size);
        ensure(word->type >= 0 && word->type < attn_vocab_size(articles->types));
    }
}

static void check(const struct articles *articles)
{
    for (int64_t i = 0; i < articles->passage_count; i++)
        check_words(articles, articles->passages[i].text, articles->passages[i].first,
                    articles->passages[i].count);
    for (int64_t i = 0; i < articles->question_count; i++) {
        const struct question *question = &articles->questions[i];
        ensure(question->answers > 0 && question->first_answer + question->answers <= articles->answer_count);
        check_words(articles, question->text, question->first, question->count);
        for (int64_t k = 0; k < question->spans; k++) {
            const struct span *span = &articles->spans[question->first_span + k];
            ensure(span->begin >= 0 && span->begin <= span->end);
            ensure(span->end < articles->passages[question->passage].count);
        }
    }
}

static void read_articles(void *path)
{
    attn_context *context = make_context(1);
    struct articles articles = articles_read(context, path);
    check(&articles);
    for (int held_out = 0; held_out < 2; held_out++) {
        int64_t count, *part = articles_part(&articles, held_out, &count);
        for (int64_t i = 0; i < count; i++)
            ensure(part[i] >= 0 && part[i] < articles.question_count);
        free(part);
    }
    articles_free(&articles);
    attn_context_destroy(&context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_try(read_articles, (void *)fuzz_path(data, size));
    return 0;
}

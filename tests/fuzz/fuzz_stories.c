/* fuzz_stories.c - any bytes as a question file of bAbI, by the reader of attn-babi. */
#include "babi/stories.h"

#include <string.h>

#include "reader.h"

static void check(const struct stories *stories, const attn_vocab *vocab)
{
    ensure(stories->question_count > 0 && stories->unknown == 0);
    for (int64_t i = 0; i < stories->question_count; i++) {
        const struct question *question = &stories->questions[i];
        ensure(question->facts > 0 && question->first_fact + question->facts <= stories->fact_count);
        ensure(question->sentence.first + question->sentence.count <= stories->id_count);
        ensure(strcmp(attn_vocab_token(vocab, question->answer_id), question->answer) == 0);
        for (int64_t fact = 0; fact < question->facts; fact++)
            (void)is_support(stories, question, fact);
    }
}

static void read_stories(void *path)
{
    attn_context *context = make_context(1);
    struct stories stories = stories_read(path);
    if (!answers_are_ordered(&stories))
        sort_answers(&stories);
    attn_vocab *vocab = stories_vocab(context, &stories);
    stories_encode(&stories, vocab);
    check(&stories, vocab);
    attn_vocab_destroy(&vocab);
    stories_free(&stories);
    attn_context_destroy(&context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_try(read_stories, (void *)fuzz_path(data, size));
    return 0;
}

/* 06_classify.c - a trained model decides a line of standard input, and shows what the decision rested on.
 *
 *     cc 06_classify.c $(pkg-config --cflags --libs attn) && echo "a film I loved" | ./a.out model.safetensors */
#include <attn/attn.h>
#include <stdio.h>
#include <string.h>

#define TRY(call)                                                                                            \
    if ((call) != ATTN_OK)                                                                                   \
    return fprintf(stderr, "%s\n", attn_last_error()), 1

static attn_status print(void *file, const void *data, size_t size)
{
    return fwrite(data, 1, size, (FILE *)file) == size ? ATTN_OK : attn_set_error(-1, "standard output is gone");
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "examples/sentiment/reviews.safetensors";
    char line[65536] = "";
    const int32_t ways[] = {ATTN_BY_ATTENTION, ATTN_BY_INTEGRATED};
    attn_context *context;
    attn_classifier *classifier;
    TRY(attn_context_create(NULL, &context));
    TRY(attn_classifier_open(context, path, &classifier));
    const size_t size = fgets(line, sizeof line, stdin) ? strcspn(line, "\n") : 0;
    for (int i = 0; i < 2; i++) { /* by attention, and by integrated gradients */
        attn_reading *reading;
        int64_t top[5];
        TRY(attn_classifier_read(classifier, line, size, ways[i], &reading));
        TRY(attn_reading_draw(reading, NULL, print, stdout));
        const int64_t count = attn_reading_top(reading, 5, top);
        for (int64_t k = 0; k < count; k++)
            printf("%8.3f  %s\n", attn_reading_numbers(reading)[top[k]],
                   attn_tokens_get(attn_reading_tokens(reading), top[k]));
        attn_reading_destroy(&reading);
    }
    attn_classifier_destroy(&classifier);
    attn_context_destroy(&context);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fprintf(stderr, "standard output could not be written\n"), 1;
    return 0;
}

/* fuzz_pairs.c - any bytes as texts and their translations, by the reader of attn-translate: a table, or two files, of which
 * the first byte of the input says how long the first one is. */
#include "translate/pairs.h"

#include <string.h>

#include "reader.h"

static void check(const struct pairs *pairs)
{
    ensure(pairs->count > 0);
    for (int64_t i = 0; i < pairs->count; i++)
        ensure(pairs->items[i].source[0] != '\0' && pairs->items[i].target[0] != '\0');
}

static void read_table(void *path)
{
    attn_context *context = make_context(1);
    struct pairs pairs = pairs_read(context, path, NULL, false);
    check(&pairs);
    pairs_free(&pairs);
    attn_context_destroy(&context);
}

static void read_two(void *path)
{
    attn_context *context = make_context(1);
    struct pairs pairs = pairs_read(context, path, "en-fr", false);
    check(&pairs);
    pairs_free(&pairs);
    attn_context_destroy(&context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = {data, size};
    const uint8_t byte = fuzz_byte(&input);
    const size_t first = byte < input.size ? byte : input.size;
    if (byte == 0) {
        fuzz_try(read_table, (void *)fuzz_path(input.data, input.size));
        return 0;
    }
    char path[512];
    strcpy(path, fuzz_folder());
    strcat(path, "/texts");
    fuzz_put("texts.en", input.data, first);
    fuzz_put("texts.fr", input.data + first, input.size - first);
    fuzz_try(read_two, path);
    return 0;
}

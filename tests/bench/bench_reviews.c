/* bench_reviews.c - the reviews of a folder with pos/ and neg/ (aclImdb/train), as ids of a vocabulary made of them. */
#include "bench_data.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
    char *bytes;
    size_t size;
};

struct texts {
    struct text *texts;
    int64_t count;
};

static struct text read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        die("%s: cannot be read", path);
    struct text text = {NULL, (size_t)ftell(file)};
    rewind(file);
    text.bytes = allocate((int64_t)text.size, 1);
    if (fread(text.bytes, 1, text.size, file) != text.size)
        die("%s: cannot be read", path);
    fclose(file);
    return text;
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static void read_class(const char *folder, const char *class, struct texts *all)
{
    char path[4096];
    struct dirent **names;
    snprintf(path, sizeof path, "%s/%s", folder, class);
    int count = scandir(path, &names, NULL, by_name);
    if (count < 0)
        die("%s: cannot be read", path);
    all->texts = realloc(all->texts, (size_t)(all->count + count) * sizeof *all->texts);
    if (all->texts == NULL)
        die("no memory");
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s/%s", folder, class, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            all->texts[all->count++] = read_text(path);
        free(names[i]);
    }
    free(names);
}

static attn_vocab *make_vocab(attn_context *context, attn_tokens *tokens, const struct texts *all)
{
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    must(attn_vocab_builder_create(context, NULL, &builder));
    for (int64_t i = 0; i < all->count; i++) {
        must(attn_tokens_set_text(tokens, all->texts[i].bytes, all->texts[i].size));
        must(attn_vocab_builder_add(builder, tokens));
    }
    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    options.max_size = VOCAB;
    must(attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

struct data data_reviews(attn_context *context, const char *folder, int64_t count, int64_t batch,
                         int64_t time)
{
    struct texts all = {NULL, 0};
    read_class(folder, "neg", &all);
    read_class(folder, "pos", &all);
    attn_tokens *tokens;
    must(attn_tokens_create(context, NULL, &tokens));
    attn_vocab *vocab = make_vocab(context, tokens, &all);

    struct row *rows = allocate(all.count, sizeof *rows);
    int32_t *ids = allocate(all.count * time, sizeof *ids), *at = ids;
    for (int64_t i = 0; i < all.count; i++) {
        must(attn_tokens_set_text(tokens, all.texts[i].bytes, all.texts[i].size));
        int64_t length;
        must(attn_vocab_encode(vocab, tokens, time, at, &length));
        rows[i] = (struct row){(int32_t)length, at};
        at += rows[i].length;
        free(all.texts[i].bytes);
    }
    struct data data = data_bucket(rows, all.count, count, batch);
    free(ids);
    free(rows);
    free(all.texts);
    attn_vocab_destroy(&vocab);
    attn_tokens_destroy(&tokens);
    return data;
}

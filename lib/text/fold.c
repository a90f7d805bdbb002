/* fold.c - the first pass: a copy of the text with its clusters folded, and where that differs from the original. */
#include "text/tokens.h"

#include <string.h>

#include "text/cluster.h"
#include "text/utf8.h"

static const char set_text[] = "attn_tokens_set_text";

/* source[source_length] of the original became folded[folded_length] of the copy. */
typedef struct edit {
    size_t folded, source;
    uint16_t folded_length, source_length;
} edit;

/* The cluster at text[0], size > 0, which begins with UTF-8; returns its bytes. */
static size_t read_cluster(const unsigned char *text, size_t size, int32_t codes[ATTNI_CLUSTER_MAX],
                           int32_t *count)
{
    size_t length = attni_utf8_decode(text, size, &codes[0]);
    for (*count = 1; *count < ATTNI_CLUSTER_MAX && length < size && text[length] >= 0x80; ++*count) {
        size_t more = attni_utf8_decode(text + length, size - length, &codes[*count]);
        if (codes[*count] < 0 || !attni_cluster_continues(codes[*count]))
            break;
        length += more;
    }
    return length;
}

/* The cluster, or the malformed bytes, at text[*position]. */
static attn_status fold_cluster(attn_tokens *tokens, const unsigned char *text, size_t size, size_t *position)
{
    attni_buffer *folded = &tokens->folded;
    ATTNI_TRY(attni_buffer_reserve(folded, tokens->context, set_text, size - *position + ATTNI_CLUSTER_SIZE));
    unsigned char *out = (unsigned char *)folded->data + folded->size;
    int32_t codes[ATTNI_CLUSTER_MAX], count;
    size_t source_length = attni_utf8_decode(text + *position, size - *position, codes), folded_length = 1;
    if (codes[0] >= 0) {
        source_length = read_cluster(text + *position, size - *position, codes, &count);
        folded_length = attni_cluster_fold(codes, count, &tokens->options, out);
    } else {
        tokens->invalid++;
        *out = ' ';
    }
    if (folded_length != source_length || memcmp(out, text + *position, source_length) != 0) {
        attni_buffer *edits = &tokens->edits;
        ATTNI_TRY(attni_buffer_reserve(edits, tokens->context, set_text, sizeof(edit)));
        edit made = {folded->size, *position, (uint16_t)folded_length, (uint16_t)source_length};
        memcpy((char *)edits->data + edits->size, &made, sizeof made);
        edits->size += sizeof made;
    }
    folded->size += folded_length;
    *position += source_length;
    return ATTN_OK;
}

/* Does the ASCII character before text[0] begin a cluster that goes on here? */
static int goes_on(const unsigned char *text, size_t size)
{
    int32_t code;
    attni_utf8_decode(text, size, &code);
    return code >= 0 && attni_cluster_continues(code);
}

/* There is always room in the copy for what is left of the original. */
attn_status attni_tokens_fold(attn_tokens *tokens, const unsigned char *text, size_t size)
{
    attni_buffer *folded = &tokens->folded;
    ATTNI_TRY(attni_buffer_reserve(folded, tokens->context, set_text, size + ATTNI_CLUSTER_SIZE));
    for (size_t position = 0, step = 0; position < size; step++) {
        if (step % ATTNI_STRIDE == 0)
            ATTNI_GO_ON();
        size_t ascii = attni_ascii_length(text + position, size - position), stop = position + ascii;
        if (ascii > 0 && stop < size && goes_on(text + stop, size - stop))
            ascii--;
        memcpy((char *)folded->data + folded->size, text + position, ascii);
        folded->size += ascii;
        position += ascii;
        do {
            if (++step % ATTNI_STRIDE == 0)
                ATTNI_GO_ON();
            if (position < size)
                ATTNI_TRY(fold_cluster(tokens, text, size, &position));
        } while (position < size && text[position] >= 0x80);
    }
    return ATTN_OK;
}

/* Both lists rise. */
void attni_tokens_translate_spans(attn_tokens *tokens)
{
    const edit *next = tokens->edits.data, *stop = next + tokens->edits.size / sizeof(edit);
    int64_t shift = 0, done = 0; /* original minus folded, between edits; the end of the token before */
    for (int64_t t = 0; t < tokens->count; t++) {
        size_t first = (size_t)tokens->begins[t], behind = (size_t)tokens->ends[t], last = behind - 1;
        for (; next < stop && next->folded + next->folded_length <= first; next++)
            shift =
                (int64_t)(next->source + next->source_length) - (int64_t)(next->folded + next->folded_length);
        int64_t begin = next < stop && next->folded <= first ? (int64_t)next->source : (int64_t)first + shift;

        for (; next < stop && next->folded + next->folded_length <= last; next++)
            shift =
                (int64_t)(next->source + next->source_length) - (int64_t)(next->folded + next->folded_length);
        const edit *after = next;
        int64_t end = (int64_t)behind + shift;
        if (next < stop && next->folded <= last) {
            end = (int64_t)(next->source + next->source_length);
            after++;
        }
        /* What vanished behind the last letter belongs to the token. */
        for (; after < stop && after->folded_length == 0 && (int64_t)after->source == end; after++)
            end += after->source_length;

        /* One character may have become several tokens: the first has its bytes, the others none. */
        tokens->begins[t] = begin < done ? done : begin;
        tokens->ends[t] = end < tokens->begins[t] ? tokens->begins[t] : end;
        done = tokens->ends[t];
    }
}

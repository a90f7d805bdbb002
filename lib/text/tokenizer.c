/* tokenizer.c - text to tokens, in two passes.
 *
 * 1. fold: what is not ASCII is replaced by its folded form (utf8.h), in a copy; a list of edits says where
 *    the copy differs from the original. Text that is all ASCII is not copied.
 * 2. split: the folded text is cut into tokens by the rules of attn/tokenizer.h. Each byte of a word goes to
 *    exactly one byte of its token, lower-cased; so the token's bytes tell its span in the folded text, and
 *    the edits tell its span in the original. */
#include "attn/tokenizer.h"

#include <string.h>

#include "text/buffer.h"
#include "text/utf8.h"

static const char set_text[] = "attn_tokens_set_text";

/* source[source_length] of the original became folded[folded_length] of the copy. */
typedef struct edit {
    size_t folded, source;
    uint8_t folded_length, source_length;
} edit;

struct attn_tokens {
    attn_context *context;
    attni_buffer text; /* the tokens, each NUL-terminated */
    int64_t count, capacity;
    int64_t *offsets, *begins, *ends; /* [capacity]: where the token stands in `text`, and its span */
    int64_t invalid;
    attni_buffer folded, edits; /* of the first pass */
};

/* ---- first pass: fold ------------------------------------------------------------------------------------ */

static attn_status fold_character(attn_tokens *tokens, const unsigned char *text, size_t size,
                                  size_t *position)
{
    attni_buffer *folded = &tokens->folded;
    ATTNI_TRY(attni_buffer_reserve(folded, tokens->context, set_text, size - *position + ATTNI_FOLD_SIZE));
    unsigned char *out = (unsigned char *)folded->data + folded->size;
    int32_t code;
    size_t source_length = attni_utf8_decode(text + *position, size - *position, &code), folded_length;
    if (code >= 0) {
        folded_length = attni_utf8_fold(code, out);
    } else {
        tokens->invalid++;
        *out = ' ';
        folded_length = 1;
    }
    if (folded_length != source_length || memcmp(out, text + *position, source_length) != 0) {
        attni_buffer *edits = &tokens->edits;
        ATTNI_TRY(attni_buffer_reserve(edits, tokens->context, set_text, sizeof(edit)));
        edit made = {folded->size, *position, (uint8_t)folded_length, (uint8_t)source_length};
        memcpy((char *)edits->data + edits->size, &made, sizeof made);
        edits->size += sizeof made;
    }
    folded->size += folded_length;
    *position += source_length;
    return ATTN_OK;
}

/* The folded text is tokens->folded. There is always room in it for what is left of the original. */
static attn_status fold(attn_tokens *tokens, const unsigned char *text, size_t size)
{
    attni_buffer *folded = &tokens->folded;
    ATTNI_TRY(attni_buffer_reserve(folded, tokens->context, set_text, size + ATTNI_FOLD_SIZE));
    for (size_t position = 0; position < size;) {
        size_t ascii = attni_ascii_length(text + position, size - position);
        memcpy((char *)folded->data + folded->size, text + position, ascii);
        folded->size += ascii;
        position += ascii;
        while (position < size && text[position] >= 0x80)
            ATTNI_TRY(fold_character(tokens, text, size, &position));
    }
    return ATTN_OK;
}

/* The spans, which the second pass left in places of the folded text, in places of the original. Both lists
 * rise. */
static void translate_spans(attn_tokens *tokens)
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
        /* Accents that follow the last letter belong to the token. */
        for (; after < stop && after->folded_length == 0 && (int64_t)after->source == end; after++)
            end += after->source_length;

        /* One character may have become several tokens: the first has its bytes, the others none. */
        tokens->begins[t] = begin < done ? done : begin;
        tokens->ends[t] = end < tokens->begins[t] ? tokens->begins[t] : end;
        done = tokens->ends[t];
    }
}

/* ---- the list -------------------------------------------------------------------------------------------- */

static attn_status grow(attn_tokens *tokens)
{
    int64_t capacity = tokens->capacity ? 2 * tokens->capacity : 512;
    int64_t **lists[3] = {&tokens->offsets, &tokens->begins, &tokens->ends};
    size_t size = (size_t)capacity * sizeof(int64_t);
    for (int32_t i = 0; i < 3; i++) {
        int64_t *list = attni_alloc(tokens->context, size);
        if (list == NULL)
            return attni_no_memory(set_text, size); /* lists that have grown already do no harm */
        if (tokens->count > 0)
            memcpy(list, *lists[i], (size_t)tokens->count * sizeof(int64_t));
        attni_free(tokens->context, *lists[i]);
        *lists[i] = list;
    }
    tokens->capacity = capacity;
    return ATTN_OK;
}

/* The next `length` bytes of tokens->text are a token: end it. */
static inline attn_status push(attn_tokens *tokens, size_t length, size_t begin, size_t end)
{
    if (tokens->count == tokens->capacity)
        ATTNI_TRY(grow(tokens));
    tokens->offsets[tokens->count] = (int64_t)tokens->text.size;
    tokens->begins[tokens->count] = (int64_t)begin;
    tokens->ends[tokens->count] = (int64_t)end;
    tokens->count++;
    ((char *)tokens->text.data)[tokens->text.size + length] = '\0';
    tokens->text.size += length + 1;
    return ATTN_OK;
}

/* ---- second pass: split ---------------------------------------------------------------------------------- */

/* The lower-case form of a byte that is an ASCII letter or digit; 0 for every other byte. */
static const unsigned char word_byte[256] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7',
    ['8'] = '8', ['9'] = '9', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f',
    ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n',
    ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v',
    ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
    ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l',
    ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
    ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z',
};

static int is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static int is_space(unsigned char byte)
{
    return byte <= ' ' || byte == 127;
}

/* How many bytes the word character at text[at] has; 0 when none stands there. */
static size_t word_length(const unsigned char *text, size_t size, size_t at)
{
    if (at >= size)
        return 0;
    if (text[at] < 0x80)
        return word_byte[text[at]] != 0;
    int32_t code;
    size_t length = attni_utf8_decode(text + at, size - at, &code);
    return attni_utf8_is_word(code) ? length : 0;
}

/* How many bytes at text[at], which is no ASCII letter or digit, continue the word that ends there: a letter
 * of another script, an apostrophe before a letter, a dot or comma between two digits. */
static size_t joint_length(const unsigned char *text, size_t size, size_t at)
{
    if (text[at] >= 0x80)
        return word_length(text, size, at);
    if (text[at] == '\'')
        return word_length(text, size, at + 1) > 0;
    if (text[at] == '.' || text[at] == ',')
        return is_digit(text[at - 1]) && at + 1 < size && is_digit(text[at + 1]);
    return 0;
}

/* Copy the word that begins at text[at], at least a byte of it, behind the tokens; returns its bytes. */
static size_t copy_word(attn_tokens *tokens, const unsigned char *text, size_t size, size_t at)
{
    unsigned char *out = (unsigned char *)tokens->text.data + tokens->text.size, lower;
    size_t begin = at;
    for (;;) {
        while (at < size && (lower = word_byte[text[at]]) != 0) {
            *out++ = lower;
            at++;
        }
        size_t joint = at < size ? joint_length(text, size, at) : 0;
        if (joint == 0)
            return at - begin;
        while (joint-- > 0)
            *out++ = text[at++];
    }
}

/* How many bytes at the end of a word are a contraction of its own. */
static size_t contraction(const char *word, size_t length)
{
    const char *end = word + length;
    if (length > 3 && end[-2] == '\'' && end[-1] == 't' && end[-3] == 'n')
        return 3;
    if (length > 2 && end[-2] == '\'' && (end[-1] == 's' || end[-1] == 'd' || end[-1] == 'm'))
        return 2;
    if (length > 3 && end[-3] == '\'' &&
        (memcmp(end - 2, "re", 2) == 0 || memcmp(end - 2, "ve", 2) == 0 || memcmp(end - 2, "ll", 2) == 0))
        return 3;
    return 0;
}

/* The word text[begin .. begin + length), with up to two contractions parted off: "couldn't've". */
static attn_status push_word(attn_tokens *tokens, size_t begin, size_t length)
{
    char *word = (char *)tokens->text.data + tokens->text.size;
    size_t second = contraction(word, length), first = second ? contraction(word, length - second) : 0;
    size_t stem = length - first - second;
    char parts[8];
    memcpy(parts, word + stem, first + second); /* before the NUL of the stem overwrites them */
    ATTNI_TRY(push(tokens, stem, begin, begin + stem));
    if (first > 0) {
        memcpy((char *)tokens->text.data + tokens->text.size, parts, first);
        ATTNI_TRY(push(tokens, first, begin + stem, begin + stem + first));
    }
    if (second > 0) {
        memcpy((char *)tokens->text.data + tokens->text.size, parts + first, second);
        ATTNI_TRY(push(tokens, second, begin + stem + first, begin + length));
    }
    return ATTN_OK;
}

/* A mark of punctuation or a symbol, text[at .. at + length); a run of dots is one, "..." whatever its
 * length. */
static attn_status push_mark(attn_tokens *tokens, const unsigned char *text, size_t size, size_t at,
                             size_t *length)
{
    char *out = (char *)tokens->text.data + tokens->text.size;
    int32_t code;
    *length = attni_utf8_decode(text + at, size - at, &code);
    if (text[at] == '.' && at + 1 < size && text[at + 1] == '.') {
        while (at + *length < size && text[at + *length] == '.')
            ++*length;
        memcpy(out, "...", 3);
        return push(tokens, 3, at, at + *length);
    }
    memcpy(out, text + at, *length);
    return push(tokens, *length, at, at + *length);
}

static attn_status split(attn_tokens *tokens, const unsigned char *text, size_t size)
{
    /* A token of n bytes becomes n and a NUL, ".." becomes "..." and a NUL: never more than twice the text. */
    ATTNI_TRY(attni_buffer_reserve(&tokens->text, tokens->context, set_text, 2 * size));
    for (size_t at = 0, length; at < size; at += length) {
        length = 1;
        if (is_space(text[at]))
            continue;
        if (word_byte[text[at]] || (text[at] >= 0x80 && word_length(text, size, at) > 0)) {
            length = copy_word(tokens, text, size, at);
            ATTNI_TRY(push_word(tokens, at, length));
        } else if ((length = attni_html_break(text + at, size - at)) == 0) {
            ATTNI_TRY(push_mark(tokens, text, size, at, &length));
        }
    }
    return ATTN_OK;
}

/* ---- the public functions -------------------------------------------------------------------------------- */

attn_status attn_tokens_create(attn_context *context, attn_tokens **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    attn_tokens *tokens = attni_alloc_zero(context, sizeof *tokens);
    if (tokens == NULL)
        return attni_no_memory(__func__, sizeof *tokens);
    tokens->context = attni_context_retain(context);
    *out = tokens;
    return ATTN_OK;
}

void attn_tokens_destroy(attn_tokens **out)
{
    if (out == NULL || *out == NULL)
        return;
    attn_tokens *tokens = *out;
    attn_context *context = tokens->context;
    attni_buffer_clear(&tokens->text, context);
    attni_buffer_clear(&tokens->folded, context);
    attni_buffer_clear(&tokens->edits, context);
    attni_free(context, tokens->offsets);
    attni_free(context, tokens->begins);
    attni_free(context, tokens->ends);
    attni_free(context, tokens);
    attni_context_release(context);
    *out = NULL;
}

static void empty(attn_tokens *tokens)
{
    tokens->count = tokens->invalid = 0;
    tokens->text.size = tokens->folded.size = tokens->edits.size = 0;
}

attn_status attn_tokens_set_text(attn_tokens *tokens, const char *text, size_t size)
{
    ATTNI_REQUIRE_PTR(tokens);
    empty(tokens);
    ATTNI_REQUIRE(text != NULL || size == 0, "%s: text is NULL; expected %zu bytes", __func__, size);
    ATTNI_REQUIRE(size <= SIZE_MAX / 4, "%s: size is %zu; expected the bytes of text", __func__, size);
    const unsigned char *bytes = (const unsigned char *)text;
    attn_status status;
    if (attni_ascii_length(bytes, size) == size) {
        status = split(tokens, bytes, size);
    } else {
        status = fold(tokens, bytes, size);
        if (status == ATTN_OK)
            status = split(tokens, tokens->folded.data, tokens->folded.size);
        if (status == ATTN_OK && tokens->edits.size > 0)
            translate_spans(tokens);
    }
    if (status != ATTN_OK)
        empty(tokens);
    return status;
}

int64_t attn_tokens_count(const attn_tokens *tokens)
{
    return tokens ? tokens->count : 0;
}

const char *attn_tokens_get(const attn_tokens *tokens, int64_t index)
{
    if (tokens == NULL || index < 0 || index >= tokens->count)
        return NULL;
    return (const char *)tokens->text.data + tokens->offsets[index];
}

const int64_t *attn_tokens_begins(const attn_tokens *tokens)
{
    return tokens && tokens->count > 0 ? tokens->begins : NULL;
}

const int64_t *attn_tokens_ends(const attn_tokens *tokens)
{
    return tokens && tokens->count > 0 ? tokens->ends : NULL;
}

int64_t attn_tokens_invalid(const attn_tokens *tokens)
{
    return tokens ? tokens->invalid : 0;
}

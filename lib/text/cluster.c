/* cluster.c - composing and folding, by utf8proc's tables and two short ones of our own. */
#include "text/cluster.h"

#include <string.h>
#include <utf8proc.h>

#include "text/utf8.h"

enum { POINTS = ATTNI_CLUSTER_SIZE / 4 };

/* The code points of a cluster on its way. */
struct points {
    int32_t count;
    int32_t code[POINTS];
};

static int is_mark(int32_t code)
{
    utf8proc_category_t category = utf8proc_category(code);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

int attni_cluster_continues(int32_t code)
{
    if ((code >= 0x1160 && code <= 0x11FF) ||
        (code >= 0xD7B0 && code <= 0xD7FF)) /* vowels and ends of Hangul */
        return 1;
    if (code == 0xFF9E || code == 0xFF9F) /* voicing marks of kana of half width */
        return 1;
    utf8proc_category_t category = utf8proc_category(code);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME || (category == UTF8PROC_CATEGORY_CF && code != 0x200B);
}

/* ---- tables of our own ----------------------------------------------------------------------------------- */

/* Marks that count as those of ASCII, and that no decomposition maps there. U+0085 to U+0097 are controls, but in
 * real text they are bytes of Windows-1252 that were taken for Latin-1; HTML reads them so, too. */
static const char *typographic(int32_t code)
{
    switch (code) {
    case 0x0091: /* quotation marks of Windows-1252 */
    case 0x0092:
    case 0x00B4: /* acute accent, typed for an apostrophe */
    case 0x02B9: /* modifier letters: prime, turned comma, apostrophe */
    case 0x02BB:
    case 0x02BC:
    case 0x2018: /* single quotation marks */
    case 0x2019:
    case 0x201B:
    case 0x2032: /* prime */
        return "'";
    case 0x0093:
    case 0x0094:
    case 0x00AB: /* guillemets */
    case 0x00BB:
    case 0x201C: /* double quotation marks */
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033: /* double prime */
        return "\"";
    case 0x201A: /* low single quotation mark */
        return ",";
    case 0x0085:
        return "...";
    case 0x0096:
    case 0x0097:
    case 0x2010: /* hyphens and dashes */
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212: /* minus */
        return "-";
    case 0x2044: /* fraction slash, of which "1/2" in one character is made */
        return "/";
    case 0x200B: /* zero-width space */
        return " ";
    default:
        return NULL;
    }
}

/* Latin letters that have no accent to strip: small ones, and capitals where case is kept. */
static const char *spelled(int32_t code)
{
    static const struct {
        int32_t code;
        const char *letters;
    } table[] = {
        {0x00C6, "AE"}, {0x00D0, "D"},  {0x00D8, "O"},  {0x00DE, "TH"}, {0x00DF, "ss"}, {0x00E6, "ae"},
        {0x00F0, "d"},  {0x00F8, "o"},  {0x00FE, "th"}, {0x0110, "D"},  {0x0111, "d"},  {0x0126, "H"},
        {0x0127, "h"},  {0x0131, "i"},  {0x0138, "k"},  {0x0141, "L"},  {0x0142, "l"},  {0x014A, "NG"},
        {0x014B, "ng"}, {0x0152, "OE"}, {0x0153, "oe"}, {0x0166, "T"},  {0x0167, "t"},  {0x0191, "F"},
        {0x0192, "f"},  {0x1E9E, "SS"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table && table[i].code <= code; i++) {
        if (table[i].code == code)
            return table[i].letters;
    }
    return NULL;
}

/* A letter or digit of Latin, Greek or Cyrillic. */
static int has_accents(int32_t code)
{
    static const int32_t blocks[][2] = {
        {0x0000, 0x052F}, /* Latin, Greek, Cyrillic */
        {0x1C80, 0x1C8F}, /* Cyrillic C */
        {0x1D00, 0x1DBF}, /* phonetic extensions */
        {0x1E00, 0x1FFF}, /* Latin and Greek, extended */
        {0x2C60, 0x2C7F}, /* Latin C */
        {0xA640, 0xA69F}, /* Cyrillic B */
        {0xA720, 0xA7FF}, /* Latin D */
        {0xAB30, 0xAB6F}, /* Latin E */
    };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks && blocks[i][0] <= code; i++) {
        if (code <= blocks[i][1])
            return attni_utf8_is_word(code);
    }
    return 0;
}

/* ---- steps ----------------------------------------------------------------------------------------------- */

static void push(struct points *points, int32_t code)
{
    if (points->count < POINTS) /* always: only a first character has a long decomposition, of at most 18 */
        points->code[points->count++] = code;
}

static void push_ascii(struct points *points, const char *text)
{
    for (; *text; text++)
        push(points, *text);
}

/* What decomposing the character gives, of the kind that `options` says. */
static utf8proc_ssize_t decompose(int32_t code, int32_t options, int32_t out[POINTS])
{
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        code, out, POINTS, (utf8proc_option_t)(UTF8PROC_DECOMPOSE | options), &boundary);
    if (count >= 0 && count <= POINTS)
        return count;
    out[0] = code; /* no such case in Unicode; the character then stands for itself */
    return 1;
}

/* Canonical order: marks in a row by rising class, equal ones as they came. */
static void reorder(struct points *points)
{
    for (int32_t i = 1; i < points->count; i++) {
        int32_t code = points->code[i], at = i, class = utf8proc_get_property(code)->combining_class;
        if (class == 0)
            continue;
        for (; at > 0 && utf8proc_get_property(points->code[at - 1])->combining_class > class; at--)
            points->code[at] = points->code[at - 1];
        points->code[at] = code;
    }
}

static void fold_point(int32_t code, const attn_tokens_options *options, struct points *points)
{
    const char *ascii = typographic(code);
    if (ascii == NULL && !options->keep_accents)
        ascii = spelled(code);
    if (ascii) {
        push_ascii(points, ascii);
        return;
    }
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CF: /* soft hyphens, joiners, direction marks, the byte order mark */
        return;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
        push(points, ' ');
        return;
    default:
        break;
    }
    int selector = (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xE0100 && code <= 0xE01EF) ||
                   (code >= 0x180B && code <= 0x180F && code != 0x180E);
    if (!selector)
        push(points, code);
}

/* Letters that mean more than what their compatibility forms write out. */
static int stands_for_itself(int32_t code)
{
    return (code >= 0x3040 && code <= 0x30FF) || /* kana */
           (code >= 0x3131 && code <= 0x318E) || /* letters of Hangul that stand alone */
           code == 0x0E33 || code == 0x0EB3;     /* Thai and Lao AM, which would begin with a mark */
}

static void fold(const struct points *source, const attn_tokens_options *options, struct points *points)
{
    int32_t parts[POINTS];
    for (int32_t i = 0; i < source->count; i++) {
        int32_t code = source->code[i], how = options->keep_case ? 0 : UTF8PROC_CASEFOLD;
        if (!stands_for_itself(code))
            how |= UTF8PROC_COMPAT;
        parts[0] = code;
        utf8proc_ssize_t count = typographic(code) ? 1 : decompose(code, how, parts);
        for (utf8proc_ssize_t part = 0; part < count; part++)
            fold_point(parts[part], options, points);
    }
}

/* Drop the marks on letters whose accents are not kept, or those on what is no letter. */
static void strip(struct points *points, int32_t accents)
{
    int32_t base = ' ', kept = 0;
    for (int32_t i = 0; i < points->count; i++) {
        int32_t code = points->code[i];
        if (!is_mark(code))
            base = code;
        else if (accents ? has_accents(base) : !attni_utf8_is_word(base))
            continue;
        points->code[kept++] = code;
    }
    points->count = kept;
}

/* All the steps. */
static void fold_letters(const int32_t *codes, int32_t count, const attn_tokens_options *options,
                         struct points *points)
{
    struct points source;
    int32_t parts[POINTS];
    source.count = 0;
    for (int32_t i = 0; i < count; i++) {
        utf8proc_ssize_t more = decompose(codes[i], 0, parts);
        for (utf8proc_ssize_t part = 0; part < more; part++)
            push(&source, parts[part]);
    }
    reorder(&source);
    fold(&source, options, points);
    reorder(points);
    if (!options->keep_accents)
        strip(points, 1);
    if (points->count > 1)
        points->count = (int32_t)utf8proc_normalize_utf32(points->code, points->count,
                                                          UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    strip(points, 0); /* after composing: "=" and a stroke are "not equal" */
}

size_t attni_cluster_fold(const int32_t *codes, int32_t count, const attn_tokens_options *options,
                          unsigned char out[ATTNI_CLUSTER_SIZE])
{
    struct points points;
    points.count = 0;
    const char *ascii = count == 1 ? typographic(codes[0]) : NULL; /* most of what is not ASCII in English */
    if (ascii)
        push_ascii(&points, ascii);
    else
        fold_letters(codes, count, options, &points);
    size_t size = 0;
    for (int32_t i = 0; i < points.count; i++)
        size += (size_t)utf8proc_encode_char(points.code[i], out + size);
    return size;
}

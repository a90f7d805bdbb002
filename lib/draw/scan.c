/* scan.c - clusters, lines and pieces of a text, found as they are asked for. */
#include "draw/scan.h"

#include <math.h>
#include <string.h>

#include "core/call.h"
#include "draw/sink.h"
#include "text/utf8.h"

/* How wide a cluster is: its code points added up; but what is wide by itself, or made a picture by U+FE0F, is 2 with all that is
 * joined to it. */
static int64_t add_columns(int64_t columns, int32_t first, int32_t code)
{
    if (code == 0xFE0F)
        return columns < 2 ? 2 : columns;
    return attni_utf8_columns(first) == 2 ? 2 : columns + attni_utf8_columns(code);
}

/* Of the spans that lie in text[begin .. end) at least in part, the one whose number is furthest from 0; -1: there is none. */
static int64_t span_of(const attni_shaded *text, attni_scan *scan, int64_t begin, int64_t end)
{
    int64_t span = -1;
    while (scan->span < text->count && text->ends[scan->span] <= begin)
        scan->span++;
    for (int64_t i = scan->span; i < text->count && text->begins[i] < end; i++) {
        const bool better = span < 0 || fabsf(text->numbers[i]) > fabsf(text->numbers[span]);
        if (text->ends[i] > text->begins[i] && better)
            span = i;
    }
    return span;
}

bool attni_next_cluster(const attni_shaded *text, attni_scan *scan, attni_stretch *cluster)
{
    if (scan->at >= text->size)
        return false;
    const unsigned char *bytes = text->text + scan->at;
    const int64_t size = text->size - scan->at;
    int32_t first, code, next, state = 0;
    *cluster = (attni_stretch){.begin = scan->at, .span = -1, .kind = ATTNI_BREAK};
    int64_t length = (int64_t)attni_html_break(bytes, (size_t)size);
    if (length == 0) {
        length = (int64_t)attni_draw_decode(bytes, size, &first);
        if (attni_is_break(first)) {
            length += first == '\r' && length < size && bytes[length] == '\n';
        } else {
            cluster->kind = ATTNI_LETTERS;
            cluster->columns = first == '\t' ? ATTNI_TAB : attni_utf8_columns(first);
            for (code = first; length < size; code = next) {
                const int64_t more = (int64_t)attni_draw_decode(bytes + length, size - length, &next);
                if (next == 0xFFFD || attni_is_break(next) || !attni_utf8_joins(code, next, &state))
                    break;
                cluster->columns = add_columns(cluster->columns, first, next);
                length += more;
            }
            if (length == 1 && (first == ' ' || first == '\t'))
                cluster->kind = ATTNI_SPACE;
        }
    }
    scan->at += length;
    cluster->end = scan->at;
    const int64_t span = span_of(text, scan, cluster->begin, cluster->end);
    cluster->span = cluster->kind == ATTNI_BREAK ? -1 : span;
    return true;
}

/* Whether the call is to end: what is drawn does not matter any more. */
static bool is_over(int64_t step)
{
    return step % ATTNI_STRIDE == 0 && attni_interrupted();
}

bool attni_next_stretch(const attni_shaded *text, attni_scan *scan, int64_t end, int64_t most,
                        attni_stretch *piece)
{
    if (scan->at >= end || !attni_next_cluster(text, scan, piece))
        return false;
    attni_scan ahead = *scan;
    attni_stretch cluster;
    int64_t step = 0;
    while (piece->kind != ATTNI_BREAK && ahead.at < end && attni_next_cluster(text, &ahead, &cluster)) {
        if (cluster.kind == ATTNI_BREAK || cluster.span != piece->span ||
            piece->columns + cluster.columns > most || is_over(++step))
            break;
        piece->end = cluster.end;
        piece->columns += cluster.columns;
        piece->kind = ATTNI_LETTERS;
        *scan = ahead;
    }
    return true;
}

int64_t attni_stretch_line(const attni_shaded *text, attni_scan scan, int64_t columns)
{
    const int64_t begin = scan.at;
    int64_t space = -1, taken = 0, step = 0;
    attni_stretch cluster;
    while (attni_next_cluster(text, &scan, &cluster)) {
        if (cluster.kind == ATTNI_BREAK || is_over(++step))
            return cluster.end;
        taken += cluster.columns;
        if (cluster.kind == ATTNI_SPACE)
            space = cluster.end; /* one that hangs over the edge shows nothing */
        else if (taken > columns)
            return space > 0 ? space : cluster.begin > begin ? cluster.begin : cluster.end;
    }
    return text->size;
}

int64_t attni_columns_of(const char *string)
{
    const attni_shaded line = {.text = (const unsigned char *)string, .size = (int64_t)strlen(string)};
    attni_scan scan = {0};
    attni_stretch cluster;
    int64_t columns = 0;
    while (attni_next_cluster(&line, &scan, &cluster))
        columns += cluster.kind == ATTNI_LETTERS ? cluster.columns : 1;
    return columns;
}

/* direction.c - the order of a line's words as people read it, by the rules of Unicode's bidirectional algorithm (UAX #9) that words
 * need: a paragraph goes where its first letter does (P2, P3); a number goes with the letters before it (W2, W7); what has no direction
 * goes with both its neighbours where they agree, and else with the paragraph (N1, N2). Each run of pieces of one direction then stands
 * where the paragraph puts it, and its pieces in its own order (L2). Letters within a piece are the viewer's to order. */
#include "draw/direction.h"

#include "draw/sink.h"
#include "text/utf8.h"

#define NUMBER 2

/* The direction of a piece's first letter that has one; NUMBER where there are digits alone; 0: none. */
static int32_t direction_of(const attni_shaded *text, const attni_stretch *piece)
{
    int32_t found = 0, code;
    for (int64_t at = piece->begin; at < piece->end && piece->kind != ATTNI_BREAK;) {
        at += (int64_t)attni_draw_decode(text->text + at, piece->end - at, &code);
        const int32_t direction = attni_utf8_direction(code);
        if (direction == 1 || direction == -1)
            return direction;
        found = direction ? direction : found;
    }
    return found;
}

bool attni_goes_leftward(const attni_shaded *text, attni_scan scan)
{
    attni_stretch cluster;
    while (attni_next_cluster(text, &scan, &cluster) && cluster.kind != ATTNI_BREAK) {
        const int32_t direction = direction_of(text, &cluster);
        if (direction == 1 || direction == -1)
            return direction < 0;
    }
    return false;
}

/* What has no direction up to the next piece that has one, or the line's end, and that piece. */
typedef struct group {
    attni_stretch next;
    int64_t columns;   /* without those of `next` */
    int64_t begin;     /* of `next` */
    int32_t direction; /* of the pieces before `next` */
    int32_t of_next;   /* 0: the line ends */
} group;

static group next_group(const attni_placing *placing, attni_scan *scan, int32_t before)
{
    const int32_t paragraph = placing->leftward ? -1 : 1;
    group found = {.direction = paragraph};
    before = before ? before : paragraph;
    for (;;) {
        found.begin = scan->at;
        if (!attni_next_stretch(placing->text, scan, placing->end, INT64_MAX, &found.next))
            break;
        found.of_next = direction_of(placing->text, &found.next);
        if (found.of_next == NUMBER)
            found.of_next = before;
        if (found.of_next != 0)
            break;
        found.columns += found.next.columns;
    }
    if (found.of_next == before)
        found.direction = before;
    return found;
}

/* As many pieces as go in one direction. */
static void begin_run(attni_placing *placing)
{
    attni_scan scan = placing->scan;
    int32_t run = 0;
    placing->taken += placing->run_columns;
    placing->run_columns = placing->in_run = 0;
    placing->run_end = scan.at;
    for (;;) {
        const int64_t begin = scan.at;
        const group found = next_group(placing, &scan, placing->before);
        if (found.begin > begin) {
            if (run != 0 && found.direction != run)
                break;
            run = found.direction;
            placing->run_columns += found.columns;
            placing->run_end = found.begin;
        }
        if (found.of_next == 0 || (run != 0 && found.of_next != run))
            break;
        placing->before = run = found.of_next;
        placing->run_columns += found.next.columns;
        placing->run_end = scan.at;
    }
    placing->run_leftward = run < 0;
}

bool attni_next_placed(attni_placing *placing, attni_stretch *piece, int64_t *column)
{
    if (placing->scan.at >= placing->run_end)
        begin_run(placing);
    if (!attni_next_stretch(placing->text, &placing->scan, placing->end, INT64_MAX, piece))
        return false;
    const int64_t run =
        placing->leftward ? placing->right - placing->taken - placing->run_columns : placing->taken;
    *column = run + (placing->run_leftward ? placing->run_columns - placing->in_run - piece->columns
                                           : placing->in_run);
    placing->in_run += piece->columns;
    return true;
}

/* direction.h - where the pieces of a line stand, where some or all of it is written from right to left. */
#ifndef ATTN_DRAW_DIRECTION_H
#define ATTN_DRAW_DIRECTION_H

#include "draw/scan.h"

/* A line, text[scan.at .. end), of a paragraph whose writing goes to the left or not; all else begins as 0. */
typedef struct attni_placing {
    const attni_shaded *text;
    attni_scan scan;
    int64_t end;
    bool leftward;
    int64_t right; /* the column where the line ends: what goes to the left begins there */

    int32_t before;               /* the direction of the last piece that has one; 0: none has been */
    int64_t taken;                /* columns of the runs before this one */
    int64_t run_end, run_columns; /* of pieces of one direction */
    int64_t in_run;               /* columns of the run's pieces before the next */
    bool run_leftward;
} attni_placing;

/* Whether the paragraph that begins at `scan` goes to the left: its first letter that has a direction does. */
bool attni_goes_leftward(const attni_shaded *text, attni_scan scan);

/* The next piece in the text's order, and the column where it stands; false at the line's end. */
bool attni_next_placed(attni_placing *placing, attni_stretch *piece, int64_t *column);

#endif

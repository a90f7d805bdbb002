/* show_ansi.c - a shaded text for the terminal, and the words of most weight named below it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "common/terminal.h"

#define TOP 5 /* words that are named below a shaded text */

/* A terminal has few shades: of attention, they go to what is above the mean. */
static void shade_above_mean(struct show *show, int64_t length)
{
    float mean = 0, largest = 1;
    for (int64_t i = 0; i < length; i++)
        mean += fabsf(show->shades[i]) / (float)length;
    for (int64_t i = 0; i < length && length > 1; i++) {
        float above = fabsf(show->shades[i]) - mean;
        show->shades[i] = above > 1e-4f * mean /* beyond rounding */
                              ? copysignf(above / (largest - mean), show->shades[i])
                              : 0;
    }
}

/* For a reader without colours as well. */
static void print_top(struct show *show, const struct reading *reading)
{
    struct text line = {0};
    text_print(&line, "  %s: ", method_name(reading->by));
    for (int64_t rank = 1; rank <= TOP && rank <= reading->length; rank++) {
        int64_t token = 0;
        while (show->ranks[token] != rank)
            token++;
        text_print(&line, "%s%s ", rank > 1 ? ", " : "", attn_tokens_get(reading->tokens, token));
        text_print(&line, is_signed(reading->by) ? "%+.3f" : "%.3f", reading->values[token]);
    }
    int64_t size = line.size;
    text_append(&line, "; ", 2);
    append_notes(&line, reading);
    if (line.size == size + 2)
        line.size = size;
    printf("%.*s\n", (int)line.size, line.bytes);
    free(line.bytes);
}

void show_ansi(struct show *show, const struct reading *reading)
{
    if (!is_signed(reading->by))
        shade_above_mean(show, reading->length);
    print_shaded(reading->decision, strlen(reading->decision), 0, NULL, NULL, NULL, false);
    printf(" %.2f  ", reading->probability);
    print_shaded(reading->text, reading->size, reading->length, attn_tokens_begins(reading->tokens),
                 attn_tokens_ends(reading->tokens), show->shades, show->colours);
    putchar('\n');
    print_top(show, reading);
}

/* figure.c - the figure's parts from top to bottom. */
#include "figure.h"

#include <math.h>
#include <stdlib.h>

#include "canvas.h"

#define LEFT 34 /* where the letters stand */
#define EDGE 12
#define BAND 4 /* pixels */
#define ROW 16
#define AXIS 26
#define WIDEST 1200

enum {
    PAPER = 0xFFFFFF,
    INK = 0x222222,
    FAINT = 0x888888,
    LOUD = 0x10204C,
    HEARD = 0xC04400,
    STRIPE = 0xF3F3F3,
    WORD = 0xB8C8E0
};

/* Pixels of a frame, so that the whole is about as wide as a page. */
static int64_t frame_width(const struct figure *figure)
{
    const int64_t fits = WIDEST / figure->frames;
    return fits < 1 ? 1 : fits > 6 ? 6 : fits;
}

/* Low sounds stand at the bottom. */
static void draw_spectrum(struct canvas *canvas, const struct figure *figure, int64_t top, int64_t across)
{
    const int64_t frames = figure->frames, bands = figure->trained->settings.bands;
    float least = figure->spectrum[0], most = least;
    for (int64_t i = 0; i < frames * bands; i++) {
        least = fminf(least, figure->spectrum[i]);
        most = fmaxf(most, figure->spectrum[i]);
    }
    uint8_t *pixels = allocate(frames * bands, 3);
    for (int64_t i = 0; i < frames * bands; i++) {
        const float value = figure->spectrum[i % frames * bands + (bands - 1 - i / frames)];
        const colour shade =
            blend(PAPER, LOUD, most > least ? (double)((value - least) / (most - least)) : 0);
        for (int channel = 0; channel < 3; channel++)
            pixels[3 * i + channel] = (uint8_t)(shade >> (16 - 8 * channel));
    }
    canvas_picture(canvas, LEFT, top, frames, bands, across, BAND, pixels);
    free(pixels);
}

/* Where the digits lie. */
static void draw_truth(struct canvas *canvas, const struct figure *figure, int64_t top, int64_t across)
{
    const struct feature_settings *settings = &figure->trained->settings;
    for (int64_t i = 0; i < figure->truth->count; i++) {
        const double pixels = (double)across / (double)settings->step, half = (double)settings->window / 2;
        const int64_t begin = LEFT + (int64_t)(fmax(0.0, (double)figure->truth->begins[i] - half) * pixels),
                      end = LEFT + (int64_t)(fmax(0.0, (double)figure->truth->ends[i] - half) * pixels);
        canvas_rectangle(canvas, begin, top + 2, end - begin, ROW - 2, WORD);
        canvas_text(canvas, (begin + end) / 2, top + 1 + ROW / 2, true, digit_names[figure->truth->digits[i]],
                    INK);
    }
}

/* A row a letter, a blank without a name; each item as dark as its weight is of the letter's largest. */
static void draw_weights(struct canvas *canvas, const struct figure *figure, int64_t top, int64_t across)
{
    const int64_t span = network_span(&figure->trained->network), width = figure->frames * across;
    for (int64_t t = 0; t < figure->count; t++) {
        const float *weights = figure->weights + t * figure->items;
        float largest = 1e-6f;
        for (int64_t j = 0; j < figure->items; j++)
            largest = fmaxf(largest, weights[j]);
        if (t % 2)
            canvas_rectangle(canvas, LEFT, top + t * ROW, width, ROW, STRIPE);
        if (figure->letters[t] != BLANK_ID)
            canvas_text(canvas, EDGE, top + t * ROW + ROW / 2, false,
                        attn_vocab_token(figure->trained->vocab, figure->letters[t]), INK);
        for (int64_t j = 0; j < figure->items; j++) {
            const double share = (double)(weights[j] / largest);
            const int64_t begin = j * span * across, left = width - begin;
            if (share > 0.02)
                canvas_rectangle(canvas, LEFT + begin, top + t * ROW + 1,
                                 left < span * across ? left : span * across, ROW - 2,
                                 blend(t % 2 ? STRIPE : PAPER, HEARD, share));
        }
    }
}

/* A mark every half second. */
static void draw_axis(struct canvas *canvas, const struct figure *figure, int64_t top, int64_t across)
{
    const struct feature_settings *settings = &figure->trained->settings;
    for (int64_t half = 0;; half++) {
        const double frame =
            ((figure->begin + (double)half * 0.5) * (double)settings->rate - (double)settings->window / 2) /
            (double)settings->step;
        if (frame > (double)figure->frames)
            break;
        if (frame < 0)
            continue;
        const int64_t x = LEFT + (int64_t)(frame * (double)across);
        char *label = print("%lld.%ds", (long long)half / 2, half % 2 ? 5 : 0);
        canvas_rectangle(canvas, x, top, 1, 6, FAINT);
        canvas_text(canvas, x, top + 15, true, label, FAINT);
        free(label);
    }
}

struct text figure_draw(const struct figure *figure, bool svg)
{
    const int64_t across = frame_width(figure), bands = figure->trained->settings.bands * BAND;
    const int64_t words = EDGE + bands, letters = words + (figure->truth ? ROW + 4 : 4),
                  axis = letters + figure->count * ROW;
    struct canvas canvas =
        canvas_create(svg, LEFT + figure->frames * across + 2 * EDGE, axis + AXIS, figure->title);
    draw_spectrum(&canvas, figure, EDGE, across);
    if (figure->truth)
        draw_truth(&canvas, figure, words, across);
    draw_weights(&canvas, figure, letters, across);
    draw_axis(&canvas, figure, axis, across);
    return canvas_finish(&canvas);
}

/* The tenth of a second in which an item lies, each of so many seconds; what is before the sound begins to count is in the first. */
static int64_t column_of(const struct figure *figure, int64_t item, double seconds)
{
    return (int64_t)(fmax(0.0, (double)item * seconds - figure->begin) / 0.1);
}

void figure_print(const struct figure *figure, attn_context *context, const attn_draw_options *options,
                  attn_write_fn write, void *user)
{
    const struct feature_settings *settings = &figure->trained->settings;
    const double seconds =
        (double)(network_span(&figure->trained->network) * settings->step) / (double)settings->rate;
    const int64_t columns = 1 + column_of(figure, figure->items - 1, seconds);
    float *sums = allocate(figure->count * columns, sizeof *sums);
    const char **rows = allocate(figure->count, sizeof *rows), **names = allocate(columns, sizeof *names);
    for (int64_t t = 0; t < figure->count; t++) {
        rows[t] = attn_vocab_token(figure->trained->vocab, figure->letters[t]);
        for (int64_t j = 0; j < figure->items; j++)
            sums[t * columns + column_of(figure, j, seconds)] += figure->weights[t * figure->items + j];
    }
    for (int64_t i = 0; i < columns; i++)
        names[i] = print("%lld.%lld", (long long)i / 10, (long long)i % 10);
    must(attn_draw_matrix(context, figure->count, columns, sums, rows, names, options, write, user));
    for (int64_t i = 0; i < columns; i++)
        free((char *)names[i]);
    free(sums);
    free(rows);
    free(names);
}

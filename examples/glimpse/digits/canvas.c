/* canvas.c - digits brought to a size, and put side by side. */
#include "canvas.h"

#include <math.h>
#include <string.h>

#include "common/dice.h"

#define TILE 44     /* pixels, both ways: what the largest digit needs, turned and bent */
#define SMALLEST 14 /* pixels of the longer side of a digit's ink, which is 20 of its picture's 28 */
#define LARGEST 24
#define GAP 2           /* at least, between two digits, and between them and the canvas's edge */
#define FAINT 48        /* less ink is no part of a digit's box */
#define NOISE_AT 100000 /* where in the row of random numbers the noise begins */
#define PI 3.14159265358979323846

/* From a tile's pixel, seen from its middle, to the place in the digit's picture, seen from its middle. */
struct bend {
    double xx, xy, yx, yy;           /* the inverse of size, turn and slant */
    double reach, wave[2], phase[2]; /* pixels by which a wave moves it, one across and one down */
    double strength;                 /* of the ink */
};

static struct bend roll_bend(struct dice *dice, double size, bool bent)
{
    double wide = 20 / size, high = wide, turn = 0, slant = 0;
    struct bend bend = {.strength = roll_between(dice, 0.75, 1)};
    if (bent) {
        wide *= roll_between(dice, 0.85, 1.18);
        high *= roll_between(dice, 0.9, 1.11);
        turn = roll_between(dice, -0.16, 0.16);
        slant = roll_between(dice, -0.25, 0.25);
        bend.reach = roll_between(dice, 0, 1.3);
        for (int64_t i = 0; i < 2; i++) {
            bend.wave[i] = 2 * PI / roll_between(dice, 14, 30);
            bend.phase[i] = roll_between(dice, 0, 2 * PI);
        }
    }
    bend.xx = wide * (cos(turn) + slant * sin(turn));
    bend.xy = wide * (slant * cos(turn) - sin(turn));
    bend.yx = high * sin(turn);
    bend.yy = high * cos(turn);
    return bend;
}

/* The picture between its pixels, 0 beyond it. */
static double ink_at(const uint8_t *glyph, double x, double y)
{
    double left = floor(x), top = floor(y), right = x - left, down = y - top, sum = 0;
    for (int64_t corner = 0; corner < 4; corner++) {
        int64_t column = (int64_t)left + corner % 2, row = (int64_t)top + corner / 2;
        if (column >= 0 && column < GLYPH && row >= 0 && row < GLYPH)
            sum += (corner % 2 ? right : 1 - right) * (corner / 2 ? down : 1 - down) *
                   glyph[row * GLYPH + column];
    }
    return sum;
}

/* tile[TILE, TILE], and the box of its ink. */
static struct box draw_tile(const uint8_t *glyph, const struct bend *bend, uint8_t *tile)
{
    int64_t left = TILE, top = TILE, right = -1, bottom = -1;
    for (int64_t i = 0; i < TILE * TILE; i++) {
        int64_t row = i / TILE, column = i % TILE;
        double x = (double)column - (TILE - 1) / 2.0, y = (double)row - (TILE - 1) / 2.0;
        double u = bend->xx * x + bend->xy * y, v = bend->yx * x + bend->yy * y;
        tile[i] = 0;
        if (fmax(fabs(u), fabs(v)) > (GLYPH + 1) / 2.0 + bend->reach)
            continue; /* no wave brings it into the picture */
        if (bend->reach > 0) {
            u += bend->reach * sin(bend->wave[0] * v + bend->phase[0]);
            v += bend->reach * sin(bend->wave[1] * u + bend->phase[1]);
        }
        tile[i] = (uint8_t)(bend->strength * ink_at(glyph, u + (GLYPH - 1) / 2.0, v + (GLYPH - 1) / 2.0));
        if (tile[i] < FAINT)
            continue;
        left = column < left ? column : left;
        right = column > right ? column : right;
        top = row < top ? row : top;
        bottom = row > bottom ? row : bottom;
    }
    if (right < 0) /* nothing but faint ink: the middle */
        return (struct box){TILE / 2, TILE / 2, 1, 1};
    return (struct box){left, top, right - left + 1, bottom - top + 1};
}

/* Put the tile where its ink has its box at `box`. */
static void paste(const uint8_t *tile, const struct box *ink, const struct box *box, uint8_t *pixels)
{
    for (int64_t i = 0; i < TILE * TILE; i++) {
        int64_t row = i / TILE - ink->top + box->top, column = i % TILE - ink->left + box->left;
        if (row < 0 || row >= CANVAS_HEIGHT || column < 0 || column >= CANVAS_WIDTH)
            continue;
        uint8_t *pixel = &pixels[row * CANVAS_WIDTH + column];
        *pixel = tile[i] > *pixel ? tile[i] : *pixel;
    }
}

static void add_noise(struct dice *dice, uint8_t *pixels)
{
    const int64_t most = roll(dice, 14);
    for (int64_t i = 0; i < CANVAS_BYTES && most > 0; i++) {
        int64_t value = pixels[i] + roll(dice, 2 * most + 1) - most;
        pixels[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

void canvas_draw(const struct pool *pool, uint64_t seed, enum canvas_part part, int64_t index, int64_t count,
                 struct canvas *canvas)
{
    struct dice dice = {seed, ((uint64_t)part << 40) + (uint64_t)index, 0}, noise = dice;
    uint8_t tiles[MOST_DIGITS][TILE * TILE];
    struct box inks[MOST_DIGITS];
    double sizes = LARGEST; /* at most; less where they do not fit */
    int64_t free_width;
    memset(canvas->pixels, 0, sizeof canvas->pixels);
    canvas->count = count ? count : 1 + roll(&dice, MOST_DIGITS);
    do {
        free_width = CANVAS_WIDTH - GAP * (canvas->count + 1);
        for (int64_t i = 0; i < canvas->count; i++) {
            int64_t item = pool->items[roll(&dice, pool->count)];
            struct bend bend = roll_bend(&dice, roll_between(&dice, SMALLEST, sizes), part == CANVAS_TRAIN);
            inks[i] = draw_tile(pool->digits->pixels + item * GLYPH_BYTES, &bend, tiles[i]);
            canvas->labels[i] = pool->digits->labels[item];
            free_width -= inks[i].width;
        }
        sizes = fmax(SMALLEST, sizes - 1);
    } while (free_width < 0);
    /* The free width goes to the gaps, each taking a random share of what is left. */
    int64_t at = GAP;
    for (int64_t i = 0; i < canvas->count; i++) {
        int64_t share = roll(&dice, free_width * 2 / (canvas->count - i + 1) + 1);
        share = share > free_width ? free_width : share;
        free_width -= share;
        int64_t room = CANVAS_HEIGHT - 2 - inks[i].height;
        canvas->boxes[i] = (struct box){at + share, 1 + (room > 0 ? roll(&dice, room + 1) : 0), inks[i].width,
                                        inks[i].height};
        paste(tiles[i], &inks[i], &canvas->boxes[i], canvas->pixels);
        at += share + inks[i].width + GAP;
    }
    noise.position = NOISE_AT;
    add_noise(&noise, canvas->pixels);
}

void canvas_colour(const struct canvas *canvas, uint8_t *pixels)
{
    for (int64_t i = 0; i < CANVAS_BYTES * 3; i++)
        pixels[i] = (uint8_t)(255 - canvas->pixels[i / 3]);
}

/* photo.c - ink is what differs most from the edge of the picture, to the one side or the other. */
#include "photo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HIGHEST 24      /* pixels of the canvas that what is written may be high */
#define MARGIN 4        /* and that are free beside it, on either side */
#define LEAST 32        /* of 255: less contrast is nothing written */
#define SPECK (1 / 4e4) /* of the picture: so few pixels are dirt, not ink */

/* grey[height * width] by ITU-R BT.601; the picture's colours are let go. */
static uint8_t *make_grey(struct picture *picture)
{
    const int64_t count = picture->width * picture->height;
    uint8_t *grey = allocate(count, 1);
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *pixel = picture->pixels + 3 * i;
        grey[i] = (uint8_t)((299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2] + 500) / 1000);
    }
    free(picture->pixels);
    return grey;
}

/* The grey of which half of the pixels along the four edges are not lighter. */
static int64_t find_ground(int64_t width, int64_t height, const uint8_t *grey)
{
    int64_t counts[256] = {0}, total = 0, ground = 0;
    for (int64_t i = 0; i < width * height; i++) {
        const int64_t row = i / width, column = i % width;
        if (row > 0 && row + 1 < height && column > 0 && column + 1 < width)
            continue;
        counts[grey[i]]++;
        total++;
    }
    for (int64_t below = counts[0]; 2 * below < total; below += counts[ground])
        ground++;
    return ground;
}

/* How far the pixels stand out, above which only specks do: of ink lighter than the ground (sign 1) or darker (-1). */
static int64_t find_reach(int64_t count, const uint8_t *grey, int64_t ground, int64_t sign)
{
    int64_t counts[256] = {0}, above = 0, reach = 255;
    for (int64_t i = 0; i < count; i++) {
        const int64_t out = sign * (grey[i] - ground);
        counts[out > 0 ? out : 0]++;
    }
    while (reach > 0 && (above += counts[reach]) <= (int64_t)(SPECK * (double)count))
        reach--;
    return reach;
}

/* Make ink of grey: 0 where the ground is, 255 where it stands out by `reach`. */
static void make_ink(int64_t count, uint8_t *grey, int64_t ground, int64_t sign, int64_t reach)
{
    for (int64_t i = 0; i < count; i++) {
        const int64_t out = 255 * sign * (grey[i] - ground) / reach;
        grey[i] = (uint8_t)(out < 0 ? 0 : out > 255 ? 255 : out);
    }
}

/* The box of what is more than half ink. */
static struct box find_written(int64_t width, int64_t height, const uint8_t *ink)
{
    int64_t left = width, top = height, right = -1, bottom = -1;
    for (int64_t i = 0; i < width * height; i++) {
        if (ink[i] < 128)
            continue;
        const int64_t column = i % width, row = i / width;
        left = column < left ? column : left;
        right = column > right ? column : right;
        top = row < top ? row : top;
        bottom = row; /* rows only grow */
    }
    return (struct box){left, top, right - left + 1, bottom - top + 1};
}

/* Scale the box to the canvas's middle: each pixel the mean of what it covers, and the strongest of them ink again. */
static void put_written(int64_t width, const uint8_t *ink, const struct box *box, uint8_t *pixels)
{
    const double scale =
        fmin((double)HIGHEST / (double)box->height, (double)(CANVAS_WIDTH - 2 * MARGIN) / (double)box->width);
    const int64_t new_width = (int64_t)fmax(1, round(scale * (double)box->width)),
                  new_height = (int64_t)fmax(1, round(scale * (double)box->height));
    uint8_t *cut = allocate(box->width * box->height, 3), *scaled = allocate(new_width * new_height, 3),
            most = 1;
    for (int64_t i = 0; i < box->width * box->height; i++)
        memset(cut + 3 * i, ink[(box->top + i / box->width) * width + box->left + i % box->width], 3);
    picture_scale(box->width, box->height, cut, new_width, new_height, scaled);
    for (int64_t i = 0; i < new_width * new_height; i++)
        most = scaled[3 * i] > most ? scaled[3 * i] : most;
    const int64_t left = (CANVAS_WIDTH - new_width) / 2, top = (CANVAS_HEIGHT - new_height) / 2;
    for (int64_t i = 0; i < new_width * new_height; i++)
        pixels[(top + i / new_width) * CANVAS_WIDTH + left + i % new_width] =
            (uint8_t)(255 * scaled[3 * i] / most);
    free(cut);
    free(scaled);
}

bool photo_make(struct picture *picture, struct canvas *canvas)
{
    const int64_t width = picture->width, height = picture->height, count = width * height;
    uint8_t *grey = make_grey(picture);
    const int64_t ground = find_ground(width, height, grey);
    const int64_t lighter = find_reach(count, grey, ground, 1), darker = find_reach(count, grey, ground, -1);
    const int64_t reach = lighter > darker ? lighter : darker;
    memset(canvas, 0, sizeof *canvas);
    if (reach >= LEAST) {
        make_ink(count, grey, ground, lighter > darker ? 1 : -1, reach);
        const struct box box = find_written(width, height, grey);
        if (width == CANVAS_WIDTH && height == CANVAS_HEIGHT)
            memcpy(canvas->pixels, grey, CANVAS_BYTES);
        else
            put_written(width, grey, &box, canvas->pixels);
    }
    free(grey);
    return reach >= LEAST;
}

/* paint.c - a scene's pixels: a background whose shade changes across it, the shapes with smooth edges, and noise over all. */
#include <math.h>

#include "common/dice.h"
#include "scene.h"

#define FINE 4          /* an edge pixel's cover is counted on FINE x FINE points of it */
#define NOISE 5.0       /* standard deviation, of 255 */
#define NOISE_AT 100000 /* where in the row of random numbers the noise begins, far beyond the scene's own */

static const double paints[COLOURS][3] = {
    {215, 35, 40}, {245, 140, 20}, {245, 220, 50}, {40, 160, 60}, {45, 80, 215}, {145, 55, 175},
};

/* Whether (x, y), seen from the object's middle and turned with it, lies in the shape of that radius. Square, diamond and
 * circle cover about the same area. */
static bool is_inside(int64_t shape, double x, double y, double radius)
{
    switch (shape) {
    case CIRCLE:
        return x * x + y * y <= radius * radius;
    case CROSS:
        x = fabs(x);
        y = fabs(y);
        return (x < y ? x : y) <= 0.32 * radius && (x < y ? y : x) <= radius;
    case DIAMOND:
        return fabs(x) + fabs(y) <= 1.15 * radius;
    case SQUARE:
        return fabs(x) <= 0.88 * radius && fabs(y) <= 0.88 * radius;
    default: /* its tip above */
        return y <= 0.85 * radius && fabs(x) <= 0.55 * (y + radius);
    }
}

/* How much of the pixel whose middle is (x, y), seen from the object's, it covers: from 0 to 1. */
static double cover(const struct object *object, double x, double y)
{
    int64_t inside = 0;
    for (int64_t point = 0; point < FINE * FINE; point++) {
        double right = x + ((double)(point % FINE) + 0.5) / FINE - 0.5;
        double down = y + ((double)(point / FINE) + 0.5) / FINE - 0.5;
        inside += is_inside(object->shape, object->cosine * right + object->sine * down,
                            object->cosine * down - object->sine * right, object->radius);
    }
    return (double)inside / (FINE * FINE);
}

static void paint_background(struct dice *dice, float *canvas)
{
    double brightness = roll_between(dice, 130, 235), across = roll_between(dice, -25, 25),
           down = roll_between(dice, -25, 25), tint[3];
    for (int64_t channel = 0; channel < 3; channel++)
        tint[channel] = roll_between(dice, -8, 8);
    for (int64_t row = 0; row < SCENE_SIZE; row++) {
        double line = brightness + down * ((double)row / SCENE_SIZE - 0.5);
        for (int64_t column = 0; column < SCENE_SIZE; column++, canvas += 3) {
            double pixel = line + across * ((double)column / SCENE_SIZE - 0.5);
            for (int64_t channel = 0; channel < 3; channel++)
                canvas[channel] = (float)(pixel + tint[channel]);
        }
    }
}

static void paint_object(const struct object *object, float *canvas)
{
    double reach = 1.3 * object->radius + 1; /* of the corners, and of half a pixel */
    for (int64_t i = 0; i < CELL * CELL; i++) {
        int64_t row = object->row * CELL + i / CELL, column = object->column * CELL + i % CELL;
        double x = (double)column + 0.5 - object->x, y = (double)row + 0.5 - object->y;
        double covered = x * x + y * y < reach * reach ? cover(object, x, y) : 0;
        float *pixel = canvas + (row * SCENE_SIZE + column) * 3;
        for (int64_t channel = 0; channel < 3 && covered > 0; channel++) {
            double paint = paints[object->colour][channel] * object->shade[channel];
            pixel[channel] += (float)(covered * (paint - pixel[channel]));
        }
    }
}

/* Nearly normal, by the sum of the four bytes of a draw: mean 0, standard deviation NOISE. */
static float roll_noise(struct dice *dice)
{
    uint32_t bits = (uint32_t)roll(dice, (int64_t)1 << 32);
    int sum = (int)((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24));
    return (float)(NOISE / 147.8) * (float)(sum - 510);
}

void scene_draw(const struct scene *scene, uint8_t *pixels)
{
    float canvas[SCENE_BYTES];
    struct dice dice = {scene->seed, scene->stream, NOISE_AT};
    paint_background(&dice, canvas);
    for (int64_t i = 0; i < scene->count; i++)
        paint_object(&scene->objects[i], canvas);
    for (int64_t i = 0; i < SCENE_SIZE * SCENE_SIZE; i++) {
        float noise = roll_noise(&dice);
        for (int64_t channel = 0; channel < 3; channel++)
            canvas[i * 3 + channel] += noise;
    }
    for (int64_t i = 0; i < SCENE_BYTES; i++) {
        float value = canvas[i] + 0.5f;
        value = value < 0 ? 0 : value;
        pixels[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

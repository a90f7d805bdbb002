/* scene.c - which objects a scene holds, and what is said of them. */
#include "scene.h"

#include <math.h>
#include <stdlib.h>

#include "common/dice.h"

#define ROOM 1.5 /* pixels that an object may lie off its cell's middle */

static const char *const colour_names[COLOURS] = {"red", "orange", "yellow", "green", "blue", "purple"};
static const char *const shape_names[SHAPES] = {"circle", "cross", "diamond", "square", "triangle"};
static const char *const relation_names[RELATIONS] = {"above", "below", "left of", "right of"};

/* Where a lies as seen from b; -1 where both distances are equal. */
static int64_t relation_of(const struct object *a, const struct object *b)
{
    int64_t down = a->row - b->row, right = a->column - b->column;
    if (llabs(down) == llabs(right))
        return -1;
    if (llabs(down) > llabs(right))
        return down < 0 ? 0 : 1;
    return right < 0 ? 2 : 3;
}

static bool is_held_out(const struct object *object, int64_t relation)
{
    return (object->colour + object->shape + 2 * relation) % 12 == 3;
}

static int by_colour(const void *left, const void *right)
{
    const struct object *a = left, *b = right;
    return (a->colour > b->colour) - (a->colour < b->colour);
}

/* Shapes, colours and cells, in the order in which they are named; two objects may have one colour or one cell. */
static void roll_objects(struct dice *dice, struct scene *scene)
{
    int64_t one_in_five = roll(dice, 5);
    scene->count = one_in_five < 1 ? 1 : one_in_five < 3 ? 2 : 3;
    for (int64_t i = 0; i < scene->count; i++) {
        struct object *object = &scene->objects[i];
        object->shape = roll(dice, SHAPES);
        object->colour = roll(dice, COLOURS);
        object->large = roll(dice, 2);
        object->row = roll(dice, GRID);
        object->column = roll(dice, GRID);
    }
    qsort(scene->objects, (size_t)scene->count, sizeof *scene->objects, by_colour);
}

/* Whether exactly one caption is right, and it says what this part may say. */
static bool is_wanted(const struct scene *scene, bool unseen)
{
    bool held_out = false;
    for (int64_t i = 0; i < scene->count; i++) {
        const struct object *a = &scene->objects[i];
        for (int64_t k = i + 1; k < scene->count; k++) {
            const struct object *b = &scene->objects[k];
            if (a->colour == b->colour || (a->row == b->row && a->column == b->column))
                return false;
        }
        if (i + 1 == scene->count)
            break;
        int64_t relation = relation_of(a, a + 1);
        if (relation < 0)
            return false;
        held_out = held_out || is_held_out(a, relation);
    }
    return held_out == unseen;
}

/* Size, place in the cell, turn and shade: all that the caption does not tell. */
static void roll_looks(struct dice *dice, struct object *object)
{
    object->radius = object->large ? roll_between(dice, 6, 6.8) : roll_between(dice, 4, 4.8);
    double room = fmin(ROOM, CELL / 2.0 - 0.5 - object->radius);
    object->x = ((double)object->column + 0.5) * CELL + roll_between(dice, -room, room);
    object->y = ((double)object->row + 0.5) * CELL + roll_between(dice, -room, room);
    double angle = roll_between(dice, -0.15, 0.15);
    object->cosine = cos(angle);
    object->sine = sin(angle);
    double brightness = roll_between(dice, 0.75, 1.05);
    for (int64_t channel = 0; channel < 3; channel++)
        object->shade[channel] = brightness * roll_between(dice, 0.95, 1.05);
}

struct scene scene_make(uint64_t seed, enum part part, int64_t index)
{
    struct scene scene = {.seed = seed, .stream = ((uint64_t)part << 40) + (uint64_t)index};
    struct dice dice = {scene.seed, scene.stream, 0};
    do
        roll_objects(&dice, &scene);
    while (!is_wanted(&scene, part == PART_UNSEEN));
    for (int64_t i = 0; i < scene.count; i++)
        roll_looks(&dice, &scene.objects[i]);
    return scene;
}

void scene_caption(const struct scene *scene, struct text *caption)
{
    for (int64_t i = 0; i < scene->count; i++) {
        const struct object *object = &scene->objects[i];
        text_print(caption, "%sa %s %s %s", i ? " " : "", object->large ? "large" : "small",
                   colour_names[object->colour], shape_names[object->shape]);
        const int64_t relation = i + 1 < scene->count ? relation_of(object, object + 1) : -1;
        if (relation >= 0)
            text_print(caption, " %s", relation_names[relation]);
    }
    text_print(caption, " .");
}

void scene_places(const struct scene *scene, struct text *places)
{
    for (int64_t i = 0; i < scene->count; i++) {
        const struct object *object = &scene->objects[i];
        text_print(places, "%s%s=%lld,%lld,%d,%d", i ? " " : "", shape_names[object->shape],
                   (long long)object->column * CELL, (long long)object->row * CELL, CELL, CELL);
    }
}

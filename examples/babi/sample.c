/* sample.c - a small world, told in bAbI's form. */
#include "sample.h"

#include <string.h>

#define PEOPLE 4
#define PLACES 6
#define THINGS 3
#define FACTS 8 /* a story's */

static const char *const people[PEOPLE] = {"Mary", "John", "Sandra", "Daniel"};
static const char *const places[PLACES] = {"kitchen", "garden", "office", "hallway", "bathroom", "bedroom"};
static const char *const things[THINGS] = {"milk", "apple", "football"};
static const char *const walks[] = {"went to", "moved to", "journeyed to", "travelled to"};
static const char *const takes[] = {"took", "got", "picked up"};
static const char *const drops[] = {"dropped", "put down", "left"};

/* Who is where since which line, who holds what since which line, and where a thing lies (-1: nobody knows). */
struct world {
    int64_t place[PEOPLE], place_line[PEOPLE];
    int64_t holder[THINGS], taken_line[THINGS], lies[THINGS], dropped_line[THINGS], carried_line[THINGS];
    uint64_t seed, drawn;
};

static int64_t draw(struct world *world, int64_t bound)
{
    return random_below(bound, world->seed, 1, world->drawn++);
}

static void walk(struct world *world, int64_t person, int64_t line, struct text *text)
{
    int64_t place = draw(world, PLACES);
    if (place == world->place[person])
        place = (place + 1) % PLACES;
    world->place[person] = place;
    world->place_line[person] = line;
    text_print(text, "%lld %s %s the %s.\n", (long long)line, people[person],
               walks[draw(world, COUNT(walks))], places[place]);
}

/* Take a thing that lies where the person is, or that nobody has seen yet; or put down what is held. False: neither can be. */
static bool handle(struct world *world, int64_t person, int64_t line, struct text *text)
{
    int64_t thing = draw(world, THINGS);
    if (world->place[person] < 0)
        return false;
    if (world->holder[thing] == person) {
        world->holder[thing] = -1;
        world->lies[thing] = world->place[person];
        world->dropped_line[thing] = line;
        world->carried_line[thing] = world->place_line[person];
        text_print(text, "%lld %s %s the %s.\n", (long long)line, people[person],
                   drops[draw(world, COUNT(drops))], things[thing]);
        return true;
    }
    if (world->holder[thing] >= 0 || (world->lies[thing] >= 0 && world->lies[thing] != world->place[person]))
        return false;
    world->holder[thing] = person;
    world->taken_line[thing] = line;
    world->lies[thing] = -1;
    text_print(text, "%lld %s %s the %s.\n", (long long)line, people[person],
               takes[draw(world, COUNT(takes))], things[thing]);
    return true;
}

static void ask(struct world *world, int64_t line, struct text *text)
{
    int64_t thing = draw(world, THINGS), person = draw(world, PEOPLE), holder = world->holder[thing];
    if (draw(world, 2) && holder >= 0) {
        text_print(text, "%lld Where is the %s?\t%s\t%lld %lld\n", (long long)line, things[thing],
                   places[world->place[holder]], (long long)world->taken_line[thing],
                   (long long)world->place_line[holder]);
        return;
    }
    if (draw(world, 2) && holder < 0 && world->lies[thing] >= 0) {
        text_print(text, "%lld Where is the %s?\t%s\t%lld %lld\n", (long long)line, things[thing],
                   places[world->lies[thing]], (long long)world->dropped_line[thing],
                   (long long)world->carried_line[thing]);
        return;
    }
    while (world->place[person] < 0)
        person = (person + 1) % PEOPLE;
    text_print(text, "%lld Where is %s?\t%s\t%lld\n", (long long)line, people[person],
               places[world->place[person]], (long long)world->place_line[person]);
}

/* Two questions a story, one in its middle and one at its end. */
static void tell(struct world *world, struct text *text)
{
    memset(world->place, -1, sizeof world->place);
    memset(world->holder, -1, sizeof world->holder);
    memset(world->lies, -1, sizeof world->lies);
    int64_t line = 1;
    for (int64_t fact = 0; fact < FACTS; fact++, line++) {
        int64_t person = draw(world, PEOPLE);
        if (fact < 2 || draw(world, 2) || !handle(world, person, line, text))
            walk(world, person, line, text);
        if (fact == FACTS / 2)
            ask(world, ++line, text);
    }
    ask(world, line, text);
}

struct stories sample_stories(const char *part)
{
    struct text text = {0};
    bool train = strcmp(part, "train") == 0;
    for (int64_t story = 0; story < (train ? 1000 : 500); story++) {
        struct world world = {.seed = (uint64_t)(train ? story : 1000000 + story)};
        tell(&world, &text);
    }
    return stories_parse(text.bytes, (size_t)text.size, "the made-up stories");
}

/* split.c - holding out whole films or single reviews. */
#include "split.h"

#include <stdlib.h>

static int64_t *shuffled(int64_t count, uint64_t seed)
{
    int64_t *order = allocate(count, sizeof *order);
    for (int64_t i = 0; i < count; i++)
        order[i] = i;
    shuffle(order, count, seed, STREAM_SPLIT);
    return order;
}

/* Mark the films that are held out: in shuffled order, each one that still fits; returns how many. Those of which no review is
 * left are none. */
static int64_t choose_films(const struct dataset *dataset, int64_t wanted, uint64_t seed, char *chosen)
{
    int64_t *sizes = allocate(dataset->films, sizeof *sizes), *order = shuffled(dataset->films, seed);
    int64_t films = 0, smallest = -1;
    for (int64_t i = 0; i < dataset->count; i++)
        sizes[dataset->reviews[i].film]++;
    for (int64_t i = 0; i < dataset->films; i++) {
        int64_t film = order[i];
        if (sizes[film] == 0)
            continue;
        smallest = smallest < 0 || sizes[film] < sizes[smallest] ? film : smallest;
        if (sizes[film] > wanted)
            continue;
        wanted -= sizes[film];
        chosen[film] = 1;
        films++;
    }
    if (films == 0)
        chosen[smallest] = 1;
    free(sizes);
    free(order);
    return films ? films : 1;
}

/* Mark single reviews that are held out: of each class its share, in shuffled order, and all but one at most. */
static void choose_reviews(const struct dataset *dataset, double fraction, int64_t wanted,
                           const int64_t *order, char *chosen)
{
    int64_t classes = dataset->labels.count, *sizes = allocate(classes, sizeof *sizes),
            *quota = allocate(classes, sizeof *quota);
    for (int64_t i = 0; i < dataset->count; i++)
        sizes[dataset->reviews[i].label]++;
    for (int64_t k = 0; k < classes; k++) {
        quota[k] = (int64_t)((double)sizes[k] * fraction);
        wanted -= quota[k];
    }
    /* What rounding down left over goes to the classes that it took most from. */
    for (bool given = true; wanted > 0 && given; wanted--) {
        int64_t most = -1;
        double lacks = -1;
        for (int64_t k = 0; k < classes; k++) {
            double lack = (double)sizes[k] * fraction - (double)quota[k];
            if (quota[k] + 1 < sizes[k] && lack > lacks) {
                most = k;
                lacks = lack;
            }
        }
        given = most >= 0;
        if (given)
            quota[most]++;
    }
    for (int64_t i = 0; i < dataset->count; i++)
        chosen[order[i]] = quota[dataset->reviews[order[i]].label]-- > 0;
    free(sizes);
    free(quota);
}

static void check_classes(const struct dataset *dataset, const struct split *split)
{
    int64_t classes = 0, *counts = allocate(dataset->labels.count, sizeof *counts);
    for (int64_t i = 0; i < split->train_count; i++)
        classes += counts[dataset->reviews[split->train[i]].label]++ == 0;
    free(counts);
    if (dataset->labels.count == dataset->count && dataset->count > 2)
        fail(EXIT_BAD_INPUT,
             "each of the %lld reviews has a label of its own; expected a few labels that many share: are "
             "label "
             "and text in each other's place?",
             (long long)dataset->count);
    if (split->valid_count == 0 || classes < 2)
        fail(EXIT_BAD_INPUT,
             "%lld reviews cannot be split: training would get %lld of %lld classes, %lld reviews, and "
             "validation "
             "%lld; give more reviews, or another --valid",
             (long long)dataset->count, (long long)classes, (long long)dataset->labels.count,
             (long long)split->train_count, (long long)split->valid_count);
}

struct split split_make(const struct dataset *dataset, double fraction, bool by_film, uint64_t seed)
{
    int64_t count = dataset->count, wanted = (int64_t)((double)count * fraction + 0.5);
    wanted = wanted > 0 ? wanted : 1;
    struct split split = {allocate(count, sizeof(int64_t)), allocate(count, sizeof(int64_t)), 0, 0, 0};
    char *chosen = allocate(by_film ? dataset->films : count, 1);
    int64_t *order = shuffled(count, seed);
    if (by_film)
        split.valid_films = choose_films(dataset, wanted, seed, chosen);
    else
        choose_reviews(dataset, fraction, wanted, order, chosen);
    for (int64_t i = 0; i < count; i++) {
        int64_t review = order[i];
        if (chosen[by_film ? dataset->reviews[review].film : review])
            split.valid[split.valid_count++] = review;
    }
    for (int64_t i = 0; i < count; i++) {
        if (!chosen[by_film ? dataset->reviews[i].film : i])
            split.train[split.train_count++] = i;
    }
    free(chosen);
    free(order);
    check_classes(dataset, &split);
    return split;
}

void split_free(struct split *split)
{
    free(split->train);
    free(split->valid);
}

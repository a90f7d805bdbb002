/* ranks.c - agreeing, and averaging gradients. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "common/ranks.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files.h"
#include "common/signals.h"
#include "common/wire.h"

/* What a rank says as all agree. */
struct word {
    int64_t exit_status; /* of one that has failed; 0: it has not */
    int64_t leaves;      /* 1: its work is done */
    int64_t signal, told, rows;
    uint64_t bits;
    double weight, sums[RANKS_SUMS];
};

/* A piece of the flat arrays that is exchanged: a dense tensor, or a row of a sparse one. */
struct span {
    int64_t offset, count;
};

static const struct wire *wire; /* NULL: alone */
static struct word *words;      /* [ranks]: of the last agreement */
static int signal_agreed;
static const char *failure; /* the line of this rank's, which has not been printed */
static bool exchanging;     /* the others are where a failure cannot join them */

/* ---- beginning and ending -------------------------------------------------------------------------------- */

static int64_t environment(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : otherwise;
}

static void print_failure(const char *line)
{
    if (wire->rank == 0)
        fprintf(stderr, PROGRAM ": %s\n", line);
    else
        fprintf(stderr, PROGRAM ": process %lld of %lld: %s\n", (long long)wire->rank + 1,
                (long long)wire->ranks, line);
}

/* What was printed is written before the others may end. */
static void part(void)
{
    const struct wire *last = wire;
    fflush(stdout);
    wire = NULL;
    last->part();
}

/* Of ranks that have failed the first one says why, and all end as it does; also where one has left, whose work was done. */
static void agree(struct word word)
{
    int64_t failed = -1, left = 0;
    word.signal = stop_signal();
    wire->gather(&word, (int64_t)sizeof word, words);
    for (int64_t r = wire->ranks - 1; r >= 0; r--) {
        signal_agreed = words[r].signal > signal_agreed ? (int)words[r].signal : signal_agreed;
        failed = words[r].exit_status ? r : failed;
        left += words[r].leaves;
    }
    if (failed < 0 && (left == 0 || left == wire->ranks))
        return;
    if (failure && failed == wire->rank)
        print_failure(failure);
    part();
    if (word.leaves) /* exit is under way */
        _exit(failed < 0 ? EXIT_RUNTIME : (int)words[failed].exit_status);
    exit(failed < 0 ? EXIT_RUNTIME : (int)words[failed].exit_status);
}

/* Rank 0 is the first of any that fail, and need not wait for them to say so. */
static void fail_together(int exit_status, const char *line)
{
    if (wire == NULL) {
        fprintf(stderr, PROGRAM ": %s\n", line);
        exit(exit_status);
    }
    if (exchanging || wire->rank == 0)
        print_failure(line);
    else
        failure = line;
    if (exchanging)
        wire->tear(exit_status);
    agree((struct word){.exit_status = exit_status});
}

/* However the program ends, it ends with the others. */
static void leave(void)
{
    if (wire == NULL)
        return;
    agree((struct word){.leaves = 1});
    part();
}

void ranks_begin(void)
{
    static const char *const launchers[][2] = {{"PMI_RANK", "PMI_SIZE"},
                                               {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}};
    int64_t rank = 0, started = 1;
    for (int64_t i = 0; i < COUNT(launchers); i++) {
        rank = started > 1 ? rank : environment(launchers[i][0], 0);
        started = started > 1 ? started : environment(launchers[i][1], 1);
    }
    if (started < 2)
        return;
    const struct wire *joined = wire_join();
    if (joined == NULL || joined->ranks != started) {
        if (rank > 0)
            exit(EXIT_BAD_INPUT);
        fail(EXIT_BAD_INPUT, "mpirun started %lld processes, %s", (long long)started, wire_trouble);
    }
    wire = joined;
    words = allocate(wire->ranks, sizeof *words);
    fail_by(fail_together);
    atexit(leave);
    if (wire->rank > 0)
        must(freopen("/dev/null", "w", stdout) ? ATTN_OK
                                               : attn_set_error(-1, "/dev/null could not be opened"));
}

int64_t ranks(void)
{
    return wire ? wire->ranks : 1;
}

bool ranks_lead(void)
{
    return wire == NULL || wire->rank == 0;
}

int64_t ranks_threads(int64_t asked)
{
    cpu_set_t set;
    if (asked || wire == NULL || sched_getaffinity(0, sizeof set, &set) != 0)
        return asked;
    const int64_t threads = CPU_COUNT(&set) / wire->here;
    return threads > 1 ? threads : 1;
}

struct share ranks_share(int64_t rows)
{
    if (wire == NULL)
        return (struct share){0, rows};
    const int64_t begin = rows * wire->rank / wire->ranks;
    return (struct share){begin, rows * (wire->rank + 1) / wire->ranks - begin};
}

/* ---- agreeing -------------------------------------------------------------------------------------------- */

int ranks_stop(void)
{
    return wire ? signal_agreed : stop_signal();
}

int64_t ranks_told(int64_t value)
{
    if (wire == NULL)
        return value;
    agree((struct word){.told = value});
    return words[0].told;
}

void ranks_meet(void)
{
    if (wire)
        agree((struct word){0});
}

void ranks_same(uint64_t bits, const char *what, const char *to_do)
{
    if (wire == NULL)
        return;
    agree((struct word){.bits = bits});
    for (int64_t r = 0; r < wire->ranks; r++) {
        if (words[r].bits != words[0].bits)
            fail(EXIT_RUNTIME, "process %lld of %lld: its %s are not those of process 1; %s",
                 (long long)r + 1, (long long)wire->ranks, what, to_do);
    }
}

void ranks_same_weights(const attn_params *params)
{
    if (wire)
        ranks_same(hash_bytes(HASH_START, attn_params_values(params),
                              (size_t)attn_params_size(params) * sizeof(float)),
                   "weights",
                   "the machines may differ in their instruction sets: set ATTN_ISA to one that all have");
}

/* ---- the mean of gradients ------------------------------------------------------------------------------- */

static attn_tensor look(const attn_params *params, int64_t index)
{
    attn_tensor view = ATTN_TENSOR_INIT;
    must(attn_params_tensor(params, index, &view));
    return view;
}

static int by_number(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Where the rows that this rank used begin in the flat arrays. */
static int64_t list_used(const attn_params *params, int64_t **used, int64_t *capacity)
{
    int64_t count = 0;
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        const attn_tensor tensor = look(params, i);
        const int64_t width = tensor.size / tensor.shape[0], more = tensor.trainable ? tensor.used_count : 0;
        *used = grow(*used, count + more, capacity, sizeof **used);
        for (int64_t u = 0; u < more; u++)
            (*used)[count++] = tensor.offset + tensor.used_rows[u] * width;
    }
    return count;
}

/* Numbers, each once and in order; returns how many are left. */
static int64_t sort_unique(int64_t *numbers, int64_t count)
{
    int64_t kept = 0;
    if (count)
        qsort(numbers, (size_t)count, sizeof *numbers, by_number);
    for (int64_t i = 0; i < count; i++) {
        if (kept == 0 || numbers[i] != numbers[kept - 1])
            numbers[kept++] = numbers[i];
    }
    return kept;
}

/* What is exchanged of the gradients: dense tensors, and of the others the rows that begin at used[count]. */
static int64_t list_spans(const attn_params *params, const int64_t *used, int64_t count, struct span **spans,
                          int64_t *capacity)
{
    int64_t listed = 0, u = 0;
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        const attn_tensor tensor = look(params, i);
        *spans = grow(*spans, listed + count - u + 1, capacity, sizeof **spans);
        if (tensor.trainable && tensor.used_rows == NULL)
            (*spans)[listed++] = (struct span){tensor.offset, tensor.size};
        while (tensor.used_rows && u < count && used[u] < tensor.offset + tensor.size)
            (*spans)[listed++] = (struct span){used[u++], tensor.size / tensor.shape[0]};
    }
    return listed;
}

/* Clear the gradients, and name the rows: in one order for all ranks, since the optimiser adds up their squares in it. */
static void name_rows(attn_params *params, const int64_t *used, int64_t count)
{
    must(attn_params_zero_grad(params));
    for (int64_t i = 0, u = 0; i < attn_params_count(params); i++) {
        const attn_tensor tensor = look(params, i);
        for (; tensor.used_rows && u < count && used[u] < tensor.offset + tensor.size; u++) {
            const int64_t row = (used[u] - tensor.offset) / (tensor.size / tensor.shape[0]);
            must(attn_params_use_rows(params, tensor.name, 1, &row));
        }
    }
}

/* All that an exchange takes, kept from step to step. */
static struct {
    int64_t *used, used_capacity, *all, all_capacity, *counts, counts_capacity, spans_capacity;
    struct span *spans;
    struct floats numbers;
} room;

static void exchange(attn_params *params, const int64_t *used, float share)
{
    int64_t listed = 0, numbers = 0;
    room.counts = grow(room.counts, wire->ranks, &room.counts_capacity, sizeof *room.counts);
    for (int64_t r = 0; r < wire->ranks; r++)
        listed += room.counts[r] = words[r].rows;
    room.all = grow(room.all, listed, &room.all_capacity, sizeof *room.all);
    if (listed)
        wire->gather_rows(used, room.counts, room.all);
    listed = sort_unique(room.all, listed);
    const int64_t spans = list_spans(params, room.all, listed, &room.spans, &room.spans_capacity);
    for (int64_t s = 0; s < spans; s++)
        numbers += room.spans[s].count;
    float *to = reserve(&room.numbers, numbers), *gradients = attn_params_gradients(params);
    for (int64_t s = 0; s < spans; to += room.spans[s++].count) {
        for (int64_t i = 0; i < room.spans[s].count; i++)
            to[i] = share * gradients[room.spans[s].offset + i];
    }
    name_rows(params, room.all, listed);
    wire->sum(room.numbers.values, numbers);
    const float *from = room.numbers.values;
    for (int64_t s = 0; s < spans; from += room.spans[s++].count)
        memcpy(gradients + room.spans[s].offset, from, (size_t)room.spans[s].count * sizeof *from);
}

void ranks_average(attn_params *params, double weight, double *sums, int64_t count)
{
    if (wire == NULL)
        return;
    struct word word = {.weight = weight};
    double whole = 0;
    word.rows = list_used(params, &room.used, &room.used_capacity);
    memcpy(word.sums, sums, (size_t)count * sizeof *sums);
    agree(word);
    exchanging = true;
    memset(sums, 0, (size_t)count * sizeof *sums);
    for (int64_t r = 0; r < wire->ranks; r++) {
        whole += words[r].weight;
        for (int64_t i = 0; i < count; i++)
            sums[i] += words[r].sums[i];
    }
    exchange(params, room.used, whole > 0 ? (float)(weight / whole) : 0);
    exchanging = false;
}

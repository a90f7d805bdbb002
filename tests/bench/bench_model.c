/* bench_model.c - how fast the sentiment model trains and decides, and attention's other uses train, through the public API
 * alone. It asserts nothing.
 *
 *     bench_model WHAT [OPTION]...
 *
 *     train           training steps, one for each batch
 *     train-gru       the encoder alone, forward and backward with the gradient of its input, over the first batch
 *     train-attngru   an attention GRU alone, likewise, over full rows, with the gradient of the weights that open it
 *     train-decoder   a decoder with a query a step: GRU, then additive attention, forward and backward
 *     infer           decisions, batch by batch
 *     one             one decision: the first row of the last batch
 *     step            one token of a stream
 *     peak            three training steps a batch, and the most memory that was resident
 *     data            nothing is run: for --dump-lengths and --dump-ids
 *
 *     --threads 2   --emb 200   --hidden 200   --rounds 0: so many measurements; 0: as many as suit WHAT
 *     --batch 256   --time 300: tokens a row, or at most that many   --batches 1
 *     --lengths FILE [--ids FILE]   a number a line; batches as many as they fill
 *     --vocab 30000 [--train-embedding]   ids of generated text; else the embedding is frozen
 *     --generate-lengths            lengths distributed as those of reviews, bucketed
 *     --data FOLDER                 real reviews, bucketed; FOLDER holds pos/ and neg/
 *     --precision float32|bfloat16|int8   of the GRU's weights, for infer, one and step
 *     --train-precision float32|bfloat16   of the factors of all products
 *     --form replace|paper|code     train-attngru's; code, unless said otherwise
 *     --items 30                    train-decoder's memory, whose --emb and --hidden are 256, --batch 64 and --time 30,
 *                                   unless said otherwise
 *     --dump-lengths FILE   --dump-ids FILE
 *
 * It prints one line of JSON; "times" has each measurement's seconds, of all batches, a decision or a token.
 * --threads is libattn's. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench_attention.h"
#include "bench_network.h"

#define STEPS 1000 /* tokens of a stream timed as one */

struct options {
    const char *what, *lengths, *ids, *data, *dump_lengths, *dump_ids, *form, *precision, *train_precision;
    int64_t threads, vocab, emb, hidden, batch, time, batches, rounds, items;
    bool generate_lengths, train_embedding;
};

/* Of what can be timed, what WHAT asks for; the rest is all zeros. */
struct bench {
    struct network network;
    struct opened opened;
    struct decoder decoder;
    struct data data;
};

/* ---- what it needs --------------------------------------------------------------------------------------- */

static void make_network(struct bench *bench, attn_context *context, const struct options *options)
{
    const struct sizes sizes = {options->vocab, options->emb, options->hidden, options->train_embedding};
    bench->network = network_create(context, &sizes, &bench->data);
}

/* Which of the words it is. */
static int32_t choice(const char *option, const char *given, const char *const *words, int32_t count)
{
    int32_t at = 0;
    while (at < count && strcmp(words[at], given) != 0)
        at++;
    if (at == count)
        die("%s: %s is none of its choices; the head of bench_model.c lists them", option, given);
    return at;
}

static const char *const precisions[] = {[ATTN_PRECISION_FLOAT32] = "float32",
                                         [ATTN_PRECISION_BFLOAT16] = "bfloat16",
                                         [ATTN_PRECISION_INT8] = "int8"};

static void make_packed(struct bench *bench, attn_context *context, const struct options *options)
{
    make_network(bench, context, options);
    network_pack(&bench->network, choice("--precision", options->precision, precisions, 3));
}

static void make_opened(struct bench *bench, attn_context *context, const struct options *options)
{
    static const char *const forms[] = {
        [ATTN_ATTNGRU_REPLACE] = "replace", [ATTN_ATTNGRU_PAPER] = "paper", [ATTN_ATTNGRU_CODE] = "code"};
    int32_t form = choice("--form", options->form, forms, 3);
    bench->opened =
        opened_create(context, options->emb, options->hidden, options->batch, options->time, form);
}

static void make_decoder(struct bench *bench, attn_context *context, const struct options *options)
{
    bench->decoder =
        decoder_create(context, options->emb, options->hidden, options->batch, options->time, options->items);
}

/* ---- what is timed --------------------------------------------------------------------------------------- */

static void run_train(struct bench *bench)
{
    for (int64_t i = 0; i < bench->data.count; i++)
        network_train(&bench->network, &bench->data.batches[i]);
}

static void run_train_gru(struct bench *bench)
{
    if (bench->network.dvectors == NULL) /* in the warm-up */
        network_fill(&bench->network, &bench->data.batches[0]);
    network_train_gru(&bench->network, &bench->data.batches[0]);
}

static void run_train_attngru(struct bench *bench)
{
    opened_train(&bench->opened);
}

static void run_train_decoder(struct bench *bench)
{
    decoder_train(&bench->decoder);
}

static void run_infer(struct bench *bench)
{
    for (int64_t i = 0; i < bench->data.count; i++)
        network_infer(&bench->network, &bench->data.batches[i]);
}

static void run_one(struct bench *bench)
{
    struct batch row = bench->data.batches[bench->data.count - 1];
    row.rows = 1;
    row.time = row.lengths[0];
    network_infer(&bench->network, &row);
}

static void run_step(struct bench *bench)
{
    const struct batch *batch = &bench->data.batches[0];
    for (int64_t i = 0; i < STEPS; i++)
        network_step(&bench->network, batch->ids[i % batch->lengths[0]]);
}

static const struct measure {
    const char *what;
    void (*make)(struct bench *bench, attn_context *context, const struct options *options);
    void (*run)(struct bench *bench); /* NULL: nothing is made and run */
    int64_t rounds;                   /* how often, where --rounds does not say */
} measures[] = {{"train", make_network, run_train, 3},
                {"train-gru", make_network, run_train_gru, 3},
                {"train-attngru", make_opened, run_train_attngru, 3},
                {"train-decoder", make_decoder, run_train_decoder, 15},
                {"infer", make_packed, run_infer, 3},
                {"one", make_packed, run_one, 31},
                {"step", make_packed, run_step, 15},
                {"peak", make_network, run_train, 2},
                {"data", NULL, NULL, 0}};

/* Rows, or tokens of a stream, that a measured time stands for. */
static int64_t count_items(const struct measure *measure, const struct data *data)
{
    if (measure->run == run_one || measure->run == run_step)
        return 1;
    return measure->run == run_train || measure->run == run_infer ? data->rows : data->batches[0].rows;
}

/* ---- measuring ------------------------------------------------------------------------------------------- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The times of `rounds` calls, after one that warms up; those of a stream's steps for one token. */
static double *measure(const struct measure *measure, struct bench *bench, int64_t rounds)
{
    double *times = allocate(rounds, sizeof *times);
    measure->run(bench);
    for (int64_t i = 0; i < rounds; i++) {
        double start = now();
        measure->run(bench);
        times[i] = (now() - start) / (measure->run == run_step ? STEPS : 1);
    }
    return times;
}

static double median(const double *times, int64_t rounds)
{
    double *sorted = allocate(rounds, sizeof *sorted);
    memcpy(sorted, times, (size_t)rounds * sizeof *sorted);
    qsort(sorted, (size_t)rounds, sizeof *sorted, by_value);
    double middle = 0.5 * (sorted[(rounds - 1) / 2] + sorted[rounds / 2]);
    free(sorted);
    return middle;
}

static void print_start(const struct options *options, const struct data *data, attn_context *context)
{
    printf("{\"what\": \"%s\", \"isa\": \"%s\", \"threads\": %d, \"emb\": %lld, \"hidden\": %lld, "
           "\"batch\": %lld, \"time\": %lld, \"items\": %lld, \"batches\": %lld, \"tokens\": %lld, "
           "\"distinct\": %lld",
           options->what, attn_context_isa_name(context), attn_context_threads(context),
           (long long)options->emb, (long long)options->hidden, (long long)options->batch,
           (long long)options->time, (long long)options->items, (long long)data->count,
           (long long)data->tokens, (long long)data->distinct);
}

static void print_times(const double *times, int64_t rounds, double items)
{
    double middle = median(times, rounds);
    printf(", \"median_s\": %.9f, \"items_per_s\": %.1f, \"times\": [", middle, items / middle);
    for (int64_t i = 0; i < rounds; i++)
        printf("%s%.9f", i ? ", " : "", times[i]);
    printf("]");
}

static void print_peak(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(", \"peak_mb\": %.1f", (double)usage.ru_maxrss / 1024);
}

/* ---- the program ----------------------------------------------------------------------------------------- */

static struct options read_options(int argc, char **argv)
{
    bool decoder = argc > 1 && strcmp(argv[1], "train-decoder") == 0;
    struct options options = {.threads = 2,
                              .vocab = VOCAB,
                              .emb = decoder ? 256 : 200,
                              .hidden = decoder ? 256 : 200,
                              .batch = decoder ? 64 : 256,
                              .time = decoder ? 30 : 300,
                              .items = 30,
                              .batches = 1,
                              .form = "code",
                              .precision = "float32",
                              .train_precision = "float32"};
    const struct {
        const char *name;
        int64_t *number;
        const char **text;
        bool *flag;
    } known[] = {{.name = "--threads", .number = &options.threads},
                 {.name = "--vocab", .number = &options.vocab},
                 {.name = "--emb", .number = &options.emb},
                 {.name = "--hidden", .number = &options.hidden},
                 {.name = "--batch", .number = &options.batch},
                 {.name = "--time", .number = &options.time},
                 {.name = "--batches", .number = &options.batches},
                 {.name = "--rounds", .number = &options.rounds},
                 {.name = "--items", .number = &options.items},
                 {.name = "--form", .text = &options.form},
                 {.name = "--lengths", .text = &options.lengths},
                 {.name = "--ids", .text = &options.ids},
                 {.name = "--data", .text = &options.data},
                 {.name = "--dump-lengths", .text = &options.dump_lengths},
                 {.name = "--dump-ids", .text = &options.dump_ids},
                 {.name = "--precision", .text = &options.precision},
                 {.name = "--train-precision", .text = &options.train_precision},
                 {.name = "--generate-lengths", .flag = &options.generate_lengths},
                 {.name = "--train-embedding", .flag = &options.train_embedding}};
    if (argc < 2)
        die("usage: bench_model WHAT [OPTION]...; the head of bench_model.c lists them");
    options.what = argv[1];
    for (int i = 2; i < argc; i++) {
        size_t k = 0;
        while (k < sizeof known / sizeof *known && strcmp(known[k].name, argv[i]) != 0)
            k++;
        if (k == sizeof known / sizeof *known)
            die("unknown option: %s", argv[i]);
        if (known[k].flag) {
            *known[k].flag = true;
            continue;
        }
        if (++i == argc)
            die("%s: a value is missing", known[k].name);
        char *end = "";
        if (known[k].text)
            *known[k].text = argv[i];
        else
            *known[k].number = strtoll(argv[i], &end, 10);
        if (*end || (known[k].number && *known[k].number < 0))
            die("%s %s: a whole number is expected", known[k].name, argv[i]);
    }
    if (options.batch < 1 || options.time < 1 || options.batches < 1 || options.items < 1)
        die("--batch, --time, --batches and --items are 1 at least");
    if (options.vocab < 3 ||
        (options.vocab != VOCAB && (options.lengths || options.data || options.generate_lengths)))
        die("--vocab is 3 at least, and of generated text of full rows");
    return options;
}

static struct data make_data(attn_context *context, const struct options *options)
{
    if (options->lengths)
        return data_files(options->lengths, options->ids, options->batch, options->time);
    if (options->data)
        return data_reviews(context, options->data, options->batches, options->batch, options->time);
    if (options->generate_lengths)
        return data_generated(options->batches, options->batch, options->time);
    return data_padded(options->batches, options->batch, options->time, options->vocab);
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    const struct measure *what = measures;
    while (strcmp(what->what, options.what) != 0) {
        if (++what == measures + sizeof measures / sizeof *measures)
            die("unknown WHAT: %s", options.what);
    }
    attn_context_options threads = ATTN_CONTEXT_OPTIONS_INIT;
    threads.threads = (int32_t)options.threads;
    threads.precision = choice("--train-precision", options.train_precision, precisions, 2);
    attn_context *context;
    must(attn_context_create(&threads, &context));
    struct bench bench = {.data = make_data(context, &options)};
    if (options.dump_lengths)
        data_write_lengths(&bench.data, options.dump_lengths);
    if (options.dump_ids)
        data_write_ids(&bench.data, options.dump_ids);

    print_start(&options, &bench.data, context);
    if (what->run) {
        int64_t rounds = options.rounds ? options.rounds : what->rounds;
        what->make(&bench, context, &options);
        double *times = measure(what, &bench, rounds);
        print_times(times, rounds, (double)count_items(what, &bench.data));
        free(times);
        network_destroy(&bench.network);
        opened_destroy(&bench.opened);
        decoder_destroy(&bench.decoder);
    }
    if (strcmp(options.what, "peak") == 0)
        print_peak();
    printf("}\n");
    data_free(&bench.data);
    attn_context_destroy(&context);
    return 0;
}

/* test_together.c - eight threads share a classifier while two train others, all on one context: each gets what one thread alone gets,
 * to the bit, and so does a child that is forked before and after. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit_classifier.h"

enum { READERS = 8, TRAINERS = 2, ROUNDS = 4, STEPS = 12, ROWS = 3, TIME = UNIT_MAX_LENGTH, TEXTS = 3 };

static const char *const texts[TEXTS] = {"not a boring film", "", "the wonderful film not bad"};

/* ---- reading ------------------------------------------------------------------------------------------------ */

/* What a shared classifier says of the texts and the rows, each in every way. */
typedef struct said {
    float logits[ROWS * 5], attributed[ATTN_BY_NGRAMS + 1][ROWS * TIME];
    float probabilities[ATTN_BY_NGRAMS + 1][TEXTS], numbers[ATTN_BY_NGRAMS + 1][TEXTS][TIME];
    float slopes[ROWS * TIME];
} said;

static attn_status say(const attn_classifier *classifier, said *out)
{
    const attn_sequence in = unit_classifier_batch();
    attn_probe *probe = NULL;
    memset(out, 0, sizeof *out);
    attn_status status = attn_classifier_forward(classifier, NULL, &in, out->logits, NULL, NULL);
    for (int32_t by = ATTN_BY_ATTENTION; by <= ATTN_BY_NGRAMS && status == ATTN_OK; by++) {
        attn_reading *readings[TEXTS] = {NULL};
        status = attn_classifier_attribute(classifier, &in, NULL, by, out->attributed[by], NULL);
        if (status == ATTN_OK)
            status = attn_classifier_read_many(classifier, TEXTS, texts, NULL, by, readings);
        for (int i = 0; i < TEXTS && status == ATTN_OK; i++) {
            attn_reading_info info = ATTN_READING_INFO_INIT;
            status = attn_reading_get_info(readings[i], &info);
            memcpy(out->numbers[by][i], attn_reading_numbers(readings[i]),
                   (size_t)info.length * sizeof(float));
            out->probabilities[by][i] = attn_reading_probabilities(readings[i])[0];
        }
        for (int i = 0; i < TEXTS; i++)
            attn_reading_destroy(&readings[i]);
    }
    if (status == ATTN_OK)
        status = attn_probe_create(classifier, &in, &probe);
    if (status == ATTN_OK)
        status = attn_probe_gradient(probe, out->slopes);
    attn_probe_destroy(&probe);
    return status;
}

typedef struct reader {
    pthread_t thread;
    const attn_classifier *classifier;
    const said *expected;
    const char *failure;
} reader;

static void *read_all(void *argument)
{
    reader *self = argument;
    said *came = malloc(sizeof *came);
    for (int round = 0; round < ROUNDS && !self->failure; round++) {
        if (say(self->classifier, came) != ATTN_OK)
            self->failure = "a call failed";
        else if (memcmp(came, self->expected, sizeof *came) != 0)
            self->failure = "other bits came out";
    }
    free(came);
    return NULL;
}

/* ---- training ----------------------------------------------------------------------------------------------- */

typedef struct trainer {
    pthread_t thread;
    attn_context *context;
    unit_classifier made; /* before the threads are there: libcheck's assertions are one thread's */
    attn_tape *tape;
    attn_adam *adam;
    int64_t classes;
    attn_status status;
} trainer;

static void trainer_make(attn_context *context, const unit_make *make, trainer *out)
{
    *out = (trainer){.context = context, .classes = make->classes};
    unit_classifier_create(context, make, &out->made);
    OK(attn_tape_create(context, NULL, &out->tape));
    OK(attn_adam_create(out->made.params, NULL, &out->adam));
}

static void trainer_free(trainer *self)
{
    attn_adam_destroy(&self->adam);
    attn_tape_destroy(&self->tape);
    unit_classifier_destroy(&self->made);
}

static void *train(void *argument)
{
    trainer *self = argument;
    const attn_sequence in = unit_classifier_batch();
    static const int32_t labels[ROWS] = {1, 0, 1};
    float logits[ROWS * 5], dlogits[ROWS * 5];
    attn_status status = ATTN_OK;
    for (int64_t step = 0; step < STEPS && status == ATTN_OK; step++) {
        status = attn_params_zero_grad(self->made.params);
        if (status == ATTN_OK)
            status = attn_tape_begin(self->tape, step);
        if (status == ATTN_OK)
            status = attn_classifier_forward(self->made.whole, self->tape, &in, logits, NULL, NULL);
        if (status == ATTN_OK)
            status = attn_cross_entropy(self->context, ROWS, self->classes, logits, labels, NULL, NULL, NULL,
                                        NULL, dlogits);
        if (status == ATTN_OK)
            status = attn_classifier_backward(self->made.whole, self->tape, dlogits, NULL, NULL,
                                              GRADIENTS(.batch = ROWS, .time = TIME));
        if (status == ATTN_OK)
            status = attn_adam_step(self->adam, NULL);
    }
    self->status = status;
    return NULL;
}

/* ---- both, and children ------------------------------------------------------------------------------------- */

/* A child says what is expected. */
static void assert_a_child_says(const attn_classifier *classifier, const said *expected)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        said *came = malloc(sizeof *came);
        _exit(say(classifier, came) != ATTN_OK ? 1 : memcmp(came, expected, sizeof *came) != 0 ? 2 : 0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with status %#x",
                  (unsigned)status);
}

static const unit_make *make_of(int index)
{
    return &unit_makes[index ? 10 : 8];
}

START_TEST(readers_and_trainers_do_not_hinder_each_other)
{
    static said expected, alone;
    static reader readers[READERS];
    trainer trainers[TRAINERS], lonely[TRAINERS];
    unit_classifier shared;
    attn_context *one = unit_context(1), *context = unit_context(3);
    unit_classifier_create(one, &unit_makes[10], &shared); /* a reader and n-grams */
    OK(say(shared.whole, &alone));
    unit_classifier_destroy(&shared);
    unit_classifier_create(context, &unit_makes[10], &shared);
    OK(say(shared.whole, &expected));
    ck_assert_mem_eq(&expected, &alone, sizeof alone);
    for (int i = 0; i < TRAINERS; i++) {
        trainer_make(one, make_of(i), &lonely[i]);
        train(&lonely[i]);
        OK(lonely[i].status);
        trainer_make(context, make_of(i), &trainers[i]);
    }
    assert_a_child_says(shared.whole, &expected);

    for (int i = 0; i < READERS; i++) {
        readers[i] = (reader){.classifier = shared.whole, .expected = &expected};
        ck_assert_int_eq(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]), 0);
    }
    for (int i = 0; i < TRAINERS; i++)
        ck_assert_int_eq(pthread_create(&trainers[i].thread, NULL, train, &trainers[i]), 0);
    for (int i = 0; i < READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        ck_assert_msg(readers[i].failure == NULL, "reader %d: %s", i, readers[i].failure);
    }
    for (int i = 0; i < TRAINERS; i++) {
        pthread_join(trainers[i].thread, NULL);
        ck_assert_int_eq(trainers[i].status, ATTN_OK);
        const int64_t size = attn_params_size(trainers[i].made.params);
        ck_assert_int_eq(size, attn_params_size(lonely[i].made.params));
        unit_assert_same_bits(attn_params_values(trainers[i].made.params),
                              attn_params_values(lonely[i].made.params), size);
    }

    ck_assert_ptr_null(attn_params_gradients(shared.params)); /* reading leaves the params alone */
    assert_a_child_says(shared.whole, &expected);
    OK(say(shared.whole, &alone));
    ck_assert_mem_eq(&expected, &alone, sizeof alone);
    for (int i = 0; i < TRAINERS; i++) {
        trainer_free(&trainers[i]);
        trainer_free(&lonely[i]);
    }
    unit_classifier_destroy(&shared);
    attn_context_destroy(&context);
    attn_context_destroy(&one);
}
END_TEST

UNIT_MAIN("together", readers_and_trainers_do_not_hinder_each_other)

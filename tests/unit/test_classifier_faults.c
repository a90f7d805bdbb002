/* test_classifier_faults.c - a classifier without memory, in odd calls, and from files that lie. */

#include "unit_classifier.h"
#include "unit_memory.h"

#define ROWS 3
#define TIME UNIT_MAX_LENGTH

static attn_context *context;
static unit_classifier made;

static void setup(const unit_make *make)
{
    context = unit_context(2);
    unit_classifier_create(context, make, &made);
}

static void teardown(void)
{
    unit_classifier_destroy(&made);
    attn_context_destroy(&context);
}

/* ---- memory ----------------------------------------------------------------------------------------------- */

static const char *const texts[] = {"good film", "", "not a boring film, but a wonderful one"};

static attn_status count_bytes(void *user, const void *data, size_t size)
{
    (void)data;
    *(size_t *)user += size;
    return ATTN_OK;
}

static attn_status create_again(attn_classifier **again)
{
    attn_status status = attn_classifier_create(&made.parts, again);
    ck_assert((status == ATTN_OK) == (*again != NULL));
    attn_classifier_destroy(again);
    return status;
}

static attn_status read_in_every_way(void)
{
    for (int32_t by = ATTN_BY_NOTHING; by <= ATTN_BY_OCCLUSION; by++) {
        attn_reading *many[3] = {NULL};
        if (by == ATTN_BY_ATTENTION && made.parts.attention == NULL)
            continue;
        attn_status status = attn_classifier_read_many(made.whole, 3, texts, NULL, by, many);
        for (int i = 0; i < 3; i++) {
            ck_assert((status == ATTN_OK) == (many[i] != NULL));
            attn_reading_destroy(&many[i]);
        }
        if (status != ATTN_OK)
            return status;
    }
    return ATTN_OK;
}

static attn_status attribute_in_every_way(void)
{
    attn_sequence in = unit_classifier_batch();
    float numbers[ROWS * TIME], gaps[ROWS];
    attn_status status = ATTN_OK;
    for (int32_t by = ATTN_BY_GRADIENT;
         by <= (made.parts.ngrams ? ATTN_BY_NGRAMS : ATTN_BY_OCCLUSION) && status == ATTN_OK; by++)
        status = attn_classifier_attribute(made.whole, &in, NULL, by, numbers, gaps);
    return status;
}

static attn_status train_a_step(attn_tape *tape)
{
    attn_sequence in = unit_classifier_batch();
    float logits[ROWS * 5];
    OK(attn_tape_begin(tape, 0));
    OK(attn_params_zero_grad(made.params));
    attn_status status = attn_classifier_forward(made.whole, tape, &in, logits, NULL, NULL);
    if (status == ATTN_OK)
        status = attn_classifier_backward(made.whole, tape, logits, NULL, NULL,
                                          GRADIENTS(.batch = ROWS, .time = TIME));
    return status;
}

static attn_status write_and_open(attn_context *of)
{
    attn_classifier *again = made.whole;
    size_t written = 0;
    attn_status status = attn_classifier_write(made.whole, NULL, count_bytes, &written);
    if (status == ATTN_OK)
        status = attn_classifier_save(made.whole, unit_path("other"), NULL);
    if (status != ATTN_OK)
        return status;
    status = attn_classifier_open(of, unit_path("m"), &again);
    ck_assert((status == ATTN_OK) == (again != NULL));
    attn_classifier_destroy(&again);
    return status;
}

static attn_status probe_all(void)
{
    attn_sequence in = unit_classifier_batch();
    attn_probe *probe;
    float gradients[ROWS * TIME], curve[ROWS];
    if (made.parts.attention == NULL)
        return ATTN_OK;
    attn_status status = attn_probe_create(made.whole, &in, &probe);
    ck_assert((status == ATTN_OK) == (probe != NULL));
    for (int32_t masking = ATTN_MASK_LEAVE_OUT; status == ATTN_OK && masking <= ATTN_MASK_ERASE; masking++) {
        attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
        OK(attn_probe_model(probe, masking, &model));
        status = attn_explain_flip(context, &model, attn_probe_weights(probe), 0, curve);
    }
    if (status == ATTN_OK)
        status = attn_probe_gradient(probe, gradients);
    attn_probe_destroy(&probe);
    return status;
}

enum { CREATE, READ, ATTRIBUTE, PACK, TRAIN, WRITE, PROBE, CALLS };

static attn_status call(int which, attn_tape *tape)
{
    attn_classifier *again = NULL;
    switch (which) {
    case CREATE:
        return create_again(&again);
    case READ:
        return read_in_every_way();
    case ATTRIBUTE:
        return attribute_in_every_way();
    case PACK:
        return attn_classifier_pack(made.whole, NULL);
    case TRAIN:
        return train_a_step(tape);
    case WRITE:
        return write_and_open(context);
    default:
        return probe_all();
    }
}

/* Each call of a classifier of this make, with one allocation of each call after the other failing. */
static void starve(const unit_make *make, int which)
{
    unit_memory memory = {.left = UNIT_ENOUGH};
    attn_sequence in = unit_classifier_batch();
    attn_tape *tape;
    float before[ROWS * 5], after[ROWS * 5];
    unit_folder_make();
    context = unit_memory_context(&memory, 2);
    unit_classifier_create(context, make, &made);
    OK(attn_tape_create(context, NULL, &tape));
    OK(attn_params_zero_grad(made.params));
    OK(attn_classifier_save(made.whole, unit_path("m"), NULL));
    OK(attn_classifier_save(made.whole, unit_path("other"), NULL));
    const int64_t tensors = attn_params_count(made.params);
    long long left = 0;
    for (attn_status status = ATTN_ERR_MEMORY; status != ATTN_OK; left++) {
        ck_assert_int_lt(left, 3000);
        OK(attn_classifier_forward(made.whole, NULL, &in, before, NULL, NULL));
        unit_memory_reset(&memory, left);
        status = call(which, tape);
        unit_memory_reset(&memory, UNIT_ENOUGH);
        if (status != ATTN_OK)
            ck_assert_msg(status == ATTN_ERR_MEMORY, "%s: call %d: %s", make->name, which, attn_last_error());
        OK(attn_classifier_forward(made.whole, NULL, &in, after, NULL, NULL)); /* it goes on as before */
        unit_assert_same_bits(after, before, ROWS * make->classes);
        ck_assert_int_eq(attn_params_count(made.params), tensors);
    }
    ck_assert_msg(left > 1, "%s: call %d took no memory", make->name, which);
    unlink(unit_path("other"));
    attn_tape_destroy(&tape);
    teardown();
    ck_assert_msg(atomic_load(&memory.blocks) == 0, "%s: call %d: %lld blocks leaked", make->name, which,
                  atomic_load(&memory.blocks));
    unit_folder_remove("m");
}

START_TEST(every_allocation_may_fail_and_it_goes_on)
{
    for (int which = 0; which < CALLS; which++) {
        starve(&unit_makes[1], which); /* padding kept */
        if (which != PROBE)
            starve(&unit_makes[2], which); /* without attention */
        starve(&unit_makes[5], which);     /* with a reader */
        starve(&unit_makes[8], which);     /* with n-grams */
        if (which != PROBE && which != PACK)
            starve(&unit_makes[11], which); /* n-grams alone */
    }
}
END_TEST

/* ---- odd calls -------------------------------------------------------------------------------------------- */

START_TEST(batches_of_nothing_are_fine)
{
    for (int i = 0; i < UNIT_MAKES; i++) {
        const unit_make *make = &unit_makes[i];
        attn_sequence in = ATTN_SEQUENCE_INIT;
        attn_tape *tape;
        float logits[2 * 5], numbers[1], gaps[2] = {7, 7};
        int32_t ids[1] = {0};
        setup(make);
        OK(attn_tape_create(context, NULL, &tape));
        for (in.batch = 0; in.batch <= 2; in.batch += 2) { /* no rows; then two rows of no time */
            in.time = make->padding_kept ? TIME : in.batch ? 0 : 5;
            in.ids = make->padding_kept && in.batch ? NULL : ids;
            if (in.ids == NULL)
                break; /* there padding has its time, whatever the rows have */
            OK(attn_classifier_forward(made.whole, NULL, &in, logits, NULL, NULL));
            OK(attn_tape_begin(tape, 0));
            OK(attn_classifier_forward(made.whole, tape, &in, logits, NULL, NULL));
            OK(attn_classifier_backward(made.whole, tape, logits, NULL, NULL,
                                        GRADIENTS(.batch = in.batch, .time = in.time)));
            ck_assert_int_eq(attn_tape_depth(tape), 0);
            for (int32_t by = ATTN_BY_GRADIENT; by <= ATTN_BY_OCCLUSION + make->ngrams; by++)
                OK(attn_classifier_attribute(made.whole, &in, NULL, by, numbers, gaps));
            ck_assert(gaps[0] == (in.batch ? 0.0f : 7.0f));
            if (make->attention) {
                attn_probe *probe;
                OK(attn_classifier_attribute(made.whole, &in, NULL, ATTN_BY_ATTENTION, numbers, NULL));
                OK(attn_probe_create(made.whole, &in, &probe));
                OK(attn_probe_gradient(probe, numbers));
                attn_probe_destroy(&probe);
            }
        }
        OK(attn_classifier_read_many(made.whole, 0, NULL, NULL, ATTN_BY_NOTHING, NULL));
        attn_tape_destroy(&tape);
        teardown();
    }
}
END_TEST

/* Vectors in place of ids: the same logits, and a gradient. */
START_TEST(vectors_decide_as_their_ids_do)
{
    attn_sequence in = unit_classifier_batch();
    float x[ROWS * TIME * 4], dx[ROWS * TIME * 4], by_ids[ROWS * 2], logits[ROWS * 2];
    attn_tape *tape;
    setup(&unit_makes[0]);
    for (int i = 0; i < ROWS * TIME * 4; i++)
        x[i] = NAN, dx[i] = 7;
    OK(attn_classifier_forward(made.whole, NULL, &in, by_ids, NULL, NULL));
    OK(attn_embedding_forward(made.parts.embedding, NULL, ROWS, TIME, in.ids, in.lengths, x));
    for (int i = 0; i < ROWS * TIME * 4; i++)
        x[i] = i / 4 % TIME < in.lengths[i / 4 / TIME] ? x[i] : NAN; /* padding may be anything */
    in.ids = NULL;
    in.x = x;
    OK(attn_tape_create(context, NULL, &tape));
    OK(attn_classifier_forward(made.whole, tape, &in, logits, NULL, NULL));
    unit_assert_same_bits(logits, by_ids, ROWS * 2);
    FAILS(ATTN_ERR_ARGUMENT, "attn_classifier_backward: out->dscales is given",
          attn_classifier_backward(made.whole, tape, logits, NULL, NULL,
                                   GRADIENTS(.batch = ROWS, .time = TIME, .dx = dx, .dscales = dx)));
    FAILS(ATTN_ERR_ARGUMENT, "attn_classifier_backward: out->dh is out->dx; expected an array of its own",
          attn_classifier_backward(made.whole, tape, logits, NULL, NULL,
                                   GRADIENTS(.batch = ROWS, .time = TIME, .dx = dx, .dh = dx)));
    ck_assert(dx[0] == 7 && attn_params_gradients(made.params) == NULL);
    OK(attn_classifier_backward(made.whole, tape, logits, NULL, NULL,
                                GRADIENTS(.batch = ROWS, .time = TIME, .dx = dx)));
    for (int i = 0; i < ROWS * TIME * 4; i++)
        ck_assert(i / 4 % TIME < in.lengths[i / 4 / TIME] ? dx[i] != 7 && isfinite(dx[i]) : dx[i] == 0);
    attn_tape_destroy(&tape);
    teardown();
}
END_TEST

/* What is refused under the call's own name, with the tape and the gradients as before. */
START_TEST(rows_that_cannot_be_are_refused_before_anything_is_done)
{
    const attn_sequence good = unit_classifier_batch();
    const int32_t wrong_ids[ROWS * TIME] = {2, 3, 10}, long_rows[] = {6, 7, 0}, negative[] = {-1, 0, 0};
    float logits[ROWS * 2], numbers[ROWS * TIME], x[ROWS * TIME * 4] = {0};
    int32_t targets[ROWS] = {0, 1, 0};
    attn_tape *tape;
    setup(&unit_makes[0]);
    OK(attn_tape_create(context, NULL, &tape));
    const struct {
        const char *line;
        attn_sequence in;
    } wrong[] = {
        {"ids[0,2] is 10; expected 0 to 9",
         {.batch = 3, .time = 6, .ids = wrong_ids, .lengths = good.lengths}},
        {"lengths[1] is 7; expected 0 to 6", {.batch = 3, .time = 6, .ids = good.ids, .lengths = long_rows}},
        {"lengths[0] is -1", {.batch = 3, .time = 6, .ids = good.ids, .lengths = negative}},
        {"batch is -1", {.batch = -1, .time = 6, .ids = good.ids}},
        {"time -2; expected", {.batch = 3, .time = -2, .ids = good.ids}},
        {"at most 2^30", {.batch = 1 << 20, .time = 1 << 20, .ids = good.ids}},
        {"at most 2^30", {.batch = INT64_MAX, .time = 3, .ids = good.ids}},
        {"in->x and in->ids are NULL", {.batch = 3, .time = 6}},
        {"in->x is given, and ids", {.batch = 3, .time = 6, .ids = good.ids, .x = x}},
        {"in->openings is given", {.batch = 3, .time = 6, .ids = good.ids, .openings = x}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        attn_sequence in = wrong[i].in;
        attn_probe *probe = (attn_probe *)&in;
        in.struct_size = sizeof in;
        for (int k = 0; k < 2; k++) {
            FAILS(ATTN_ERR_ARGUMENT, wrong[i].line,
                  attn_classifier_forward(made.whole, k ? tape : NULL, &in, logits, NULL, NULL));
            ck_assert_ptr_nonnull(strstr(attn_last_error(), "attn_classifier_forward: "));
            ck_assert_int_eq(attn_tape_depth(tape), 0);
        }
        FAILS(ATTN_ERR_ARGUMENT, wrong[i].line,
              attn_classifier_attribute(made.whole, &in, targets, ATTN_BY_GRADIENT, numbers, NULL));
        ck_assert_ptr_nonnull(strstr(attn_last_error(), "attn_classifier_attribute: "));
        FAILS(ATTN_ERR_ARGUMENT, wrong[i].line, attn_probe_create(made.whole, &in, &probe));
        ck_assert_ptr_null(probe);
    }
    attn_sequence in = good;
    attn_context *foreign = unit_context(1);
    attn_tape *of_another;
    OK(attn_tape_create(foreign, NULL, &of_another));
    FAILS(ATTN_ERR_ARGUMENT, "the tape is of another context",
          attn_classifier_forward(made.whole, of_another, &in, logits, NULL, NULL));
    ck_assert_int_eq(attn_tape_depth(of_another), 0);
    attn_tape_destroy(&of_another);
    attn_context_destroy(&foreign);
    attn_tape_destroy(&tape);
    teardown();
}
END_TEST

/* Far apart logits: log-odds by occlusion stay finite, and say what a difference of logits says. */
START_TEST(certain_decisions_have_finite_log_odds)
{
    attn_sequence in = unit_classifier_batch();
    float numbers[ROWS * TIME], gaps[ROWS];
    setup(&unit_makes[4]); /* five classes */
    float *values = attn_params_values(made.params);
    attn_tensor bias = ATTN_TENSOR_INIT, weight = ATTN_TENSOR_INIT;
    OK(attn_params_find(made.params, "decision.bias", &bias));
    OK(attn_params_find(made.params, "decision.weight", &weight));
    for (int64_t i = 0; i < weight.size; i++)
        values[weight.offset + i] *= 1e4f;
    for (int32_t by = ATTN_BY_GRADIENT; by <= ATTN_BY_OCCLUSION; by++) {
        OK(attn_classifier_attribute(made.whole, &in, NULL, by, numbers, gaps));
        float most = 0;
        for (int i = 0; i < ROWS * TIME; i++) {
            ck_assert(isfinite(numbers[i]));
            most = fmaxf(most, fabsf(numbers[i]));
        }
        ck_assert(most > 100);
    }
    teardown();
}
END_TEST

/* ---- many classes ------------------------------------------------------------------------------------------ */

START_TEST(labels_of_very_many_classes_take_no_quadratic_time)
{
    enum { CLASSES = 1 << 20 };
    setup(&unit_makes[0]);
    attn_params *params;
    attn_classifier_parts parts = made.parts;
    attn_classifier *none = made.whole;
    char(*names)[12] = malloc(sizeof(char[CLASSES][12]));
    const char **labels = malloc(CLASSES * sizeof *labels);
    for (int k = 0; k < CLASSES; k++) {
        snprintf(names[k], sizeof names[k], "%d", k);
        labels[k] = names[k];
    }
    OK(attn_params_create(context, NULL, &params));
    OK(attn_embedding_create(params, "e", 10, 1, NULL, &parts.embedding));
    OK(attn_gru_create(params, "g", 1, 1, NULL, &parts.encoder));
    OK(attn_dense_create(params, "d", 1, CLASSES, NULL, &parts.decision));
    parts.attention = NULL;
    parts.labels = labels;
    OK(attn_classifier_create(&parts, &none)); /* pair by pair it is an hour, and Check ends it before */
    ck_assert_str_eq(attn_classifier_label(none, CLASSES - 1), "1048575");
    attn_classifier_destroy(&none);
    labels[CLASSES - 2] = "77";
    FAILS(ATTN_ERR_ARGUMENT, "labels[77] and labels[1048574] are both \"77\"",
          attn_classifier_create(&parts, &none));
    attn_dense_destroy(&parts.decision);
    attn_gru_destroy(&parts.encoder);
    attn_embedding_destroy(&parts.embedding);
    attn_params_destroy(&params);
    free(labels);
    free(names);
    teardown();
}
END_TEST

UNIT_MAIN("classifier_faults", every_allocation_may_fail_and_it_goes_on, batches_of_nothing_are_fine,
          vectors_decide_as_their_ids_do, rows_that_cannot_be_are_refused_before_anything_is_done,
          certain_decisions_have_finite_log_odds, labels_of_very_many_classes_take_no_quadratic_time)

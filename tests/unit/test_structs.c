/* test_structs.c - how structs grow, as status.h says it, for every public struct that begins with its size: tests/abi/structs.py
 * lists them from the headers, and a struct that no line of `subjects` uses fails here.
 *
 * READ by a call: zeros with the size set are the same as NULL; a struct cut at any member is the same as one with zeros from
 * there on; a longer one is refused unless its tail is 0. FILLED by a call: up to the caller's size, and not a byte beyond. No struct
 * has padding at its end, which a later member would fill, and every ..._INIT is zeros with the size. */
#include <stddef.h>

#include "unit_structs.h"

#define MOST_MEMBERS 32

typedef struct layout {
    const char *name;
    size_t size, end; /* sizeof; where the last member ends */
    const void *init; /* ATTN_..._INIT */
    size_t count, offsets[MOST_MEMBERS];
} layout;

#include "structs.h"

/* ---- all of them ----------------------------------------------------------------------------------------- */

static const struct subject {
    const char *name;
    attn_status (*read)(const void *given, print *out);
    attn_status (*fill)(void *view);
    const void *(*whole)(void); /* of a struct without which the call has nothing to do: one that is good */
} subjects[] = {
    {"attn_context_options", .read = read_context},
    {"attn_params_options", .read = read_params},
    {"attn_tensor_options", .read = read_tensor},
    {"attn_tape_options", .read = read_tape},
    {"attn_tokens_options", .read = read_tokens},
    {"attn_vocab_builder_options", .read = read_vocab_builder},
    {"attn_vocab_options", .read = read_vocab},
    {"attn_pieces_options", .read = read_pieces},
    {"attn_embedding_options", .read = read_embedding},
    {"attn_sequence", .read = read_sequence, .whole = whole_sequence},
    {"attn_sequence_gradients", .read = read_gradients, .whole = whole_gradients},
    {"attn_steps", .read = read_steps, .whole = whole_steps},
    {"attn_gru_options", .read = read_gru},
    {"attn_gru_packed_options", .read = read_packed},
    {"attn_attention_options", .read = read_attention},
    {"attn_attention_memory_options", .read = read_memory},
    {"attn_attention_step", .read = read_step, .whole = whole_step},
    {"attn_attention_step_gradients", .read = read_step_gradients, .whole = whole_step_gradients},
    {"attn_attngru_options", .read = read_attngru},
    {"attn_dense_options", .read = read_dense},
    {"attn_ngrams_builder_options", .read = read_ngrams_builder},
    {"attn_ngrams_options", .read = read_ngrams},
    {"attn_search_options", .read = read_search, .whole = whole_search},
    {"attn_cross_entropy_options", .read = read_loss},
    {"attn_candidates_options", .read = read_candidates},
    {"attn_sampled_cross_entropy_options", .read = read_sampled},
    {"attn_adam_options", .read = read_adam},
    {"attn_save_options", .read = read_save},
    {"attn_explain_model", .read = read_model, .whole = whole_model},
    {"attn_draw_options", .read = read_draw},
    {"attn_classifier_parts", .read = read_parts, .whole = whole_parts},

    {"attn_tensor", .fill = fill_tensor},
    {"attn_tensor", .fill = fill_tensor_by_index},
    {"attn_tensor", .fill = fill_tensor_of_a_file},
    {"attn_tape_info", .fill = fill_tape},
    {"attn_tape_entry", .fill = fill_entry},
    {"attn_tokens_info", .fill = fill_tokens},
    {"attn_vocab_info", .fill = fill_vocab},
    {"attn_vectors_report", .fill = fill_report},
    {"attn_vectors_report", .fill = fill_report_of_all},
    {"attn_embedding_info", .fill = fill_embedding},
    {"attn_gru_info", .fill = fill_gru},
    {"attn_gru_packed_info", .fill = fill_packed},
    {"attn_attention_info", .fill = fill_attention},
    {"attn_attngru_info", .fill = fill_attngru},
    {"attn_dense_info", .fill = fill_dense},
    {"attn_ngrams_info", .fill = fill_ngrams},
    {"attn_candidates_info", .fill = fill_candidates},
    {"attn_layer_info", .fill = fill_layer},
    {"attn_classifier_info", .fill = fill_classifier},
    {"attn_reading_info", .fill = fill_reading},
};

#define SUBJECTS (sizeof subjects / sizeof *subjects)
#define LAYOUTS (sizeof layouts / sizeof *layouts)
#define ROOM 1024 /* more than any struct */

static const layout *layout_of(const struct subject *subject)
{
    for (size_t i = 0; i < LAYOUTS; i++) {
        if (strcmp(layouts[i].name, subject->name) == 0)
            return &layouts[i];
    }
    ck_abort_msg("no header has a struct called %s", subject->name);
}

/* Where the members begin, from the second one on, and where the struct ends. */
static size_t boundary(const layout *of, size_t i)
{
    return i + 1 < of->count ? of->offsets[i + 1] : of->size;
}

static void set_size(void *of, size_t size)
{
    memcpy(of, &size, sizeof size);
}

START_TEST(every_struct_is_used_here)
{
    for (size_t i = 0; i < LAYOUTS; i++) {
        size_t used = 0;
        for (size_t k = 0; k < SUBJECTS; k++)
            used += strcmp(layouts[i].name, subjects[k].name) == 0;
        ck_assert_msg(used > 0, "%s has a size, but no line of `subjects` in test_structs.c",
                      layouts[i].name);
    }
}
END_TEST

START_TEST(no_struct_ends_in_padding_and_every_init_is_zeros)
{
    for (size_t i = 0; i < LAYOUTS; i++) {
        const layout *l = &layouts[i];
        ck_assert_msg(l->end == l->size, "%s: %zu bytes of padding at the end", l->name, l->size - l->end);
        ck_assert_uint_le(l->size, ROOM);
        unsigned char zeros[ROOM] = {0};
        set_size(zeros, l->size);
        for (size_t k = 0; k < l->count; k++) {
            size_t begin = l->offsets[k], size = boundary(l, k) - begin;
            ck_assert_msg(memcmp((const char *)l->init + begin, zeros + begin, size) == 0,
                          "%s: member %zu of its INIT is not 0", l->name, k);
        }
    }
}
END_TEST

static attn_status use(const struct subject *subject, const void *given, print *out)
{
    *out = (print){{0}, 0};
    return subject->read(given, out);
}

static void check_read(const struct subject *subject)
{
    const layout *l = layout_of(subject);
    unsigned char base[ROOM] = {0}, given[ROOM];
    set_size(base, l->size);
    if (subject->whole)
        memcpy(base, subject->whole(), l->size);
    print expected, got;
    attn_status status = use(subject, subject->whole ? base : NULL, &expected);
    ck_assert_msg(status == ATTN_OK, "%s: %s", l->name, attn_last_error());
    status = use(subject, base, &got);
    ck_assert_msg(status == ATTN_OK, "%s of zeros: %s", l->name, attn_last_error());
    ck_assert_msg(memcmp(&got, &expected, sizeof got) == 0, "%s: zeros are not NULL's", l->name);

    for (size_t i = 0; i < l->count; i++) { /* an older caller's */
        size_t cut = boundary(l, i);
        memcpy(given, base, l->size);
        memset(given + cut, 0, l->size - cut);
        attn_status zeros = use(subject, given, &expected);
        memset(given + cut, 0x55, ROOM - cut); /* not the caller's any more */
        set_size(given, cut);
        status = use(subject, given, &got);
        ck_assert_msg(status == zeros, "%s of %zu bytes: %s", l->name, cut, attn_last_error());
        ck_assert_msg(subject->whole || status == ATTN_OK, "%s of %zu bytes: %s", l->name, cut,
                      attn_last_error());
        ck_assert_msg(memcmp(&got, &expected, sizeof got) == 0,
                      "%s of %zu bytes is not one with zeros beyond", l->name, cut);
    }

    memset(given, 0, sizeof given); /* a newer caller's */
    memcpy(given, base, l->size);
    set_size(given, l->size + 24);
    status = use(subject, given, &got);
    ck_assert_msg(status == ATTN_OK, "a longer %s: %s", l->name, attn_last_error());
    given[l->size + 23] = 1;
    status = use(subject, given, &got);
    ck_assert_msg(status == ATTN_ERR_ARGUMENT && strstr(attn_last_error(), "does not know"),
                  "a longer %s whose tail is not 0: %s", l->name, attn_status_name(status));
    for (size_t nobody = 0; nobody < 2; nobody++) {
        memcpy(given, base, l->size);
        set_size(given, nobody ? (size_t)-1 : 0);
        status = use(subject, given, &got);
        ck_assert_msg(status == ATTN_ERR_ARGUMENT && strstr(attn_last_error(), "struct_size is"),
                      "%s of a size that nobody set: %s", l->name, attn_status_name(status));
    }
}

static void check_filled(const struct subject *subject)
{
    const layout *l = layout_of(subject);
    unsigned char full[ROOM], view[ROOM], blank[ROOM];
    memset(blank, 0x55, sizeof blank);
    memcpy(full, blank, sizeof full);
    set_size(full, l->size);
    attn_status status = subject->fill(full);
    ck_assert_msg(status == ATTN_OK, "%s: %s", l->name, attn_last_error());
    for (size_t i = 0; i <= l->count; i++) {
        size_t size = i < l->count ? boundary(l, i) : l->size + 24;
        memcpy(view, blank, sizeof view);
        set_size(view, size);
        status = subject->fill(view);
        ck_assert_msg(status == ATTN_OK, "%s of %zu bytes: %s", l->name, size, attn_last_error());
        size_t given, known = size < l->size ? size : l->size;
        memcpy(&given, view, sizeof given);
        ck_assert_msg(given == size, "%s of %zu bytes: struct_size became %zu", l->name, size, given);
        ck_assert_msg(memcmp(view + sizeof given, full + sizeof given, known - sizeof given) == 0,
                      "%s of %zu bytes says something else", l->name, size);
        for (size_t k = known; k < size; k++)
            ck_assert_msg(view[k] == 0, "%s of %zu bytes: byte %zu is unknown, and not 0", l->name, size, k);
        ck_assert_msg(memcmp(view + size, blank, ROOM - size) == 0, "%s of %zu bytes: written beyond",
                      l->name, size);
    }
    for (size_t nobody = 0; nobody < 2; nobody++) {
        memcpy(view, blank, sizeof view);
        set_size(view, nobody ? (size_t)-1 : 0);
        status = subject->fill(view);
        ck_assert_msg(status == ATTN_ERR_ARGUMENT && strstr(attn_last_error(), "struct_size is"),
                      "%s of a size that nobody set: %s", l->name, attn_status_name(status));
        ck_assert_mem_eq(view + sizeof(size_t), blank, ROOM - sizeof(size_t));
    }
}

START_TEST(structs_that_are_read)
{
    setup();
    for (size_t i = 0; i < SUBJECTS; i++) {
        if (subjects[i].read)
            check_read(&subjects[i]);
    }
    teardown();
}
END_TEST

START_TEST(structs_that_are_filled)
{
    setup();
    for (size_t i = 0; i < SUBJECTS; i++) {
        if (subjects[i].fill)
            check_filled(&subjects[i]);
    }
    teardown();
}
END_TEST

UNIT_MAIN("structs", every_struct_is_used_here, no_struct_ends_in_padding_and_every_init_is_zeros,
          structs_that_are_read, structs_that_are_filled)

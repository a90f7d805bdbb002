/* fuzz_options.c - any bytes as the options of a call: each struct of the headers that a call reads, with any size, and
 * members that are any bytes or one of the numbers at which something changes (0, -1, NaN, infinity, the largest). The call
 * fails, and leaves everything as it was, or what it made works; either way it takes no more memory than what it works on
 * warrants, and in the end all is given back.
 *
 * Of the input: which struct, a byte; how its size is chosen, a byte; and for each four bytes of it one that is the place of
 * a number in the table below, or else four bytes follow. Pointers are then good ones or NULL, as no library can tell
 * others. */
#include <stddef.h>

#include "options_others.h"

#define ROOM 4200 /* the largest struct_size that is read is 4096 */

/* ---- all of them ---- */

typedef struct layout {
    const char *name;
    size_t size, end;
    const void *init;
    size_t count, offsets[32];
} layout;

#include "structs.h" /* layouts[], of all structs that begin with their size */

static const struct subject {
    const char *name;
    attn_status (*use)(void *given);
} subjects[] = {
    {"attn_context_options", try_context},
    {"attn_params_options", try_params},
    {"attn_tensor_options", try_tensor},
    {"attn_tape_options", try_tape},
    {"attn_tokens_options", try_tokens},
    {"attn_vocab_options", try_vocab},
    {"attn_pieces_options", try_pieces},
    {"attn_embedding_options", try_embedding},
    {"attn_sequence", try_sequence},
    {"attn_sequence_gradients", try_gradients},
    {"attn_steps", try_steps},
    {"attn_gru_options", try_gru},
    {"attn_gru_packed_options", try_packed},
    {"attn_attention_options", try_attention},
    {"attn_attention_memory_options", try_memory},
    {"attn_attention_step", try_step},
    {"attn_attention_step_gradients", try_step_gradients},
    {"attn_attngru_options", try_attngru},
    {"attn_dense_options", try_dense},
    {"attn_ngrams_builder_options", try_ngrams_builder},
    {"attn_ngrams_options", try_ngrams},
    {"attn_search_options", try_search},
    {"attn_cross_entropy_options", try_loss},
    {"attn_candidates_options", try_candidates},
    {"attn_sampled_cross_entropy_options", try_sampled},
    {"attn_adam_options", try_adam},
    {"attn_save_options", try_save},
    {"attn_explain_model", try_model},
    {"attn_draw_options", try_draw},
    {"attn_classifier_parts", try_parts},
    {"attn_vocab_builder_options", try_vocab_builder},
};

#define SUBJECTS (sizeof subjects / sizeof *subjects)

/* A struct that is read and that nobody tries here is a gap. Those that are filled are attn_..._info, and: */
static int is_filled(const char *name)
{
    static const char *const others[] = {"attn_tensor", "attn_tape_entry", "attn_vectors_report"};
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(name, others[i]) == 0)
            return 1;
    }
    return length > 5 && strcmp(name + length - 5, "_info") == 0;
}

static void check_that_all_are_there(void)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        size_t used = 0;
        for (size_t k = 0; k < SUBJECTS; k++)
            used += strcmp(layouts[i].name, subjects[k].name) == 0;
        if (used != !is_filled(layouts[i].name))
            fuzz_broken(__FILE__, __LINE__, layouts[i].name);
    }
}

static const layout *layout_of(const char *name)
{
    size_t i = 0;
    while (strcmp(layouts[i].name, name) != 0)
        i++;
    return &layouts[i];
}

/* ---- numbers ---- */

static uint32_t word(fuzz_input *input)
{
    static const int32_t whole[] = {0,        0,  1,   2,         3,         4,       5,     8,
                                    16,       17, 255, 256,       257,       65536,   65537, 1 << 23,
                                    10000000, -1, -2,  INT32_MIN, INT32_MAX, 1 << 20, 100,   10000};
    static const float real[] = {0.5f,  1.0f,  -1.0f,  0.999f, 0.9999999f, 1e-6f,    1e6f,      1e-45f,
                                 3e38f, 1e20f, 1e-20f, -0.0f,  NAN,        INFINITY, -INFINITY, 2.0f};
    const size_t wholes = sizeof whole / sizeof *whole, reals = sizeof real / sizeof *real;
    const size_t at = fuzz_byte(input);
    uint32_t bits;
    if (at < wholes)
        memcpy(&bits, &whole[at], sizeof bits);
    else if (at < wholes + reals)
        memcpy(&bits, &real[at - wholes], sizeof bits);
    else
        bits = at < 64 ? 0 : (uint32_t)fuzz_number(input, 4);
    return bits;
}

/* How large the struct says that it is: as the library knows it, cut at a member, or longer. */
static size_t choose_size(fuzz_input *input, const layout *of)
{
    const uint8_t how = fuzz_byte(input);
    if (how < 192)
        return of->size;
    if (how < 224)
        return of->offsets[how % of->count];
    if (how < 240)
        return of->size + (how - 224u) * sizeof(int64_t);
    return how == 240   ? 4096
           : how == 241 ? 4097
           : how == 242 ? SIZE_MAX
                        : of->size + (size_t)fuzz_number(input, 8) / 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int checked;
    if (!checked)
        check_that_all_are_there();
    checked = 1;
    make_world();
    fuzz_input input = {data, size};
    const struct subject *subject = &subjects[fuzz_byte(&input) % SUBJECTS];
    const size_t says = choose_size(&input, layout_of(subject->name)), room = says < sizeof says ? sizeof says
                                                                              : says > ROOM      ? ROOM
                                                                                                 : says;
    unsigned char *given = calloc(1, room); /* of just the size that it says */
    ensure(given != NULL);
    memcpy(given, &says, sizeof says);
    for (size_t at = sizeof says; at + 4 <= room && input.size > 0; at += 4) {
        const uint32_t bits = word(&input);
        memcpy(given + at, &bits, sizeof bits);
    }
    const int64_t count = attn_params_count(world.params);
    fuzz_limit(MOST_BYTES);
    const attn_status status = subject->use(given);
    fuzz_limit(SIZE_MAX);
    ensure(status == ATTN_OK || status == ATTN_ERR_ARGUMENT || status == ATTN_ERR_UNSUPPORTED ||
           status == ATTN_ERR_SYSTEM || status == ATTN_ERR_MEMORY || status == ATTN_ERR_STATE);
    ensure(says >= sizeof says && says <= 4096 ? 1 : status == ATTN_ERR_ARGUMENT);
    ensure(attn_params_count(world.params) == count);
    forget_world();
    free(given);
    return 0;
}

/** context.h - what everything else runs on: threads, memory, and the instruction set.
 *
 * The library's threads take none of the program's signals: all are blocked in them but those that tell of a fault (SIGSEGV,
 * SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS). They compute in the mode of the thread that calls (rounding, denormals).
 *
 * After a fork the child may go on with handles that no thread was using at the fork; there a context works with the
 * calling thread alone.
 *
 * Calls that take long end early where the hook `interrupted` asks for it, some tens of milliseconds after, with
 * ATTN_ERR_INTERRUPTED. Such a call leaves what it leaves where it fails with MEMORY: handles are as they were before it, or
 * where the call makes them are not made; a forward has put nothing on the tape; no file is written. Arrays that it was to fill
 * hold no result. A backward has added part of its gradients, as tape.h has it, and attn_vectors_read has written some rows.
 * What is short, or must not be left half done (an optimiser's update, values of a file once all of them have been looked at),
 * comes to its end.
 *
 * A program creates one context and passes it on; it may create several. Handles that are made with a context
 * keep it alive: it may be destroyed before them. */
#ifndef ATTN_CONTEXT_H
#define ATTN_CONTEXT_H

#include "status.h"

ATTN_BEGIN_DECLS

/** Threads, memory and an instruction set: attn_context_create says which threads may do what. */
typedef struct attn_context attn_context;

/** The instruction sets that the kernels are written for. */
#define ATTN_ISA_BEST 0      /**< the best that this processor has */
#define ATTN_ISA_REFERENCE 1 /**< plain C: slow, and what the others are tested against */
#define ATTN_ISA_BASELINE 2  /**< the compiler's vectors at the architecture's baseline: SSE2, NEON */
#define ATTN_ISA_AVX2 3      /**< x86-64-v3: AVX2 and FMA */
#define ATTN_ISA_AVX512 4    /**< x86-64-v4: AVX-512 F, BW, DQ, VL */
#define ATTN_ISA_AVX512VNNI 5 /**< and VNNI, which multiplies the bytes of ATTN_PRECISION_INT8; all else is as with AVX512 */
#define ATTN_ISA_AVX512BF16 6 /**< and BF16, which multiplies for contexts of ATTN_PRECISION_BFLOAT16; all else is as with VNNI */

/** Precisions of a context's products (`precision` below), and of the weights of a packed GRU (gru_packed.h). */
#define ATTN_PRECISION_FLOAT32 0
#define ATTN_PRECISION_BFLOAT16 1 /**< numbers of half the width, rounded to 8 bits: to nearest, ties to even */
#define ATTN_PRECISION_INT8 2     /**< of a quarter: whole multiples of a scale; of a packed GRU alone */

#define ATTN_INTERVAL_NONE (-1) /**< `interrupted` is asked whenever it can be */

/** What a context is made of, and the hooks by which the program takes part. */
typedef struct attn_context_options {
    size_t struct_size; /**< sizeof(attn_context_options) */
    int32_t threads;    /**< 0: one for each processor that this process may run on; at most 256 */
    int32_t isa;        /**< ATTN_ISA_...; the environment variable ATTN_ISA (reference, baseline, avx2, avx512,
                              avx512vnni, avx512bf16) overrides it, so that a user can rule out a kernel without a new build */
    /** The memory hook: both or neither. `allocate` returns memory aligned to at least 16 bytes or NULL,
     * `release` takes what `allocate` returned. They are called from any thread that calls the library. */
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *memory); /**< the other half of the memory hook */
    void *user; /**< what all the hooks are given */
    /** Called for each failure of a call on this context or on a handle made with it, a callback's too, in the thread that
     * failed, when attn_last_error has its line: for programs whose runtime moves them from thread to thread, and for logs. NULL:
     * none. It may call the library; what fails in there is not reported again. */
    void (*failed)(void *user, attn_status status, const char *line);
    /** Asked now and then during a call on this context or on a handle made with it, by the thread that made the call and by no
     * other: whether the call is to end before it is done. Not 0: it ends, and returns INTERRUPTED. NULL: no call ends early.
     * It may call the library, but for the handles of the call that is under way. */
    int32_t (*interrupted)(void *user);
    int32_t interval; /**< milliseconds that must have passed before it is asked again, but for before each call of a callback
                            of the program's, as attn_search's step; 0: 50; or ATTN_INTERVAL_NONE */
    /** ATTN_PRECISION_FLOAT32 or ATTN_PRECISION_BFLOAT16: of the factors of the products that layers compute on this context,
     * forward, with a tape or without, and backward. Made for training, which it speeds up where the processor multiplies
     * bfloat16 (ATTN_ISA_AVX512BF16). With BFLOAT16 both factors are rounded, to nearest, as a product takes them:
     *     sum_p a_p b_p  becomes  sum_p round(a_p) round(b_p), which is off by at most (2^-7 + 2^-16) sum_p |a_p b_p|
     * and mostly by some sqrt(k) times 2^-9 of one of its k products. Sums, parameters, their gradients, states, functions and
     * the optimiser stay float32; so do products of so few rows that nothing is gained. What is below 2^-126 in size, a factor or
     * a sum, may count as 0; that instruction set rounds these sums to nearest in any mode of the calling thread. Elsewhere
     * factors are rounded likewise and multiplied as floats: the same numbers but for the rounding of sums, at .95 of FLOAT32's
     * speed. A packed GRU of ATTN_PRECISION_FLOAT32 takes part; one of another precision has
     * the products that gru_packed.h says. */
    int32_t precision;
} attn_context_options;

#define ATTN_CONTEXT_OPTIONS_INIT {sizeof(attn_context_options), 0, ATTN_ISA_BEST, 0, 0, 0, 0, 0, 0, ATTN_PRECISION_FLOAT32}

/** Make a context. `options` NULL means the defaults; it need only live until the call returns.
 * Errors: ARGUMENT (a number out of range, an instruction set that this processor lacks), MEMORY, SYSTEM.
 * Thread-safety: the context may be used from any number of threads; two calls that run at once share its
 * threads, and neither's result depends on the other. */
ATTN_API ATTN_CHECKED attn_status attn_context_create(const attn_context_options *options, attn_context **out);

/** Let go of a context and set the pointer to NULL. NULL and a pointer to NULL are fine. */
ATTN_API void attn_context_destroy(attn_context **context);

/** How many threads work for this context, the caller's own included. */
ATTN_API int32_t attn_context_threads(const attn_context *context);

/** The instruction set in use, as ATTN_ISA_... and as a word ("avx2"). */
ATTN_API int32_t attn_context_isa(const attn_context *context);
ATTN_API const char *attn_context_isa_name(const attn_context *context);

/** Memory of the context's, for layers that a program writes: size bytes, aligned to 64, not cleared; by the hook where there is
 * one. attn_context_free gives it back, with the same context; NULL is fine there. Errors: ARGUMENT, MEMORY (*out is NULL).
 * Thread-safety: any thread, any time. */
ATTN_API ATTN_CHECKED attn_status attn_context_alloc(attn_context *context, size_t size, void **out);
ATTN_API void attn_context_free(attn_context *context, void *memory);

ATTN_END_DECLS
#endif

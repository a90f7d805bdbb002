/* float_mode.h - the calling thread's floating-point mode: rounding, and whether denormal numbers are flushed to zero. */
#ifndef ATTN_CORE_FLOAT_MODE_H
#define ATTN_CORE_FLOAT_MODE_H

#include <stdint.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#define ATTNI_FLOAT_FLAGS 0x3Fu /* of MXCSR: what has happened so far, which is no mode */
#elif !defined(__aarch64__)
#include <fenv.h>
#endif

/* MXCSR without its flags; FPCR; of other processors the rounding alone. */
static inline uint64_t attni_float_mode(void)
{
#if defined(__SSE__)
    return _mm_getcsr() & ~ATTNI_FLOAT_FLAGS;
#elif defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
#else
    return (uint64_t)fegetround();
#endif
}

/* The mode that every program starts in: round to nearest, keep denormal numbers, trap nothing. */
#if defined(__SSE__)
#define ATTNI_FLOAT_MODE_USUAL 0x1F80u
#elif defined(__aarch64__)
#define ATTNI_FLOAT_MODE_USUAL 0u
#else
#define ATTNI_FLOAT_MODE_USUAL ((uint64_t)FE_TONEAREST)
#endif

static inline void attni_set_float_mode(uint64_t mode)
{
#if defined(__SSE__)
    _mm_setcsr((uint32_t)mode);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
    fesetround((int)mode);
#endif
}

#endif

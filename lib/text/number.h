/* number.h - decimal text to float32. */
#ifndef ATTN_TEXT_NUMBER_H
#define ATTN_TEXT_NUMBER_H

/* Read a number as the C standard's strtof in the "C" locale would, rounded to nearest: digits, at most one
 * dot, an exponent. Returns the end of the number, NULL when there is none at the start of [text, end) or it
 * is not finite; "inf", "nan" and hexadecimal are none. */
const char *attni_parse_float(const char *text, const char *end, float *out);

#endif

/* number.c - decimal text to float32, exactly, and for ordinary numbers fast.
 *
 * A number is w * 10^p with an integer w. Where w has at most 19 digits (it fits 64 bits) and |p| <= 22
 * (10^|p| is a double without error) one conversion and one division or multiplication in double give the
 * value to within 2 units of the double's last place. Rounding that to float is right unless it lies within
 * those units of the middle between two floats; there, and for all other numbers, strtof decides. (Clinger,
 * How to read floating point numbers accurately, PLDI 1990, is where the fast path is from.) */
#include "text/number.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/system.h"

static const double power_of_ten[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const char *parse_slowly(const char *text, const char *end, float *out)
{
    char copy[1024];
    size_t size = (size_t)(end - text);
    if (size >= sizeof copy)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return attni_strtof(copy, out) && isfinite(*out) ? end : NULL;
}

/* The exponent after an "e", sign and all; far beyond what a float can hold it stays at its limit. */
static const char *parse_exponent(const char *text, const char *end, int32_t *exponent)
{
    int32_t negative = text < end && *text == '-', value = 0;
    if (text < end && (*text == '-' || *text == '+'))
        text++;
    if (text == end || *text < '0' || *text > '9')
        return NULL;
    for (; text < end && *text >= '0' && *text <= '9'; text++)
        value = value < 100000 ? 10 * value + (*text - '0') : value;
    *exponent = negative ? -value : value;
    return text;
}

const char *attni_parse_float(const char *text, const char *end, float *out)
{
    const char *at = text;
    int32_t negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    uint64_t w = 0;
    const char *digits = at, *dot = NULL;
    for (; at < end; at++) {
        unsigned digit = (unsigned)*at - '0';
        if (digit <= 9)
            w = 10 * w + digit; /* wraps round with more than 19 digits; then it is not used */
        else if (*at == '.' && dot == NULL)
            dot = at;
        else
            break;
    }
    int64_t count = at - digits - (dot != NULL);
    if (count == 0)
        return NULL;
    int64_t power = dot ? -(at - dot - 1) : 0;
    if (at < end && (*at == 'e' || *at == 'E')) {
        int32_t exponent;
        at = parse_exponent(at + 1, end, &exponent);
        if (at == NULL)
            return NULL;
        power += exponent;
    }
    if (count > 19 || power > 22 || power < -22)
        return parse_slowly(text, at, out);
    double value = power < 0 ? (double)w / power_of_ten[-power] : (double)w * power_of_ten[power];
    uint64_t bits; /* of which the 29 last are lost in a float: 2^28 is the middle */
    memcpy(&bits, &value, sizeof bits);
    int64_t from_middle = (int64_t)(bits & 0x1FFFFFFF) - 0x10000000;
    if (from_middle >= -4 && from_middle <= 4)
        return parse_slowly(text, at, out);
    *out = (float)(negative ? -value : value);
    return isfinite(*out) ? at : NULL;
}

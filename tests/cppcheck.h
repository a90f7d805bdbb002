/* What cppcheck 2.10 reads before each file, since it knows neither C11's word for a function that does not return nor the loops of
 * jansson.h, and reads few of the system's headers. */
#define _Noreturn __attribute__((noreturn))
#define __clang__ 1 /* or sys/cdefs.h takes attributes away, where a library's flags have its folder read */
#define json_array_foreach(array, index, value)                                                              \
    for (index = 0; index < json_array_size(array) && (value = json_array_get(array, index)); index++)
#define __BYTE_ORDER__ 1234
#define __ORDER_LITTLE_ENDIAN__ 1234

/* of limits.h, which png.h asks */
#define CHAR_BIT 8
#define UCHAR_MAX 255
#define SHRT_MIN (-32768)
#define SHRT_MAX 32767
#define USHRT_MAX 65535
#define INT_MIN (-2147483647 - 1)
#define INT_MAX 2147483647
#define UINT_MAX 4294967295U

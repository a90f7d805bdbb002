/* dates.c - a day drawn, a way of writing it drawn, and the one written in the other. */
#include "dates.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define FIRST_YEAR 1900
#define DAYS 73049 /* of the years 1900 to 2099 */
#define HELD_OUT_ONE_IN 10

/* The streams of random numbers that dates use; the epochs' plans begin at STREAM_EPOCH. */
enum { STREAM_HELD_OUT = 100, STREAM_DAY, STREAM_FORMAT, STREAM_CASE };

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};

/* %Y 1998  %M March  %m Mar  %P 03  %p 3  %D 03  %d 3  %o 3rd  %W Tuesday  %w Tue. Figures alone are unambiguous: the year comes
 * first, or dots say that the day does. */
static const char *const formats[] = {
    "%d %M %Y",     "%D %m %Y",    "%W, %d %M %Y",       "%w, %D %m %Y",    "%w %d %m %Y",
    "%M %d, %Y",    "%m %d, %Y",   "%m. %d, %Y",         "%M %o, %Y",       "%M %o %Y",
    "%o %M %Y",     "%o of %M %Y", "%o of %M, %Y",       "the %o of %M %Y", "%W, %M %d, %Y",
    "%W %M %o, %Y", "%w %m %D %Y", "%W the %o of %M %Y", "%d-%m-%Y",        "%D/%m/%Y",
    "%d %m. %Y",    "%Y %M %d",    "%Y, %M %o",          "%M %Y, the %o",   "on %W, %d %M %Y",
    "%Y-%P-%D",     "%Y.%P.%D",    "%Y/%P/%D",           "%Y/%p/%d",        "%Y%P%D",
    "%d.%p.%Y",     "%D.%P.%Y",    "%D. %P. %Y",
};

int64_t iso_field(int64_t place)
{
    static const int64_t fields[] = {YEAR, YEAR, YEAR, YEAR, -1, MONTH, MONTH, -1, DAY, DAY};
    return place < COUNT(fields) ? fields[place] : -1;
}

struct day {
    int year, month, day, weekday; /* month and weekday from 0 */
};

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month] + (month == 1 && leap);
}

/* The day `number` days after 1 January 1900, which was a Monday. */
static struct day day_of(int64_t number)
{
    struct day day = {FIRST_YEAR, 0, 1, (int)(number % 7)};
    while (number >= days_in_month(day.year, day.month)) {
        number -= days_in_month(day.year, day.month);
        day.year += day.month == 11;
        day.month = (day.month + 1) % 12;
    }
    day.day += (int)number;
    return day;
}

static const char *ordinal_ending(int day)
{
    if (day / 10 == 1)
        return "th";
    return day % 10 == 1 ? "st" : day % 10 == 2 ? "nd" : day % 10 == 3 ? "rd" : "th";
}

/* Append one piece; a field's place is noted. The ending of "3rd" counts as no part of the day. */
static void write_piece(struct date *date, struct day day, char piece)
{
    char *at = date->text + strlen(date->text);
    size_t left = sizeof date->text - strlen(date->text);
    int64_t field = strchr("Y", piece)      ? YEAR
                    : strchr("MmPp", piece) ? MONTH
                    : strchr("Ddo", piece)  ? DAY
                                            : -1;
    if (field >= 0)
        date->begins[field] = (int32_t)(at - date->text);
    if (piece == 'M' || piece == 'm')
        snprintf(at, left, piece == 'M' ? "%s" : "%.3s", months[day.month]);
    else if (piece == 'W' || piece == 'w')
        snprintf(at, left, piece == 'W' ? "%s" : "%.3s", weekdays[day.weekday]);
    else
        snprintf(at, left, strchr("PD", piece) ? "%02d" : "%d",
                 field == YEAR    ? day.year
                 : field == MONTH ? day.month + 1
                                  : day.day);
    if (field >= 0)
        date->ends[field] = (int32_t)strlen(date->text);
    if (piece == 'o')
        strcat(date->text, ordinal_ending(day.day));
}

static void write_text(struct date *date, struct day day, const char *format)
{
    for (; *format; format++) {
        if (*format == '%')
            write_piece(date, day, *++format);
        else
            strncat(date->text, format, 1);
    }
}

/* Half of them as they are, a third small, a sixth capital. */
static void vary_case(char *text, int64_t draw)
{
    for (; *text && draw >= 3; text++)
        *text = (char)(draw == 5 ? toupper((unsigned char)*text) : tolower((unsigned char)*text));
}

struct date date_make(uint64_t seed, int64_t index, bool held_out)
{
    struct date date = {0};
    uint64_t tries = 0;
    int64_t number;
    do {
        number = random_below(DAYS, seed, STREAM_DAY, (uint64_t)index << 16 | tries++);
    } while ((random_below(HELD_OUT_ONE_IN, 0, STREAM_HELD_OUT, (uint64_t)number) == 0) != held_out);
    struct day day = day_of(number);
    snprintf(date.iso, sizeof date.iso, "%04d-%02d-%02d", day.year % 10000, day.month + 1, day.day);
    write_text(&date, day, formats[random_below(COUNT(formats), seed, STREAM_FORMAT, (uint64_t)index)]);
    vary_case(date.text, random_below(6, seed, STREAM_CASE, (uint64_t)index));
    return date;
}

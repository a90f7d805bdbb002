/* apart.c - an output that is another of a call's arrays would be read while it is written. */
#include "core/apart.h"

attn_status attni_check_apart(const char *function, int32_t written, int32_t count, const attni_place *places)
{
    for (int32_t i = 0; i < written; i++) {
        for (int32_t j = i + 1; places[i].at && places[i].numbers && j < count; j++)
            ATTNI_REQUIRE(places[i].at != places[j].at || places[j].numbers == 0,
                          "%s: %s is %s; expected an array of its own", function, places[i].name,
                          places[j].name);
    }
    return ATTN_OK;
}

/* lengths.c - the check of a batch of unequal rows. */
#include "core/lengths.h"

attn_status attni_check_lengths(const char *function, int64_t batch, int64_t time, const int32_t *lengths)
{
    const int64_t most = (int64_t)1 << 30;
    ATTNI_REQUIRE(batch >= 0 && time >= 0 && batch <= most && time <= most &&
                      (time == 0 || batch <= most / time),
                  "%s: a batch of %lld rows by %lld; expected 0 or more of each, and at most 2^30 in all",
                  function, (long long)batch, (long long)time);
    for (int64_t b = 0; lengths && b < batch; b++)
        ATTNI_REQUIRE(lengths[b] >= 0 && lengths[b] <= time, "%s: lengths[%lld] is %d; expected 0 to %lld",
                      function, (long long)b, lengths[b], (long long)time);
    return ATTN_OK;
}

/* fuzz_sound.c - any bytes as a file of sound, by the reader of attn-listen: what is read is at the rate asked for, and
 * every sample is a number. libsndfile is not built for libFuzzer: what is looked at is what the program makes of its
 * answers. */
#include "listen/sound.h"

#include <math.h>
#include <stdlib.h>

#include "reader.h"

static void read_sound(void *path)
{
    struct sound sound;
    char *reason = NULL;
    if (!sound_try(path, 8000, &sound, &reason)) {
        ensure(reason != NULL && sound.samples == NULL);
        free(reason);
        return;
    }
    ensure(sound.rate == 8000 && sound.count >= 0 && sound.count <= 8000 * (SOUND_MOST_SECONDS + 1));
    for (int64_t i = 0; i < sound.count; i++)
        ensure(isfinite(sound.samples[i]));
    sound_surround(&sound, 0.1);
    sound_free(&sound);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ensure(fuzz_try(read_sound, (void *)fuzz_path(data, size)));
    return 0;
}

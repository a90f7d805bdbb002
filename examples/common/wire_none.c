/* wire_none.c - built without MPI. */
#include "common/wire.h"

const char wire_trouble[] = "but this program was built without MPI (Debian: libmpich-dev), and each would "
                            "do the same; leave mpirun out";

const struct wire *wire_join(void)
{
    return NULL;
}

/* bundled.h - the files that come with a program, found from where the program lies. */
#ifndef COMMON_BUNDLED_H
#define COMMON_BUNDLED_H

/* The path of the file that is called so, as the user may be shown it; it stays until the program ends. Whether it is there is seen
 * when it is read. */
const char *bundled(const char *name);

#endif

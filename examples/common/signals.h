/* signals.h - stopping in good order: the first Ctrl-C (or SIGTERM) asks, the second kills. */
#ifndef COMMON_SIGNALS_H
#define COMMON_SIGNALS_H

/* From now on, note the first signal instead of dying of it. */
void signals_catch(void);

/* And from now on, die of it again; one that came is forgotten. */
void signals_release(void);

/* The signal that came, 0 for none. */
int stop_signal(void);

#endif

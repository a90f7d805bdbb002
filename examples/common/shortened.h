/* shortened.h - a file that is mapped and becomes shorter, or whose disk fails: what is read of it then is no error but SIGBUS. */
#ifndef COMMON_SHORTENED_H
#define COMMON_SHORTENED_H

/* From now on end with a line that names the file, on any thread. Other causes of that signal end the program as they did. */
void shortened_catch(void);

#endif

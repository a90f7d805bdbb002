/* files.h - reading a file, making the folder of a run, and writing files there whole or not at all. */
#ifndef COMMON_FILES_H
#define COMMON_FILES_H

#include "common/program.h"

/* The whole file in memory, with a NUL after its end. `size` gets its length. What is no regular file ends the program, and is never
 * waited for. */
char *read_file(const char *path, size_t *size);

/* The same where others are to be read all the same: NULL, and why, to be freed, in place of the program's end. */
char *try_file(const char *path, size_t *size, char **reason);

/* End the program where the bytes that a file begins with say that it is no text in UTF-8: what is packed, or UTF-16. */
void check_text(const char *path, const char *bytes, size_t size);

/* The same of a text file, which is checked so and loses a byte order mark. */
char *read_text(const char *path, size_t *size);

/* The same where the text is taken apart into strings: a NUL byte in it, behind which one would be cut off, ends the program. */
char *read_strings(const char *path, size_t *size);

/* Whether "FOLDER/NAME", of a name that data holds, may lie outside of the folder: a part of it is "..". */
bool path_leaves(const char *name);

/* A text file mapped, without a byte order mark, and with a NUL behind its end: what is larger than memory too. It is for reading only;
 * what is no regular file ends the program, and so does unmap_text where the file has become shorter, zeros in place of its end. */
struct mapped_text {
    char *bytes;
    size_t size;
    void *mapping;
    size_t mapped;
    const char *path;
    uint64_t device, inode;
};
struct mapped_text map_text(const char *path);
void unmap_text(struct mapped_text *text);

/* Lines of a text in memory, whether they end in LF, in CRLF or, where no LF stands in the whole text, in CR, as old Macintoshes wrote
 * and some spreadsheets still do. */
struct line_reader {
    char *at, *end;
    int64_t number; /* of the line that was given last, from 1 */
    char last;      /* of each line */
};
struct line_reader lines_of(char *bytes, size_t size);

/* The next line, without its end; false after the last one. */
bool next_line(struct line_reader *reader, char **line, size_t *size);

/* Make the folder that --out named, with those above it, and see that files can be written there. */
void make_folder(const char *folder);

/* FNV-1a, 64 bits: the state behind more bytes; before the first it is HASH_START. */
#define HASH_START 0xCBF29CE484222325u
uint64_t hash_bytes(uint64_t state, const void *bytes, size_t size);

/* Bytes that grow; all 0 is the empty one. */
struct text {
    char *bytes;
    int64_t size, capacity;
};

void text_append(struct text *text, const char *bytes, size_t size);
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An attn_write_fn: `text` is where it is appended. */
attn_status text_write(void *text, const void *data, size_t size);

/* Write it by the rules of attn/file.h: what was there is replaced only when all of it is on disk. */
void text_save(const struct text *text, const char *path);

/* The same where the user named a path; where that is NULL, to standard output. */
void text_deliver(const struct text *text, const char *path);

#endif

/* test_windows.c - where a file goes on Windows: names, devices, and what somebody has open. Built there alone. */
#include <pthread.h>
#include <wchar.h>
#include <windows.h>
#undef NEAR

#include "unit.h"
#include "unit_data.h"
#include "unit_file.h"

static attn_context *context;

static void begin(void)
{
    unit_folder_make();
    context = unit_context(1);
}

static void end(const char *name)
{
    unit_folder_remove(name);
    attn_context_destroy(&context);
}

/* Must be all that the file holds. */
static void holds(FILE *file, const char *text)
{
    char read[64];
    ck_assert_ptr_nonnull(file);
    const size_t size = fread(read, 1, sizeof read, file);
    fclose(file);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_mem_eq(read, text, size);
}

static attn_status write_text(const char *path, const char *text)
{
    return attn_file_replace(context, path, text, strlen(text));
}

/* NAME, as Windows has it, in the folder. */
static const wchar_t *wide_path(const wchar_t *name)
{
    static wchar_t path[512];
    wchar_t folder[128] = L"";
    mbstowcs(folder, unit_folder, 127);
    wcscpy(path, L"\\\\?\\");
    ck_assert_uint_gt(GetFullPathNameW(folder, 128, path + 4, NULL), 0);
    wcscat(path, L"\\");
    return wcscat(path, name);
}

START_TEST(names_are_utf8_and_bytes_are_kept)
{
    begin();
    const char *path = unit_path("Gr\xC3\xBC\xC3\x9F\x65 \xE6\x97\xA5.bin");
    const wchar_t *wide = wide_path(L"Gr\u00FC\u00DFe \u65E5.bin");
    OK(write_text(path, "a\nb"));
    holds(_wfopen(wide, L"rb"), "a\nb");
    OK(write_text(path, "c\r\nd"));
    holds(_wfopen(wide, L"rb"), "c\r\nd");
    attn_vocab *vocab;
    OK(write_text(path, "<pad>\t0\n<unk>\t0\nfilm\t2\n"));
    OK(attn_vocab_load(context, path, NULL, &vocab));
    ck_assert_int_eq(attn_vocab_size(vocab), 3);
    attn_vocab_destroy(&vocab);
    ck_assert(DeleteFileW(wide));
    FAILS(ATTN_ERR_IO, "attn_file_replace: cannot write \xFF: ", write_text("\xFF", "a"));
    FAILS(ATTN_ERR_IO, "attn_vocab_load: cannot open \xFF: ", attn_vocab_load(context, "\xFF", NULL, &vocab));
    end(NULL);
}
END_TEST

START_TEST(a_path_may_be_longer_than_windows_usual_ones)
{
    char name[251];
    wchar_t wide[251];
    begin();
    memset(name, 'n', 250);
    wmemset(wide, L'n', 250);
    name[250] = '\0', wide[250] = L'\0';
    char path[512];
    snprintf(path, sizeof path, "%s/%s", unit_folder, name);
    OK(write_text(path, "old"));
    OK(write_text(path, "new"));
    holds(_wfopen(wide_path(wide), L"rb"), "new");
    ck_assert(DeleteFileW(wide_path(wide)));
    end(NULL);
}
END_TEST

/* Of what is mapped Windows says the same, and Wine takes it for free. */
START_TEST(what_is_open_stays_as_it_was)
{
    begin();
    OK(write_text(unit_path("m"), "old"));
    FILE *file = fopen(unit_path("m"), "rb");
    FAILS(ATTN_ERR_IO, ": Permission denied", write_text(unit_path("m"), "new"));
    holds(file, "old");
    OK(write_text(unit_path("m"), "new"));
    holds(fopen(unit_path("m"), "rb"), "new");
    end("m");
}
END_TEST

START_TEST(devices_folders_and_what_is_not_there)
{
    begin();
    attn_vocab *vocab;
    OK(write_text("NUL", "a"));
    FAILS(ATTN_ERR_IO, "expected a regular file", attn_vocab_load(context, "NUL", NULL, &vocab));
    FAILS(ATTN_ERR_IO, ": Is a directory", write_text(unit_folder, "a"));
    FAILS(ATTN_ERR_IO, "expected a file: Is a directory",
          attn_vocab_load(context, unit_folder, NULL, &vocab));
    FAILS(ATTN_ERR_IO, ": No such file or directory", write_text(unit_path("none/m"), "a"));
    FAILS(ATTN_ERR_IO, ": No such file or directory", attn_vocab_load(context, unit_path("m"), NULL, &vocab));
    FAILS(ATTN_ERR_IO, ": No such file or directory", write_text("", "a"));
    OK(attn_file_replace(context, unit_path("m"), NULL, 0));
    FAILS(ATTN_ERR_FORMAT, " is empty", attn_vocab_load(context, unit_path("m"), NULL, &vocab));
    end("m");
}
END_TEST

static void *save_often(void *text)
{
    for (int i = 0; i < 20; i++)
        OK(write_text(unit_path("m"), text));
    return NULL;
}

START_TEST(threads_save_to_one_name)
{
    pthread_t thread;
    begin();
    OK(write_text(unit_path("m"), "same"));
    ck_assert_int_eq(pthread_create(&thread, NULL, save_often, "same"), 0);
    save_often("same");
    pthread_join(thread, NULL);
    holds(fopen(unit_path("m"), "rb"), "same");
    end("m");
}
END_TEST

UNIT_MAIN("windows", names_are_utf8_and_bytes_are_kept, a_path_may_be_longer_than_windows_usual_ones,
          what_is_open_stays_as_it_was, devices_folders_and_what_is_not_there, threads_save_to_one_name)

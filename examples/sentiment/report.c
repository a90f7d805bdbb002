/* report.c - the command `report`: open the run, gather the parts, write the page. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "leave_out.h"
#include "page.h"
#include "common/markup.h"
#include "common/names.h"

static void open_run(struct report *report, const char *folder)
{
    struct stat status;
    if (stat(folder, &status) != 0)
        fail(EXIT_BAD_INPUT, "%s: %s; expected a folder that " PROGRAM " train --out left", folder,
             strerror(errno));
    report->run = run_name(folder);
    report->model = model_open(report->context, report->run.model);
    model_pack(&report->model, NULL);
    attn_file *checkpoint;
    must_read(attn_file_open(report->context, report->run.checkpoint, &checkpoint));
    report->checkpoint = read_model_json(checkpoint, report->run.checkpoint);
    attn_file_close(&checkpoint);
    report->config = config_read(report->run.checkpoint, json_object_get(report->checkpoint, "config"),
                                 report->model.classifier);
}

/* Say why there are no reviews, on the page and to whoever asked for it. Takes `why`. */
static void miss(struct report *report, char *why)
{
    static const char rest[] =
        "so that none of them are shown; " PROGRAM " report --data PATH names where they are";
    complain("the %s, %s", why, rest);
    report->missing = print("The %s, %s.", why, rest);
    free(why);
}

/* Whether `source` has the reviews that were trained on, which are then read. */
static bool read_reviews(struct report *report, const struct source *source, const json_t *run)
{
    const int64_t limit = json_integer_value(json_object_get(run, "limit"));
    char *left_out = name_of_json(json_object_get(run, "leave_out"));
    report->data = dataset_read(source, "train", NULL);
    if (left_out)
        leave_out(&report->data, left_out);
    if (limit)
        dataset_limit(&report->data, limit, (uint64_t)report->config.seed);
    free(left_out);
    return has_fingerprint(run, dataset_fingerprint(&report->data));
}

static void measure(struct report *report, const struct source *source, const char *given, const json_t *run)
{
    struct stat status;
    const char *data = json_string_value(json_object_get(run, "data"));
    const bool by_film = strcmp(json_string_value(json_object_get(run, "valid_by")), "film") == 0;
    if (given == NULL && stat(source->path, &status) != 0) {
        miss(report, print("reviews that were trained on are no longer at %s (%s)", data, strerror(errno)));
        return;
    }
    if (!read_reviews(report, source, run)) {
        if (given)
            fail(EXIT_BAD_INPUT,
                 "--data %s: its reviews are not those that %s was trained on; expected the same texts",
                 given, report->run.model);
        miss(report, print("reviews at %s are not those that were trained on", data));
        return;
    }
    report->split = split_make(&report->data, json_number_value(json_object_get(run, "valid")), by_film,
                               (uint64_t)report->config.seed);
    report->corpus = corpus_make(&report->data, report->model.info.vocab, report->model.info.max_length);
    report_measure(report);
}

/* Read the reviews that training held out, as the checkpoint says, at `given` where that is not NULL; or say in `missing` why not. */
static void read_held_out(struct report *report, const char *given)
{
    json_t *run = json_object_get(report->checkpoint, "run");
    char *data = name_of_json(json_object_get(run, "data")),
         *text_column = name_of_json(json_object_get(run, "text_column")),
         *label_column = name_of_json(json_object_get(run, "label_column"));
    const struct source source = {.path = given ? given : data,
                                  .text_column = text_column,
                                  .label_column = label_column,
                                  .only_extreme = json_is_true(json_object_get(run, "only_extreme"))};
    double valid = json_number_value(json_object_get(run, "valid"));
    if (data == NULL || json_string_value(json_object_get(run, "fingerprint")) == NULL ||
        json_string_value(json_object_get(run, "valid_by")) == NULL || !(valid > 0 && valid < 1) ||
        json_integer_value(json_object_get(run, "limit")) < 0)
        fail(EXIT_BAD_INPUT,
             "%s: it does not say what it was trained on; expected a checkpoint that " PROGRAM " train wrote",
             report->run.checkpoint);
    if (given)
        json_object_set_new(run, "data", name_json(given));
    measure(report, &source, given, run);
    free(data);
    free(text_column);
    free(label_column);
}

/* `name`: part, the next member of the page's JSON. */
static void add_part(struct text *page, const char *name, json_t *part, int digits)
{
    text_print(page, "%s\"%s\":", page->bytes[page->size - 1] == '{' ? "" : ",\n", name);
    append_script_json(page, part, digits);
    json_decref(part);
}

void report_write(attn_context *context, const char *folder, const char *data, const char *out)
{
    struct report report = {.context = context};
    open_run(&report, folder);
    read_held_out(&report, data);
    struct text page = {0};
    text_append(&page, report_page_head, strlen(report_page_head));
    text_print(&page, "<script type=\"application/json\" id=\"data\">{");
    add_part(&page, "run", report_run(&report), 7);
    add_part(&page, "metrics", report_metrics(&report), 7);
    add_part(&page, "film", report_film(&report), 4);
    add_part(&page, "groups", report_groups(&report), 4);
    add_part(&page, "words", report_words(&report), 4);
    add_part(&page, "people", report_people(&report), 4);
    text_print(&page, "}</script>\n");
    text_append(&page, report_page_tail, strlen(report_page_tail));
    text_save(&page, out ? out : report.run.report);
    free(page.bytes);
    corpus_free(&report.corpus);
    split_free(&report.split);
    dataset_free(&report.data);
    free(report.missing);
    free(report.scored);
    free(report.words);
    free(report.word_classes);
    json_decref(report.checkpoint);
    model_close(&report.model);
    run_free(&report.run);
}

int command_report(int argc, char **argv)
{
    const char *folder = NULL, *data = NULL, *out = NULL;
    int64_t threads = 0;
    struct option options[] = {
        text_option("data", &data, "PATH", "the reviews that were trained on, where they lie now"),
        text_option("out", &out, "FILE", "the page (RUN/report.html)"),
        threads_option(&threads),
    };
    options_parse("report", options, COUNT(options), argc, argv, &folder);
    if (folder == NULL)
        fail(EXIT_BAD_INPUT, "report needs RUN, the folder that train --out left");
    attn_context *context = make_context(threads);
    report_write(context, folder, data, out);
    attn_context_destroy(&context);
    if (out == NULL) /* which may be standard output itself */
        printf("%s/report.html\n", folder);
    return 0;
}

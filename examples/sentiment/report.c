/* report.c - the command `report`: open the run, gather the parts, write the page. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "page.h"
#include "common/markup.h"

static void open_run(struct report *report, const char *folder)
{
    struct stat status;
    if (stat(folder, &status) != 0)
        fail(EXIT_BAD_INPUT, "%s: %s; expected a folder that " PROGRAM " train --out left", folder,
             strerror(errno));
    report->run = run_name(folder);
    report->model = model_open(report->context, report->run.model);
    must(attn_classifier_pack(report->model.classifier, NULL));
    attn_file *checkpoint;
    must_read(attn_file_open(report->context, report->run.checkpoint, &checkpoint));
    report->checkpoint = read_model_json(checkpoint, report->run.checkpoint);
    attn_file_close(&checkpoint);
    report->config = config_read(report->run.checkpoint, json_object_get(report->checkpoint, "config"),
                                 report->model.classifier);
}

/* Read the reviews that training held out, as the checkpoint says; or say in `missing` why not. */
static void read_held_out(struct report *report)
{
    struct stat status;
    const json_t *run = json_object_get(report->checkpoint, "run");
    const struct source source = {json_string_value(json_object_get(run, "data")),
                                  json_string_value(json_object_get(run, "text_column")),
                                  json_string_value(json_object_get(run, "label_column"))};
    const char *path = source.path, *stored = json_string_value(json_object_get(run, "fingerprint")),
               *by = json_string_value(json_object_get(run, "valid_by"));
    double valid = json_number_value(json_object_get(run, "valid"));
    int64_t limit = json_integer_value(json_object_get(run, "limit"));
    uint64_t seed = (uint64_t)report->config.seed;
    if (path == NULL || stored == NULL || by == NULL || !(valid > 0 && valid < 1) || limit < 0)
        fail(EXIT_BAD_INPUT,
             "%s: it does not say what it was trained on; expected a checkpoint that " PROGRAM " train wrote",
             report->run.checkpoint);
    if (stat(path, &status) != 0) {
        report->missing = print("The reviews that were trained on are no longer at %s (%s), so that none of "
                                "them are shown.",
                                path, strerror(errno));
        return;
    }
    report->data = dataset_read(&source, "train", NULL);
    if (limit)
        dataset_limit(&report->data, limit, seed);
    if (strtoull(stored, NULL, 16) != dataset_fingerprint(&report->data)) {
        report->missing = print("The reviews at %s are not those that were trained on, so that none of them "
                                "are shown.",
                                path);
        return;
    }
    report->split = split_make(&report->data, valid, strcmp(by, "film") == 0, seed);
    report->corpus = corpus_make(&report->data, report->model.info.vocab, report->model.info.max_length);
    report_measure(report);
}

/* `name`: part, the next member of the page's JSON. */
static void add_part(struct text *page, const char *name, json_t *part, int digits)
{
    text_print(page, "%s\"%s\":", page->bytes[page->size - 1] == '{' ? "" : ",\n", name);
    append_script_json(page, part, digits);
    json_decref(part);
}

void report_write(attn_context *context, const char *folder, const char *out)
{
    struct report report = {.context = context};
    open_run(&report, folder);
    read_held_out(&report);
    struct text page = {0};
    text_append(&page, report_page_head, strlen(report_page_head));
    text_print(&page, "<script type=\"application/json\" id=\"data\">{");
    add_part(&page, "run", report_run(&report), 7);
    add_part(&page, "metrics", report_metrics(&report), 7);
    add_part(&page, "film", report_film(&report), 4);
    add_part(&page, "groups", report_groups(&report), 4);
    add_part(&page, "words", report_words(&report), 4);
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
    const char *folder = NULL, *out = NULL;
    int64_t threads = 0;
    struct option options[] = {
        text_option("out", &out, "FILE", "the page (RUN/report.html)"),
        threads_option(&threads),
    };
    options_parse("report", options, COUNT(options), argc, argv, &folder);
    if (folder == NULL)
        fail(EXIT_BAD_INPUT, "report needs RUN, the folder that train --out left");
    attn_context *context = make_context(threads);
    report_write(context, folder, out);
    attn_context_destroy(&context);
    if (out == NULL) /* which may be standard output itself */
        printf("%s/report.html\n", folder);
    return 0;
}

/* report_people.c - of a run: plausibility.json, how far what is shaded is what people marked. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "report.h"
#include "texts.h"
#include "common/files.h"
#include "common/options.h"

#define WAYS METHODS "|random"

static const char *const measures[] = {"token_f1", "auprc", "average_precision", "iou_f1"};

/* [mean, low, high], from `"KEY": mean, "KEY_interval": [low, high]`; NULL where it is not there. */
static json_t *read_interval(const json_t *json, const char *key)
{
    double mean, low, high;
    char *name = print("%s_interval", key);
    const bool is = json_unpack((json_t *)json, "{s:F, s:[F, F]}", key, &mean, name, &low, &high) == 0;
    free(name);
    return is ? json_pack("[f, f, f]", mean, low, high) : NULL;
}

/* A row a way of shading; NULL where a figure lacks. */
static json_t *read_rows(const json_t *measured)
{
    char *words = print("%s", WAYS);
    json_t *rows = json_array();
    for (char *rest = words, *way; rows && (way = strsep(&rest, "|")) != NULL;) {
        const json_t *figures = json_object_get(measured, way);
        if (figures == NULL)
            continue;
        const char *title = strcmp(way, "random") == 0
                                ? "at random"
                                : method_title(ATTN_BY_ATTENTION + (int32_t)choice_place(METHODS, way));
        json_t *row = json_pack("{s:s}", "by", title);
        for (int64_t k = 0; k < COUNT(measures) && row; k++) {
            json_t *interval = read_interval(figures, measures[k]);
            if (interval)
                json_object_set_new(row, measures[k], interval);
            else
                json_decref(row), row = NULL;
        }
        if (row)
            json_array_append_new(rows, row);
        else
            json_decref(rows), rows = NULL;
    }
    free(words);
    return rows;
}

json_t *report_people(const struct report *report)
{
    struct stat status;
    const char *path = report->run.people;
    if (stat(path, &status) != 0)
        return json_null();
    size_t size;
    char *bytes = read_file(path, &size);
    json_t *measured = json_loadb(bytes, size, 0, NULL), *accuracy = read_interval(measured, "accuracy"),
           *rows = read_rows(measured);
    free(bytes);
    const json_t *reviews = json_object_get(measured, "reviews"), *share = json_object_get(measured, "share");
    const char *model = json_string_value(json_object_get(measured, "model"));
    if (model == NULL || accuracy == NULL || rows == NULL || !json_is_integer(reviews) ||
        !json_is_number(share))
        fail(EXIT_BAD_INPUT, "%s: not what " PROGRAM " plausibility --run wrote; remove it, or measure anew",
             path);
    json_t *people = json_null();
    if (strtoull(model, NULL, 16) != run_fingerprint(&report->run)) {
        fprintf(stderr,
                PROGRAM ": %s is of another model than the run's, and not shown; measure anew by " PROGRAM
                        " plausibility --run\n",
                path);
        json_decref(accuracy);
        json_decref(rows);
    } else {
        people = json_pack("{s:O, s:O, s:o, s:o}", "reviews", reviews, "share", share, "accuracy", accuracy,
                           "rows", rows);
    }
    json_decref(measured);
    return people;
}

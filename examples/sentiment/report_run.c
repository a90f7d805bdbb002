/* report_run.c - of a run: its settings, metrics.csv by columns, and attention_history.jsonl by reviews. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "report.h"
#include "common/markup.h"

#define MOST_PIECE 2000    /* bytes of a token, or of what stands between two */
#define MOST_FILMED 150000 /* weights in the film; of more epochs, every so many are shown */

json_t *report_run(struct report *report)
{
    const struct model *model = &report->model;
    const char *encoder, *pooling, *weighting, *faithful;
    json_t *json = json_object(), *progress = json_object_get(report->checkpoint, "progress"),
           *run = json_object_get(report->checkpoint, "run"), *labels = json_array();
    for (int64_t k = 0; k < model->labels.count; k++)
        json_array_append_new(labels, json_string(model->labels.names[k]));
    config_words(&report->config, &encoder, &pooling, &weighting, &faithful);
    json_object_set_new(run, "encoder", json_string(encoder));
    json_object_set_new(run, "pooling", json_string(pooling));
    json_object_set_new(run, "weighting", json_string(weighting));
    json_object_set_new(run, "faithful", json_string(faithful));
    json_object_set_new(json, "config", config_whole_json(&report->config));
    json_object_set(json, "run", run);
    json_object_set(json, "progress", progress);
    json_object_set_new(json, "labels", labels);
    json_object_set_new(json, "words", json_integer(attn_vocab_size(model->info.vocab) - 2));
    json_object_set_new(json, "parameters", json_integer(attn_params_size(model->info.params)));
    json_object_set_new(json, "held_out", json_integer(report->split.valid_count));
    json_object_set_new(json, "trained_on", json_integer(report->split.train_count));
    json_object_set_new(json, "missing",
                        report->missing ? json_bytes(report->missing, strlen(report->missing)) : json_null());
    return json;
}

/* ---- curves ---------------------------------------------------------------------------------------------- */

json_t *report_metrics(const struct report *report)
{
    size_t size;
    char *bytes = read_file(report->run.metrics, &size), *line = bytes, *names = strsep(&line, "\n");
    json_t *json = json_object();
    for (char *row; line && *line && (row = strsep(&line, "\n")) != NULL;) {
        char *copy = print("%s", names), *name = copy;
        while (row && name) {
            char *key = strsep(&name, ","), *value = strsep(&row, ",");
            json_t *column = json_object_get(json, key);
            if (column == NULL) {
                column = json_array();
                json_object_set_new(json, key, column);
            }
            double number = strtod(value, NULL);
            json_array_append_new(column, isfinite(number) ? json_real(number) : json_null());
        }
        free(copy);
    }
    free(bytes);
    return json;
}

/* ---- texts ----------------------------------------------------------------------------------------------- */

static void append_piece(json_t *pieces, const char *bytes, size_t size)
{
    struct text clean = {0};
    size_t most = size < MOST_PIECE ? size : MOST_PIECE;
    while (most < size && most > 0 && ((unsigned char)bytes[most] & 0xC0) == 0x80)
        most--; /* not inside of a character */
    append_plain(&clean, bytes, most);
    if (most < size)
        text_print(&clean, "\xE2\x80\xA6");
    json_array_append_new(pieces, json_bytes(clean.size ? clean.bytes : "", (size_t)clean.size));
    free(clean.bytes);
}

json_t *report_text(struct report *report, const struct review *review)
{
    attn_tokens *tokens;
    must(attn_vocab_tokens_create(report->model.info.vocab, &tokens));
    must(attn_tokens_set_text(tokens, review->text, review->size));
    const int64_t *begins = attn_tokens_begins(tokens), *ends = attn_tokens_ends(tokens);
    int64_t all = attn_tokens_count(tokens), most = report->model.info.max_length, at = 0;
    most = most < MOST_SHOWN ? most : MOST_SHOWN;
    int64_t shown = all < most ? all : most;
    json_t *json = json_object(), *pieces = json_array();
    for (int64_t i = 0; i < shown; i++) {
        append_piece(pieces, review->text + at, (size_t)(begins[i] - at));
        append_piece(pieces, review->text + begins[i], (size_t)(ends[i] - begins[i]));
        at = ends[i];
    }
    append_piece(pieces, review->text + at, review->size - (size_t)at);
    json_object_set_new(json, "name", json_bytes(review->name, strlen(review->name)));
    json_object_set_new(json, "label", json_integer(review->label));
    json_object_set_new(json, "pieces", pieces);
    json_object_set_new(json, "left", json_integer(all - shown));
    attn_tokens_destroy(&tokens);
    return json;
}

/* A review of the history whose text is no longer there: its tokens. */
static json_t *text_from_tokens(const json_t *line)
{
    const json_t *tokens = json_object_get(line, "tokens");
    int64_t all = (int64_t)json_array_size(tokens), shown = all < MOST_SHOWN ? all : MOST_SHOWN;
    json_t *json = json_object(), *pieces = json_array();
    for (int64_t i = 0; i < shown; i++) {
        const char *token = json_string_value(json_array_get(tokens, (size_t)i));
        append_piece(pieces, " ", i > 0);
        append_piece(pieces, token ? token : "", token ? strlen(token) : 0);
    }
    append_piece(pieces, "", 0);
    json_object_set(json, "name", json_object_get(line, "id"));
    json_object_set(json, "label", json_object_get(line, "label"));
    json_object_set_new(json, "pieces", pieces);
    json_object_set_new(json, "left", json_integer(all - shown));
    return json;
}

/* ---- the film -------------------------------------------------------------------------------------------- */

static int64_t line_epoch(const char *line)
{
    static const char head[] = "{\"epoch\":";
    return strncmp(line, head, strlen(head)) == 0 ? strtoll(line + strlen(head), NULL, 10) : -1;
}

/* Every so many epochs are shown, and the last. */
static int64_t choose_stride(const char *bytes, int64_t *last)
{
    int64_t numbers = 0, line_numbers = 0;
    *last = 0;
    for (const char *line = bytes; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        int64_t epoch = line_epoch(line);
        *last = epoch > *last ? epoch : *last;
        for (const char *c = line; epoch == 0 && *c && *c != '\n'; c++)
            line_numbers += *c == ',';
    }
    numbers = (*last + 1) * line_numbers / 2; /* half of a line's commas part tokens */
    return 1 + numbers / MOST_FILMED;
}

static void append_shown(json_t *frames, const json_t *weights)
{
    json_t *frame = json_array();
    for (size_t i = 0; i < json_array_size(weights) && i < MOST_SHOWN; i++)
        json_array_append(frame, json_array_get(weights, i));
    json_array_append_new(frames, frame);
}

/* Begin the film of a tracked review, the number `k` of those that were held out. */
static json_t *begin_film(struct report *report, int64_t k, const json_t *line)
{
    bool known = report->missing == NULL && k < report->split.valid_count;
    json_t *review =
        known ? report_text(report, &report->data.reviews[report->split.valid[k]]) : text_from_tokens(line);
    json_object_set_new(review, "decision", json_array());
    json_object_set_new(review, "probability", json_array());
    json_object_set_new(review, "weights", json_array());
    if (json_object_get(line, "padding_weight"))
        json_object_set_new(review, "padding", json_array());
    return review;
}

static void add_frame(struct report *report, json_t *film, const char *text, size_t size, int64_t epoch)
{
    json_t *line = json_loadb(text, size, 0, NULL), *epochs = json_object_get(film, "epochs"),
           *reviews = json_object_get(film, "reviews");
    int64_t k = json_integer_value(json_object_get(line, "review"));
    if (!json_is_object(line) || k < 0 || k > (int64_t)json_array_size(reviews))
        fail(EXIT_BAD_INPUT, "%s: a line is not what " PROGRAM " train wrote; expected {\"epoch\":, ...}",
             report->run.history);
    if (k == (int64_t)json_array_size(reviews))
        json_array_append_new(reviews, begin_film(report, k, line));
    if (k == 0)
        json_array_append_new(epochs, json_integer(epoch));
    json_t *review = json_array_get(reviews, (size_t)k);
    json_t *probability = json_object_get(line, "probability"); /* none where training went astray */
    json_array_append(json_object_get(review, "decision"), json_object_get(line, "decision"));
    json_array_append(json_object_get(review, "probability"), probability ? probability : json_null());
    append_shown(json_object_get(review, "weights"), json_object_get(line, "weights"));
    if (json_object_get(review, "padding"))
        json_array_append(json_object_get(review, "padding"), json_object_get(line, "padding_weight"));
    json_decref(line);
}

json_t *report_film(struct report *report)
{
    size_t size;
    char *bytes = read_file(report->run.history, &size);
    int64_t last, stride = choose_stride(bytes, &last);
    json_t *film = json_pack("{s:[], s:[]}", "epochs", "reviews");
    for (char *line = bytes, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        int64_t epoch = line_epoch(line);
        if (epoch % stride == 0 || epoch == last)
            add_frame(report, film, line, (size_t)(end - line), epoch);
    }
    free(bytes);
    return film;
}

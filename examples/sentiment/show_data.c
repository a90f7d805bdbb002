/* show_data.c - tokens and their weights as JSON, a line a text; and as CSV, a line a token. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "common/markup.h"

void show_json(struct show *show, const struct decided *decided)
{
    const attn_tokens *tokens = attn_reading_tokens(decided->reading);
    const int64_t *begins = attn_tokens_begins(tokens), *ends = attn_tokens_ends(tokens);
    const float *numbers = attn_reading_numbers(decided->reading);
    const float *shares = attn_reading_numbers(decided->ngrams);
    json_t *json = json_object(), *list = json_array();
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++) {
        json_t *token =
            json_pack("{s:s, s:I, s:I, s:f}", "token", attn_tokens_get(tokens, i), "begin",
                      (json_int_t)begins[i], "end", (json_int_t)ends[i], "weight", (double)numbers[i]);
        if (shares)
            json_object_set_new(token, "ngrams", json_real((double)shares[i]));
        json_array_append_new(list, token);
    }
    if (decided->name) {
        json_object_set_new(json, "name", json_bytes(decided->name, strlen(decided->name)));
        json_object_set_new(json, "label", json_string(decided->truth));
    }
    json_object_set_new(json, "decision", json_string(decided->label));
    json_object_set_new(json, "probability", json_real((double)decided->info.probability));
    if (decided->has_both)
        json_object_set_new(json, "encoder", json_real((double)decided->info.encoder));
    if (decided->has_ngrams)
        json_object_set_new(json, "ngrams", json_real((double)decided->info.ngrams));
    json_object_set_new(json, "by", json_string(method_name(decided->info.by)));
    if (decided->info.padding > 0)
        json_object_set_new(json, "padding_weight", json_real(decided->info.padding));
    if (decided->info.by == ATTN_BY_INTEGRATED)
        json_object_set_new(json, "completeness_gap", json_real(decided->info.gap));
    json_object_set_new(json, "tokens", list);
    char *line = json_dumps(json, JSON_REAL_PRECISION(6));
    if (line == NULL)
        fail(EXIT_RUNTIME, "out of memory");
    text_print(&show->out, "%s\n", line);
    free(line);
    json_decref(json);
}

void begin_csv(struct show *show)
{
    text_print(&show->out,
               "text,name,label,decision,probability,by,token,begin,end,weight,rank,original%s\r\n",
               show->both ? ",ngrams" : "");
}

void show_csv(struct show *show, const struct decided *decided)
{
    const attn_tokens *tokens = attn_reading_tokens(decided->reading);
    const int64_t *begins = attn_tokens_begins(tokens), *ends = attn_tokens_ends(tokens);
    const float *numbers = attn_reading_numbers(decided->reading);
    const int64_t length = decided->info.length;
    int64_t *order = allocate(length, sizeof *order), *ranks = allocate(length, sizeof *ranks);
    struct text *out = &show->out;
    attn_reading_top(decided->reading, length, order);
    for (int64_t i = 0; i < length; i++)
        ranks[order[i]] = i + 1;
    for (int64_t i = 0; i < length; i++) {
        const char *token = attn_tokens_get(tokens, i);
        text_print(out, "%lld,", (long long)show->texts + 1);
        append_csv(out, decided->name ? decided->name : "", decided->name ? strlen(decided->name) : 0);
        text_print(out, ",");
        append_csv(out, decided->truth ? decided->truth : "", decided->truth ? strlen(decided->truth) : 0);
        text_print(out, ",");
        append_csv(out, decided->label, strlen(decided->label));
        text_print(out, ",%.6f,%s,", (double)decided->info.probability, method_name(decided->info.by));
        append_csv(out, token, strlen(token));
        text_print(out, ",%lld,%lld,%.6g,%lld,", (long long)begins[i], (long long)ends[i], (double)numbers[i],
                   (long long)ranks[i]);
        append_csv(out, decided->text + begins[i], (size_t)(ends[i] - begins[i]));
        if (decided->has_both)
            text_print(out, ",%.6g",
                       (double)attn_reading_numbers(decided->ngrams ? decided->ngrams : decided->reading)[i]);
        text_print(out, "\r\n");
    }
    free(order);
    free(ranks);
}

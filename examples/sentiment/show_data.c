/* show_data.c - tokens and their weights as JSON, a line a text; and as CSV, a line a token. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "common/markup.h"

void show_json(struct show *show, const struct reading *reading)
{
    const int64_t *begins = attn_tokens_begins(reading->tokens), *ends = attn_tokens_ends(reading->tokens);
    json_t *json = json_object(), *tokens = json_array();
    for (int64_t i = 0; i < attn_tokens_count(reading->tokens); i++) {
        double weight = i < reading->length ? reading->values[i] : 0; /* beyond what the model reads */
        json_array_append_new(
            tokens, json_pack("{s:s, s:I, s:I, s:f}", "token", attn_tokens_get(reading->tokens, i), "begin",
                              (json_int_t)begins[i], "end", (json_int_t)ends[i], "weight", weight));
    }
    if (reading->name) {
        json_object_set_new(json, "name", json_bytes(reading->name, strlen(reading->name)));
        json_object_set_new(json, "label", json_string(reading->truth));
    }
    json_object_set_new(json, "decision", json_string(reading->decision));
    json_object_set_new(json, "probability", json_real(reading->probability));
    json_object_set_new(json, "by", json_string(method_name(reading->by)));
    if (reading->padding > 0)
        json_object_set_new(json, "padding_weight", json_real(reading->padding));
    if (reading->by == BY_INTEGRATED)
        json_object_set_new(json, "completeness_gap", json_real(reading->gap));
    json_object_set_new(json, "tokens", tokens);
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
               "text,name,label,decision,probability,by,token,begin,end,weight,rank,original\r\n");
}

void show_csv(struct show *show, const struct reading *reading)
{
    const int64_t *begins = attn_tokens_begins(reading->tokens), *ends = attn_tokens_ends(reading->tokens);
    struct text *out = &show->out;
    for (int64_t i = 0; i < reading->length; i++) {
        const char *token = attn_tokens_get(reading->tokens, i);
        text_print(out, "%lld,", (long long)show->texts + 1);
        append_csv(out, reading->name ? reading->name : "", reading->name ? strlen(reading->name) : 0);
        text_print(out, ",");
        append_csv(out, reading->truth ? reading->truth : "", reading->truth ? strlen(reading->truth) : 0);
        text_print(out, ",");
        append_csv(out, reading->decision, strlen(reading->decision));
        text_print(out, ",%.6f,%s,", reading->probability, method_name(reading->by));
        append_csv(out, token, strlen(token));
        text_print(out, ",%lld,%lld,%.6g,%lld,", (long long)begins[i], (long long)ends[i], reading->values[i],
                   (long long)show->ranks[i]);
        append_csv(out, reading->text + begins[i], (size_t)(ends[i] - begins[i]));
        text_print(out, "\r\n");
    }
}

/* show_html.c - explained texts as one page that needs nothing beside it: each word tells its token, weight and rank when it is
 * pointed at, or reached with the Tab key. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "show.h"
#include "common/markup.h"

#define LEAST_SHADE 0.01 /* below it a word is not coloured */

void begin_html(struct show *show)
{
    text_append(&show->out, explain_page_head, strlen(explain_page_head));
}

static void append_piece(struct show *show, const struct reading *reading, const char *bytes, size_t size,
                         int64_t token)
{
    struct text *out = &show->out;
    if (token < 0) {
        append_xml(out, bytes, size);
        return;
    }
    const char *name = attn_tokens_get(reading->tokens, token);
    double shade = show->shades[token];
    text_print(out, "<span class=\"word%s\"", shade < 0 ? " negative" : "");
    if (fabs(shade) >= LEAST_SHADE)
        text_print(out, " style=\"--shade:%.2f\"", fabs(shade));
    text_print(out, " tabindex=\"0\" data-tip=\"");
    append_xml(out, name, strlen(name));
    text_print(out, " \xC2\xB7 ");
    append_value(out, reading, reading->values[token]);
    text_print(out, " \xC2\xB7 rank %lld\">", (long long)show->ranks[token]);
    append_xml(out, bytes, size);
    text_print(out, "</span>");
}

void show_html(struct show *show, const struct reading *reading)
{
    struct text *out = &show->out;
    text_print(out, "<article>\n<h2><span class=\"decision %s\">",
               reading->decision_is_blue ? "positive" : "negative");
    append_xml(out, reading->decision, strlen(reading->decision));
    text_print(out, " %.2f</span>", reading->probability);
    if (reading->name) {
        text_print(out, " <span class=\"note\">");
        append_xml(out, reading->name, strlen(reading->name));
        text_print(out, ", labelled ");
        append_xml(out, reading->truth, strlen(reading->truth));
        text_print(out, "</span>");
    }
    text_print(out, "</h2>\n<div class=\"text%s\" dir=\"auto\">", is_signed(reading->by) ? " signed" : "");
    show_pieces(show, reading, append_piece);
    text_print(out, "</div>\n<p class=\"note\">by %s", method_title(reading->by));
    if (is_signed(reading->by)) {
        text_print(out, ": blue speaks for ");
        append_xml(out, reading->blue, strlen(reading->blue));
        text_print(out, ", orange (dotted) for ");
        append_xml(out, reading->orange, strlen(reading->orange));
    }
    struct text notes = {0};
    append_notes(&notes, reading);
    if (notes.size)
        text_print(out, "; %.*s", (int)notes.size, notes.bytes);
    free(notes.bytes);
    text_print(out, "</p>\n</article>\n");
}

void end_html(struct show *show)
{
    text_append(&show->out, explain_page_tail, strlen(explain_page_tail));
}

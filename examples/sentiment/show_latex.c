/* show_latex.c - explained texts as a LaTeX document, of which a part can stand in another one that has the same preamble. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "common/markup.h"

#define DEEPEST 72 /* per cent of its hue that the most shaded word has */

void begin_latex(struct show *show)
{
    text_print(&show->out,
               "\\documentclass{article}\n"
               "\\usepackage{iftex}\n"
               "\\ifPDFTeX\\usepackage[utf8]{inputenc}\\usepackage[T1]{fontenc}\\usepackage{textcomp}\n"
               "\\else\\usepackage{fontspec}\\fi\n"
               "\\usepackage{xcolor}\n"
               "\\definecolor{positive}{HTML}{1F77BE}\n"
               "\\definecolor{negative}{HTML}{F07D0A}\n"
               "%% \\word{hue}{per cent of it}{letters}\n"
               "\\newcommand{\\word}[3]{{\\setlength{\\fboxsep}{0.5pt}\\colorbox{#1!#2}{\\strut #3}}}\n"
               "\\begin{document}\n"
               "\\raggedright\n");
}

static void append_piece(struct show *show, const struct reading *reading, const char *bytes, size_t size,
                         int64_t token)
{
    struct text *out = &show->out;
    int shade = token < 0 ? 0 : (int)(fabsf(show->shades[token]) * DEEPEST + 0.5f);
    (void)reading;
    if (shade)
        text_print(out, "\\word{%s}{%d}{", show->shades[token] > 0 ? "positive" : "negative", shade);
    append_latex(out, bytes, size);
    text_append(out, "}", shade > 0);
}

void show_latex(struct show *show, const struct reading *reading)
{
    struct text *out = &show->out;
    text_print(out, "\n\\noindent\\textbf{");
    append_latex(out, reading->decision, strlen(reading->decision));
    text_print(out, " %.2f}", reading->probability);
    if (reading->name) {
        text_print(out, " \\texttt{");
        append_latex(out, reading->name, strlen(reading->name));
        text_print(out, "}, labelled ");
        append_latex(out, reading->truth, strlen(reading->truth));
    }
    text_print(out, ", by %s\\par\n\\noindent{}", method_title(reading->by));
    show_pieces(show, reading, append_piece);
    text_print(out, "\\par\\bigskip\n");
}

void end_latex(struct show *show)
{
    text_print(&show->out, "\\end{document}\n");
}

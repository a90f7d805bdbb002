/* latex.c - pictures as a LaTeX document, of which a part can stand in another one. */
#include <math.h>
#include <string.h>

#include "draw/format.h"

#define DEEPEST 72 /* per cent of its hue that the most shaded word has */
#define BOX 40     /* columns: a line cannot end within a box */

static const char preamble[] =
    "\\documentclass{article}\n"
    "\\usepackage{iftex}\n"
    "\\ifPDFTeX\\usepackage[utf8]{inputenc}\\usepackage[T1]{fontenc}\\usepackage{textcomp}\n"
    "\\else\\usepackage{fontspec}\\fi\n"
    "\\usepackage{xcolor}\n"
    "\\usepackage{graphicx}\n"
    "\\begin{document}\n"
    "\\raggedright\n";

static const char macros[] =
    "\\definecolor{attnblue}{HTML}{1F77BE}\n"
    "\\definecolor{attnorange}{HTML}{F07D0A}\n"
    "% \\attnword{hue}{per cent of it}{letters}, \\attncell{hue}{per cent of it}\n"
    "\\providecommand{\\attnword}[3]{{\\setlength{\\fboxsep}{0.5pt}\\colorbox{#1!#2}{\\strut #3}}}\n"
    "\\providecommand{\\attncell}[2]{{\\setlength{\\fboxsep}{0pt}\\setlength{\\fboxrule}{0.2pt}"
    "\\fcolorbox{gray!40}{#1!#2}{\\rule{0pt}{1.2em}\\hspace{1.2em}}}}\n";

static const char *escape(int32_t code)
{
    static const struct {
        int32_t code;
        const char *latex;
    } specials[] = {
        {'\\', "\\textbackslash{}"},
        {'{', "\\{"},
        {'}', "\\}"},
        {'$', "\\$"},
        {'&', "\\&"},
        {'#', "\\#"},
        {'%', "\\%"},
        {'_', "\\_"},
        {'^', "\\textasciicircum{}"},
        {'~', "\\textasciitilde{}"},
        {'<', "\\textless{}"},
        {'>', "\\textgreater{}"},
        {'|', "\\textbar{}"},
        {'"', "\\textquotedbl{}"},
        {'`', "\\textasciigrave{}"},
        {'\'', "\\textquotesingle{}"},
        {'-', "-{}"},
        {0xFEFF, ""},
    };
    if (attni_is_break(code))
        return "\\par\n";
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        if (specials[i].code == code)
            return specials[i].latex;
    }
    return NULL;
}

static void put_string(attni_sink *sink, const char *string)
{
    attni_put_line(sink, string, (int64_t)strlen(string), 0, escape);
}

static void begin(attni_canvas *canvas)
{
    if (!canvas->options.fragment)
        attni_puts(&canvas->sink, preamble);
    attni_puts(&canvas->sink, macros);
    if (canvas->heading) {
        attni_puts(&canvas->sink, "\\section*{");
        put_string(&canvas->sink, canvas->heading);
        attni_puts(&canvas->sink, "}\n");
    }
}

static void end(attni_canvas *canvas)
{
    if (!canvas->options.fragment)
        attni_puts(&canvas->sink, "\\end{document}\n");
}

static void begin_figure(attni_sink *sink, const char *title)
{
    if (title) {
        attni_puts(sink, "\n\\noindent\\textbf{");
        put_string(sink, title);
        attni_puts(sink, "}\\par");
    }
    attni_puts(sink, "\n\\noindent{}");
}

static void end_figure(attni_sink *sink, const char *note)
{
    if (note) {
        attni_puts(sink, "\\par\n\\noindent{\\small ");
        attni_put_text(sink, (const unsigned char *)note, (int64_t)strlen(note), escape);
        attni_puts(sink, "}");
    }
    attni_puts(sink, "\\par\\bigskip\n");
}

/* ---- text ------------------------------------------------------------------------------------------------ */

static void draw_text(attni_canvas *canvas, const attni_shaded *text)
{
    attni_sink *sink = &canvas->sink;
    attni_stretch piece;
    begin_figure(sink, text->title);
    for (attni_scan scan = {0};
         attni_next_stretch(text, &scan, text->size, BOX, &piece) && sink->status == ATTN_OK;) {
        const double part = piece.span < 0 ? 0 : (double)text->shades[piece.span];
        const int shade = (int)lround(fabs(part) * DEEPEST);
        if (piece.kind == ATTNI_BREAK) {
            attni_puts(sink, "\\par\n");
            continue;
        }
        if (shade)
            attni_print(sink, "\\attnword{attn%s}{%d}{", part < 0 ? "orange" : "blue", shade);
        attni_put_text(sink, text->text + piece.begin, piece.end - piece.begin, escape);
        attni_puts(sink, shade ? "}" : "");
        if (piece.columns >= BOX - 1)
            attni_puts(sink, "\\allowbreak{}");
    }
    end_figure(sink, text->note);
}

/* ---- matrix ---------------------------------------------------------------------------------------------- */

static void draw_matrix(attni_canvas *canvas, const attni_matrix *matrix)
{
    attni_sink *sink = &canvas->sink;
    begin_figure(sink, matrix->title);
    attni_print(sink, "{\\setlength{\\tabcolsep}{0pt}\\begin{tabular}{r@{\\hspace{0.5em}}*{%lld}{c}}\n",
                (long long)(matrix->columns ? matrix->columns : 1));
    for (int64_t j = 0; j < matrix->columns && sink->status == ATTN_OK; j++) {
        attni_puts(sink, "&\\rotatebox{60}{");
        put_string(sink, attni_name(matrix->column_names, j));
        attni_puts(sink, "}");
    }
    attni_puts(sink, "\\\\\n");
    for (int64_t i = 0; i < matrix->rows && sink->status == ATTN_OK; i++) {
        put_string(sink, attni_name(matrix->row_names, i));
        for (int64_t j = 0; j < matrix->columns && sink->status == ATTN_OK; j++) {
            const double shade = attni_matrix_shade(matrix, i, j);
            attni_print(sink, "&\\attncell{attn%s}{%d}", shade < 0 ? "orange" : "blue",
                        (int)lround(100 * fabs(shade)));
        }
        attni_puts(sink, "\\\\\n");
    }
    attni_puts(sink, "\\end{tabular}}");
    end_figure(sink, matrix->note);
}

const attni_format attni_format_latex = {begin, draw_text, draw_matrix, end, false};

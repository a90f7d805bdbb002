/* page.h - the pages in page/, each with its styles and scripts inside, as common/embed.py made strings of them. */
#ifndef SENTIMENT_PAGE_H
#define SENTIMENT_PAGE_H

/* What comes before and behind the content. */
extern const char explain_page_head[], explain_page_tail[];
extern const char report_page_head[], report_page_tail[];

#endif

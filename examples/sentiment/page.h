/* page.h - the page in page/ with its styles and scripts inside, as common/embed.py made strings of it. */
#ifndef SENTIMENT_PAGE_H
#define SENTIMENT_PAGE_H

/* What comes before and behind the content. */
extern const char report_page_head[], report_page_tail[];

#endif

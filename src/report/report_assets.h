#ifndef AESWEEP_REPORT_ASSETS_H
#define AESWEEP_REPORT_ASSETS_H

/* The files of src/report/page as bytes, each ended by NUL; made from them by the Makefile. */

extern const unsigned char ae_report_page_html[], ae_report_page_css[], ae_report_page_js[];

#endif

/* page.h - a page from a file, for the commands that look at one. */
#ifndef WEIR_CLI_PAGE_H
#define WEIR_CLI_PAGE_H

#include "cli/command.h"
#include "doc/parse.h"

/* Reads the file (standard input for "-") and parses it as --parser and
 * --charset say. Says on cli->err if the tree is not what was asked for: built
 * by another parser, or cut. WEIR_E_USAGE (--charset), WEIR_E_IO, and those of
 * weir_doc_parse. */
enum weir_err weir_cli_page(struct weir_cli *cli, const char *path,
                            struct weir_doc **out, struct weir_error *error);

#endif

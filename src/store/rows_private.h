/* rows_private.h - the insides of store/rows.h, for rows*.c. */
#ifndef WEIR_STORE_ROWS_PRIVATE_H
#define WEIR_STORE_ROWS_PRIVATE_H

#include "store/rows.h"

#include <sqlite3.h>

struct weir_rows_column {
    char *name;
    size_t field; /* of the record at hand; SIZE_MAX = it has none */
};

struct weir_rows {
    struct weir_rows_config config; /* borrowed texts */
    struct sqlite3 *handle;
    const char *shown, *table;
    struct weir_rows_column *columns;
    size_t count, cap;
    bool made; /* the table is there */
    uint64_t batch;
    bool open; /* a transaction */
    struct sqlite3_stmt *insert, *update, *find;
    struct weir_buf text;
};

/* The error of the last call. */
enum weir_err weir_rows_fail(struct weir_rows *r, struct weir_error *error);
enum weir_err weir_rows_exec(struct weir_rows *r, const char *sql,
                             struct weir_error *error);
/* Of what stands in r->text. */
enum weir_err weir_rows_exec_text(struct weir_rows *r,
                                  struct weir_error *error);
enum weir_err weir_rows_prepare_text(struct weir_rows *r,
                                     struct sqlite3_stmt **out,
                                     struct weir_error *error);
/* An identifier in its quotes. */
void weir_rows_put_name(struct weir_buf *out, const char *name);

/* ---- rows_columns.c ---- */

/* NULL: there is none. */
struct weir_rows_column *weir_rows_find_column(struct weir_rows *r,
                                               struct weir_str name);
void weir_rows_forget_columns(struct weir_rows *r);
/* The columns of the table as it is now, none if it is not there. */
enum weir_err weir_rows_read_table(struct weir_rows *r,
                                   struct weir_error *error);
/* Every field, column and key of the output finds its column, or gets one. */
enum weir_err weir_rows_match_columns(struct weir_rows *r,
                                      const struct weir_members *m,
                                      struct weir_error *error);

#endif

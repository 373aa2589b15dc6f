/* storage_output.h - what goes to standard output: bodies or records. */
#ifndef WEIR_ENGINE_STORAGE_OUTPUT_H
#define WEIR_ENGINE_STORAGE_OUTPUT_H

#include "engine/storage_internal.h"

/* A body comes in pieces (stdout only); its head, if asked for, goes before. */
enum weir_err storage_output_begin(struct weir_storage *s, struct plan *p,
                                   int status, const char *head,
                                   struct weir_error *error);
enum weir_err storage_output_append(struct weir_storage *s, struct plan *p,
                                    const void *bytes, size_t n,
                                    struct weir_error *error);
void storage_output_drop(struct weir_storage *s, struct plan *p);
/* The item's body is complete: in pieces before, or in item->body. It is
 * written when its turn comes. Without a body (`whole` false) only its turn
 * passes. */
enum weir_err storage_output_body(struct weir_storage *s, struct plan *p,
                                  bool whole, struct weir_error *error);
/* The item's NDJSON record. */
enum weir_err storage_output_record(struct weir_storage *s,
                                    const struct weir_item *item,
                                    struct weir_error *error);

#endif

/* record_files.h - outputs of type `files`: what a record asks to download.
 *
 * The URLs of one field become requests; their names are made of a template in
 * which {field} is the record's, and the placeholders of core/outname.h are the
 * URL's where the record has no such field. Names stay beneath the folder
 * whatever a record says (core/outname.h).
 *
 *     weir_file_output_create(&f, output, &e);
 *     weir_file_output_requests(f, json, on_request, data, &e);
 */
#ifndef WEIR_SINK_RECORD_FILES_H
#define WEIR_SINK_RECORD_FILES_H

#include "base/err.h"
#include "base/str.h"
#include "core/job.h"

struct weir_file_output;

/* The URL is absolute, the name a path beneath weir_file_output_folder; both
 * borrowed for the call. Anything but WEIR_OK ends the record. */
typedef enum weir_err (*weir_on_file_request)(struct weir_str url,
                                              struct weir_str name, void *data);

/* WEIR_E_USAGE: the name template. The output is borrowed. */
enum weir_err weir_file_output_create(struct weir_file_output **out,
                                      const struct weir_output *output,
                                      struct weir_error *error);
void weir_file_output_destroy(struct weir_file_output *f); /* NULL-safe */
/* "." if the output names none. */
const char *weir_file_output_folder(const struct weir_file_output *f);

/* Calls on_request for each URL of the record's field: a text, or a list of
 * them; none if the field is missing or null. WEIR_E_INVALID: a URL that is not
 * http or https, a field that the name needs and the record does not have. */
enum weir_err weir_file_output_requests(struct weir_file_output *f,
                                        struct weir_str json,
                                        weir_on_file_request on_request,
                                        void *data, struct weir_error *error);

#endif

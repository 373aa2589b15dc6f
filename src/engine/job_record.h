/* job_record.h - records put together from several pages, and what makes one
 * the same as another. Pure. */
#ifndef WEIR_ENGINE_JOB_RECORD_H
#define WEIR_ENGINE_JOB_RECORD_H

#include "base/buf.h"
#include "core/job.h"

/* Appends the record that the fields of `child` complete: the parent's fields
 * in their order, with the child's value where that is not null, then the
 * child's own. WEIR_E_INVALID: not JSON objects. */
enum weir_err weir_job_record_merge(struct weir_str parent,
                                    struct weir_str child,
                                    struct weir_buf *out);

/* Appends what identifies a record of this page type among the job's items:
 * the page's `dedupe` fields; else, if a feed takes it, its guid, the page that
 * completes it (link, may be empty), its enclosure or its link; else its fields
 * "guid" or "id"; else all of it. */
enum weir_err weir_job_record_key(const struct weir_job *job, size_t page,
                                  struct weir_str record, struct weir_str link,
                                  struct weir_buf *out);
/* The same by all of it, the nth one (from 0) of its page: where several
 * records of one page would have the same key, the fields do not tell them
 * apart. */
enum weir_err weir_job_record_key_whole(struct weir_str record, size_t nth,
                                        struct weir_buf *out);

/* The name of the first required field of the page type that the record does
 * not have, or has as null; NULL = all there. *out is set on success only. */
enum weir_err weir_job_record_missing(const struct weir_page *page,
                                      struct weir_str record, const char **out);

/* The output takes records of this page type. */
bool weir_job_output_takes(const struct weir_job *job,
                           const struct weir_output *output, size_t page);

#endif

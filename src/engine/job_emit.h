/* job_emit.h - a record that is complete. */
#ifndef WEIR_ENGINE_JOB_EMIT_H
#define WEIR_ENGINE_JOB_EMIT_H

#include "engine/job_internal.h"

/* The context's record goes into the transaction of t, with the downloads of
 * its files; the enclosures whose size is wanted are noted in t->probes. One
 * that lacks a required field is left out, and noted in t->drops. */
enum weir_err weir_job_emit(struct weir_job_task *t,
                            const struct weir_job_context *c);

/* Adds the entry that asks for an enclosure's size. */
enum weir_err weir_job_emit_probe(struct weir_job_task *t, const char *url,
                                  enum weir_job_kind kind);

#endif

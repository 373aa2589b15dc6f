/* job_replay.h - what a page yielded, as bytes that are kept beside its body.
 *
 * Parsing and selecting is the dear part of a run over pages that did not
 * change. Its result is a function of the body, the URL, the job file and the
 * program: with a hash of the latter three (weir_job_replay_key) the result is
 * as good as the body. */
#ifndef WEIR_ENGINE_JOB_REPLAY_H
#define WEIR_ENGINE_JOB_REPLAY_H

#include "base/arena.h"
#include "core/job.h"
#include "doc/extract.h"

/* What a page of this type, found from this start, is extracted with; not 0. */
uint64_t weir_job_replay_key(const struct weir_job *job, size_t page,
                             size_t start, bool linked);

/* Appends the result; `fields` is the page type's count. */
enum weir_err weir_job_replay_put(const struct weir_extracted *x, size_t fields,
                                  struct weir_buf *out);
/* The result again, in the arena; texts are borrowed from the bytes.
 * WEIR_E_STORE: not what weir_job_replay_put wrote. */
enum weir_err weir_job_replay_read(struct weir_str bytes, size_t fields,
                                   struct weir_arena *arena,
                                   struct weir_extracted **out);

#endif

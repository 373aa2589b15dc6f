/* outfile.h - the file of one output: appended to, or made anew.
 *
 * Appended files know how far they were written (struct weir_record_position)
 * and can be cut back to there. Files made anew are written as PATH.part and
 * renamed at the end. What is no regular file (standard output, a pipe, a
 * device) is written as it comes, and neither applies.
 *
 *     weir_outfile_append(&f, "out.jsonl", resume, durable, &e);
 *     weir_outfile_write(f, line, &e);
 *     weir_outfile_flush(f, &position, &e);
 *     weir_outfile_finish(f, true, &e);
 *     weir_outfile_destroy(f);
 *
 * Folders on the way are made. Links at the end of the path are followed: it is
 * one that the user typed. Errors begin with "output PATH: ". */
#ifndef WEIR_SINK_OUTFILE_H
#define WEIR_SINK_OUTFILE_H

#include "sink/records.h"

struct weir_outfile;

/* Creates the file if there is none. With a position of the same file it is cut
 * back to there; one shorter than that is WEIR_E_IO. Of another file under this
 * name (it was rotated) the end is taken, after a newline if it lacks one. */
enum weir_err weir_outfile_append(struct weir_outfile **out, const char *path,
                                  const struct weir_record_position *resume,
                                  bool durable, struct weir_error *error);
enum weir_err weir_outfile_replace(struct weir_outfile **out, const char *path,
                                   bool durable, struct weir_error *error);
/* The descriptor stays the caller's. */
enum weir_err weir_outfile_fd(struct weir_outfile **out, int fd,
                              struct weir_error *error);

enum weir_err weir_outfile_write(struct weir_outfile *f, struct weir_str bytes,
                                 struct weir_error *error);
/* Buffered bytes reach the file; the position may be NULL. */
enum weir_err weir_outfile_flush(struct weir_outfile *f,
                                 struct weir_record_position *position,
                                 struct weir_error *error);
/* Nothing was written to it yet, by anybody. */
bool weir_outfile_is_empty(const struct weir_outfile *f);
/* Appends the first bytes of an appended regular file, at most max. */
enum weir_err weir_outfile_head(struct weir_outfile *f, size_t max,
                                struct weir_buf *out, struct weir_error *error);

/* complete: renamed over the path, or left alone when the bytes are those that
 * stand there. Else the .part vanishes, and an appended file is cut back to its
 * last flush. Closes the file. */
enum weir_err weir_outfile_finish(struct weir_outfile *f, bool complete,
                                  struct weir_error *error);
/* NULL-safe; as finish(false) when it was not finished. */
void weir_outfile_destroy(struct weir_outfile *f);

#endif

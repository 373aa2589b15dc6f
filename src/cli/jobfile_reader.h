/* jobfile_reader.h - what the rooms of the job file reader share.
 *
 * A reader walks over the YAML tree and builds the job in its arena. Nothing
 * stops at an error: it is reported, the value stays what it was, and the
 * reading goes on, so that one call finds all that is wrong. Text has its
 * ${parameters} filled in as it is read.
 *
 *     if (!weir_jobread_keys(r, map, WEIR_JOBFILE_limits))
 *         return;
 *     weir_jobread_bool(r, weir_yaml_get(map, "robots"), &limits->robots);
 *
 * Every function that is given a node takes NULL, and does nothing then.
 * Memory that is short sets r->nomem and is reported at the end.
 */
#ifndef WEIR_CLI_JOBFILE_READER_H
#define WEIR_CLI_JOBFILE_READER_H

#include "base/map.h"
#include "cli/jobfile.h"
#include "cli/jobfile_keys.h"
#include "cli/jobfile_yaml.h"
#include "cli/nearest.h"

/* A name that ${...} stands for: a parameter, or a variable of for:. */
struct weir_jobread_name {
    struct weir_str name;
    const char *value;
    bool secret; /* has an environment variable in it */
    struct weir_job_place place;
};

struct weir_jobread {
    struct weir_job *job;
    struct weir_arena *arena; /* the job's */
    const struct weir_jobfile_input *input;
    struct weir_jobfile_report *report;
    bool nomem;
    bool secret; /* the text just read had an ${env:..} in it */
    struct weir_jobread_name *params;
    size_t param_count;
    const struct weir_jobread_name *row; /* variables of for:, or NULL */
    size_t row_count;
    const char **secrets; /* grows in the heap until the job is done */
    size_t secret_count;
    struct weir_map *field_names;   /* of all pages and set: name -> r */
    const struct weir_yaml *parser; /* the job's, for pages without one */
};

/* --- reports --- */
void weir_jobread_error(struct weir_jobread *r, struct weir_job_place place,
                        const char *format, ...) WEIR_PRINTF(3, 4);
void weir_jobread_warn(struct weir_jobread *r, struct weir_job_place place,
                       const char *format, ...) WEIR_PRINTF(3, 4);
/* "a list", "a mapping", "nothing", "text": what a node is, for messages. */
const char *weir_jobread_what(const struct weir_yaml *node);
/* "expected <what>, found <node>"; nothing for NULL. */
void weir_jobread_expected(struct weir_jobread *r, const struct weir_yaml *node,
                           const char *what);

/* --- memory --- */
/* Zeroed; NULL and nomem when there is none. count may be 0 (then NULL). */
void *weir_jobread_array(struct weir_jobread *r, size_t count, size_t size);
const char *weir_jobread_dup(struct weir_jobread *r, struct weir_str s);

/* --- mappings --- */
/* True if it is a mapping; unknown and missing keys are reported. */
bool weir_jobread_keys(struct weir_jobread *r, const struct weir_yaml *map,
                       enum weir_jobfile_table table);

/* --- scalars: false, and *out as it was, when there is no good value --- */
enum {
    WEIR_JOBREAD_EMPTY = 1, /* "" is allowed */
    WEIR_JOBREAD_LINE = 2,  /* no CR, LF */
    WEIR_JOBREAD_SECRET = 4 /* ${env:..} is allowed; see r->secret */
};
/* A scalar but null, with its parameters; NULL if it is none. */
const char *weir_jobread_text(struct weir_jobread *r,
                              const struct weir_yaml *node, unsigned flags);
bool weir_jobread_bool(struct weir_jobread *r, const struct weir_yaml *node,
                       bool *out);
/* At least min. */
bool weir_jobread_count(struct weir_jobread *r, const struct weir_yaml *node,
                        uint64_t min, uint64_t *out);
bool weir_jobread_int(struct weir_jobread *r, const struct weir_yaml *node,
                      int64_t *out);
bool weir_jobread_duration(struct weir_jobread *r, const struct weir_yaml *node,
                           int64_t *ns);
bool weir_jobread_rate(struct weir_jobread *r, const struct weir_yaml *node,
                       struct weir_rate *out);
bool weir_jobread_size(struct weir_jobread *r, const struct weir_yaml *node,
                       uint64_t *out);
/* One of the words; its index. */
bool weir_jobread_word(struct weir_jobread *r, const struct weir_yaml *node,
                       const char *const *words, size_t count, size_t *out);
/* An absolute http(s) URL as it would be requested, of a text and a node. */
const char *weir_jobread_href(struct weir_jobread *r, struct weir_str text,
                              struct weir_job_place place);
const char *weir_jobread_url(struct weir_jobread *r,
                             const struct weir_yaml *node);
/* A text or a list of texts. */
const char *const *weir_jobread_texts(struct weir_jobread *r,
                                      const struct weir_yaml *node,
                                      size_t *count);
/* Any value as JSON text, parameters in its texts filled in. */
const char *weir_jobread_json(struct weir_jobread *r,
                              const struct weir_yaml *node, unsigned flags);

/* For "one or many": the number of nodes, and the nth. A list has its items,
 * anything else counts as one. */
size_t weir_jobread_many(const struct weir_yaml *node);
const struct weir_yaml *weir_jobread_first(const struct weir_yaml *node);

/* --- parameters (jobfile_params.c) --- */
void weir_jobread_params(struct weir_jobread *r, const struct weir_yaml *node);
/* `text`, all or a part of a node's, with ${name} and ${env:NAME} filled in and
 * $${ as ${, NULL after an error; sets r->secret. */
const char *weir_jobread_expand(struct weir_jobread *r, struct weir_str text,
                                struct weir_job_place place, unsigned flags);
/* Folds the parameters into the job's hash. */
uint64_t weir_jobread_hash(const struct weir_jobread *r);

/* --- sections --- */
/* The keys of a request in a map that may have others too; `request` in it is
 * read as well when `nested`. */
void weir_jobread_request(struct weir_jobread *r, const struct weir_yaml *map,
                          bool nested, struct weir_job_request *out);
void weir_jobread_limits(struct weir_jobread *r, const struct weir_yaml *node);
void weir_jobread_cache(struct weir_jobread *r, const struct weir_yaml *node,
                        enum weir_job_cache *mode, int64_t *age_s);
void weir_jobread_parser(struct weir_jobread *r, const struct weir_yaml *node,
                         bool *libxml2);
bool weir_jobread_select(struct weir_jobread *r, const struct weir_yaml *node,
                         struct weir_select *out);
/* jq text without a prefix, or with jq: before it. */
bool weir_jobread_jq(struct weir_jobread *r, const struct weir_yaml *node,
                     struct weir_select *out);
void weir_jobread_fields(struct weir_jobread *r, const struct weir_yaml *node,
                         struct weir_page *page);
void weir_jobread_next(struct weir_jobread *r, const struct weir_yaml *node,
                       struct weir_page *page);
void weir_jobread_follow(struct weir_jobread *r, const struct weir_yaml *node,
                         const struct weir_yaml *pages, struct weir_page *page);
void weir_jobread_pages(struct weir_jobread *r, const struct weir_yaml *node);
void weir_jobread_start(struct weir_jobread *r, const struct weir_yaml *node,
                        const struct weir_yaml *pages);
void weir_jobread_login(struct weir_jobread *r, const struct weir_yaml *node);
void weir_jobread_outputs(struct weir_jobread *r, const struct weir_yaml *node,
                          const struct weir_yaml *pages);
void weir_jobread_channel(struct weir_jobread *r, const struct weir_yaml *node,
                          struct weir_output *out);
void weir_jobread_chores(struct weir_jobread *r, const struct weir_yaml *node);
/* After all sections: pages that cannot be reached, circles of merges. */
void weir_jobread_check_graph(struct weir_jobread *r);

/* --- names --- */
/* The index of the page type that a node names, reported if there is none. */
bool weir_jobread_page(struct weir_jobread *r, const struct weir_yaml *node,
                       const struct weir_yaml *pages, size_t *out);
/* Remembers a field; `name` outlasts the reader. */
void weir_jobread_add_field(struct weir_jobread *r, const char *name);
/* Reported with the nearest if no page has this field. */
void weir_jobread_check_field(struct weir_jobread *r,
                              const struct weir_yaml *node, const char *name);
/* The braces of a template (core/template.h) and the fields that it names. */
void weir_jobread_check_template(struct weir_jobread *r,
                                 const struct weir_yaml *node,
                                 const char *template_);

#endif

/* jobfile_params.c - parameters, and ${...} in the texts of a job file.
 *
 * A ${name} is a variable of for:, else a parameter; -p replaces a parameter's
 * default, and one whose default is null must be given. ${env:NAME} is taken
 * from the environment where it may stay secret: in requests and in the
 * defaults of parameters. Whatever comes from there is remembered, so that logs
 * can leave it out, and enters the job's hash by its name only. */
#include "cli/jobfile_reader.h"

#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

static struct weir_str sub(struct weir_str s, size_t from, size_t to) {
    return weir_str_sub(s, from, to - from);
}

/* --- names
 * -------------------------------------------------------------------- */

static const struct weir_jobread_name *find_name(const struct weir_jobread *r,
                                                 struct weir_str name) {
    for (size_t i = 0; i < r->row_count; i++)
        if (weir_str_eq(r->row[i].name, name))
            return &r->row[i];
    for (size_t i = 0; i < r->param_count; i++)
        if (weir_str_eq(r->params[i].name, name))
            return &r->params[i];
    return NULL;
}

static void unknown_name(struct weir_jobread *r, struct weir_str name,
                         struct weir_job_place place) {
    struct weir_nearest best = {.wanted = name};
    int n = (int)(name.n < 60 ? name.n : 60);
    for (size_t i = 0; i < r->row_count; i++)
        weir_nearest_offer(&best, r->row[i].name.p);
    for (size_t i = 0; i < r->param_count; i++)
        weir_nearest_offer(&best, r->params[i].name.p);
    if (best.found)
        weir_jobread_error(r, place,
                           "there is no parameter \"%.*s\"; did you mean %s?",
                           n, name.p, best.found);
    else
        weir_jobread_error(r, place,
                           "there is no parameter \"%.*s\"; name it under "
                           "params:, or write $${ for a plain ${",
                           n, name.p);
}

/* The value of an environment variable, NULL if it is not set. */
static const char *environment(const struct weir_jobread *r,
                               struct weir_str name) {
    const char *const *e = r->input->environment;
    for (; e && *e; e++)
        if (strncmp(*e, name.p, name.n) == 0 && (*e)[name.n] == '=')
            return *e + name.n + 1;
    return NULL;
}

static void remember_secret(struct weir_jobread *r, const char *value) {
    const char **more;
    if (!*value)
        return;
    for (size_t i = 0; i < r->secret_count; i++)
        if (strcmp(r->secrets[i], value) == 0)
            return;
    more = weir_reallocarray(r->secrets, r->secret_count + 1, sizeof *more);
    value = weir_jobread_dup(r, weir_str_of(value));
    if (more)
        r->secrets = more;
    if (more && value)
        more[r->secret_count++] = value;
    else
        r->nomem = true;
}

/* --- expansion
 * ------------------------------------------------------------------- */

static bool put_environment(struct weir_jobread *r, struct weir_buf *out,
                            struct weir_str name, struct weir_job_place place,
                            unsigned flags) {
    const char *value = environment(r, name);
    int n = (int)(name.n < 60 ? name.n : 60);
    if (!(flags & WEIR_JOBREAD_SECRET)) {
        weir_jobread_error(r, place,
                           "${env:%.*s} would be stored or shown here; it "
                           "belongs into a request (headers, query, form, "
                           "json, cookies, auth) or the query of a start",
                           n, name.p);
        return false;
    }
    if (!value) {
        weir_jobread_error(r, place, "the environment variable %.*s is not set",
                           n, name.p);
        return false;
    }
    remember_secret(r, value);
    r->secret = true;
    weir_buf_z(out, value);
    return true;
}

/* One ${...}, without its braces. */
static bool put_name(struct weir_jobread *r, struct weir_buf *out,
                     struct weir_str name, struct weir_job_place place,
                     unsigned flags) {
    const struct weir_jobread_name *found;
    if (weir_str_starts(name, WEIR_STR("env:")))
        return put_environment(r, out, weir_str_sub(name, 4, name.n), place,
                               flags);
    found = find_name(r, name);
    if (!found) {
        unknown_name(r, name, place);
        return false;
    }
    if (!found->value)
        return false; /* required and not given, or broken: reported there */
    if (found->secret && !(flags & WEIR_JOBREAD_SECRET)) {
        weir_jobread_error(r, place,
                           "${%.*s} comes from the environment and would be "
                           "stored or shown here",
                           (int)(name.n < 60 ? name.n : 60), name.p);
        return false;
    }
    r->secret |= found->secret;
    weir_buf_z(out, found->value);
    return true;
}

static bool expand(struct weir_jobread *r, struct weir_buf *out,
                   struct weir_str text, struct weir_job_place place,
                   unsigned flags) {
    bool good = true;
    size_t at = 0, dollar, end;
    while (at < text.n) {
        if (out->len > WEIR_YAML_MAX_BYTES) {
            weir_jobread_error(r, place,
                               "with its parameters the text is more than "
                               "4 MiB");
            return false;
        }
        dollar = weir_str_find(text, '$', at);
        weir_buf_str(out, sub(text, at, dollar));
        at = dollar;
        if (weir_str_starts(sub(text, at, text.n), WEIR_STR("$${"))) {
            weir_buf_z(out, "${");
            at += 3;
        } else if (weir_str_starts(sub(text, at, text.n), WEIR_STR("${"))) {
            end = weir_str_find(text, '}', at);
            if (end == text.n) {
                weir_jobread_error(r, place, "a ${ has no }");
                return false;
            }
            good &= put_name(r, out, sub(text, at + 2, end), place, flags);
            at = end + 1;
        } else if (at < text.n) {
            weir_buf_byte(out, '$');
            at++;
        }
    }
    return good;
}

const char *weir_jobread_expand(struct weir_jobread *r, struct weir_str text,
                                struct weir_job_place place, unsigned flags) {
    struct weir_buf out;
    const char *result = NULL;
    r->secret = false;
    if (weir_str_search(text, WEIR_STR("${")) == text.n)
        return text.n && text.p[text.n] == '\0'
                   ? text.p /* the tree's, which lies in the arena as well */
                   : weir_jobread_dup(r, text);
    weir_buf_init(&out, 0);
    if (expand(r, &out, text, place, flags)) {
        r->nomem |= out.failed;
        result = weir_jobread_dup(r, weir_buf_view(&out));
    }
    weir_buf_release(&out);
    return result;
}

/* --- the section
 * -------------------------------------------------------------------- */

/* The text after "name=" of the last -p for it. */
static const char *given(const struct weir_jobread *r, struct weir_str name) {
    const char *value = NULL;
    for (size_t i = 0; i < r->input->param_count; i++) {
        const char *p = r->input->params[i];
        if (strncmp(p, name.p, name.n) == 0 && p[name.n] == '=')
            value = p + name.n + 1;
    }
    return value;
}

static void read_param(struct weir_jobread *r, const struct weir_yaml *member,
                       struct weir_jobread_name *out) {
    const char *value = given(r, member->key);
    out->name = member->key;
    out->place = member->key_place;
    if (member->key.n == 0 ||
        weir_str_find(member->key, '}', 0) < member->key.n)
        weir_jobread_error(r, member->key_place,
                           "a parameter's name is not empty and has no }");
    if (value) {
        out->value = weir_jobread_dup(r, weir_str_of(value));
        return;
    }
    if (weir_yaml_is_null(member)) {
        weir_jobread_error(r, member->key_place,
                           "the parameter \"%.*s\" is required: give it with "
                           "-p %.*s=VALUE",
                           WEIR_STR_ARG(member->key),
                           WEIR_STR_ARG(member->key));
        return;
    }
    out->value =
        weir_jobread_text(r, member, WEIR_JOBREAD_EMPTY | WEIR_JOBREAD_SECRET);
    out->secret = r->secret;
}

/* A -p must name a parameter of the job. */
static void check_given(struct weir_jobread *r, const char *p) {
    const char *equals = strchr(p, '=');
    struct weir_nearest best = {0};
    if (!equals) {
        weir_jobread_error(r, (struct weir_job_place){0},
                           "-p %s: expected name=value", p);
        return;
    }
    best.wanted = weir_str_make(p, (size_t)(equals - p));
    for (size_t i = 0; i < r->param_count; i++) {
        if (weir_str_eq(r->params[i].name, best.wanted))
            return;
        weir_nearest_offer(&best, r->params[i].name.p);
    }
    if (best.found)
        weir_jobread_error(r, (struct weir_job_place){0},
                           "-p %.*s: the job has no such parameter; did you "
                           "mean %s?",
                           WEIR_STR_ARG(best.wanted), best.found);
    else
        weir_jobread_error(r, (struct weir_job_place){0},
                           "-p %.*s: the job has no such parameter",
                           WEIR_STR_ARG(best.wanted));
}

void weir_jobread_params(struct weir_jobread *r, const struct weir_yaml *node) {
    if (node && node->kind != WEIR_YAML_MAP) {
        weir_jobread_expected(r, node, "a mapping of names and defaults");
        node = NULL;
    }
    if (node)
        r->params = weir_jobread_array(r, node->count, sizeof r->params[0]);
    if (node && r->params)
        for (const struct weir_yaml *m = node->first; m; m = m->next) {
            struct weir_jobread_name *name = &r->params[r->param_count];
            read_param(r, m, name);
            r->param_count++; /* a default may use those before it */
        }
    for (size_t i = 0; i < r->input->param_count; i++)
        check_given(r, r->input->params[i]);
}

uint64_t weir_jobread_hash(const struct weir_jobread *r) {
    uint64_t hash = weir_hash(r->input->text);
    for (size_t i = 0; i < r->param_count; i++) {
        const struct weir_jobread_name *p = &r->params[i];
        hash = weir_hash_seeded(p->name, hash);
        if (!p->secret && p->value)
            hash = weir_hash_seeded(weir_str_of(p->value), hash);
    }
    return hash;
}

/* cmd_cache.c - "weir cache": looks into the store, changes nothing.
 *
 *     ls          every answer: status, size, age, state, URL and file
 *     stat        counts, sizes, the last runs
 *     show URL    all that is known of one URL; --body: what a job kept of it
 *
 * With --json the same for programs: one object a line. An answer whose file is
 * gone or was changed is no answer; ls and show look at the files to tell. */
#include "cli/command.h"

#include "base/escape.h"
#include "base/hash.h"
#include "base/mem.h"
#include "core/freshness.h"
#include "core/httpdate.h"
#include "core/url.h"
#include "store/pack.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { RUNS_SHOWN = 10 };

struct look {
    struct weir_cli *cli;
    struct weir_store *store;
    bool json;
    bool details; /* show */
    bool body;    /* show --body */
    int64_t now;
    size_t found;
    struct weir_buf line, path;
    struct weir_error error;
};

/* What an answer is good for today. */
struct state {
    const char *word; /* "fresh", "stale", "gone", "altered" */
    int64_t age;
    int64_t until; /* INT64_MIN: always asks */
    bool has_body; /* in the store; looked up for `show` */
    uint64_t body; /* bytes */
};

static const char *file_word(const struct weir_answer *a, const char *path) {
    struct stat st;
    if (!a->folder)
        return NULL;
    if (stat(path, &st) != 0)
        return "gone";
    if ((uint64_t)st.st_size != a->size ||
        (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec !=
            a->mtime_ns)
        return "altered";
    return NULL;
}

static struct state judge(const struct look *l, const struct weir_answer *a) {
    struct weir_exchange x = {.method = WEIR_STR("GET"),
                              .status = a->status == 206 ? 200 : a->status,
                              .response = a->head,
                              .request_time = a->request_time,
                              .response_time = a->response_time};
    struct weir_freshness f;
    struct state s = {0};
    weir_freshness_judge(&f, &x);
    s.age = weir_freshness_age(&f, l->now);
    s.until = f.storable ? weir_freshness_until(&f) : INT64_MIN;
    s.word = file_word(a, l->path.p);
    if (!s.word)
        s.word =
            f.storable && weir_freshness_fresh(&f, l->now) ? "fresh" : "stale";
    return s;
}

/* The absolute path of the answer's file into l->path, "" without one. */
static enum weir_err find_path(struct look *l, const struct weir_answer *a) {
    struct weir_str folder;
    enum weir_err code;
    weir_buf_clear(&l->path);
    if (!a->folder)
        return WEIR_OK;
    if ((code =
             weir_store_folder_path(l->store, a->folder, &folder, &l->error)))
        return code;
    weir_buf_str(&l->path, folder);
    weir_buf_byte(&l->path, '/');
    weir_buf_str(&l->path, a->file);
    return l->path.failed ? weir_error_nomem(&l->error) : WEIR_OK;
}

static void put_text(struct weir_buf *out, const char *key,
                     struct weir_str text) {
    weir_buf_fmt(out, ",\"%s\":", key);
    if (text.n)
        weir_escape_json(out, text);
    else
        weir_buf_z(out, "null");
}

static void put_date(struct weir_buf *out, const char *key, int64_t t,
                     bool known) {
    weir_buf_fmt(out, ",\"%s\":", key);
    if (!known) {
        weir_buf_z(out, "null");
        return;
    }
    weir_buf_byte(out, '"');
    weir_httpdate_put_rfc3339(out, t);
    weir_buf_byte(out, '"');
}

static void put_hex(struct weir_buf *out, struct weir_str bytes) {
    for (size_t i = 0; i < bytes.n; i++)
        weir_buf_fmt(out, "%02x", (unsigned)(unsigned char)bytes.p[i]);
}

static void put_answer_json(struct look *l, const struct weir_answer *a,
                            const struct state *s) {
    struct weir_buf *out = &l->line;
    weir_buf_z(out, "{\"url\":");
    weir_escape_json(out, a->url);
    put_text(out, "effective_url",
             a->effective_url.n ? a->effective_url : a->url);
    put_text(out, "method", a->method.n ? a->method : WEIR_STR("GET"));
    weir_buf_fmt(out, ",\"status\":%d,\"bytes\":%llu", a->status,
                 (unsigned long long)a->size);
    put_text(out, "file", weir_buf_view(&l->path));
    weir_buf_fmt(
        out, ",\"xxh3\":\"%016llx\",\"sha256\":", (unsigned long long)a->xxh3);
    if (a->sha256.n) {
        weir_buf_byte(out, '"');
        put_hex(out, a->sha256);
        weir_buf_byte(out, '"');
    } else {
        weir_buf_z(out, "null");
    }
    put_date(out, "fetched", a->response_time, true);
    weir_buf_fmt(out, ",\"age\":%lld,\"state\":\"%s\"", (long long)s->age,
                 s->word);
    put_date(out, "fresh_until", s->until, s->until != INT64_MIN);
    weir_buf_fmt(out, ",\"run\":%lld", (long long)a->run);
    if (l->details) {
        struct weir_str rest = a->head, name, value;
        const char *comma = "";
        weir_buf_z(out, ",\"stored\":");
        if (s->has_body)
            weir_buf_fmt(out, "%llu", (unsigned long long)s->body);
        else
            weir_buf_z(out, "null");
        weir_buf_z(out, ",\"headers\":[");
        while (weir_headers_next(&rest, &name, &value)) {
            weir_buf_fmt(out, "%s[", comma);
            weir_escape_json(out, name);
            weir_buf_byte(out, ',');
            weir_escape_json(out, value);
            weir_buf_byte(out, ']');
            comma = ",";
        }
        weir_buf_byte(out, ']');
    }
    weir_buf_z(out, "}\n");
}

static void put_duration(struct weir_buf *out, int64_t seconds) {
    weir_units_put_duration(out, seconds > INT64_MAX / 1000000000
                                     ? INT64_MAX
                                     : seconds * 1000000000);
}

/* One line a URL; the columns in front are narrow, the URL may be long. */
static void put_answer_line(struct look *l, const struct weir_answer *a,
                            const struct state *s) {
    struct weir_buf size, age;
    weir_buf_init(&size, 0);
    weir_buf_init(&age, 0);
    weir_units_put_size(&size, a->size);
    put_duration(&age, s->age);
    weir_buf_fmt(&l->line, "%3d  %8s  %9s  %-7s  ", a->status, size.p, age.p,
                 s->word);
    weir_escape_terminal(&l->line, a->url);
    if (l->path.len) {
        weir_buf_z(&l->line, "  ");
        weir_escape_terminal(&l->line, weir_buf_view(&l->path));
    }
    weir_buf_byte(&l->line, '\n');
    weir_buf_release(&size);
    weir_buf_release(&age);
}

static void put_field(struct weir_buf *out, const char *name,
                      struct weir_str value) {
    weir_buf_fmt(out, "%-14s ", name);
    weir_escape_terminal(out, value);
    weir_buf_byte(out, '\n');
}

static void put_time(struct weir_buf *out, const char *name, int64_t t) {
    weir_buf_fmt(out, "%-14s ", name);
    weir_httpdate_put_rfc3339(out, t);
    weir_buf_byte(out, '\n');
}

static void put_answer_details(struct look *l, const struct weir_answer *a,
                               const struct state *s) {
    struct weir_buf *out = &l->line;
    struct weir_str rest = a->head, name, value;
    if (l->found > 1)
        weir_buf_byte(out, '\n');
    put_field(out, "url", a->url);
    if (a->effective_url.n)
        put_field(out, "effective url", a->effective_url);
    if (a->method.n)
        put_field(out, "method", a->method);
    weir_buf_fmt(out, "%-14s %d\n%-14s %llu\n", "status", a->status, "bytes",
                 (unsigned long long)a->size);
    if (l->path.len)
        put_field(out, "file", weir_buf_view(&l->path));
    if (s->has_body)
        weir_buf_fmt(out, "%-14s %llu bytes\n", "in the store",
                     (unsigned long long)s->body);
    weir_buf_fmt(out, "%-14s %016llx\n", "xxh3", (unsigned long long)a->xxh3);
    if (a->sha256.n) {
        weir_buf_fmt(out, "%-14s ", "sha256");
        put_hex(out, a->sha256);
        weir_buf_byte(out, '\n');
    }
    put_time(out, "fetched", a->response_time);
    weir_buf_fmt(out, "%-14s ", "age");
    put_duration(out, s->age);
    weir_buf_fmt(out, "\n%-14s %s\n", "state", s->word);
    if (s->until != INT64_MIN)
        put_time(out, "fresh until", s->until);
    weir_buf_fmt(out, "%-14s %lld\n", "run", (long long)a->run);
    while (weir_headers_next(&rest, &name, &value)) {
        weir_buf_z(out, "header         ");
        weir_escape_terminal(out, name);
        weir_buf_z(out, ": ");
        weir_escape_terminal(out, value);
        weir_buf_byte(out, '\n');
    }
}

/* Writes l->line out; false when nobody reads any more or memory is out. */
static bool flush_line(struct look *l) {
    bool good = !l->line.failed;
    if (!good)
        weir_error_nomem(&l->error);
    else if (fwrite(l->line.p, 1, l->line.len, l->cli->out) != l->line.len)
        good = false; /* a closed pipe: the reader has seen enough */
    weir_buf_clear(&l->line);
    return good;
}

/* The first body that there is. */
static bool write_body(struct look *l, const struct weir_answer *a) {
    struct weir_str packed;
    uint64_t size;
    bool found;
    char *bytes;
    if (weir_store_find_body(l->store, a->id, &packed, &size, &found,
                             &l->error))
        return false;
    if (!found)
        return true;
    l->found++;
    if (weir_unpack(packed, (size_t)size, &bytes)) {
        weir_error_set(&l->error, WEIR_E_STORE, "%.*s: its body is damaged",
                       WEIR_STR_ARG(a->url));
        return false;
    }
    fwrite(bytes, 1, (size_t)size, l->cli->out);
    weir_free(bytes);
    return false;
}

static bool each_answer(const struct weir_answer *a, void *data) {
    struct look *l = data;
    if (find_path(l, a))
        return false;
    if (l->body)
        return write_body(l, a);
    struct state s = judge(l, a);
    l->found++;
    if (l->details &&
        weir_store_body_size(l->store, a->id, &s.body, &s.has_body, &l->error))
        return false;
    if (l->json)
        put_answer_json(l, a, &s);
    else if (l->details)
        put_answer_details(l, a, &s);
    else
        put_answer_line(l, a, &s);
    return flush_line(l);
}

static bool each_failure(const struct weir_failure *f, void *data) {
    struct look *l = data;
    struct weir_buf *out = &l->line;
    l->found++;
    if (l->json) {
        weir_buf_z(out, "{\"url\":");
        weir_escape_json(out, f->url);
        weir_buf_fmt(out, ",\"state\":\"failed\",\"status\":%d", f->status);
        put_text(out, "kind", weir_str_of(weir_err_name(f->code)));
        put_text(out, "error", f->message);
        weir_buf_fmt(out, ",\"attempts\":%d", f->attempts);
        put_date(out, "failed", f->at, true);
        weir_buf_fmt(out, ",\"run\":%lld}\n", (long long)f->run);
        return flush_line(l);
    }
    if (l->found > 1)
        weir_buf_byte(out, '\n');
    put_field(out, "url", f->url);
    weir_buf_fmt(out, "%-14s failed: %s\n", "state", weir_err_name(f->code));
    if (f->status)
        weir_buf_fmt(out, "%-14s %d\n", "status", f->status);
    put_field(out, "error", f->message);
    weir_buf_fmt(out, "%-14s %d\n", "attempts", f->attempts);
    put_time(out, "failed", f->at);
    weir_buf_fmt(out, "%-14s %lld\n", "run", (long long)f->run);
    return flush_line(l);
}

static int list(struct look *l) {
    if (l->cli->argc != 1)
        return weir_cli_failf(l->cli, WEIR_E_USAGE, "ls takes no operand");
    if (weir_store_list_answers(l->store, WEIR_STR(""), each_answer, l,
                                &l->error) ||
        l->error.code)
        return weir_cli_fail(l->cli, &l->error);
    return 0;
}

/* The URL as it is stored. */
static enum weir_err stored_form(const char *text, struct weir_buf *out,
                                 struct weir_error *error) {
    struct weir_url url;
    enum weir_err code = weir_url_parse(&url, weir_str_of(text), NULL, error);
    if (code)
        return code;
    code = weir_url_put_public(&url, out);
    weir_url_release(&url);
    return code ? weir_error_nomem(error) : WEIR_OK;
}

static int show(struct look *l) {
    struct weir_buf url;
    enum weir_err code;
    if (l->cli->argc != 2)
        return weir_cli_failf(l->cli, WEIR_E_USAGE, "show takes one URL");
    l->details = true;
    l->body = weir_opt_on(l->cli->options, OPT_BODY);
    weir_buf_init(&url, 0);
    code = stored_form(l->cli->argv[1], &url, &l->error);
    if (!code)
        code = weir_store_list_answers(l->store, weir_buf_view(&url),
                                       each_answer, l, &l->error);
    if (!code && !l->error.code && !l->body)
        code = weir_store_list_failures(l->store, weir_buf_view(&url),
                                        each_failure, l, &l->error);
    if (!code && !l->error.code && l->found == 0)
        weir_error_set(&l->error, WEIR_E_GENERIC,
                       l->body ? "%s: the store has no body of it"
                               : "%s: the store knows nothing of it",
                       url.p);
    weir_buf_release(&url);
    return l->error.code ? weir_cli_fail(l->cli, &l->error) : 0;
}

static const char *run_word(enum weir_run_state state) {
    static const char *const words[] = {"unfinished", "complete", "forgotten"};
    return words[state <= WEIR_RUN_FORGOTTEN ? state : WEIR_RUN_FORGOTTEN];
}

static bool each_run(const struct weir_run *r, void *data) {
    struct look *l = data;
    struct weir_buf *out = &l->line;
    if (l->json) {
        weir_buf_fmt(out, "%s{\"run\":%lld,\"state\":\"%s\"",
                     l->found ? "," : "", (long long)r->id, run_word(r->state));
        put_text(out, "command", r->title);
        put_date(out, "started", r->started, true);
        put_date(out, "ended", r->ended, r->ended != 0);
        weir_buf_fmt(out, ",\"done\":%llu,\"failed\":%llu,\"bytes\":%llu}",
                     (unsigned long long)r->done, (unsigned long long)r->failed,
                     (unsigned long long)r->bytes);
    } else {
        weir_buf_fmt(out, "run %-10lld ", (long long)r->id);
        weir_httpdate_put_rfc3339(out, r->started);
        weir_buf_fmt(out, "  %s, %llu done, %llu failed  ", run_word(r->state),
                     (unsigned long long)r->done,
                     (unsigned long long)r->failed);
        weir_escape_terminal(out, r->title);
        weir_buf_byte(out, '\n');
    }
    l->found++;
    return true;
}

static void put_count(struct weir_buf *out, const char *name, uint64_t n) {
    weir_buf_fmt(out, "%-14s ", name);
    weir_units_put_count(out, n);
    weir_buf_byte(out, '\n');
}

static void put_size(struct weir_buf *out, const char *name, int64_t bytes) {
    weir_buf_fmt(out, "%-14s ", name);
    weir_units_put_size(out, (uint64_t)bytes);
    weir_buf_byte(out, '\n');
}

static void put_stat(struct look *l, const struct weir_store_stat *s) {
    struct weir_buf *out = &l->line;
    put_field(out, "store", weir_str_of(weir_store_path(l->store)));
    put_size(out, "its size", s->database_bytes);
    put_size(out, "its log", s->pending_bytes);
    put_count(out, "answers", s->answers);
    put_size(out, "their bodies", (int64_t)s->bytes);
    put_count(out, "with a file", s->with_file);
    if (s->answers) {
        put_time(out, "oldest", s->oldest);
        put_time(out, "newest", s->newest);
    }
    put_count(out, "failures", s->failures);
    put_count(out, "partial files", s->partials);
    put_count(out, "runs", s->runs);
    put_count(out, "unfinished", s->unfinished);
}

static void put_stat_json(struct look *l, const struct weir_store_stat *s) {
    struct weir_buf *out = &l->line;
    weir_buf_z(out, "{\"store\":");
    weir_escape_json(out, weir_str_of(weir_store_path(l->store)));
    weir_buf_fmt(out,
                 ",\"database_bytes\":%lld,\"log_bytes\":%lld,\"answers\":%llu,"
                 "\"bytes\":%llu,\"files\":%llu,\"failures\":%llu,"
                 "\"partials\":%llu,\"runs\":%llu,\"unfinished\":%llu",
                 (long long)s->database_bytes, (long long)s->pending_bytes,
                 (unsigned long long)s->answers, (unsigned long long)s->bytes,
                 (unsigned long long)s->with_file,
                 (unsigned long long)s->failures,
                 (unsigned long long)s->partials, (unsigned long long)s->runs,
                 (unsigned long long)s->unfinished);
    put_date(out, "oldest", s->oldest, s->answers != 0);
    put_date(out, "newest", s->newest, s->answers != 0);
    weir_buf_z(out, ",\"last_runs\":[");
}

static int stat_store(struct look *l) {
    struct weir_store_stat s;
    if (l->cli->argc != 1)
        return weir_cli_failf(l->cli, WEIR_E_USAGE, "stat takes no operand");
    if (weir_store_stat(l->store, &s, &l->error))
        return weir_cli_fail(l->cli, &l->error);
    if (l->json)
        put_stat_json(l, &s);
    else
        put_stat(l, &s);
    if (weir_store_list_runs(l->store, RUNS_SHOWN, each_run, l, &l->error))
        return weir_cli_fail(l->cli, &l->error);
    if (l->json)
        weir_buf_z(&l->line, "]}\n");
    flush_line(l);
    return l->error.code ? weir_cli_fail(l->cli, &l->error) : 0;
}

static const struct verb {
    const char *name;
    int (*run)(struct look *l);
} verbs[] = {{"ls", list}, {"stat", stat_store}, {"show", show}};

static const struct verb *find_verb(const struct weir_cli *cli) {
    for (size_t i = 0; cli->argc > 0 && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(cli->argv[0], verbs[i].name) == 0)
            return &verbs[i];
    return NULL;
}

int weir_cmd_cache(struct weir_cli *cli) {
    struct look l = {.cli = cli,
                     .json = weir_opt_on(cli->options, OPT_JSON),
                     .now = (int64_t)time(NULL)};
    struct weir_store_config config = {
        .path = weir_opt_get(cli->options, OPT_STORE), .readonly = true};
    const struct verb *verb = find_verb(cli);
    int status;
    if (!verb)
        return weir_cli_failf(cli, WEIR_E_USAGE, "ls, stat or show is wanted");
    if (weir_store_open(&l.store, &config, &l.error))
        return weir_cli_fail(cli, &l.error);
    weir_buf_init(&l.line, 0);
    weir_buf_init(&l.path, 0);
    status = verb->run(&l);
    weir_buf_release(&l.line);
    weir_buf_release(&l.path);
    weir_store_close(l.store);
    return status;
}

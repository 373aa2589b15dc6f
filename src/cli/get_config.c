/* get_config.c - from options to the engine's configuration: defaults that
 * depend on other options, values that several options make together. */
#include "cli/get_config.h"

#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    DATA_MAX = 64 << 20,
    OWN_DESCRIPTORS = 24 /* store, locks, loop, name servers, terminal */
};

struct build {
    struct weir_get_config *c;
    const struct weir_options *o;
    struct weir_error *error;
    const struct weir_job *job; /* NULL: weir get */
    bool no_memory;
};

static const char *keep(struct build *b, struct weir_str s) {
    char *copy = weir_arena_dup(b->c->arena, s);
    if (!copy)
        b->no_memory = true;
    return copy ? copy : "";
}

/* A finished buf as a string of the arena. */
static const char *keep_buf(struct build *b, struct weir_buf *text) {
    const char *copy;
    if (text->failed)
        b->no_memory = true;
    copy = keep(b, weir_buf_view(text));
    weir_buf_release(text);
    return copy;
}

static const char *const *keep_all(struct build *b, enum weir_opt_id id,
                                   size_t *count) {
    const char **all;
    size_t n = weir_opt_count(b->o, id);
    *count = 0;
    if (n == 0)
        return NULL;
    all = weir_arena_alloc(b->c->arena, n * sizeof *all);
    if (!all) {
        b->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        all[i] = weir_opt_nth(b->o, id, i);
    *count = n;
    return all;
}

/* Every transfer may need a socket and a file. */
static size_t descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return SIZE_MAX;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    if (limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    if (limit.rlim_cur < OWN_DESCRIPTORS + 4)
        return 1;
    return (size_t)(limit.rlim_cur - OWN_DESCRIPTORS) / 2;
}

/* What the job says, where no option does. */
static void prefer_job(struct weir_engine_config *e,
                       const struct weir_options *o,
                       const struct weir_job_limits *l) {
    if (l->concurrency && !weir_opt_given(o, OPT_CONCURRENCY))
        e->concurrency = l->concurrency;
    if (l->per_host && !weir_opt_given(o, OPT_PER_HOST))
        e->per_host = l->per_host;
    if (l->rate.count > 0 && !weir_opt_given(o, OPT_RATE))
        e->rate = l->rate;
    if (l->host_rate.count > 0 && !weir_opt_given(o, OPT_HOST_RATE))
        e->host_rate = l->host_rate;
    if (l->burst && !weir_opt_given(o, OPT_BURST))
        e->burst = l->burst;
    if (l->limit_rate && !weir_opt_given(o, OPT_LIMIT_RATE))
        e->limit_rate = l->limit_rate;
    if (l->max_filesize && !weir_opt_given(o, OPT_MAX_FILESIZE))
        e->max_filesize = l->max_filesize;
    if (l->max_run_time_ns && !weir_opt_given(o, OPT_MAX_RUN_TIME))
        e->max_run_time_ns = l->max_run_time_ns;
    if (!weir_opt_given(o, OPT_DENY_PRIVATE))
        e->net.deny_private = l->deny_private;
}

static void set_limits(struct build *b) {
    struct weir_engine_config *e = &b->c->engine;
    const struct weir_options *o = b->o;
    size_t most = descriptor_limit();
    e->concurrency = weir_opt_int(o, OPT_CONCURRENCY);
    e->per_host = weir_opt_int(o, OPT_PER_HOST);
    e->rate = weir_opt_rate(o, OPT_RATE);
    e->host_rate = weir_opt_rate(o, OPT_HOST_RATE);
    e->burst = weir_opt_int(o, OPT_BURST);
    e->limit_rate = weir_opt_size(o, OPT_LIMIT_RATE);
    e->max_filesize = weir_opt_size(o, OPT_MAX_FILESIZE);
    e->max_run_time_ns = weir_opt_duration_ns(o, OPT_MAX_RUN_TIME);
    e->net.deny_private = weir_opt_on(o, OPT_DENY_PRIVATE);
    if (!b->job && weir_opt_given(o, OPT_CONCURRENCY) &&
        !weir_opt_given(o, OPT_PER_HOST))
        e->per_host = e->concurrency;
    if (b->job)
        prefer_job(e, o, &b->job->limits);
    e->net.few_descriptors = most < 2 * e->concurrency;
    if (e->concurrency > most)
        e->concurrency = most;
    e->max_pause_ns = weir_opt_duration_ns(o, OPT_MAX_PAUSE);
    e->max_time_ms = weir_opt_duration_ns(o, OPT_MAX_TIME) / 1000000;
    e->fail_early = weir_opt_on(o, OPT_FAIL_EARLY);
    e->max_redirects = (unsigned)weir_opt_int(o, OPT_MAX_REDIRS);
}

static void set_retries(struct build *b) {
    struct weir_engine_config *e = &b->c->engine;
    const struct weir_options *o = b->o;
    size_t lists = weir_opt_count(o, OPT_RETRY_ON), room = 0, n = 0;
    int *codes;
    e->tries = weir_opt_given(o, OPT_MAX_TRIES)
                   ? (unsigned)weir_opt_int(o, OPT_MAX_TRIES)
                   : (unsigned)weir_opt_int(o, OPT_RETRY) + 1;
    for (size_t i = 0; i < lists; i++)
        room += strlen(weir_opt_nth(o, OPT_RETRY_ON, i));
    codes = room ? weir_arena_alloc(b->c->arena, room * sizeof *codes) : NULL;
    if (room && !codes) {
        b->no_memory = true;
        return;
    }
    for (size_t i = 0; i < lists; i++) {
        struct weir_str rest = weir_str_of(weir_opt_nth(o, OPT_RETRY_ON, i));
        struct weir_str one;
        while (rest.n > 0) {
            uint64_t code = 0;
            weir_str_cut(rest, ',', &one, &rest);
            if (weir_str_to_u64(weir_str_trim(one), &code))
                codes[n++] = (int)code;
        }
    }
    e->retry_on = codes;
    e->retry_on_count = n;
}

static bool has_header(struct build *b, struct weir_str name) {
    for (size_t i = 0; i < weir_opt_count(b->o, OPT_HEADER); i++) {
        struct weir_str field, value;
        weir_str_cut(weir_str_of(weir_opt_nth(b->o, OPT_HEADER, i)), ':',
                     &field, &value);
        if (weir_str_eq_nocase(weir_str_trim(field), name))
            return true;
    }
    return false;
}

static void set_headers(struct build *b) {
    struct weir_engine_config *e = &b->c->engine;
    const char *contact = weir_opt_get(b->o, OPT_CONTACT);
    const char *referer = weir_opt_get(b->o, OPT_REFERER);
    const char *agent = weir_opt_get(b->o, OPT_USER_AGENT);
    size_t n = weir_opt_count(b->o, OPT_HEADER);
    const char **all = weir_arena_alloc(b->c->arena, (n + 5) * sizeof *all);
    struct weir_buf text;
    if (!all) {
        b->no_memory = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        all[i] = weir_opt_nth(b->o, OPT_HEADER, i);
    weir_buf_init(&text, 0);
    if (contact && strchr(contact, '@') && !has_header(b, WEIR_STR("From"))) {
        weir_buf_fmt(&text, "From: %s", contact);
        all[n++] = keep_buf(b, &text);
    }
    if (referer) {
        weir_buf_fmt(&text, "Referer: %s", referer);
        all[n++] = keep_buf(b, &text);
    }
    if (weir_opt_given(b->o, OPT_DATA_JSON) &&
        !has_header(b, WEIR_STR("Content-Type")))
        all[n++] = "Content-Type: application/json";
    if (!has_header(b, WEIR_STR("User-Agent"))) {
        if (!agent && contact)
            weir_buf_fmt(&text, "User-Agent: weir/" WEIR_VERSION " (+%s)",
                         contact);
        else
            weir_buf_fmt(&text, "User-Agent: %s",
                         agent ? agent : "weir/" WEIR_VERSION);
        all[n++] = keep_buf(b, &text);
    }
    if (!b->job && !weir_opt_on(b->o, OPT_COMPRESSED) &&
        !has_header(b, WEIR_STR("Accept-Encoding")))
        all[n++] = "Accept-Encoding: identity";
    e->headers = all;
    e->header_count = n;
}

/* Cookies with "=" are sent as they are; other values name files. */
static enum weir_err set_cookies(struct build *b) {
    struct weir_engine_config *e = &b->c->engine;
    struct weir_buf text;
    weir_buf_init(&text, 0);
    for (size_t i = 0; i < weir_opt_count(b->o, OPT_COOKIE); i++) {
        const char *value = weir_opt_nth(b->o, OPT_COOKIE, i);
        if (!*value) {
            e->net.cookies = true; /* a jar that begins empty */
        } else if (strchr(value, '=')) {
            weir_buf_fmt(&text, "%s%s", text.len ? "; " : "", value);
        } else if (e->net.cookie_file) {
            weir_buf_release(&text);
            return weir_error_set(b->error, WEIR_E_USAGE,
                                  "--cookie can read one file only");
        } else {
            e->net.cookie_file = value;
        }
    }
    if (text.len > 0)
        e->cookie = keep_buf(b, &text);
    weir_buf_release(&text);
    e->net.cookie_jar = weir_opt_get(b->o, OPT_COOKIE_JAR);
    e->net.cookies |= e->net.cookie_file || e->net.cookie_jar;
    return WEIR_OK;
}

/* curl's --data: @FILE is the file's text without line ends. */
static enum weir_err put_data(struct build *b, struct weir_buf *out,
                              const char *value, bool strip) {
    char block[4096];
    size_t n;
    FILE *f;
    if (value[0] != '@')
        return weir_buf_z(out, value);
    f = fopen(value + 1, "rb");
    if (!f)
        return weir_error_set(b->error, WEIR_E_IO, "--data %s: %s", value,
                              strerror(errno));
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        for (size_t i = 0; i < n; i++)
            if (!strip || (block[i] != '\n' && block[i] != '\r'))
                weir_buf_byte(out, block[i]);
    fclose(f);
    return WEIR_OK;
}

static enum weir_err set_body(struct build *b) {
    struct weir_engine_config *e = &b->c->engine;
    const char *json = weir_opt_get(b->o, OPT_DATA_JSON);
    size_t n = weir_opt_count(b->o, OPT_DATA), len;
    struct weir_buf text;
    enum weir_err err = WEIR_OK;
    e->method = weir_opt_get(b->o, OPT_REQUEST);
    if (n == 0 && !json)
        return WEIR_OK;
    if (n > 0 && json)
        return weir_error_set(b->error, WEIR_E_USAGE,
                              "--data and --data-json exclude each other");
    weir_buf_init(&text, DATA_MAX);
    for (size_t i = 0; i < n && err == WEIR_OK; i++) {
        if (i > 0)
            weir_buf_byte(&text, '&');
        err = put_data(b, &text, weir_opt_nth(b->o, OPT_DATA, i), true);
    }
    if (json)
        err = put_data(b, &text, json, false);
    if (err == WEIR_OK && text.failed)
        err = weir_error_set(b->error, WEIR_E_USAGE,
                             "--data is larger than 64 MiB");
    len = text.len;
    e->body = weir_str_make(keep_buf(b, &text), len);
    return err;
}

static void set_net(struct build *b) {
    struct weir_engine_config *e = &b->c->engine;
    const struct weir_options *o = b->o;
    struct weir_net_config *n = &e->net;
    int64_t stall = weir_opt_duration_ns(o, OPT_STALL_TIMEOUT);
    n->connect_timeout_ms =
        weir_opt_duration_ns(o, OPT_CONNECT_TIMEOUT) / 1000000;
    n->stall_timeout_s = (stall + 999999999) / 1000000000;
    n->large_buffers = e->concurrency <= 16;
    n->insecure = weir_opt_on(o, OPT_INSECURE);
    n->cacert = weir_opt_get(o, OPT_CACERT);
    n->cert = weir_opt_get(o, OPT_CERT);
    n->key = weir_opt_get(o, OPT_KEY);
    n->proxy = weir_opt_get(o, OPT_PROXY);
    n->proxy_userpwd = weir_opt_get(o, OPT_PROXY_USER);
    n->no_proxy = weir_opt_get(o, OPT_NOPROXY);
    n->version = weir_opt_on(o, OPT_HTTP1_1) ? WEIR_HTTP_1_1 : WEIR_HTTP_ANY;
    n->accept_encoding = b->job || weir_opt_on(o, OPT_COMPRESSED) ? "" : NULL;
    n->netrc = weir_opt_on(o, OPT_NETRC);
    n->allow = keep_all(b, OPT_ALLOW, &n->allow_count);
    n->ipv4_only = weir_opt_on(o, OPT_IPV4);
    n->ipv6_only = weir_opt_on(o, OPT_IPV6) && !n->ipv4_only;
    e->userpwd = weir_opt_get(o, OPT_USER);
    e->location_trusted = weir_opt_on(o, OPT_LOCATION_TRUSTED);
    e->resolver.servers = weir_opt_get(o, OPT_DNS_SERVERS);
    /* Three tries, each twice as long as the one before: all of them within
     * the time for a connection, which includes its name. */
    e->resolver.timeout_ns = weir_opt_duration_ns(o, OPT_CONNECT_TIMEOUT) / 7;
    if (e->resolver.timeout_ns > 1000000000)
        e->resolver.timeout_ns = 1000000000;
    e->resolver.ipv4_only = n->ipv4_only;
    e->resolver.ipv6_only = n->ipv6_only;
    e->resolver.overrides =
        keep_all(b, OPT_RESOLVE, &e->resolver.override_count);
}

static enum weir_cache_mode cache_mode(const char *text, int64_t *age_s) {
    static const struct {
        const char *name;
        enum weir_cache_mode mode;
    } modes[] = {{"rfc9111", WEIR_CACHE_RFC9111},
                 {"revalidate", WEIR_CACHE_REVALIDATE},
                 {"off", WEIR_CACHE_OFF},
                 {"offline", WEIR_CACHE_OFFLINE},
                 {"replay", WEIR_CACHE_REPLAY}};
    struct weir_str name, age;
    int64_t ns = 0;
    if (weir_str_cut(weir_str_of(text), ':', &name, &age)) {
        weir_units_duration(age, &ns);
        *age_s = ns / 1000000000;
        return WEIR_CACHE_FRESH;
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (weir_str_eq(name, weir_str_of(modes[i].name)))
            return modes[i].mode;
    return WEIR_CACHE_RFC9111;
}

static enum weir_err set_output(struct build *b) {
    struct weir_storage_config *s = &b->c->engine.storage;
    const struct weir_options *o = b->o;
    const char *template = weir_opt_get(o, OPT_OUTPUT);
    const char *folder = weir_opt_get(o, OPT_DIR);
    const char *method = b->c->engine.method;
    bool to_stdout = template && strcmp(template, "-") == 0;
    bool discard = (template && strcmp(template, "/dev/null") == 0) ||
                   (method && strcmp(method, "HEAD") == 0);
    s->json = weir_opt_on(o, OPT_JSON);
    s->ordered = weir_opt_on(o, OPT_ORDERED);
    s->show_headers = weir_opt_on(o, OPT_SHOW_HEADERS);
    if (s->json && to_stdout)
        return weir_error_set(b->error, WEIR_E_USAGE,
                              "--json and --output - both want standard "
                              "output");
    if (s->ordered && !s->json)
        return weir_error_set(b->error, WEIR_E_USAGE,
                              "--ordered goes with --json");
    if (s->show_headers && !to_stdout)
        return weir_error_set(b->error, WEIR_E_USAGE,
                              "--show-headers goes with --output -");
    s->body = to_stdout                                      ? WEIR_BODY_STDOUT
              : discard || (s->json && !template && !folder) ? WEIR_BODY_DISCARD
                                                             : WEIR_BODY_FILES;
    s->folder = folder;
    s->name_template = s->body == WEIR_BODY_FILES ? template : NULL;
    s->out_fd = STDOUT_FILENO;
    b->c->where = s->body == WEIR_BODY_FILES ? (folder ? folder : ".") : NULL;
    return WEIR_OK;
}

static enum weir_err set_file_rule(struct build *b) {
    struct weir_storage_config *s = &b->c->engine.storage;
    bool adopt = weir_opt_on(b->o, OPT_CONTINUE);
    bool skip = weir_opt_on(b->o, OPT_SKIP_EXISTING);
    bool overwrite = weir_opt_on(b->o, OPT_OVERWRITE);
    if (adopt + skip + overwrite > 1)
        return weir_error_set(b->error, WEIR_E_USAGE,
                              "--continue, --skip-existing and --overwrite "
                              "exclude each other");
    s->files = adopt       ? WEIR_FILES_ADOPT
               : skip      ? WEIR_FILES_SKIP
               : overwrite ? WEIR_FILES_OVERWRITE
                           : WEIR_FILES_REFUSE;
    return WEIR_OK;
}

/* What makes two commands the same run: what is asked for and where it goes,
 * not how fast. A hash, as there may be credentials in it. */
static const char *run_key(struct build *b, const struct weir_cli *cli) {
    const struct weir_engine_config *e = &b->c->engine;
    struct weir_buf text;
    char cwd[4096];
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "%s\n%s\n%s\n%d\n%s\n",
                 getcwd(cwd, sizeof cwd) ? cwd : "",
                 e->storage.folder ? e->storage.folder : "",
                 e->storage.name_template ? e->storage.name_template : "",
                 (int)e->storage.body, e->method ? e->method : "");
    weir_buf_str(&text, e->body);
    for (size_t i = 0; i < weir_opt_count(b->o, OPT_INPUT_FILE); i++)
        weir_buf_fmt(&text, "\n-i %s", weir_opt_nth(b->o, OPT_INPUT_FILE, i));
    for (int i = 0; i < cli->argc; i++)
        weir_buf_fmt(&text, "\n%s", cli->argv[i]);
    uint64_t low = weir_hash(weir_buf_view(&text));
    uint64_t high = weir_hash_seeded(weir_buf_view(&text), 1);
    weir_buf_clear(&text);
    weir_buf_fmt(&text, "get-%016llx%016llx", (unsigned long long)high,
                 (unsigned long long)low);
    return keep_buf(b, &text);
}

static void set_storage(struct build *b, const struct weir_cli *cli) {
    struct weir_storage_config *s = &b->c->engine.storage;
    const struct weir_options *o = b->o;
    s->store_path = weir_opt_get(o, OPT_STORE);
    s->run_key = run_key(b, cli);
    s->restart = weir_opt_on(o, OPT_RESTART);
    s->retry_failed = weir_opt_on(o, OPT_RETRY_FAILED);
    s->cache = cache_mode(weir_opt_get(o, OPT_CACHE), &s->cache_age_s);
    s->content_disposition = weir_opt_on(o, OPT_CONTENT_DISPOSITION);
    s->save_errors = weir_opt_on(o, OPT_SAVE_ERRORS);
    s->durable = weir_opt_on(o, OPT_DURABLE);
    s->min_size = weir_opt_size(o, OPT_MIN_SIZE);
    s->expect_type = weir_opt_get(o, OPT_EXPECT_TYPE);
    b->c->engine.checksum = weir_opt_get(o, OPT_CHECKSUM);
}

/* What every command has that fetches. */
static enum weir_err set_engine(struct build *b) {
    memset(b->c, 0, sizeof *b->c);
    if (weir_opt_on(b->o, OPT_RESTART) && weir_opt_on(b->o, OPT_RETRY_FAILED))
        return weir_error_set(b->error, WEIR_E_USAGE,
                              "--restart and --retry-failed exclude each "
                              "other");
    b->c->arena = weir_arena_create(0);
    if (!b->c->arena)
        return weir_error_nomem(b->error);
    set_limits(b);
    set_retries(b);
    set_headers(b);
    set_net(b);
    return set_cookies(b);
}

/* The last step of each kind of configuration. */
static enum weir_err settle(struct build *b, enum weir_err err) {
    if (err == WEIR_OK && b->no_memory)
        err = weir_error_nomem(b->error);
    if (err != WEIR_OK)
        weir_get_config_release(b->c);
    return err;
}

enum weir_err weir_engine_options(struct weir_get_config *c,
                                  const struct weir_cli *cli,
                                  struct weir_error *error) {
    struct build b = {c, cli->options, error, NULL, false};
    return settle(&b, set_engine(&b));
}

enum weir_err weir_get_config_init(struct weir_get_config *c,
                                   const struct weir_cli *cli,
                                   struct weir_error *error) {
    struct build b = {c, cli->options, error, NULL, false};
    enum weir_err err = set_engine(&b);
    if (!c->arena)
        return err;
    if (err == WEIR_OK)
        err = set_body(&b);
    if (err == WEIR_OK)
        err = set_output(&b);
    if (err == WEIR_OK)
        err = set_file_rule(&b);
    set_storage(&b, cli);
    return settle(&b, err);
}

/* The same job file with the same parameters, run from the same place. */
static const char *job_key(struct build *b, const struct weir_cli *cli) {
    struct weir_buf text;
    char path[4096];
    uint64_t low, high;
    weir_buf_init(&text, 0);
    if (getcwd(path, sizeof path))
        weir_buf_z(&text, path);
    weir_buf_fmt(&text, "\n%s", b->job->file);
    for (size_t i = 0; i < weir_opt_count(b->o, OPT_PARAM); i++)
        weir_buf_fmt(&text, "\n%s", weir_opt_nth(b->o, OPT_PARAM, i));
    low = weir_hash(weir_buf_view(&text));
    high = weir_hash_seeded(weir_buf_view(&text), 1);
    weir_buf_clear(&text);
    weir_buf_fmt(&text, "%s-%016llx%016llx", cli->command,
                 (unsigned long long)high, (unsigned long long)low);
    return keep_buf(b, &text);
}

/* Records belong to the job's name. Files without one are often called the
 * same, so theirs belong to the file. */
static const char *items_key(struct build *b, const struct weir_cli *cli) {
    const char *file = b->job->file;
    struct weir_buf text;
    char here[4096];
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "%s-", cli->command);
    while (strncmp(file, "./", 2) == 0)
        file += 2;
    if (b->job->named)
        weir_buf_z(&text, b->job->name);
    else if (file[0] == '/' || !getcwd(here, sizeof here))
        weir_buf_fmt(&text, "file %s", file);
    else
        weir_buf_fmt(&text, "file %s/%s", here, file);
    return keep_buf(b, &text);
}

static void set_job_storage(struct build *b, const struct weir_cli *cli) {
    struct weir_storage_config *s = &b->c->engine.storage;
    const struct weir_options *o = b->o;
    s->store_path = weir_opt_get(o, OPT_STORE);
    s->run_key = job_key(b, cli);
    s->items_key = items_key(b, cli);
    s->made_of = b->job->hash;
    s->resume = weir_opt_on(o, OPT_RESUME);
    s->restart = weir_opt_on(o, OPT_RESTART);
    s->retry_failed = weir_opt_on(o, OPT_RETRY_FAILED);
    s->cache = cache_mode(weir_opt_get(o, OPT_CACHE), &s->cache_age_s);
    s->durable = weir_opt_on(o, OPT_DURABLE);
    s->body = WEIR_BODY_STORE;
    s->out_fd = STDOUT_FILENO;
    s->out_is_terminal = isatty(STDOUT_FILENO);
}

enum weir_err weir_job_config_init(struct weir_get_config *c,
                                   const struct weir_cli *cli,
                                   const struct weir_job *job,
                                   struct weir_error *error) {
    struct build b = {c, cli->options, error, job, false};
    enum weir_err err = set_engine(&b);
    if (!c->arena)
        return err;
    if (err == WEIR_OK)
        err = set_file_rule(&b);
    set_job_storage(&b, cli);
    return settle(&b, err);
}

void weir_get_config_release(struct weir_get_config *c) {
    weir_arena_destroy(c->arena);
    c->arena = NULL;
}

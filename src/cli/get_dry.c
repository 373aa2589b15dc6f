/* get_dry.c - "weir get --dry-run": the list, its length, and the time it takes
 * at the chosen rate. Memory stays flat whatever the length; only --host-rate
 * needs a count for each host. */
#include "base/escape.h"
#include "base/map.h"
#include "base/mem.h"
#include "cli/get_config.h"
#include "cli/status.h"
#include "core/url.h"

#include <inttypes.h>

struct host_count {
    uint64_t n;
    char key[];
};

struct dry {
    struct weir_cli *cli;
    const struct weir_get_config *config;
    struct weir_loop *loop;
    struct weir_wake *wake;
    struct weir_source *source;
    struct weir_map *hosts; /* NULL without --host-rate */
    struct weir_status status;
    uint64_t good, bad, longest; /* longest: URLs of the fullest host */
    bool pending, over;
};

static void say(struct dry *d, struct weir_str place, const char *message) {
    struct weir_buf line;
    weir_buf_init(&line, 0);
    weir_escape_terminal(&line, place);
    weir_buf_z(&line, ": ");
    weir_escape_terminal(&line, weir_str_of(message));
    fprintf(d->cli->err, "weir get: %s\n", line.p);
    weir_buf_release(&line);
}

static enum weir_err count_host(struct dry *d, const struct weir_url *url) {
    struct weir_buf key;
    struct host_count *h;
    enum weir_err err = WEIR_OK;
    weir_buf_init(&key, 0);
    weir_url_put_origin(url, &key);
    h = weir_map_get(d->hosts, weir_buf_view(&key));
    if (!h && (h = weir_calloc(1, sizeof *h + key.len + 1))) {
        for (size_t i = 0; i < key.len; i++)
            h->key[i] = key.p[i];
        err = weir_map_put(d->hosts, weir_str_make(h->key, key.len), h);
    }
    weir_buf_release(&key);
    if (!h || err != WEIR_OK)
        return WEIR_E_NOMEM;
    h->n++;
    if (h->n > d->longest)
        d->longest = h->n;
    return WEIR_OK;
}

static void take(struct dry *d, const struct weir_request *r) {
    struct weir_error error = {WEIR_OK, ""};
    struct weir_url url;
    if (r->problem.n > 0)
        weir_error_set(&error, WEIR_E_USAGE, "%.*s", WEIR_STR_ARG(r->problem));
    else
        weir_url_parse(&url, r->url, NULL, &error);
    if (error.code != WEIR_OK) {
        weir_status_add(&d->status, WEIR_E_USAGE);
        say(d, r->place, error.message);
        d->bad++;
        return;
    }
    d->good++;
    fwrite(url.href, 1, url.path_end, d->cli->out);
    if (url.has_query)
        fprintf(d->cli->out, "?%.*s", WEIR_STR_ARG(weir_url_query(&url)));
    fputc('\n', d->cli->out);
    if (d->hosts && count_host(d, &url) != WEIR_OK)
        weir_status_add(&d->status, WEIR_E_NOMEM);
    weir_url_release(&url);
}

static void drain(void *data) {
    struct dry *d = data;
    struct weir_request r;
    struct weir_error error;
    while (!d->over) {
        switch (weir_source_next(d->source, &r, &error)) {
        case WEIR_PULL_READY:
            take(d, &r);
            break;
        case WEIR_PULL_PENDING:
            return;
        case WEIR_PULL_ERROR:
            weir_status_add(&d->status, error.code);
            weir_cli_fail(d->cli, &error);
            d->over = true;
            break;
        case WEIR_PULL_DONE:
            d->over = true;
            break;
        }
    }
    weir_loop_stop(d->loop);
}

static void wake(void *data) {
    struct dry *d = data;
    weir_wake_send(d->wake);
}

/* Starts beyond the burst each take a period of the slower bucket. */
static double seconds(const struct weir_rate *rate, uint64_t burst,
                      uint64_t n) {
    if (rate->count <= 0 || n <= burst)
        return 0;
    return (double)(n - burst) * (double)rate->per_ns / 1e9 / rate->count;
}

static void conclude(struct dry *d) {
    const struct weir_engine_config *e = &d->config->engine;
    double all = seconds(&e->rate, e->burst, d->good);
    double host = seconds(&e->host_rate, e->burst, d->longest);
    struct weir_buf line;
    weir_buf_init(&line, 0);
    weir_buf_z(&line, "weir get: ");
    weir_units_put_count(&line, d->good);
    weir_buf_z(&line, d->good == 1 ? " URL" : " URLs");
    if (d->bad > 0)
        weir_buf_fmt(&line, ", %" PRIu64 " bad", d->bad);
    if (e->rate.count > 0 || e->host_rate.count > 0) {
        weir_buf_z(&line, ", at least ");
        weir_units_put_duration(&line,
                                (int64_t)((host > all ? host : all) * 1e9));
        weir_buf_z(&line, " at this rate");
    }
    fprintf(d->cli->err, "%s\n", line.p);
    weir_buf_release(&line);
}

static void release(struct dry *d) {
    struct weir_str key;
    void *value;
    size_t cursor = 0;
    while (d->hosts && weir_map_next(d->hosts, &cursor, &key, &value))
        weir_free(value);
    weir_map_destroy(d->hosts);
    weir_source_destroy(d->source);
    weir_wake_destroy(d->wake);
    weir_loop_destroy(d->loop);
}

int weir_get_dry_run(struct weir_cli *cli, const struct weir_get_config *c,
                     struct weir_source *source) {
    struct dry d = {.cli = cli, .config = c, .source = source};
    d.loop = weir_loop_create();
    d.wake = d.loop ? weir_wake_create(d.loop, drain, &d) : NULL;
    if (c->engine.host_rate.count > 0)
        d.hosts = weir_map_create();
    if (!d.wake || (c->engine.host_rate.count > 0 && !d.hosts)) {
        release(&d);
        return weir_cli_failf(cli, WEIR_E_NOMEM, "out of memory");
    }
    weir_source_start(source, wake, &d);
    weir_wake_send(d.wake);
    weir_loop_run(d.loop);
    conclude(&d);
    release(&d);
    return weir_status_exit(&d.status);
}

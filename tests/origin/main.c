/* weir-origin - a scripted HTTP/1.1 server on loopback, for tests, benchmarks,
 * examples and the quickstart. See `weir-origin --help`. */
#include "server.h"

#include "base/map.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LISTEN_MAX = 64, DEFAULT_LIFETIME = 600, DEFAULT_EPISODES = 60 };

struct options {
    const char *listen[LISTEN_MAX];
    size_t listen_count;
    const char *root, *script, *journal, *pid_file, *port_file;
    uint64_t lifetime, episodes, page_bytes, delay;
    bool journal_headers, close, silent_close, http10;
};

static const char help[] =
    "Usage: weir-origin [OPTION]...\n"
    "A scripted HTTP/1.1 server on loopback. It prints \"listening "
    "ADDRESS:PORT\"\nfor each --listen once it serves, and ends after its "
    "lifetime or on SIGTERM.\n\n"
    "  --listen A[-B]:PORT  loopback address or range (127.0.0.1:0); repeats\n"
    "  --root DIR           documents for paths that are no behaviour\n"
    "  --script FILE        rules: [METHOD] PATTERN [host=H] [first=N] -> "
    "TARGET\n"
    "  --journal FILE       one JSON line for each arrival and each end\n"
    "  --journal-headers    with all headers\n"
    "  --lifetime S         seconds to live (600)\n"
    "  --pid-file FILE, --port-file FILE\n"
    "  --demo-episodes N    length of the demo podcast (60)\n"
    "  --demo-page-bytes N  its episode pages have at least N bytes\n"
    "  --delay MS           wait before every answer\n"
    "  --close              Connection: close after every answer\n"
    "  --silent-close       the same without saying so\n"
    "  --http10             answer as HTTP/1.0\n";

/* argv[*i] is `name VALUE` or `name=VALUE`: the value. */
static const char *value_of(int argc, char **argv, int *i, const char *name) {
    size_t n = strlen(name);
    if (strncmp(argv[*i], name, n) != 0)
        return NULL;
    if (argv[*i][n] == '=')
        return argv[*i] + n + 1;
    if (argv[*i][n] == '\0' && *i + 1 < argc)
        return argv[++*i];
    return NULL;
}

static bool parse_number(const char *text, uint64_t *out) {
    return weir_str_to_u64(weir_str_of(text), out);
}

static bool parse_switch(struct options *o, const char *arg) {
    bool *const switches[] = {&o->journal_headers, &o->close, &o->silent_close,
                              &o->http10};
    static const char *const names[] = {"--journal-headers", "--close",
                                        "--silent-close", "--http10"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(arg, names[i]) == 0) {
            *switches[i] = true;
            return true;
        }
    return false;
}

static bool parse_value(struct options *o, int argc, char **argv, int *i) {
    const char *const names[] = {"--root", "--script", "--journal",
                                 "--pid-file", "--port-file"};
    const char **const texts[] = {&o->root, &o->script, &o->journal,
                                  &o->pid_file, &o->port_file};
    static const char *const counts[] = {"--lifetime", "--demo-episodes",
                                         "--demo-page-bytes", "--delay"};
    uint64_t *const numbers[] = {&o->lifetime, &o->episodes, &o->page_bytes,
                                 &o->delay};
    const char *v;
    if ((v = value_of(argc, argv, i, "--listen"))) {
        if (o->listen_count == LISTEN_MAX)
            return false;
        o->listen[o->listen_count++] = v;
        return true;
    }
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
        if ((v = value_of(argc, argv, i, counts[k])))
            return parse_number(v, numbers[k]);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if ((v = value_of(argc, argv, i, names[k]))) {
            *texts[k] = v;
            return true;
        }
    return false;
}

static bool write_line(const char *path, const char *text) {
    FILE *f = path ? fopen(path, "we") : NULL;
    bool ok = true;
    if (path)
        ok = f && fputs(text, f) >= 0;
    if (f && fclose(f) != 0)
        ok = false;
    if (!ok)
        fprintf(stderr, "weir-origin: %s: %s\n", path, strerror(errno));
    return ok;
}

/* Listens everywhere and says so. */
static bool announce(struct server *s, const struct options *o) {
    char why[256], line[256], first_port[16] = "";
    int port;
    for (size_t i = 0; i < o->listen_count; i++) {
        const char *colon = strrchr(o->listen[i], ':');
        if (!server_listen(s, o->listen[i], &port, why, sizeof why)) {
            fprintf(stderr, "weir-origin: %s\n", why);
            return false;
        }
        printf("listening %.*s:%d\n", (int)(colon - o->listen[i]), o->listen[i],
               port);
        if (i == 0)
            snprintf(first_port, sizeof first_port, "%d\n", port);
    }
    fflush(stdout);
    snprintf(line, sizeof line, "%ld\n", (long)getpid());
    return write_line(o->port_file, first_port) &&
           write_line(o->pid_file, line);
}

static void on_signal(uv_signal_t *h, int signum) {
    (void)signum;
    uv_stop(h->loop);
}

static void on_lifetime(uv_timer_t *t) {
    uv_stop(t->loop);
}

static bool run(struct origin *origin, const struct options *o) {
    uv_loop_t loop;
    uv_signal_t term, interrupt;
    uv_timer_t life;
    struct server *s;
    bool ok;
    uv_loop_init(&loop);
    s = server_create(&loop, origin);
    if (!s)
        return false;
    uv_signal_init(&loop, &term);
    uv_signal_init(&loop, &interrupt);
    uv_timer_init(&loop, &life);
    uv_signal_start(&term, on_signal, SIGTERM);
    uv_signal_start(&interrupt, on_signal, SIGINT);
    uv_timer_start(&life, on_lifetime, o->lifetime * 1000, 0);
    ok = announce(s, o);
    if (ok)
        uv_run(&loop, UV_RUN_DEFAULT);
    server_close(s);
    uv_close((uv_handle_t *)&term, NULL);
    uv_close((uv_handle_t *)&interrupt, NULL);
    uv_close((uv_handle_t *)&life, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    server_destroy(s);
    uv_loop_close(&loop);
    return ok;
}

static bool serve(const struct options *o) {
    struct origin origin = {.root = o->root,
                            .demo_episodes = o->episodes,
                            .demo_page_bytes = o->page_bytes,
                            .delay_ms = o->delay,
                            .close = o->close,
                            .silent_close = o->silent_close,
                            .http10 = o->http10};
    char why[512];
    bool ok = false;
    origin.counters = weir_map_create();
    origin.journal = journal_create(o->journal, o->journal_headers);
    if (o->script && !(origin.script = script_load(o->script, why, sizeof why)))
        fprintf(stderr, "weir-origin: %s\n", why);
    else if (!origin.journal || !origin.counters)
        fprintf(stderr, "weir-origin: %s: %s\n",
                o->journal ? o->journal : "start", strerror(errno));
    else
        ok = run(&origin, o);
    if (origin.counters && origin.journal) {
        journal_flush(origin.journal);
        origin_forget_counters(&origin);
    }
    journal_destroy(origin.journal);
    weir_map_destroy(origin.counters);
    script_destroy(origin.script);
    return ok;
}

int main(int argc, char **argv) {
    struct options o = {.lifetime = DEFAULT_LIFETIME,
                        .episodes = DEFAULT_EPISODES};
    signal(SIGPIPE, SIG_IGN); /* a client that left is an error of write */
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
        if (!parse_switch(&o, argv[i]) && !parse_value(&o, argc, argv, &i)) {
            fprintf(stderr, "weir-origin: bad option %s; see --help\n",
                    argv[i < argc ? i : argc - 1]);
            return 2;
        }
    }
    if (o.listen_count == 0)
        o.listen[o.listen_count++] = "127.0.0.1:0";
    return serve(&o) ? 0 : 1;
}

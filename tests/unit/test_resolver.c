/* The resolver against weir-dns, a name server with rules and a journal. */
#include "test.h"

#include "base/mem.h"
#include "net/resolver.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS INT64_C(1000000)

extern char **environ;

/* -- the name server ------------------------------------------------------ */

struct dns {
    pid_t pid;
    char address[64]; /* "127.0.0.1:port" */
    char journal[300];
};

static void spawn_dns(struct dns *d, const char *rules, int out) {
    char *argv[] = {(char *)WEIR_TEST_DNS,
                    (char *)"--rules",
                    (char *)rules,
                    (char *)"--journal",
                    d->journal,
                    (char *)"--lifetime",
                    (char *)"60",
                    NULL};
    posix_spawn_file_actions_t actions;
    CHECK_INT(posix_spawn_file_actions_init(&actions), 0);
    CHECK_INT(posix_spawn_file_actions_adddup2(&actions, out, 1), 0);
    CHECK_INT(
        posix_spawn(&d->pid, WEIR_TEST_DNS, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
}

static void start_dns(struct dns *d, const char *rules) {
    char path[300], line[128] = "";
    int ends[2];
    FILE *f;
    snprintf(path, sizeof path, "%s/rules", test_dir());
    snprintf(d->journal, sizeof d->journal, "%s/journal", test_dir());
    f = fopen(path, "w");
    CHECK(f && fputs(rules, f) >= 0);
    CHECK_INT(fclose(f), 0);
    CHECK_INT(pipe(ends), 0);
    spawn_dns(d, path, ends[1]);
    close(ends[1]);
    f = fdopen(ends[0], "r");
    CHECK(f && fgets(line, sizeof line, f));
    fclose(f);
    CHECK(sscanf(line, "listening %63s", d->address) == 1);
}

static void stop_dns(struct dns *d) {
    int status;
    CHECK_INT(kill(d->pid, SIGTERM), 0);
    CHECK_INT(waitpid(d->pid, &status, 0), d->pid);
    CHECK_INT(status, 0);
}

/* Lines of the journal that hold all of the words; call after stop_dns. */
static int journaled(const struct dns *d, const char *a, const char *b) {
    char line[512];
    int n = 0;
    FILE *f = fopen(d->journal, "r");
    CHECK(f != NULL);
    while (fgets(line, sizeof line, f))
        n += strstr(line, a) && strstr(line, b);
    fclose(f);
    return n;
}

/* -- questions ------------------------------------------------------------ */

struct fixture {
    struct weir_loop *loop;
    struct weir_resolver *resolver;
    struct weir_resolver_config config;
    int open; /* questions without answer */
    int order;
    bool asking;
};

struct question {
    struct fixture *f;
    struct weir_resolve *handle;
    int calls, order;
    enum weir_err code;
    char addresses[900];
    char message[200];
};

static void open_resolver(struct fixture *f, const struct dns *d) {
    f->config.servers = d ? d->address : f->config.servers;
    if (!f->config.hosts_file)
        f->config.hosts_file = "/dev/null";
    if (!f->config.resolv_conf)
        f->config.resolv_conf = "/dev/null";
    f->loop = weir_loop_create();
    CHECK(f->loop != NULL);
    CHECK_OK(weir_resolver_create(&f->resolver, f->loop, &f->config, NULL));
}

static void close_resolver(struct fixture *f) {
    weir_resolver_destroy(f->resolver);
    weir_loop_destroy(f->loop);
}

static void put_addresses(char *text, size_t size,
                          const struct weir_addresses *a) {
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < a->count; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%s", i ? " " : "",
                              a->at[i].text);
}

static void on_resolved(enum weir_err code,
                        const struct weir_addresses *addresses,
                        const char *message, void *data) {
    struct question *q = data;
    CHECK(!q->f->asking);
    q->calls++;
    q->order = ++q->f->order;
    q->code = code;
    if (code == WEIR_OK)
        put_addresses(q->addresses, sizeof q->addresses, addresses);
    else
        snprintf(q->message, sizeof q->message, "%s", message);
    if (--q->f->open == 0)
        weir_loop_stop(q->f->loop);
}

static void ask(struct fixture *f, struct question *q, const char *host) {
    *q = (struct question){.f = f};
    f->asking = true;
    f->open++;
    CHECK_OK(weir_resolver_ask(f->resolver, weir_str_of(host), 80, on_resolved,
                               q, &q->handle));
    f->asking = false;
}

static void run(struct fixture *f) {
    if (f->open > 0)
        weir_loop_run(f->loop);
}

/* Asks one name and waits. */
static void resolve(struct fixture *f, struct question *q, const char *host) {
    ask(f, q, host);
    run(f);
    CHECK_INT(q->calls, 1);
}

static bool lookup(struct fixture *f, const char *host, uint16_t port,
                   char *text, size_t size, enum weir_err *code) {
    struct weir_addresses a = {0};
    const char *message = NULL;
    bool is = weir_resolver_lookup(f->resolver, weir_str_of(host), port, &a,
                                   code, &message);
    put_addresses(text, size, &a);
    if (is)
        CHECK((*code == WEIR_OK) == (message == NULL));
    return is;
}

/* -- tests ---------------------------------------------------------------- */

TEST(resolver_asks_both_types_once_and_keeps_the_answer) {
    struct dns d;
    struct fixture f = {0};
    struct question one, two;
    char text[900];
    enum weir_err code;
    start_dns(&d, "a.test a=127.0.0.5 aaaa=::1 ttl=60\n");
    open_resolver(&f, &d);
    CHECK(!lookup(&f, "a.test", 80, text, sizeof text, &code));
    ask(&f, &one, "A.Test");
    ask(&f, &two, "a.test");
    run(&f);
    CHECK_OK(one.code);
    CHECK_Z(one.addresses, "127.0.0.5 ::1");
    CHECK_Z(two.addresses, "127.0.0.5 ::1");
    CHECK(lookup(&f, "a.TEST", 443, text, sizeof text, &code));
    CHECK_OK(code);
    CHECK_Z(text, "127.0.0.5 ::1");
    resolve(&f, &one, "a.test");
    CHECK_Z(one.addresses, "127.0.0.5 ::1");
    close_resolver(&f);
    stop_dns(&d);
    CHECK_INT(journaled(&d, "a.test", "\"A\""), 1);
    CHECK_INT(journaled(&d, "a.test", "\"AAAA\""), 1);
}

TEST(resolver_does_not_wait_for_a_slow_second_type) {
    struct dns d;
    struct fixture f = {0};
    struct question slow, marker;
    char text[900];
    enum weir_err code;
    start_dns(&d, "slow.test a=127.0.0.5 aaaa=::1 delay-aaaa=300\n"
                  "marker.test a=127.0.0.6 delay=900\n");
    open_resolver(&f, &d);
    ask(&f, &slow, "slow.test");
    ask(&f, &marker, "marker.test");
    run(&f);
    CHECK_Z(slow.addresses, "127.0.0.5");
    CHECK_INT(slow.order, 1);
    CHECK_Z(marker.addresses, "127.0.0.6");
    /* The late answer completes what is kept. */
    CHECK(lookup(&f, "slow.test", 80, text, sizeof text, &code));
    CHECK_Z(text, "127.0.0.5 ::1");
    close_resolver(&f);
    stop_dns(&d);
}

TEST(resolver_keeps_negative_answers) {
    struct dns d;
    struct fixture f = {0};
    struct question q;
    start_dns(&d, "no.test nxdomain\nnone.test soa=9\n");
    open_resolver(&f, &d);
    for (int i = 0; i < 2; i++) {
        resolve(&f, &q, "no.test");
        CHECK_INT(q.code, WEIR_E_DNS);
        CHECK(strstr(q.message, "NXDOMAIN") != NULL);
        resolve(&f, &q, "none.test");
        CHECK_INT(q.code, WEIR_E_DNS);
        CHECK(strstr(q.message, "NODATA") != NULL);
    }
    close_resolver(&f);
    stop_dns(&d);
    CHECK_INT(journaled(&d, "no.test", ""), 2);
    CHECK_INT(journaled(&d, "none.test", ""), 2);
}

TEST(resolver_tells_failures_apart) {
    static const struct {
        const char *host;
        enum weir_err code;
        const char *word;
    } rows[] = {
        {"silent.test", WEIR_E_TIMEOUT, "in time"},
        {"servfail.test", WEIR_E_NETWORK, "SERVFAIL"},
        {"refused.test", WEIR_E_NETWORK, "REFUSED"},
        {"garbage.test", WEIR_E_NETWORK, "no sense"},
        {"mangled.test", WEIR_E_NETWORK, "no sense"},
        {"half.test", WEIR_E_NETWORK, "SERVFAIL"},
        {"bad name", WEIR_E_DNS, "not a valid"},
        {"two..dots", WEIR_E_DNS, "not a valid"},
        {"hidden.onion", WEIR_E_DNS, "Tor"},
    };
    struct dns d;
    struct fixture f = {.config = {.timeout_ns = 30 * MS, .tries = 2}};
    start_dns(&d, "silent.test silent\nservfail.test servfail\n"
                  "refused.test refused\ngarbage.test garbage\n"
                  "mangled.test a=127.0.0.1 mangled\n"
                  "half.test servfail-aaaa\n");
    open_resolver(&f, &d);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct question q;
        resolve(&f, &q, rows[i].host);
        if (q.code != rows[i].code || !strstr(q.message, rows[i].word))
            test_fail(__FILE__, __LINE__, "%s: %s, \"%s\"", rows[i].host,
                      weir_err_name(q.code), q.message);
    }
    close_resolver(&f);
    stop_dns(&d);
    CHECK_INT(journaled(&d, "silent.test", "\"A\""), 2);
}

/* Garbage that names no question is that of the one name that is asked for;
 * beside another one, nobody is blamed. SERVFAIL names its question. */
TEST(resolver_leaves_garbage_with_its_name) {
    static const char *const hosts[] = {"silent.test", "garbage.test",
                                        "servfail.test"};
    struct dns d;
    struct fixture f = {.config = {.timeout_ns = 60 * MS, .tries = 2}};
    struct question q[3];
    start_dns(&d, "silent.test silent\ngarbage.test garbage\n"
                  "servfail.test servfail\n");
    open_resolver(&f, &d);
    for (size_t i = 0; i < 3; i++)
        ask(&f, &q[i], hosts[i]);
    run(&f);
    CHECK_INT(q[0].code, WEIR_E_TIMEOUT);
    CHECK(strstr(q[0].message, "did not answer in time"));
    CHECK(strstr(q[1].message, "no sense"));
    CHECK(strstr(q[2].message, "SERVFAIL"));
    close_resolver(&f);
    stop_dns(&d);
}

TEST(resolver_survives_lost_packets) {
    struct dns d;
    struct fixture f = {.config = {.timeout_ns = 50 * MS}};
    struct question q;
    start_dns(&d, "lossy.test a=127.0.0.5 lose=3\n");
    open_resolver(&f, &d);
    resolve(&f, &q, "lossy.test");
    CHECK_Z(q.addresses, "127.0.0.5");
    close_resolver(&f);
    stop_dns(&d);
}

TEST(resolver_uses_tcp_after_truncation) {
    struct dns d;
    struct fixture f = {0};
    struct question q;
    start_dns(&d, "cut.test a=127.0.0.5 truncate\n"
                  "many.test a=10.0.0.1 aaaa=2001:db8::1 count=40\n");
    open_resolver(&f, &d);
    resolve(&f, &q, "cut.test");
    CHECK_Z(q.addresses, "127.0.0.5");
    resolve(&f, &q, "many.test");
    CHECK_OK(q.code);
    CHECK(strstr(q.addresses, "10.0.0.8") != NULL);
    CHECK(strstr(q.addresses, "2001:db8::8") != NULL);
    close_resolver(&f);
    stop_dns(&d);
    CHECK_INT(journaled(&d, "cut.test", "tcp"), 2);
    CHECK_INT(journaled(&d, "many.test", "tcp"), 2);
}

TEST(resolver_follows_the_search_list) {
    struct dns d;
    struct fixture f = {0};
    struct question q;
    char path[300];
    FILE *conf;
    snprintf(path, sizeof path, "%s/resolv.conf", test_dir());
    conf = fopen(path, "w");
    CHECK(conf && fputs("search one.test two.test\n", conf) >= 0);
    CHECK_INT(fclose(conf), 0);
    f.config.resolv_conf = path;
    start_dns(&d, "short.two.test a=127.0.0.5\nbare a=127.0.0.6\n");
    open_resolver(&f, &d);
    resolve(&f, &q, "short");
    CHECK_Z(q.addresses, "127.0.0.5");
    resolve(&f, &q, "bare");
    CHECK_Z(q.addresses, "127.0.0.6");
    resolve(&f, &q, "short.");
    CHECK_INT(q.code, WEIR_E_DNS);
    resolve(&f, &q, "no.dots.test");
    CHECK_INT(q.code, WEIR_E_DNS);
    close_resolver(&f);
    stop_dns(&d);
    CHECK_INT(journaled(&d, "\"short.one.test\"", "\"A\""), 1);
    CHECK_INT(journaled(&d, "\"short.two.test\"", "\"A\""), 1);
    CHECK_INT(journaled(&d, "no.dots.test.one", ""), 0);
}

TEST(resolver_asks_one_type_only_when_told) {
    struct dns d;
    struct fixture f = {.config = {.ipv6_only = true}};
    struct question q;
    char text[900];
    enum weir_err code;
    start_dns(&d, "a.test a=127.0.0.5 aaaa=::1\n");
    open_resolver(&f, &d);
    resolve(&f, &q, "a.test");
    CHECK_Z(q.addresses, "::1");
    CHECK(lookup(&f, "127.0.0.1", 80, text, sizeof text, &code));
    CHECK_INT(code, WEIR_E_DNS);
    CHECK(lookup(&f, "localhost", 80, text, sizeof text, &code));
    CHECK_Z(text, "::1");
    close_resolver(&f);
    stop_dns(&d);
    CHECK_INT(journaled(&d, "a.test", "\"A\""), 0);
}

TEST(resolver_knows_some_names_by_itself) {
    static const char *const overrides[] = {"o.test:80:10.0.0.1",
                                            "127.0.0.1:81:10.0.0.2"};
    static const struct {
        const char *host;
        uint16_t port;
        const char *want;
    } rows[] = {
        {"127.0.0.1", 80, "127.0.0.1"},
        {"127.0.0.1", 81, "10.0.0.2"},
        {"[2001:db8::1]", 80, "2001:db8::1"},
        {"2001:db8::1", 80, "2001:db8::1"},
        {"localhost", 80, "127.0.0.1 ::1"},
        {"a.b.LOCALHOST.", 80, "127.0.0.1 ::1"},
        {"O.test", 80, "10.0.0.1"},
        {"h.test", 80, "10.0.0.9"},
        {"h.test.", 80, "10.0.0.9"},
    };
    struct fixture f = {.config = {.servers = "127.0.0.1:9"}};
    struct question q;
    char text[900], path[300];
    enum weir_err code;
    FILE *hosts;
    snprintf(path, sizeof path, "%s/hosts", test_dir());
    hosts = fopen(path, "w");
    CHECK(hosts && fputs("10.0.0.9 h.test\n10.0.0.8 o.test\n", hosts) >= 0);
    CHECK_INT(fclose(hosts), 0);
    f.config.hosts_file = path;
    f.config.overrides = overrides;
    f.config.override_count = 2;
    open_resolver(&f, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK(lookup(&f, rows[i].host, rows[i].port, text, sizeof text, &code));
        CHECK_Z(text, rows[i].want);
    }
    CHECK(lookup(&f, "o.test", 81, text, sizeof text, &code));
    CHECK_Z(text, "10.0.0.8");
    CHECK(!lookup(&f, "notlocalhost", 80, text, sizeof text, &code));
    resolve(&f, &q, "h.test"); /* asked all the same: answered later */
    CHECK_Z(q.addresses, "10.0.0.9");
    close_resolver(&f);
}

TEST(resolver_reports_a_server_that_is_not_there) {
    struct dns d;
    struct fixture f = {0};
    struct question q;
    start_dns(&d, "");
    stop_dns(&d); /* its port is free now */
    open_resolver(&f, &d);
    resolve(&f, &q, "a.test");
    CHECK_INT(q.code, WEIR_E_NETWORK);
    close_resolver(&f);
}

TEST(resolver_cancels_one_question_of_several) {
    struct dns d;
    struct fixture f = {0};
    struct question kept, gone;
    start_dns(&d, "a.test a=127.0.0.5 delay=50\n");
    open_resolver(&f, &d);
    ask(&f, &gone, "a.test");
    ask(&f, &kept, "a.test");
    weir_resolve_cancel(gone.handle);
    CHECK_INT(gone.calls, 0);
    run(&f);
    CHECK_INT(gone.calls, 1);
    CHECK_INT(gone.code, WEIR_E_CANCELLED);
    CHECK_INT(gone.order, 1);
    CHECK_INT(kept.calls, 1);
    CHECK_OK(kept.code);
    /* Alone, and before anything was sent. */
    ask(&f, &gone, "b.test");
    weir_resolve_cancel(gone.handle);
    run(&f);
    CHECK_INT(gone.code, WEIR_E_CANCELLED);
    close_resolver(&f);
    stop_dns(&d);
    CHECK_INT(journaled(&d, "b.test", ""), 0);
}

TEST(resolver_destroy_cancels_everything) {
    struct dns d;
    struct fixture f = {0};
    struct question out, waiting, known, cancelled;
    start_dns(&d, "silent.test silent\nmarker.test a=127.0.0.1\n");
    open_resolver(&f, &d);
    ask(&f, &out, "silent.test");
    f.open--; /* not waited for */
    resolve(&f, &waiting, "marker.test");
    ask(&f, &waiting, "never.test");
    ask(&f, &known, "127.0.0.1");
    ask(&f, &cancelled, "other.test");
    weir_resolve_cancel(cancelled.handle);
    close_resolver(&f);
    CHECK_INT(out.calls, 1);
    CHECK_INT(out.code, WEIR_E_CANCELLED);
    CHECK_INT(waiting.calls, 1);
    CHECK_INT(waiting.code, WEIR_E_CANCELLED);
    CHECK_INT(known.calls, 1);
    CHECK_INT(known.code, WEIR_E_CANCELLED);
    CHECK_INT(cancelled.calls, 1);
    CHECK_INT(cancelled.code, WEIR_E_CANCELLED);
    stop_dns(&d);
    CHECK_INT(journaled(&d, "never.test", ""), 0);
}

static void on_ask_again(enum weir_err code,
                         const struct weir_addresses *addresses,
                         const char *message, void *data) {
    struct question *q = data;
    ask(q->f, q + 1, "127.0.0.2");
    ask(q->f, q + 2, "b.test");
    weir_resolve_cancel(q[2].handle);
    on_resolved(code, addresses, message, q);
}

TEST(resolver_callbacks_may_ask_and_cancel) {
    struct dns d;
    struct fixture f = {0};
    struct question q[3] = {{.f = &f}};
    start_dns(&d, "a.test a=127.0.0.5\n");
    open_resolver(&f, &d);
    f.open = 1;
    CHECK_OK(weir_resolver_ask(f.resolver, WEIR_STR("a.test"), 80, on_ask_again,
                               q, &q->handle));
    run(&f);
    CHECK_Z(q[1].addresses, "127.0.0.2");
    CHECK_INT(q[2].code, WEIR_E_CANCELLED);
    CHECK_INT(q[0].calls + q[1].calls + q[2].calls, 3);
    close_resolver(&f);
    stop_dns(&d);
}

TEST(resolver_takes_a_thousand_names_at_once) {
    enum { NAMES = 1000 };
    struct dns d;
    struct fixture f = {0};
    struct question *q = calloc(NAMES, sizeof *q);
    CHECK(q != NULL);
    start_dns(&d, "*.many.test a=127.0.0.5 delay=20\n");
    open_resolver(&f, &d);
    for (int i = 0; i < NAMES; i++) {
        char host[64];
        snprintf(host, sizeof host, "h%d.many.test", i);
        ask(&f, &q[i], host);
    }
    run(&f);
    for (int i = 0; i < NAMES; i++) {
        CHECK_INT(q[i].calls, 1);
        CHECK_OK(q[i].code);
        CHECK_Z(q[i].addresses, "127.0.0.5");
    }
    free(q);
    close_resolver(&f);
    stop_dns(&d);
    CHECK(journaled(&d, "many.test", "") >= 2 * NAMES);
}

TEST(resolver_refuses_a_bad_configuration) {
    static const char *const bad[] = {"a.test:80"};
    struct weir_resolver_config servers = {.servers = "nonsense"};
    struct weir_resolver_config overrides = {.overrides = bad,
                                             .override_count = 1};
    struct weir_loop *loop = weir_loop_create();
    struct weir_resolver *r = NULL;
    struct weir_error error = {0};
    CHECK_INT(weir_resolver_create(&r, loop, &servers, &error), WEIR_E_USAGE);
    CHECK(strstr(error.message, "nonsense") != NULL);
    CHECK_INT(weir_resolver_create(&r, loop, &overrides, &error), WEIR_E_USAGE);
    CHECK(strstr(error.message, "a.test:80") != NULL);
    CHECK(r == NULL);
    weir_loop_destroy(loop);
}

TEST(resolver_returns_when_memory_fails) {
    struct dns d;
    start_dns(&d, "a.test a=127.0.0.5\n");
    for (unsigned long nth = 1; nth < 40; nth++) {
        struct fixture f = {.config = {.servers = d.address,
                                       .hosts_file = "/dev/null",
                                       .resolv_conf = "/dev/null",
                                       .timeout_ns = 20 * MS,
                                       .tries = 1}};
        struct question q = {.f = &f};
        enum weir_err code;
        f.loop = weir_loop_create();
        weir_mem_fail_nth(nth);
        code = weir_resolver_create(&f.resolver, f.loop, &f.config, NULL);
        if (code == WEIR_OK) {
            f.open = 1;
            code = weir_resolver_ask(f.resolver, WEIR_STR("a.test"), 80,
                                     on_resolved, &q, &q.handle);
            if (code == WEIR_OK) {
                weir_loop_run(f.loop);
                CHECK_INT(q.calls, 1);
            }
            weir_resolver_destroy(f.resolver);
        }
        weir_mem_fail_nth(0);
        CHECK(code == WEIR_OK || code == WEIR_E_NOMEM);
        weir_loop_destroy(f.loop);
    }
    stop_dns(&d);
}

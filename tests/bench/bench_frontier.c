/* The durable frontier: puts, claims and acknowledgements each second, in
 * batches as a run makes them; how long a resumption takes; memory at its
 * highest. Beside each figure stands its bar, and what it cost of CPU: on a
 * machine that does other things too that is the figure to go by.
 *
 *     weir-bench-frontier [URLS [HOSTS [FOLDER]]]    1000000 1000 /tmp
 *
 * Every URL is put twice, as crawls find them, and the second one must not be
 * added. The store is on the disk of FOLDER and is removed at the end. */
#include "bench.h"

#include "base/hash.h"
#include "store/frontier.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { BATCH = 1000, CHECKPOINT_BYTES = 32 << 20 };

struct bench {
    struct weir_store *store;
    struct weir_frontier *frontier;
    struct weir_run run;
    struct weir_error error;
    size_t urls, hosts, claimed;
    uint64_t ids[BATCH], sum;
    char path[512];
};

static void must(struct bench *b, enum weir_err code) {
    if (code) {
        fprintf(stderr, "weir-bench-frontier: %s\n", b->error.message);
        exit(1);
    }
}

static double peak_mib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static void begin(struct bench *b) {
    must(b, weir_store_begin(b->store, &b->error));
}

static void commit(struct bench *b) {
    must(b, weir_store_commit(b->store, &b->error));
    if (weir_store_pending(b->store) > CHECKPOINT_BYTES)
        must(b, weir_store_checkpoint(b->store, &b->error));
}

static void open_store(struct bench *b) {
    struct weir_store_config config = {.path = b->path};
    must(b, weir_store_open(&b->store, &config, &b->error));
}

static void put_one(struct bench *b, size_t i, bool expected) {
    char url[128], order[32];
    bool added;
    struct weir_frontier_entry e = {0};
    e.url.p = e.dedupe.p = url;
    e.url.n = e.dedupe.n = (size_t)snprintf(
        url, sizeof url, "https://host%zu.example/articles/2026/%zu/page.html",
        (i * 2654435761u >> 7) % b->hosts, i);
    e.order.p = order;
    e.order.n =
        (size_t)snprintf(order, sizeof order, "%06zu.%06zu", i / 100, i % 100);
    must(b, weir_frontier_put(b->frontier, &e, &added, &b->error));
    if (added != expected) {
        fprintf(stderr, "weir-bench-frontier: %s was %sadded\n", url,
                added ? "" : "not ");
        exit(1);
    }
}

/* Seconds on the wall and of CPU. */
struct cost {
    double wall, cpu;
};

static struct cost start(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (struct cost){bench_now(),
                         (double)t.tv_sec + (double)t.tv_nsec / 1e9};
}

static struct cost since(struct cost then) {
    struct cost now = start();
    return (struct cost){now.wall - then.wall, now.cpu - then.cpu};
}

static struct cost put_all(struct bench *b, bool expected) {
    struct cost then = start();
    for (size_t i = 0; i < b->urls;) {
        begin(b);
        for (size_t n = 0; n < BATCH && i < b->urls; n++, i++)
            put_one(b, i, expected);
        commit(b);
    }
    return since(then);
}

static enum weir_err on_entry(const struct weir_frontier_entry *e, void *data) {
    struct bench *b = data;
    b->ids[b->claimed++] = e->id;
    b->sum += weir_hash(e->url);
    return WEIR_OK;
}

static void add(struct cost *to, struct cost more) {
    to->wall += more.wall;
    to->cpu += more.cpu;
}

/* Claims with their leases written, and acknowledgements. */
static void work_all(struct bench *b, struct cost *claims, struct cost *acks) {
    *claims = *acks = (struct cost){0};
    for (size_t left = b->urls; left > 0; left -= b->claimed) {
        struct cost then = start();
        b->claimed = 0;
        must(b, weir_frontier_claim(b->frontier, BATCH, 1, on_entry, b,
                                    &b->error));
        begin(b);
        must(b, weir_frontier_write(b->frontier, &b->error));
        commit(b);
        add(claims, since(then));
        then = start();
        begin(b);
        for (size_t i = 0; i < b->claimed; i++)
            must(b, weir_frontier_acknowledge(b->frontier, b->ids[i], false,
                                              &b->error));
        commit(b);
        add(acks, since(then));
        if (b->claimed == 0)
            exit(1);
    }
}

static void row(const char *what, double value, const char *unit,
                const char *bar) {
    printf("%-24s %9.2f %-4s %-13s", what, value, unit, bar);
}

static void row_rate(const struct bench *b, const char *what, struct cost cost,
                     const char *bar) {
    row(what, (double)b->urls / cost.wall / 1e3, "k/s", bar);
    printf(" %6.2f us of CPU each\n", cost.cpu * 1e6 / (double)b->urls);
}

static void row_time(const char *what, struct cost cost, const char *bar) {
    row(what, cost.wall, "s", bar);
    printf(" %6.2f s of CPU\n", cost.cpu);
}

static void measure(struct bench *b) {
    struct cost claims, acks, then;
    open_store(b);
    begin(b);
    must(b, weir_store_put_run(b->store, &b->run, &b->error));
    commit(b);
    must(b, weir_frontier_open(&b->frontier, b->store, b->run.id, false,
                               &b->error));
    row_rate(b, "put", put_all(b, true), "at least 300");
    row_rate(b, "put again (known)", put_all(b, false), "");
    weir_frontier_close(b->frontier);
    weir_store_close(b->store);

    then = start();
    open_store(b);
    must(b, weir_frontier_open(&b->frontier, b->store, b->run.id, false,
                               &b->error));
    row_time("resume, all queued", since(then), "at most 1");
    work_all(b, &claims, &acks);
    row_rate(b, "claim, lease written", claims, "at least 200");
    row_rate(b, "acknowledge", acks, "");
    row("memory at its highest", peak_mib(), "MiB", "at most 64");
    puts("");
    weir_frontier_close(b->frontier);
    begin(b);
    then = start();
    must(b, weir_frontier_forget(b->store, b->run.key, b->run.id, true,
                                 &b->error));
    commit(b);
    row_time("forget", since(then), "");
    weir_store_close(b->store);
}

int main(int argc, char **argv) {
    static struct bench b = {.run = {.key = 1, .title = {"bench", 5}}};
    static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
    const char *folder = argc > 3 ? argv[3] : "/tmp";
    char path[600];
    b.urls = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    b.hosts = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
    if (b.urls == 0 || b.hosts == 0)
        return 2;
    snprintf(b.path, sizeof b.path, "%s/weir-bench-frontier-%ld.db", folder,
             (long)getpid());
    printf("%zu URLs of %zu hosts, batches of %d\n", b.urls, b.hosts, BATCH);
    measure(&b);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", b.path, ends[i]);
        unlink(path);
    }
    return 0;
}

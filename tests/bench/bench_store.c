/* The storage thread by itself: items through plan and finish with answers that
 * cost nothing, so that what is measured is rows, files and the hand-over.
 *
 *     weir-bench-store [FOLDER]       (default: /dev/shm)
 *
 * Beside the wall time of each run stands the CPU of both threads for an item;
 * the loop's part is what this program does, and little of that. */
#include "bench.h"

#include "base/heap.h"
#include "base/mem.h"
#include "engine/storage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW = 256 };

struct bench {
    struct weir_loop *loop;
    struct weir_storage *storage;
    uint64_t total, added, finished, failed;
    size_t body;
    size_t chunk; /* > 0: bodies are streamed, one after the other */
    struct weir_item *streaming;
    size_t sent;
    bool stale;
    const char *filler;
};

static const char head[] = "Server: nginx/1.22.1\n"
                           "Date: Fri, 20 Nov 2026 17:00:00 GMT\n"
                           "Content-Type: application/octet-stream\n"
                           "Last-Modified: Fri, 20 Nov 2026 16:00:00 GMT\n"
                           "Connection: keep-alive\n"
                           "ETag: \"655b8f00-400\"\n"
                           "Cache-Control: max-age=86400\n"
                           "Accept-Ranges: bytes\n";

static double cpu_now(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void check(enum weir_err code, const struct weir_error *error) {
    if (!code)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static struct weir_chunk *make_chunk(const char *bytes, size_t n) {
    struct weir_chunk *c = weir_calloc(1, sizeof *c);
    c->bytes = weir_memdup(bytes, n);
    c->len = n;
    c->cap = n + 1;
    return c;
}

static void add(struct bench *b) {
    char url[128];
    struct weir_item *item = weir_item_create();
    item->n = ++b->added;
    snprintf(url, sizeof url, "http://127.0.0.1:8080/f/file-%llu.bin",
             (unsigned long long)item->n);
    item->url = weir_strdup(url);
    weir_storage_plan(b->storage, item);
}

static void answer(struct bench *b, struct weir_item *item) {
    item->request_time = item->response_time = (int64_t)time(NULL);
    item->response_head = weir_strdup(head);
    if (item->etag) {
        item->outcome = WEIR_OUTCOME_NOT_MODIFIED;
        item->status = 304;
        return;
    }
    item->outcome = WEIR_OUTCOME_BODY;
    item->status = 200;
    item->bytes = b->body;
    if (!b->chunk) {
        struct weir_chunk *c = make_chunk(b->filler, b->body);
        weir_list_append(&item->body, &c->link);
        return;
    }
    b->streaming = item;
    b->sent = 0;
}

/* Until the backlog says to wait for on_drained. */
static void stream(struct bench *b) {
    struct weir_item *item = b->streaming;
    while (item && b->sent < b->body) {
        if (weir_storage_backlog(b->storage) > WEIR_BACKLOG_HIGH) {
            weir_storage_flush(b->storage, false);
            return;
        }
        weir_storage_body(b->storage, item, make_chunk(b->filler, b->chunk));
        b->sent += b->chunk;
    }
    b->streaming = NULL;
    if (item)
        weir_storage_finish(b->storage, item);
    weir_storage_flush(b->storage, b->added == b->total);
}

static void on_planned(struct weir_list *items, void *data) {
    struct bench *b = data;
    while (!weir_list_empty(items)) {
        struct weir_item *item =
            WEIR_CONTAINER(items->next, struct weir_item, link);
        weir_list_remove(&item->link);
        if (item->verdict == WEIR_PLAN_FETCH)
            answer(b, item);
        else
            item->outcome = item->verdict == WEIR_PLAN_REFUSED
                                ? WEIR_OUTCOME_FAILED
                                : WEIR_OUTCOME_KEPT;
        if (b->streaming == item) {
            stream(b);
            continue;
        }
        weir_storage_finish(b->storage, item);
        if (b->added < b->total)
            add(b);
    }
    weir_storage_flush(b->storage, b->added == b->total);
}

static void on_finished(struct weir_list *items, void *data) {
    struct bench *b = data;
    while (!weir_list_empty(items)) {
        struct weir_item *item =
            WEIR_CONTAINER(items->next, struct weir_item, link);
        weir_list_remove(&item->link);
        b->failed += item->error.code != WEIR_OK;
        b->finished++;
        weir_item_destroy(item);
        if (b->chunk && b->added < b->total) {
            add(b);
            weir_storage_flush(b->storage, false);
        }
    }
    if (b->finished == b->total)
        weir_loop_stop(b->loop);
}

static void on_drained(void *data) {
    stream(data);
}

static void run(const char *what, struct bench *b,
                const struct weir_storage_config *config) {
    struct weir_error error;
    struct weir_run_info info;
    double wall = bench_now(), cpu = cpu_now();
    b->added = b->finished = b->failed = 0;
    b->loop = weir_loop_create();
    check(weir_storage_create(&b->storage, b->loop, config, on_planned,
                              on_finished, on_drained, b, &info, &error),
          &error);
    for (int i = 0; i < (b->chunk ? 1 : WINDOW) && b->added < b->total; i++)
        add(b);
    weir_storage_flush(b->storage, false);
    weir_loop_run(b->loop);
    check(weir_storage_close(b->storage, true, &error), &error);
    weir_loop_destroy(b->loop);
    wall = bench_now() - wall;
    cpu = cpu_now() - cpu;
    printf("%-34s %8llu items %7.3f s %9.0f/s %7.2f us CPU each%s\n", what,
           (unsigned long long)b->total, wall, (double)b->total / wall,
           cpu / (double)b->total * 1e6, b->failed ? "  FAILED" : "");
    fflush(stdout);
}

/* What the files alone cost: open, write, close, rename. */
static void run_floor(const char *folder, const struct bench *b) {
    char from[64], to[64];
    int dir = open(folder, O_RDONLY | O_DIRECTORY);
    double wall = bench_now(), cpu = cpu_now();
    for (unsigned i = 0; i < b->total; i++) {
        snprintf(from, sizeof from, "floor-%u.part", i);
        snprintf(to, sizeof to, "floor-%u", i);
        int fd = openat(dir, from, O_CREAT | O_EXCL | O_WRONLY, 0666);
        if (fd < 0 || write(fd, b->filler, b->body) != (ssize_t)b->body ||
            close(fd) != 0 || renameat(dir, from, dir, to) != 0)
            exit(1);
    }
    wall = bench_now() - wall;
    close(dir);
    cpu = cpu_now() - cpu;
    printf("%-34s %8llu items %7.3f s %9.0f/s %7.2f us CPU each\n",
           "floor: open write rename", (unsigned long long)b->total, wall,
           (double)b->total / wall, cpu / (double)b->total * 1e6);
}

int main(int argc, char **argv) {
    char base[256], store[300], folder[300], command[400];
    char *filler = weir_calloc(1, 1 << 20);
    struct bench b = {.filler = filler};
    struct weir_storage_config c = {.run_key = "bench",
                                    .store_path = store,
                                    .folder = folder,
                                    .out_fd = -1};
    snprintf(base, sizeof base, "%s/weir-bench-XXXXXX",
             argc > 1 ? argv[1] : "/dev/shm");
    if (!filler || !mkdtemp(base))
        return 1;
    snprintf(store, sizeof store, "%s/state/weir.db", base);
    snprintf(folder, sizeof folder, "%s/out", base);
    if (mkdir(folder, 0777) != 0)
        return 1;
    b.total = 10000;
    b.body = 1024;
    run_floor(folder, &b);
    run("10,000 files of 1 KiB", &b, &c);
    run("again, all fresh", &b, &c);
    c.cache = WEIR_CACHE_REVALIDATE;
    run("again, all 304", &b, &c);
    c.cache = WEIR_CACHE_RFC9111;
    c.body = WEIR_BODY_DISCARD;
    c.run_key = "discard";
    snprintf(store, sizeof store, "%s/state2/weir.db", base);
    b.total = 200000;
    b.body = 16;
    run("200,000 tiny ones, discarded", &b, &c);
    c.body = WEIR_BODY_FILES;
    c.run_key = "large";
    b.total = 2;
    b.body = 512 << 20;
    b.chunk = 256 << 10;
    snprintf(folder, sizeof folder, "%s/large", base);
    run("2 files of 512 MiB", &b, &c);
    weir_free(filler);
    snprintf(command, sizeof command, "%s", base);
    printf("left in %s\n", command);
    return 0;
}

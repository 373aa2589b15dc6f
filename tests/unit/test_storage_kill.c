/* A run that is killed with SIGKILL anywhere and then goes on: what was
 * acknowledged is not fetched again, no file under its final name is partial or
 * without its row, and nothing is left over at the end. */
#include "storage_rig.h"
#include "store/store.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { URLS = 60, ROUNDS = 60 };

struct killer {
    int events, at; /* SIGKILL at this event; 0 = never */
    int out;        /* acknowledged numbers go here */
};

static void count_event(struct rig *r) {
    struct killer *k = r->data;
    if (k && k->at && ++k->events >= k->at)
        raise(SIGKILL);
}

static void body_of(uint64_t n, char out[4096]) {
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < 10 + n * 3; i++)
        len += (size_t)snprintf(out + len, 4096 - len, "%llu,",
                                (unsigned long long)n);
}

static void answer_number(struct rig *r, struct weir_item *item) {
    static const char head[] = "ETag: \"e\"\nLast-Modified: Mon, 02 Nov 2026 "
                               "10:00:00 GMT\nDate: Mon, 02 Nov 2026 11:00:00 "
                               "GMT\n";
    char body[4096];
    body_of(item->n, body);
    count_event(r);
    if (item->n % 3) {
        rig_reply(item, 200, head, body);
        return;
    }
    /* A third comes in pieces, perhaps continued. */
    char range[64] = "";
    size_t from = (size_t)item->resume_from, len = strlen(body);
    if (from)
        snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\n",
                 from, len - 1, len);
    rig_reply(item, from ? 206 : 200, head, "");
    weir_free(item->response_head);
    item->response_head = weir_malloc(600);
    snprintf(item->response_head, 600, "%s%s", head, range);
    while (from < len) {
        size_t n = len - from < 20 ? len - from : 20;
        weir_storage_body(r->storage, item, rig_chunk(body + from, n));
        weir_storage_flush(r->storage, n % 2);
        count_event(r);
        from += n;
    }
}

static void on_finished(struct weir_list *items, void *data) {
    struct rig *r = data;
    struct killer *k = r->data;
    for (struct weir_list *at = items->next; at != items; at = at->next) {
        struct weir_item *item = WEIR_CONTAINER(at, struct weir_item, link);
        char n = (char)item->n;
        if (k && !item->error.code && write(k->out, &n, 1) != 1)
            abort();
        count_event(r);
    }
    rig_on_finished(items, data);
}

static void run_all(struct rig *r, bool complete) {
    char url[64];
    r->planned = r->finished = r->wanted = 0;
    r->loop = weir_loop_create();
    if (weir_storage_create(&r->storage, r->loop, &r->config, rig_on_planned,
                            on_finished, rig_on_drained, r, &r->info,
                            &r->error))
        test_fail(__FILE__, __LINE__, "%s", r->error.message);
    for (int i = 1; i <= URLS; i++) {
        snprintf(url, sizeof url, "http://h/%d/f%d.txt", i, i % 40);
        rig_add(r, url);
        count_event(r);
    }
    weir_loop_run(r->loop);
    CHECK_OK(rig_close(r, complete));
}

/* Runs until it is killed; which items were acknowledged by then? */
static void run_killed(struct rig *r, int at, bool acknowledged[URLS + 1]) {
    int ends[2], status;
    char n;
    CHECK_INT(pipe(ends), 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct killer k = {.at = at, .out = ends[1]};
        r->data = &k;
        close(ends[0]);
        run_all(r, false);
        _exit(0);
    }
    close(ends[1]);
    while (read(ends[0], &n, 1) == 1)
        acknowledged[(int)n] = true;
    close(ends[0]);
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}

struct files {
    const char *folder;
    size_t rows;
};

static bool has_row(const struct weir_answer *a, void *data) {
    struct files *f = data;
    char path[1200], got[4096], want[4096];
    unsigned long long n = 0;
    snprintf(path, sizeof path, "%s/%.*s", f->folder, WEIR_STR_ARG(a->file));
    FILE *file = fopen(path, "rb");
    if (!file)
        return true; /* its rename is still to come */
    size_t len = fread(got, 1, sizeof got, file);
    fclose(file);
    CHECK_INT(sscanf(a->url.p, "http://h/%llu", &n), 1);
    body_of(n, want);
    CHECK_STR(weir_str_make(got, len), weir_str_of(want));
    f->rows++;
    return true;
}

static size_t count_files(const char *folder, bool parts) {
    DIR *d = opendir(folder);
    struct dirent *e;
    size_t n = 0;
    while (d && (e = readdir(d)))
        if (e->d_name[0] != '.')
            n += weir_str_ends(weir_str_of(e->d_name), WEIR_STR(".part")) ==
                 parts;
    if (d)
        closedir(d);
    return n;
}

/* Every final name has its row, and is whole. */
static void check_folder(struct rig *r) {
    struct weir_store *s;
    struct files f = {.folder = r->folder};
    struct weir_store_config config = {.path = r->store};
    CHECK_OK(weir_store_open(&s, &config, NULL));
    CHECK_OK(weir_store_list_answers(s, WEIR_STR(""), has_row, &f, NULL));
    weir_store_close(s);
    CHECK_INT(f.rows, count_files(r->folder, false));
}

TEST(killed_runs_go_on) {
    for (int round = 1; round <= ROUNDS; round++) {
        bool acknowledged[URLS + 1] = {false};
        struct rig r;
        rig_init(&r, answer_number);
        snprintf(r.store, sizeof r.store, "%s/%d/weir.db", test_dir(), round);
        snprintf(r.folder, sizeof r.folder, "%s/%d/out", test_dir(), round);
        run_killed(&r, round * 3, acknowledged);
        if (access(r.store, F_OK) == 0)
            check_folder(&r);
        run_killed(&r, round * 5, acknowledged); /* once more */
        check_folder(&r);
        r.data = NULL;
        run_all(&r, true);
        for (int n = 1; n <= URLS; n++) {
            CHECK_INT(r.items[n]->error.code, 0);
            if (acknowledged[n])
                CHECK_INT(r.items[n]->verdict, WEIR_PLAN_DONE);
        }
        check_folder(&r);
        CHECK_INT(count_files(r.folder, false), URLS);
        CHECK_INT(count_files(r.folder, true), 0);
        rig_free_items(&r);
    }
}

TEST(two_processes_share_a_store) {
    enum { PROCESSES = 4 };
    pid_t children[PROCESSES];
    struct rig r;
    int status;
    rig_init(&r, answer_number);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        CHECK(children[i] >= 0);
        if (children[i] == 0) {
            char key[16];
            snprintf(key, sizeof key, "%d", i);
            snprintf(r.folder, sizeof r.folder, "%s/out%d", test_dir(), i);
            r.config.run_key = key;
            run_all(&r, true);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        CHECK_INT(waitpid(children[i], &status, 0), children[i]);
        CHECK_INT(status, 0);
        snprintf(r.folder, sizeof r.folder, "%s/out%d", test_dir(), i);
        CHECK_INT(count_files(r.folder, false), URLS);
    }
    struct weir_store *s;
    struct weir_store_stat stat;
    struct weir_store_config config = {.path = r.store};
    CHECK_OK(weir_store_open(&s, &config, NULL));
    CHECK_OK(weir_store_stat(s, &stat, NULL));
    CHECK_INT(stat.answers, PROCESSES * URLS);
    CHECK_INT(stat.runs, PROCESSES);
    CHECK_INT(stat.unfinished, 0);
    weir_store_close(s);
}

TEST(runs_refuse_each_other_over_one_output) {
    struct rig a, b;
    char pid[32];
    rig_init(&a, answer_number);
    rig_init(&b, answer_number);
    CHECK_OK(rig_open(&a));
    CHECK_INT(rig_open(&b), WEIR_E_STORE);
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    CHECK(strstr(b.error.message, pid));
    b.config.run_key = "another";
    CHECK_OK(rig_open(&b));
    CHECK_OK(rig_close(&b, true));
    CHECK_OK(rig_close(&a, true));
    b.config.run_key = "test";
    CHECK_OK(rig_open(&b));
    CHECK_OK(rig_close(&b, true));
    /* Another command, but the same one file. */
    a.config.name_template = b.config.name_template = "x.bin";
    b.config.run_key = "another";
    CHECK_OK(rig_open(&a));
    CHECK_INT(rig_open(&b), WEIR_E_STORE);
    CHECK(strstr(b.error.message, "x.bin"));
    CHECK_OK(rig_close(&a, true));
}

TEST(runs_take_over_the_lock_of_the_dead) {
    struct rig r;
    int status;
    rig_init(&r, answer_number);
    pid_t child = fork();
    if (child == 0) {
        if (rig_open(&r) == WEIR_OK)
            raise(SIGKILL);
        _exit(1);
    }
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status));
    CHECK_OK(rig_open(&r));
    CHECK_OK(rig_close(&r, true));
}

/* Between the plan and the answer of the one, the other run takes the name. */
static void answer_meanwhile(struct rig *r, struct weir_item *item) {
    struct rig *other = r->data;
    rig_add(other, "http://h/1/f.txt");
    rig_run(other);
    rig_reply(item, 200, "", "late");
}

static void answer_early(struct rig *r, struct weir_item *item) {
    (void)r;
    rig_reply(item, 200, "", "early");
}

TEST(names_are_given_once_to_runs_side_by_side) {
    struct rig a, b;
    rig_init(&a, answer_early);
    rig_init(&b, answer_meanwhile);
    b.config.run_key = "another";
    b.data = &a;
    CHECK_OK(rig_open(&a));
    CHECK_OK(rig_open(&b));
    rig_add(&b, "http://h/2/f.txt");
    rig_run(&b);
    CHECK_OK(rig_close(&a, true));
    CHECK_OK(rig_close(&b, true));
    rig_check_file(&a, "f.txt", "early");
    CHECK_INT(b.items[1]->error.code, 0);
    CHECK(strstr(b.items[1]->file, "/f-"));
    rig_check_file(&b, strrchr(b.items[1]->file, '/') + 1, "late");
    rig_free_items(&a);
    rig_free_items(&b);
}

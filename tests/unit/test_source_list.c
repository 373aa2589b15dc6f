/* Lists: lines, options, bad lines, and how they behave on a pipe. The tests
 * wait for the source's wake, never for a time. */
#include "test.h"

#include "base/buf.h"
#include "source/args.h"
#include "source/chain.h"
#include "source/list.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the loop would be: wakes are counted and waited for. */
struct loop {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool due;
};

static void loop_init(struct loop *l) {
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->woken, NULL);
    l->due = false;
}

static void on_wake(void *data) {
    struct loop *l = data;
    pthread_mutex_lock(&l->lock);
    l->due = true;
    pthread_cond_signal(&l->woken);
    pthread_mutex_unlock(&l->lock);
}

/* The next answer that is not PENDING. */
static enum weir_pull pull(struct weir_source *s, struct loop *l,
                           struct weir_request *r, struct weir_error *e) {
    for (;;) {
        enum weir_pull p = weir_source_next(s, r, e);
        if (p != WEIR_PULL_PENDING)
            return p;
        pthread_mutex_lock(&l->lock);
        while (!l->due)
            pthread_cond_wait(&l->woken, &l->lock);
        l->due = false;
        pthread_mutex_unlock(&l->lock);
    }
}

static void describe(const struct weir_request *r, struct weir_buf *out) {
    weir_buf_fmt(out, "%llu %.*s %.*s", (unsigned long long)r->n,
                 WEIR_STR_ARG(r->place), WEIR_STR_ARG(r->url));
    if (r->out.n)
        weir_buf_fmt(out, " out=%.*s", WEIR_STR_ARG(r->out));
    if (r->dir.n)
        weir_buf_fmt(out, " dir=%.*s", WEIR_STR_ARG(r->dir));
    if (r->checksum.n)
        weir_buf_fmt(out, " checksum=%.*s", WEIR_STR_ARG(r->checksum));
    for (size_t i = 0; i < r->header_count; i++)
        weir_buf_fmt(out, " header=%.*s", WEIR_STR_ARG(r->headers[i]));
    if (r->problem.n)
        weir_buf_fmt(out, " !%.*s", WEIR_STR_ARG(r->problem));
    weir_buf_byte(out, '\n');
}

static int file_of(const char *bytes, size_t n) {
    char path[512];
    int fd;
    snprintf(path, sizeof path, "%s/list", test_dir());
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK_INT(write(fd, bytes, n), n);
    CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* Everything the source gives, one request a line; how it ended. */
static enum weir_pull drain(struct weir_source *s, struct weir_buf *out,
                            struct weir_error *e) {
    struct loop l;
    struct weir_request r;
    enum weir_pull p;
    loop_init(&l);
    weir_source_start(s, on_wake, &l);
    while ((p = pull(s, &l, &r, e)) == WEIR_PULL_READY)
        describe(&r, out);
    CHECK_INT(weir_source_next(s, &r, e), p); /* and stays there */
    weir_source_destroy(s);
    return p;
}

static void check_list(struct weir_str bytes, const char *want) {
    struct weir_source *s = NULL;
    struct weir_error e = {0};
    struct weir_buf got;
    CHECK_OK(
        weir_source_list_create(&s, file_of(bytes.p, bytes.n), true, "L", &e));
    weir_buf_init(&got, 0);
    CHECK_INT(drain(s, &got, &e), WEIR_PULL_DONE);
    CHECK_Z(got.p, want);
    weir_buf_release(&got);
}

TEST(list_lines) {
    check_list(WEIR_STR(""), "");
    check_list(WEIR_STR("\n\n  \n#x\n"), "");
    check_list(WEIR_STR("http://a/1"), "1 L:1 http://a/1\n");
    check_list(WEIR_STR("http://a/1\nhttp://a/2\n"),
               "1 L:1 http://a/1\n2 L:2 http://a/2\n");
    check_list(WEIR_STR("# c\nhttp://a/1#f\r\n\r\n#d\r\nhttp://a/2  \r\n"),
               "1 L:2 http://a/1#f\n2 L:5 http://a/2\n");
    check_list(WEIR_STR("\xef\xbb\xbfhttp://a/1\n"), "1 L:1 http://a/1\n");
    check_list(WEIR_STR("\xef\xbb\xbf# c\nhttp://a/[1-2]{x}\n"),
               "1 L:2 http://a/[1-2]{x}\n");
    check_list(WEIR_STR("http://a/1\thttp://b/1\nnot a url\n"),
               "1 L:1 http://a/1\n2 L:2 not a url\n");
}

TEST(list_options) {
    check_list(WEIR_STR("http://a/1\n  out=x y.png\n\tdir = d\n"
                        "# between\n\n"
                        "  header=A: 1\n  header=B: 2=3\n"
                        "  checksum=sha256=00ff\nhttp://a/2\n"
                        "http://a/3\n  checksum=sha-1=ab"),
               "1 L:1 http://a/1 out=x y.png dir=d checksum=sha256=00ff "
               "header=A: 1 header=B: 2=3\n"
               "2 L:9 http://a/2\n"
               "3 L:10 http://a/3 checksum=sha1=ab\n");
    check_list(WEIR_STR("  http://a/1\n  http://a/2?x=1\n  out=o\nhttp://a/3"),
               "1 L:1 http://a/1\n2 L:2 http://a/2?x=1 out=o\n"
               "3 L:4 http://a/3\n");
}

TEST(list_bad_lines_are_named_and_the_rest_goes_on) {
    check_list(WEIR_STR("http://a/1\n  split=5\n  out=x\nhttp://a/2\n"),
               "1 L:2 http://a/1 out=x !not one of out, dir, header, "
               "checksum: 'split'\n2 L:4 http://a/2\n");
    check_list(WEIR_STR("http://a/1\n  out\nhttp://a/2\n"),
               "1 L:2 http://a/1 !an option without '=': 'out'\n"
               "2 L:3 http://a/2\n");
    check_list(WEIR_STR("http://a/1\n  header=A b: c\nhttp://a/2\n"),
               "1 L:2 http://a/1 !header= takes \"Name: value\", not "
               "'A b: c'\n2 L:3 http://a/2\n");
    check_list(WEIR_STR("http://a/1\n  header=A: b\rX: y\nhttp://a/2\n"),
               "1 L:2 http://a/1 !header= takes \"Name: value\", not "
               "'A: b\rX: y'\n2 L:3 http://a/2\n");
    check_list(WEIR_STR("http://a/1\n  checksum=abc\nhttp://a/2\n"),
               "1 L:2 http://a/1 !checksum= takes sha256=HEX and the like, "
               "not 'abc'\n2 L:3 http://a/2\n");
    check_list(WEIR_STR("  out=x\nhttp://a/2\n"),
               "1 L:1 out=x !an option without a URL above it, or too late: "
               "its URL has started\n2 L:2 http://a/2\n");
    check_list(WEIR_STR("http://a/1\n  out=x\0y\nhttp://a/2\n"),
               "1 L:2 http://a/1 !binary data in 'an option'\n"
               "2 L:3 http://a/2\n");
}

TEST(list_binary_in_a_line) {
    struct weir_source *s = NULL;
    struct weir_error e = {0};
    struct weir_request r;
    struct loop l;
    static const char bytes[] = "http://a/1\nhttp://a/\0x\nhttp://a/3\n";
    loop_init(&l);
    CHECK_OK(weir_source_list_create(&s, file_of(bytes, sizeof bytes - 1), true,
                                     "L", &e));
    weir_source_start(s, on_wake, &l);
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_INT(r.problem.n, 0);
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_STR(r.problem, WEIR_STR("binary data in the line"));
    CHECK_STR(r.place, WEIR_STR("L:2"));
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_STR(r.url, WEIR_STR("http://a/3"));
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_DONE);
    weir_source_destroy(s);
}

/* Lines around the maximum, and long ones that cross blocks. */
static void check_long(size_t n, bool fits) {
    struct weir_source *s = NULL;
    struct weir_error e = {0};
    struct weir_request r;
    struct weir_buf b;
    struct loop l;
    loop_init(&l);
    weir_buf_init(&b, 0);
    weir_buf_z(&b, "http://a/1\n");
    for (size_t i = 0; i < n; i++)
        weir_buf_byte(&b, 'u');
    weir_buf_z(&b, "\nhttp://a/3\n");
    CHECK_OK(weir_source_list_create(&s, file_of(b.p, b.len), true, "L", &e));
    weir_source_start(s, on_wake, &l);
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_STR(r.place, WEIR_STR("L:2"));
    if (fits)
        CHECK_INT(r.url.n, n);
    else
        CHECK_STR(r.problem, WEIR_STR("a line longer than 64 KiB"));
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_STR(r.url, WEIR_STR("http://a/3"));
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_DONE);
    weir_source_destroy(s);
    weir_buf_release(&b);
}

TEST(list_long_lines) {
    check_long(WEIR_LIST_LINE_MAX - 11, true);
    check_long(WEIR_LIST_LINE_MAX - 10, true);
    check_long(WEIR_LIST_LINE_MAX, true);
    check_long(WEIR_LIST_LINE_MAX + 1, false);
    check_long(3 * WEIR_LIST_LINE_MAX, false);
    check_long(700000, false);
}

TEST(list_that_is_no_text) {
    static const char gzip[] = "\x1f\x8b\x08\x00zzz\nabc\n";
    char noise[600];
    struct weir_source *s = NULL;
    struct weir_error e = {0};
    struct weir_buf got;
    weir_buf_init(&got, 0);
    CHECK_OK(weir_source_list_create(&s, file_of(gzip, sizeof gzip - 1), true,
                                     "L.gz", &e));
    CHECK_INT(drain(s, &got, &e), WEIR_PULL_ERROR);
    CHECK_INT(e.code, WEIR_E_INVALID);
    CHECK_Z(e.message, "L.gz: this is no list of URLs but gzip data");
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 7 + i / 256);
    CHECK_OK(weir_source_list_create(&s, file_of(noise, sizeof noise), true,
                                     "L.bin", &e));
    CHECK_INT(drain(s, &got, &e), WEIR_PULL_ERROR);
    CHECK_Z(e.message, "L.bin: this is no list of URLs but binary data");
    CHECK_INT(got.len, 0);
    weir_buf_release(&got);
}

TEST(list_that_cannot_be_read) {
    struct weir_source *s = NULL;
    struct weir_error e = {0};
    struct weir_buf got;
    CHECK_INT(weir_source_list_open(&s, "/nonexistent/list", &e), WEIR_E_IO);
    CHECK_Z(e.message, "/nonexistent/list: No such file or directory");
    CHECK_INT(weir_source_list_open(&s, "/", &e), WEIR_E_IO);
    CHECK_Z(e.message, "/: Is a directory");
    weir_buf_init(&got, 0);
    CHECK_OK(weir_source_list_create(&s, open("/", O_RDONLY), true, "D", &e));
    CHECK_INT(drain(s, &got, &e), WEIR_PULL_ERROR);
    CHECK_INT(e.code, WEIR_E_IO);
    CHECK_Z(e.message, "D: Is a directory");
    weir_buf_release(&got);
}

/* A pipe: what is written is handed on although the input goes on. */
TEST(list_on_a_pipe_does_not_wait_for_its_end) {
    struct weir_source *s = NULL;
    struct weir_error e = {0};
    struct weir_request r;
    struct loop l;
    int fds[2];
    loop_init(&l);
    CHECK_INT(pipe(fds), 0);
    CHECK_OK(weir_source_list_create(&s, fds[0], true, "P", &e));
    weir_source_start(s, on_wake, &l);
    CHECK_INT(weir_source_next(s, &r, &e), WEIR_PULL_PENDING);
    CHECK_INT(write(fds[1], "http://a/1\nhttp://a/2\nhttp:", 27), 27);
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_STR(r.url, WEIR_STR("http://a/1"));
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_STR(r.url, WEIR_STR("http://a/2"));
    CHECK_INT(weir_source_next(s, &r, &e), WEIR_PULL_PENDING);
    CHECK_INT(write(fds[1], "//a/3\n", 6), 6);
    /* nothing follows it, yet it comes */
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_STR(r.url, WEIR_STR("http://a/3"));
    CHECK_STR(r.place, WEIR_STR("P:3"));
    /* options that come after that are too late, and say so */
    CHECK_INT(write(fds[1], " out=x\nhttp://a/4\n out=y\n", 25), 25);
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK(r.problem.n > 0);
    CHECK_STR(r.place, WEIR_STR("P:4"));
    close(fds[1]);
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_STR(r.url, WEIR_STR("http://a/4"));
    CHECK_STR(r.out, WEIR_STR("y"));
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_DONE);
    weir_source_destroy(s);
}

/* An option line that arrives in two pieces is still the URL's. */
TEST(list_option_cut_in_two) {
    struct weir_source *s = NULL;
    struct weir_error e = {0};
    struct weir_request r;
    struct loop l;
    int fds[2];
    loop_init(&l);
    CHECK_INT(pipe(fds), 0);
    CHECK_OK(weir_source_list_create(&s, fds[0], true, "P", &e));
    weir_source_start(s, on_wake, &l);
    CHECK_INT(write(fds[1], "http://a/1\n ou", 14), 14);
    CHECK_INT(weir_source_next(s, &r, &e), WEIR_PULL_PENDING);
    pthread_mutex_lock(&l.lock);
    while (!l.due)
        pthread_cond_wait(&l.woken, &l.lock);
    l.due = false;
    pthread_mutex_unlock(&l.lock);
    CHECK_INT(weir_source_next(s, &r, &e), WEIR_PULL_PENDING);
    CHECK_INT(write(fds[1], "t=x\n", 4), 4);
    close(fds[1]);
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_READY);
    CHECK_STR(r.url, WEIR_STR("http://a/1"));
    CHECK_STR(r.out, WEIR_STR("x"));
    CHECK_INT(pull(s, &l, &r, &e), WEIR_PULL_DONE);
    weir_source_destroy(s);
}

TEST(list_destroyed_while_its_thread_waits) {
    struct weir_source *s = NULL;
    struct weir_error e = {0};
    struct weir_request r;
    struct loop l;
    int fds[2];
    loop_init(&l);
    CHECK_INT(pipe(fds), 0);
    /* for input */
    CHECK_OK(weir_source_list_create(&s, fds[0], false, "P", &e));
    weir_source_start(s, on_wake, &l);
    CHECK_INT(weir_source_next(s, &r, &e), WEIR_PULL_PENDING);
    weir_source_destroy(s);
    /* before it began */
    CHECK_OK(weir_source_list_create(&s, fds[0], true, "P", &e));
    weir_source_destroy(s);
    close(fds[1]);
}

/* The reader stays at most four blocks ahead: a socket that nobody empties
 * takes no more than its own buffer and those. */
TEST(list_reads_a_bounded_way_ahead) {
    static char block[WEIR_LIST_LINE_MAX];
    struct weir_source *s = NULL;
    struct weir_error e = {0};
    struct weir_request r;
    struct loop l;
    size_t written = 0, got = 0, size;
    int fds[2], room = 16 << 10;
    loop_init(&l);
    for (size_t i = 0; i < sizeof block; i += 16)
        memcpy(block + i, "http://a.b/1234\n", 16);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    CHECK_INT(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
    CHECK_INT(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
    CHECK_OK(weir_source_list_create(&s, fds[0], true, "S", &e));
    weir_source_start(s, on_wake, &l);
    CHECK_INT(weir_source_next(s, &r, &e), WEIR_PULL_PENDING);
    for (;;) { /* until it takes no more */
        struct pollfd out = {.fd = fds[1], .events = POLLOUT};
        ssize_t n;
        CHECK(written < 2 << 20);
        if (poll(&out, 1, 100) == 0)
            break;
        n = write(fds[1], block, 16 * 64);
        if (n > 0)
            written += (size_t)n;
    }
    size = written % 16;
    close(fds[1]);
    while (pull(s, &l, &r, &e) == WEIR_PULL_READY)
        got++;
    CHECK_INT(got, written / 16 + (size ? 1 : 0));
    weir_source_destroy(s);
}

TEST(args_and_chain) {
    static const char *const args[] = {"http://a/{x,y}", " http://b/[1-2] "};
    static const char *const plain[] = {"http://a/{x,y}"};
    static const char *const bad[] = {"http://a/", "http://a/[2-1]"};
    struct weir_source *parts[3], *s = NULL;
    struct weir_error e = {0};
    struct weir_buf got;
    weir_buf_init(&got, 0);
    CHECK_INT(weir_source_args_create(&s, bad, 2, true, &e), WEIR_E_USAGE);
    CHECK_Z(e.message, "argument 2: column 10: a range goes from the lower to "
                       "the higher end (-g turns globs off)");
    CHECK_OK(weir_source_args_create(&parts[0], args, 2, true, &e));
    CHECK_INT(parts[0]->total, 4);
    CHECK_OK(weir_source_list_create(&parts[1], file_of("http://l/1\n", 11),
                                     true, "L", &e));
    CHECK_OK(weir_source_args_create(&parts[2], plain, 1, false, &e));
    CHECK_INT(parts[2]->total, 1);
    CHECK_OK(weir_source_chain_create(&s, parts, 3, &e));
    CHECK_INT(s->total, 0);
    CHECK_INT(drain(s, &got, &e), WEIR_PULL_DONE);
    CHECK_Z(got.p, "1 argument 1 http://a/x\n2 argument 1 http://a/y\n"
                   "3 argument 2 http://b/1\n4 argument 2 http://b/2\n"
                   "5 L:1 http://l/1\n6 argument 1 http://a/{x,y}\n");
    weir_buf_release(&got);
}

/* Lists. A URL whose following byte is at hand and begins another URL is handed
 * on as a slice of the block it lies in: nothing is copied and nothing
 * allocated. Else it is kept in a record until the next line says whether it is
 * one of its options:
 *
 *              URL line                 begins a URL, idle, end
 *      none --------------> kept ------------------------------> handed on
 *         |                  |  ^
 *          `-> handed on       `--'
 *     (next URL at hand)      option, comment, blank
 *
 * An indented line that turns out to be a URL ends the kept one and is kept
 * itself, so there are two records. */
#include "source/list.h"

#include "base/mem.h"
#include "source/lines.h"
#include "source/record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 120, SAMPLE = 4096, SAMPLE_MIN = 64, PLACE_MAX = 8 << 10 };

struct list {
    struct weir_source source;
    struct weir_lines lines;
    int fd;
    bool owns, checked;
    char *name;
    uint64_t n;
    struct weir_buf place; /* "name:" and the line */
    size_t place_prefix;
    struct weir_record records[2];
    struct weir_record *kept;  /* one of them, or NULL */
    struct weir_error failure; /* it ended with this */
};

/* --- what a line is --- */

static bool is_binary_start(struct weir_str s, const char **what) {
    static const struct {
        struct weir_str magic;
        const char *what;
    } known[] = {{{"\x1f\x8b", 2}, "gzip data"},
                 {{"PK\x03\x04", 4}, "a zip archive"},
                 {{"\x89PNG", 4}, "a PNG image"},
                 {{"\xff\xd8\xff", 3}, "a JPEG image"},
                 {{"%PDF-", 5}, "a PDF document"},
                 {{"\x7f"
                   "ELF",
                   4},
                  "a program"},
                 {{"BZh", 3}, "bzip2 data"},
                 {{"\xfd"
                   "7zXZ",
                   5},
                  "xz data"},
                 {{"\x28\xb5\x2f\xfd", 4}, "zstd data"},
                 {{"SQLite format 3", 15}, "a database"},
                 {{"\xff\xfe", 2}, "UTF-16, not UTF-8"},
                 {{"\xfe\xff", 2}, "UTF-16, not UTF-8"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (weir_str_starts(s, known[i].magic)) {
            *what = known[i].what;
            return true;
        }
    return false;
}

/* Text has hardly any control characters, random bytes have 11%. */
static bool is_noise(struct weir_str s) {
    size_t controls = 0;
    s = weir_str_sub(s, 0, SAMPLE);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        controls += c < 0x20 ? !weir_is_space((char)c) : c == 0x7f;
    }
    return s.n >= SAMPLE_MIN && controls * 14 > s.n;
}

static enum weir_err check_text(struct list *l, struct weir_str line) {
    const char *what = "binary data";
    l->checked = true;
    if (is_binary_start(line, &what) || is_noise(line) ||
        is_noise(l->lines.block))
        return weir_error_set(&l->failure, WEIR_E_INVALID,
                              "%s: this is no list of URLs but %s", l->name,
                              what);
    return WEIR_OK;
}

static bool is_indented(char c) {
    return c == ' ' || c == '\t';
}

/* Lines that do not end the record above them. */
static bool goes_on(char c) {
    return is_indented(c) || c == '#' || c == '\n' || c == '\r';
}

/* "scheme://..." before any '='. */
static bool is_url(struct weir_str line) {
    return weir_str_search(line, WEIR_STR("://")) < weir_str_find(line, '=', 0);
}

/* --- requests --- */

static void set_place(struct list *l, uint64_t line) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + line % 10);
        line /= 10;
    } while (line > 0);
    weir_buf_truncate(&l->place, l->place_prefix);
    weir_buf_add(&l->place, digits + at, sizeof digits - at);
}

static enum weir_pull ready(struct list *l, struct weir_request *out,
                            uint64_t line) {
    set_place(l, line);
    out->n = ++l->n;
    out->place = weir_buf_view(&l->place);
    out->capture_count = 0;
    return WEIR_PULL_READY;
}

static void set_plain(struct weir_request *out, struct weir_str url) {
    out->url = url;
    out->problem = out->out = out->dir = out->checksum =
        (struct weir_str){NULL, 0};
    out->header_count = 0;
}

static enum weir_pull hand_on(struct list *l, struct weir_record *r,
                              struct weir_request *out) {
    weir_record_view(r, out);
    return ready(l, out, r->problem.len ? r->problem_line : r->line);
}

static enum weir_pull bad_line(struct list *l, struct weir_str line,
                               const char *problem, struct weir_request *out) {
    set_plain(out, weir_str_sub(line, 0, SHOWN));
    out->problem = weir_str_of(problem);
    return ready(l, out, l->lines.number);
}

/* --- reading --- */

static struct weir_record *other_record(struct list *l) {
    return l->kept == &l->records[0] ? &l->records[1] : &l->records[0];
}

/* A URL line: hands it on at once if it can. WEIR_PULL_PENDING here means that
 * it is kept. */
static enum weir_pull take_url(struct list *l, struct weir_str url,
                               struct weir_request *out) {
    struct weir_str first, mirrors;
    struct weir_record *before = l->kept;
    char c;
    weir_str_cut(url, '\t', &first, &mirrors);
    first = weir_str_trim(first);
    if (!before && weir_lines_at_hand(&l->lines, &c) && !goes_on(c)) {
        set_plain(out, first);
        return ready(l, out, l->lines.number);
    }
    l->kept = other_record(l);
    if (weir_record_begin(l->kept, first, l->lines.number) != WEIR_OK) {
        weir_error_nomem(&l->failure);
        return WEIR_PULL_ERROR;
    }
    return before ? hand_on(l, before, out) : WEIR_PULL_PENDING;
}

/* Looks at a whole line. WEIR_PULL_PENDING: nothing to hand on yet. */
static enum weir_pull take_line(struct list *l, struct weir_str line,
                                struct weir_request *out) {
    bool indented = line.n > 0 && is_indented(line.p[0]);
    line = weir_str_trim(line);
    if (line.n == 0 || line.p[0] == '#')
        return WEIR_PULL_PENDING;
    if (memchr(line.p, '\0', line.n) && !(indented && l->kept))
        return bad_line(l, line, "binary data in the line", out);
    if (memchr(line.p, '\r', line.n) && !(indented && l->kept))
        return bad_line(l, line, "a line break in the line", out);
    if (!indented || is_url(line))
        return take_url(l, line, out);
    if (!l->kept)
        return bad_line(l, line,
                        "an option without a URL above it, or too late: its "
                        "URL has started",
                        out);
    if (weir_record_option(l->kept, line, l->lines.number) != WEIR_OK) {
        weir_error_nomem(&l->failure);
        return WEIR_PULL_ERROR;
    }
    return WEIR_PULL_PENDING;
}

static enum weir_pull read_error(struct list *l, int cause) {
    weir_error_set(&l->failure, WEIR_E_IO, "%s: %s", l->name, strerror(cause));
    return WEIR_PULL_ERROR;
}

/* Hands the kept record on unless the next line may belong to it.
 * WEIR_PULL_DONE: the next line is to be read. */
static enum weir_pull settle(struct list *l, struct weir_request *out) {
    struct weir_record *r = l->kept;
    char c = '\0';
    int cause;
    switch (weir_lines_peek(&l->lines, &c, &cause)) {
    case WEIR_LINE:
        if (goes_on(c))
            return WEIR_PULL_DONE;
        break;
    case WEIR_LINE_PENDING:
        return WEIR_PULL_PENDING;
    case WEIR_LINE_OVERLONG:
    case WEIR_LINE_IDLE:
    case WEIR_LINE_END:
    case WEIR_LINE_ERROR: /* is told by the next call */
        break;
    }
    l->kept = NULL;
    return hand_on(l, r, out);
}

static enum weir_pull read_line(struct list *l, struct weir_request *out,
                                bool *again) {
    struct weir_str line = {NULL, 0};
    enum weir_line got;
    enum weir_pull pull;
    int cause = 0;
    *again = false;
    got = weir_lines_next(&l->lines, &line, &cause);
    if (got == WEIR_LINE_PENDING || got == WEIR_LINE_IDLE)
        return WEIR_PULL_PENDING;
    if (got == WEIR_LINE_END)
        return WEIR_PULL_DONE;
    if (got == WEIR_LINE_ERROR)
        return read_error(l, cause);
    if (!l->checked && check_text(l, line) != WEIR_OK)
        return WEIR_PULL_ERROR;
    if (got == WEIR_LINE_OVERLONG)
        return bad_line(l, line, "a line longer than 64 KiB", out);
    if (l->lines.number == 1 && weir_str_starts(line, WEIR_STR("\xef\xbb\xbf")))
        line = weir_str_sub(line, 3, line.n);
    pull = take_line(l, line, out);
    *again = pull == WEIR_PULL_PENDING;
    return pull;
}

static void on_wake(void *data) {
    struct weir_source *s = data;
    if (s->wake)
        s->wake(s->wake_data);
}

static enum weir_pull next(struct weir_source *s, struct weir_request *out,
                           struct weir_error *error) {
    struct list *l = (struct list *)s;
    bool again = true;
    enum weir_pull pull = WEIR_PULL_PENDING;
    if (!l->failure.code && !l->lines.blocks)
        weir_blocks_create(&l->lines.blocks, l->fd, on_wake, s, &l->failure);
    while (again && !l->failure.code) {
        if (l->kept && !weir_lines_amid(&l->lines)) {
            pull = settle(l, out);
            if (pull != WEIR_PULL_DONE)
                return pull;
        }
        pull = read_line(l, out, &again);
    }
    if (!l->failure.code)
        return pull;
    if (error)
        *error = l->failure;
    return WEIR_PULL_ERROR;
}

static void destroy(struct weir_source *s) {
    struct list *l = (struct list *)s;
    weir_lines_release(&l->lines);
    weir_record_release(&l->records[0]);
    weir_record_release(&l->records[1]);
    weir_buf_release(&l->place);
    if (l->owns)
        close(l->fd);
    weir_free(l->name);
    weir_free(l);
}

static const struct weir_source_ops ops = {next, destroy};

enum weir_err weir_source_list_create(struct weir_source **out, int fd,
                                      bool owns, const char *name,
                                      struct weir_error *error) {
    struct list *l = weir_calloc(1, sizeof *l);
    if (!l) {
        if (owns)
            close(fd);
        return weir_error_nomem(error);
    }
    l->source.ops = &ops;
    l->fd = fd;
    l->owns = owns;
    weir_lines_init(&l->lines, WEIR_LIST_LINE_MAX);
    weir_record_init(&l->records[0]);
    weir_record_init(&l->records[1]);
    weir_buf_init(&l->place, PLACE_MAX);
    weir_buf_fmt(&l->place, "%s:", name);
    l->place_prefix = l->place.len;
    l->name = weir_strdup(name);
    if (!l->name || weir_buf_reserve(&l->place, 20) != WEIR_OK) {
        destroy(&l->source);
        return weir_error_nomem(error);
    }
    *out = &l->source;
    return WEIR_OK;
}

enum weir_err weir_source_list_open(struct weir_source **out, const char *path,
                                    struct weir_error *error) {
    struct stat st;
    int fd;
    if (strcmp(path, "-") == 0)
        return weir_source_list_create(out, STDIN_FILENO, false,
                                       "standard input", error);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return weir_error_set(error, WEIR_E_IO, "%s: %s", path,
                              strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return weir_error_set(error, WEIR_E_IO, "%s: %s", path,
                              strerror(EISDIR));
    }
    return weir_source_list_create(out, fd, true, path, error);
}

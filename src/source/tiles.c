/* Why: the engine asks for a tile when it has room for one; here the walk takes
 * one more step, or the list gives its next line. */
#include "source/tiles.h"

#include "base/mem.h"
#include "source/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 256,
    URL_MAX_BYTES = 64 << 10,
    COUNT_STEPS = 1 << 20 /* for the total of a polygon */
};

struct tiles {
    struct weir_source source;
    const struct weir_tiletemplate *template;
    struct weir_tilewalk *walk; /* a region */
    struct weir_lines lines;    /* or a list */
    char *name;
    int fd;
    bool owns;
    uint64_t n;
    struct weir_buf url, out, place;
};

static enum weir_pull hand_on(struct tiles *t, struct weir_tile tile,
                              struct weir_request *out,
                              struct weir_error *error) {
    weir_buf_clear(&t->url);
    weir_buf_clear(&t->out);
    weir_buf_clear(&t->place);
    weir_tiletemplate_put(t->template, tile, &t->url);
    weir_buf_fmt(&t->out, "%u/%u/%u", tile.z, tile.x, tile.y);
    if (t->walk)
        weir_buf_fmt(&t->place, "tile %s", t->out.p);
    else
        weir_buf_fmt(&t->place, "%s:%llu", t->name,
                     (unsigned long long)t->lines.number);
    if (t->url.failed || t->out.failed || t->place.failed) {
        weir_error_nomem(error);
        return WEIR_PULL_ERROR;
    }
    out->n = ++t->n;
    out->url = weir_buf_view(&t->url);
    out->out = weir_buf_view(&t->out);
    out->place = weir_buf_view(&t->place);
    out->problem = out->dir = out->checksum = WEIR_STR("");
    out->header_count = out->capture_count = 0;
    return WEIR_PULL_READY;
}

static enum weir_pull next_of_walk(struct weir_source *s,
                                   struct weir_request *out,
                                   struct weir_error *error) {
    struct tiles *t = (struct tiles *)s;
    struct weir_tile tile;
    if (weir_tilewalk_next(t->walk, &tile))
        return hand_on(t, tile, out, error);
    if (!weir_tilewalk_failed(t->walk))
        return WEIR_PULL_DONE;
    weir_error_nomem(error);
    return WEIR_PULL_ERROR;
}

/* --- lists ------------------------------------------------------------- */

static enum weir_pull bad_line(struct tiles *t, struct weir_str line,
                               struct weir_request *out,
                               struct weir_error *error) {
    /* Any tile fills in the rest. */
    enum weir_pull pull = hand_on(t, (struct weir_tile){0, 0, 0}, out, error);
    if (pull == WEIR_PULL_READY) {
        out->url = line;
        out->out = WEIR_STR("");
        out->problem = WEIR_STR("not a tile: z/x/y, z from 0 to 24, x and y "
                                "below 2^z");
    }
    return pull;
}

static void on_wake(void *data) {
    struct weir_source *s = data;
    if (s->wake)
        s->wake(s->wake_data);
}

static enum weir_pull next_of_list(struct weir_source *s,
                                   struct weir_request *out,
                                   struct weir_error *error) {
    struct tiles *t = (struct tiles *)s;
    struct weir_str line = {NULL, 0};
    struct weir_tile tile;
    int cause = 0;
    if (!t->lines.blocks && weir_blocks_create(&t->lines.blocks, t->fd, on_wake,
                                               s, error) != WEIR_OK)
        return WEIR_PULL_ERROR;
    for (;;) {
        switch (weir_lines_next(&t->lines, &line, &cause)) {
        case WEIR_LINE:
            break;
        case WEIR_LINE_OVERLONG:
            return bad_line(t, line, out, error);
        case WEIR_LINE_PENDING:
        case WEIR_LINE_IDLE:
            return WEIR_PULL_PENDING;
        case WEIR_LINE_END:
            return WEIR_PULL_DONE;
        case WEIR_LINE_ERROR:
            weir_error_set(error, WEIR_E_IO, "%s: %s", t->name,
                           strerror(cause));
            return WEIR_PULL_ERROR;
        }
        line = weir_str_trim(line);
        if (line.n == 0 || line.p[0] == '#')
            continue;
        return weir_tile_parse(line, &tile) ? hand_on(t, tile, out, error)
                                            : bad_line(t, line, out, error);
    }
}

/* --- life -------------------------------------------------------------- */

static void destroy(struct weir_source *s) {
    struct tiles *t = (struct tiles *)s;
    weir_lines_release(&t->lines);
    weir_tilewalk_destroy(t->walk);
    weir_buf_release(&t->url);
    weir_buf_release(&t->out);
    weir_buf_release(&t->place);
    if (t->owns)
        close(t->fd);
    weir_free(t->name);
    weir_free(t);
}

static const struct weir_source_ops walk_ops = {next_of_walk, destroy};
static const struct weir_source_ops list_ops = {next_of_list, destroy};

static struct tiles *create(const struct weir_tiletemplate *template) {
    struct tiles *t = weir_calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->template = template;
    t->fd = -1;
    weir_lines_init(&t->lines, LINE_MAX_BYTES);
    weir_buf_init(&t->url, URL_MAX_BYTES);
    weir_buf_init(&t->out, 0);
    weir_buf_init(&t->place, 0);
    return t;
}

static uint64_t total(const struct weir_tilearea *area, unsigned from,
                      unsigned to) {
    uint64_t sum = 0, one;
    for (unsigned z = from; z <= to; z++) {
        if (!weir_tilearea_count(area, z, COUNT_STEPS, &one))
            return 0;
        sum += one;
    }
    return sum;
}

enum weir_err weir_source_tiles_create(struct weir_source **out,
                                       const struct weir_tiletemplate *template,
                                       const struct weir_tilearea *area,
                                       unsigned from, unsigned to,
                                       struct weir_error *error) {
    struct tiles *t = create(template);
    if (!t)
        return weir_error_nomem(error);
    t->source.ops = &walk_ops;
    t->walk = weir_tilewalk_create(area, from, to);
    if (!t->walk) {
        destroy(&t->source);
        return weir_error_nomem(error);
    }
    t->source.total = total(area, from, to);
    *out = &t->source;
    return WEIR_OK;
}

enum weir_err weir_source_tiles_list(struct weir_source **out,
                                     const struct weir_tiletemplate *template,
                                     const char *path,
                                     struct weir_error *error) {
    bool is_stdin = strcmp(path, "-") == 0;
    struct tiles *t = create(template);
    struct stat st;
    if (!t)
        return weir_error_nomem(error);
    t->source.ops = &list_ops;
    t->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    t->owns = !is_stdin && t->fd >= 0;
    t->name = weir_strdup(is_stdin ? "standard input" : path);
    if (!t->name || t->fd < 0 ||
        (fstat(t->fd, &st) == 0 && S_ISDIR(st.st_mode))) {
        enum weir_err code = WEIR_E_IO;
        if (!t->name)
            code = weir_error_nomem(error);
        else
            weir_error_set(error, code, "%s: %s", path,
                           strerror(t->fd < 0 ? errno : EISDIR));
        destroy(&t->source);
        return code;
    }
    *out = &t->source;
    return WEIR_OK;
}

/* The document root: files with their types, validators and ranges. A path is
 * decoded once; a segment that begins with a dot is not served, so nothing
 * above the root is either. */
#include "origin.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE_MAX = 4096 };

static const struct {
    const char *extension, *type;
} types[] = {{".html", "text/html; charset=utf-8"},
             {".htm", "text/html; charset=utf-8"},
             {".txt", "text/plain; charset=utf-8"},
             {".css", "text/css"},
             {".js", "text/javascript"},
             {".json", "application/json"},
             {".xml", "application/xml"},
             {".rss", "application/rss+xml"},
             {".png", "image/png"},
             {".jpg", "image/jpeg"},
             {".gif", "image/gif"},
             {".svg", "image/svg+xml"},
             {".webp", "image/webp"},
             {".mp3", "audio/mpeg"},
             {".ogg", "audio/ogg"},
             {".pdf", "application/pdf"},
             {".gz", "application/gzip"},
             {".zip", "application/zip"}};

static const char *type_of(struct weir_str path) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (weir_str_ends(path, weir_str_of(types[i].extension)))
            return types[i].type;
    return "application/octet-stream";
}

/* Below the root, without hidden segments, NULs or control characters. */
static bool is_safe(struct weir_str path) {
    for (size_t i = 0; i < path.n; i++) {
        if ((unsigned char)path.p[i] < 0x20)
            return false;
        if (path.p[i] == '/' && i + 1 < path.n && path.p[i + 1] == '.')
            return false;
    }
    return path.n > 0 && path.p[0] == '/';
}

static int open_file(struct weir_buf *path, struct stat *st) {
    int fd;
    if (weir_str_ends(weir_buf_view(path), WEIR_STR("/")))
        weir_buf_z(path, "index.html");
    if (path->failed)
        return -1;
    fd = open(path->p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

void answer_file(struct call *c) {
    struct weir_buf path, decoded;
    struct stat st;
    char etag[64];
    int fd = -1;
    weir_buf_init(&path, PATH_SIZE_MAX);
    weir_buf_init(&decoded, PATH_SIZE_MAX);
    if (c->o->root && percent_decode(c->path, false, &decoded) &&
        is_safe(weir_buf_view(&decoded))) {
        weir_buf_z(&path, c->o->root);
        weir_buf_str(&path, weir_buf_view(&decoded));
        fd = open_file(&path, &st);
    }
    if (fd < 0) {
        reply_status(c->r, 404, "no such thing");
    } else if (!c->q->is_head && !weir_str_eq(c->q->method, WEIR_STR("GET"))) {
        close(fd);
        reply_status(c->r, 405, "GET or HEAD");
        reply_header(c->r, "Allow", "GET, HEAD");
    } else {
        snprintf(etag, sizeof etag, "\"%llx-%llx\"",
                 (unsigned long long)st.st_mtime,
                 (unsigned long long)st.st_size);
        reply_type(c->r, type_of(weir_buf_view(&path)));
        reply_file(c->r, fd, 0, (uint64_t)st.st_size);
        reply_conditional(c->r, c->q, etag, st.st_mtime);
    }
    weir_buf_release(&path);
    weir_buf_release(&decoded);
}

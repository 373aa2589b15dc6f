/* Why: which run this is. A run is known by the hash of its key (command,
 * sources, outputs). While one of that key is unfinished, the same command goes
 * on with it.
 *
 * Two processes must not work on one run, nor write one output file. Each holds
 * a lock file beside the store (STORE-runs/<hash>) with its pid inside, for
 * whoever comes second. The lock is an flock: it ends with its process, however
 * that ends, so nothing stale is ever in the way. A run that stores no bodies
 * has no output of its own: the second one just is a run of its own. Bodies on
 * stdout are never resumed and need no lock at all. Outputs of jobs have a lock
 * each: another job may name the same file. */
#include "engine/storage_internal.h"

#include "base/mem.h"
#include "core/httpdate.h"
#include "sink/tileset.h"
#include "store/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t run_hash(const struct weir_storage *s) {
    return weir_hash(weir_str_of(s->config.run_key));
}

static enum weir_err lock_path(struct weir_storage *s, uint64_t key, char **out,
                               struct weir_error *error) {
    const char *store = weir_store_path(s->store);
    size_t n = strlen(store) + 64;
    char *path = weir_malloc(n);
    if (!path)
        return weir_error_nomem(error);
    snprintf(path, n, "%s-runs", store);
    if (weir_os_mkdirs(path, 0700) != 0) {
        enum weir_err code = errno == ENOMEM
                                 ? weir_error_nomem(error)
                                 : weir_error_set(error, WEIR_E_IO, "%s: %s",
                                                  path, strerror(errno));
        weir_free(path);
        return code;
    }
    snprintf(path, n, "%s-runs/%016llx", store, (unsigned long long)key);
    *out = path;
    return WEIR_OK;
}

/* The holder unlinks the file before it lets go: what was locked may have lost
 * its name meanwhile. */
static bool still_named(int fd, const char *path) {
    struct stat mine, there;
    return fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
           mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

static enum weir_err say_holder(int fd, const char *what,
                                struct weir_error *error) {
    char pid[32] = "?";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
    if (n > 0)
        pid[strcspn(pid, "\n")] = '\0';
    return weir_error_set(error, WEIR_E_STORE,
                          "%s is being written by another weir (process %s); "
                          "wait for it, or stop it and run this again",
                          what, pid);
}

/* *fd -1 and WEIR_OK: held by somebody, and `what` is NULL. */
static enum weir_err take_lock(const char *path, const char *what, int *fd,
                               struct weir_error *error) {
    enum weir_err code;
    char pid[32];
    for (;;) {
        *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (*fd < 0)
            return weir_error_set(error, WEIR_E_IO, "%s: %s", path,
                                  strerror(errno));
        if (weir_os_lock(*fd, false) != 0) {
            code = what ? say_holder(*fd, what, error) : WEIR_OK;
            close(*fd);
            *fd = -1;
            return code;
        }
        if (still_named(*fd, path))
            break;
        close(*fd);
    }
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(*fd, 0) != 0 ||
        weir_os_pwrite_all(*fd, pid, (size_t)n, 0) != 0) {
        weir_error_set(error, WEIR_E_IO, "%s: %s", path, strerror(errno));
        close(*fd);
        *fd = -1;
        return WEIR_E_IO;
    }
    return WEIR_OK;
}

static void drop_lock(int *fd, char **path) {
    if (*fd >= 0) {
        unlink(*path);
        close(*fd);
    }
    *fd = -1;
    weir_free(*path);
    *path = NULL;
}

enum weir_err storage_run_lock_output(struct weir_storage *s, uint64_t key,
                                      const char *what,
                                      struct storage_lock *lock,
                                      struct weir_error *error) {
    enum weir_err code = lock_path(s, key, &lock->path, error);
    return code ? code : take_lock(lock->path, what, &lock->fd, error);
}

void storage_run_unlock_output(struct storage_lock *lock) {
    drop_lock(&lock->fd, &lock->path);
}

void storage_run_unlock(struct weir_storage *s) {
    drop_lock(&s->run_lock, &s->run_lock_path);
    drop_lock(&s->file_lock, &s->file_lock_path);
}

/* -o FILE: another command with the same FILE is refused too. */
static enum weir_err lock_file(struct weir_storage *s,
                               struct weir_error *error) {
    struct weir_outname_input in = {.url = WEIR_STR("http://x/"),
                                    .date = weir_str_of(s->date)};
    struct weir_buf path;
    uint64_t key = 0;
    char *shown;
    enum weir_err code;
    weir_buf_init(&path, 0);
    code = weir_outname_expand(s->names, &in, &path, error);
    if (!code)
        key = storage_file_key(s->root, weir_buf_view(&path), &code);
    shown = code ? NULL : weir_files_shown(s->root, path.p);
    if (!code && !shown)
        code = weir_error_nomem(error);
    if (!code)
        code = lock_path(s, key, &s->file_lock_path, error);
    if (!code)
        code = take_lock(s->file_lock_path, shown, &s->file_lock, error);
    weir_free(shown);
    weir_buf_release(&path);
    return code;
}

static enum weir_err lock_tiles(struct weir_storage *s,
                                struct weir_error *error) {
    const char *path = weir_tileset_path(s->config.tiles);
    enum weir_err code =
        lock_path(s, weir_hash(weir_str_of(path)), &s->file_lock_path, error);
    return code ? code
                : take_lock(s->file_lock_path, path, &s->file_lock, error);
}

static enum weir_err lock_run(struct weir_storage *s,
                              struct weir_error *error) {
    bool tiles = s->config.body == WEIR_BODY_TILES;
    bool files = s->config.body == WEIR_BODY_FILES;
    bool writes = files || tiles || s->config.body == WEIR_BODY_STORE;
    enum weir_err code;
    if (s->config.body == WEIR_BODY_STDOUT)
        return WEIR_OK;
    if ((code = lock_path(s, run_hash(s), &s->run_lock_path, error)))
        return code;
    code = take_lock(s->run_lock_path, writes ? "the output of this run" : NULL,
                     &s->run_lock, error);
    if (!code && tiles)
        code = lock_tiles(s, error);
    if (!code && files && weir_outname_is_fixed(s->names))
        code = lock_file(s, error);
    return code;
}

/* Looks for a run to go on with. */
static enum weir_err find_run(struct weir_storage *s,
                              struct weir_error *error) {
    struct weir_run last;
    bool found, may_resume = s->run_lock >= 0 || s->config.retry_failed;
    enum weir_err code;
    s->first_start = INT64_MAX;
    if ((code =
             weir_store_last_run(s->store, run_hash(s), &last, &found, error)))
        return code;
    if (!found && s->config.retry_failed)
        return weir_error_set(error, WEIR_E_USAGE,
                              "--retry-failed: there is no earlier run of "
                              "this command in %s",
                              weir_store_path(s->store));
    if (!found || !may_resume)
        return WEIR_OK;
    if (last.state == WEIR_RUN_UNFINISHED)
        s->first_start = last.started;
    if (s->config.restart ||
        (last.state != WEIR_RUN_UNFINISHED && !s->config.retry_failed)) {
        /* A forgotten one is marked when the new one begins. */
        s->forget = s->config.restart ? last : (struct weir_run){0};
        return WEIR_OK;
    }
    if (last.state == WEIR_RUN_UNFINISHED && !s->config.resume &&
        last.made_of != s->config.made_of)
        return weir_error_set(error, WEIR_E_USAGE,
                              "the job file has changed since its run that is "
                              "not finished: go on with that (--resume), or "
                              "forget it (--restart)");
    s->run = last;
    s->resumed = true;
    return WEIR_OK;
}

enum weir_err storage_run_find(struct weir_storage *s,
                               struct weir_run_info *info,
                               struct weir_error *error) {
    time_t now = time(NULL);
    struct weir_civil day = weir_civil_of((int64_t)now);
    struct weir_store_holds holds;
    enum weir_err code;
    s->started = (int64_t)now;
    snprintf(s->date, sizeof s->date, "%04u-%02u-%02u",
             (unsigned)day.year % 10000, (unsigned)day.month % 100,
             (unsigned)day.day % 100);
    if ((code = lock_run(s, error)) || (code = find_run(s, error)))
        return code;
    if (!s->resumed) {
        s->run.key = run_hash(s);
        s->run.started = s->started;
    }
    s->run.made_of = s->config.made_of;
    s->run.title = weir_str_of(s->config.run_title);
    s->run.state = WEIR_RUN_UNFINISHED;
    s->run.ended = 0;
    if ((code = weir_store_holds(s->store, &holds, error)))
        return code;
    weir_store_read_end(s->store); /* what the finds left standing */
    storage_seen_init(&s->seen, !holds.answers && !holds.failures);
    s->any_failures = holds.failures;
    s->any_partials = holds.partials;
    *info = (struct weir_run_info){
        .resumed = s->resumed, .done = s->run.done, .failed = s->run.failed};
    return WEIR_OK;
}

enum weir_err storage_run_begin(struct weir_storage *s,
                                struct weir_error *error) {
    enum weir_err code = weir_store_begin(s->store, error);
    if (code)
        return code;
    if (s->forget.id) {
        s->forget.state = WEIR_RUN_FORGOTTEN;
        code = weir_store_put_run(s->store, &s->forget, error);
    }
    if (!code)
        code = weir_store_put_run(s->store, &s->run, error);
    if (code) {
        weir_store_rollback(s->store);
        return code;
    }
    return weir_store_commit(s->store, error);
}

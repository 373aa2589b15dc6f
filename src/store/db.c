/* Why: opening a database so that damage, a newer version and somebody else's
 * file are noticed and said before anything is written, and the locking that
 * db.h describes.
 *
 * SQLite by itself forgives too much here: it deletes the log beside a database
 * that was truncated to nothing, and it reads a database whose first page was
 * overwritten as long as that page stands in the log. So the file's header is
 * looked at before SQLite sees it, and small databases get a quick_check. Large
 * ones are checked page by page as they are read (cell_size_check). */
#include "store/db.h"

#include "base/mem.h"
#include "base/str.h"
#include "store/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUSY_MS = 10000,
    CHECKPOINT_BUSY_MS = 50,
    CHECK_PAGES = 512, /* databases up to here get a quick_check */
    CACHE_KIB = 2048
};

struct weir_db {
    struct sqlite3 *handle;
    struct sqlite3_stmt *begin, *begin_read, *commit, *rollback, *data_version;
    char *path, *wal;
    const char *what;
    int lock; /* FILE-lock; -1 when read-only */
    bool readonly, durable, is_output;
    int cache_kib;
};

static enum weir_err damaged(struct weir_db *db, const char *cause,
                             struct weir_error *error) {
    return weir_error_set(
        error, WEIR_E_STORE, "%s %s is damaged (%s). %s", db->what, db->path,
        cause,
        db->is_output
            ? "Move it and its -wal file away and run again"
            : "Downloaded files are untouched. To rebuild it, move it and its "
              "-wal file away and run again with --skip-existing or -c");
}

enum weir_err weir_db_fail(struct weir_db *db, int rc,
                           struct weir_error *error) {
    const char *cause =
        db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc);
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return weir_error_nomem(error);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return weir_error_set(error, WEIR_E_IO, "%s %s: %s", db->what, db->path,
                              cause);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return weir_error_set(error, WEIR_E_STORE,
                              "%s %s is locked by another program", db->what,
                              db->path);
    default:
        return damaged(db, cause, error);
    }
}

static uint32_t big_endian(const unsigned char *p, int n) {
    uint32_t v = 0;
    while (n-- > 0)
        v = v << 8 | *p++;
    return v;
}

/* The write-ahead log's magic number; zeros are what a power loss may leave. */
static enum weir_err check_wal(struct weir_db *db, struct weir_error *error) {
    unsigned char head[4];
    int fd = open(db->wal, O_RDONLY | O_CLOEXEC);
    ssize_t n;
    if (fd < 0)
        return WEIR_OK;
    n = read(fd, head, sizeof head);
    close(fd);
    if (n < (ssize_t)sizeof head)
        return WEIR_OK;
    uint32_t magic = big_endian(head, 4);
    if (magic != 0 && (magic & ~UINT32_C(1)) != UINT32_C(0x377f0682))
        return damaged(db, "its write-ahead log is not one", error);
    return WEIR_OK;
}

/* https://www.sqlite.org/fileformat.html section 1.3. *empty: a new file. */
static enum weir_err check_header(struct weir_db *db, int fd, bool *empty,
                                  struct weir_error *error) {
    unsigned char head[100];
    struct stat st, wal;
    ssize_t n;
    *empty = false;
    if (fstat(fd, &st) != 0)
        return weir_error_set(error, WEIR_E_IO, "%s %s: %s", db->what, db->path,
                              strerror(errno));
    if (!S_ISREG(st.st_mode))
        return weir_error_set(error, WEIR_E_STORE,
                              "%s %s is not a regular file", db->what,
                              db->path);
    if (st.st_size == 0) {
        if (stat(db->wal, &wal) == 0 && wal.st_size > 0)
            return damaged(db, "it is empty and its log is not", error);
        *empty = true;
        return WEIR_OK;
    }
    n = pread(fd, head, sizeof head, 0);
    if (n < 0)
        return weir_error_set(error, WEIR_E_IO, "%s %s: %s", db->what, db->path,
                              strerror(errno));
    if (n < (ssize_t)sizeof head || memcmp(head, "SQLite format 3", 16) != 0)
        return damaged(db, "it is not a database", error);
    uint32_t page = big_endian(head + 16, 2);
    uint32_t pages = big_endian(head + 28, 4);
    if (page == 1)
        page = 65536;
    /* The page count holds if version-valid-for is the change counter. */
    if (memcmp(head + 24, head + 92, 4) == 0 &&
        (int64_t)st.st_size < (int64_t)page * pages)
        return damaged(db, "it is shorter than it says", error);
    return check_wal(db, error);
}

/* Makes the file and its parents before SQLite does, for their modes. */
static enum weir_err make_file(struct weir_db *db, bool *empty,
                               struct weir_error *error) {
    int flags = db->readonly ? O_RDONLY : O_RDWR | O_CREAT;
    char *slash = strrchr(db->path, '/');
    if (slash && slash != db->path && !db->readonly) {
        *slash = '\0';
        int rc = weir_os_mkdirs(db->path, db->is_output ? 0777 : 0700);
        int cause = errno;
        *slash = '/';
        if (rc != 0 && cause == ENOMEM)
            return weir_error_nomem(error);
        if (rc != 0)
            return weir_error_set(error, WEIR_E_IO, "the folder of %s: %s",
                                  db->path, strerror(cause));
    }
    int fd = open(db->path, flags | O_CLOEXEC, db->is_output ? 0666 : 0600);
    if (fd < 0)
        return weir_error_set(error, WEIR_E_IO, "%s %s: %s", db->what, db->path,
                              strerror(errno));
    enum weir_err code = check_header(db, fd, empty, error);
    close(fd);
    return code;
}

static char *lock_path(const struct weir_db *db) {
    size_t n = strlen(db->path);
    char *path = weir_malloc(n + sizeof "-lock");
    if (path) {
        memcpy(path, db->path, n);
        memcpy(path + n, "-lock", sizeof "-lock");
    }
    return path;
}

static enum weir_err open_lock(struct weir_db *db, struct weir_error *error) {
    char *path;
    if (db->readonly)
        return WEIR_OK;
    path = lock_path(db);
    if (!path)
        return weir_error_nomem(error);
    db->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (db->lock < 0)
        weir_error_set(error, WEIR_E_IO, "%s: %s", path, strerror(errno));
    weir_free(path);
    return db->lock < 0 ? WEIR_E_IO : WEIR_OK;
}

enum weir_err weir_db_exec(struct weir_db *db, const char *sql,
                           struct weir_error *error) {
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(db, rc, error);
}

enum weir_err weir_db_prepare(struct weir_db *db, const char *sql,
                              struct sqlite3_stmt **out,
                              struct weir_error *error) {
    int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                out, NULL);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(db, rc, error);
}

static enum weir_err get_int(struct weir_db *db, const char *sql, int64_t *out,
                             struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    enum weir_err code = weir_db_prepare(db, sql, &stmt, error);
    if (code)
        return code;
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    else
        code = weir_db_fail(db, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, error);
    sqlite3_finalize(stmt);
    return code;
}

static enum weir_err make_tables(struct weir_db *db,
                                 const struct weir_db_config *config,
                                 struct weir_error *error) {
    char header[128];
    enum weir_err code;
    snprintf(header, sizeof header,
             "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
             config->application, config->version);
    if ((code = weir_db_exec(db,
                             "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; "
                             "BEGIN IMMEDIATE",
                             error)) ||
        (code = weir_db_exec(db, config->schema, error)) ||
        (code = weir_db_exec(db, header, error)))
        return code;
    return weir_db_exec(db, "PRAGMA journal_mode=WAL", error);
}

/* Log and index of a database that was here before and was moved away. Who
 * still has that one open keeps them; shared with the new one they would
 * damage both. */
static enum weir_err drop_leftovers(struct weir_db *db,
                                    struct weir_error *error) {
    size_t n = strlen(db->wal);
    char *shm = weir_strdup(db->wal);
    if (!shm)
        return weir_error_nomem(error);
    memcpy(shm + n - 3, "shm", 3);
    unlink(db->wal); /* it is empty: check_header() */
    unlink(shm);
    weir_free(shm);
    return WEIR_OK;
}

/* The tables are made in a file of another name, without journal and syncing,
 * which then takes the place of the empty one: whatever happens meanwhile, the
 * database is empty or complete. */
static enum weir_err make_database(struct weir_db *db,
                                   const struct weir_db_config *config,
                                   struct weir_error *error) {
    size_t n = strlen(db->path);
    char *path = weir_malloc(n + sizeof "-new");
    enum weir_err code = WEIR_OK;
    int fd;
    if (!path)
        return weir_error_nomem(error);
    memcpy(path, db->path, n);
    memcpy(path + n, "-new", sizeof "-new");
    unlink(path);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
              db->is_output ? 0666 : 0600);
    if (fd >= 0)
        close(fd);
    int rc = sqlite3_open_v2(path, &db->handle,
                             SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL);
    if (fd < 0)
        code =
            weir_error_set(error, WEIR_E_IO, "%s: %s", path, strerror(errno));
    else if (rc != SQLITE_OK)
        code = weir_db_fail(db, rc, error);
    else
        code = make_tables(db, config, error);
    sqlite3_close(db->handle);
    db->handle = NULL;
    if (!code)
        code = drop_leftovers(db, error);
    if (!code && rename(path, db->path) != 0)
        code = weir_error_set(error, WEIR_E_IO, "%s %s: %s", db->what, db->path,
                              strerror(errno));
    if (code)
        unlink(path);
    weir_free(path);
    return code;
}

static enum weir_err check_version(struct weir_db *db,
                                   const struct weir_db_config *config,
                                   struct weir_error *error) {
    int64_t application = 0, version = 0;
    enum weir_err code;
    if ((code = get_int(db, "PRAGMA application_id", &application, error)) ||
        (code = get_int(db, "PRAGMA user_version", &version, error)))
        return code;
    if (application != config->application)
        return weir_error_set(error, WEIR_E_STORE,
                              "%s is a database, but not one that weir made; "
                              "name another file%s",
                              db->path, db->is_output ? "" : " with --store");
    if (version > config->version)
        return weir_error_set(
            error, WEIR_E_STORE,
            "%s %s was written by a newer weir (version %lld, this one knows "
            "%d); update weir, or name another file%s",
            db->what, db->path, (long long)version, config->version,
            db->is_output ? "" : " with --store");
    if (version <= 0)
        return damaged(db, "its version is unknown", error);
    if (version < config->version)
        return weir_error_set(
            error, WEIR_E_STORE,
            "%s %s was written by an older weir (version %lld, this one needs "
            "%d). %s",
            db->what, db->path, (long long)version, config->version,
            db->is_output ? "Name another file"
                          : "Downloaded files are untouched. Move it and its "
                            "-wal file away and run again with "
                            "--skip-existing or -c, or name another file with "
                            "--store");
    return WEIR_OK;
}

/* Page by page, where that costs a few milliseconds at most. */
static enum weir_err check_small(struct weir_db *db, struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    int64_t pages = 0;
    enum weir_err code = get_int(db, "PRAGMA page_count", &pages, error);
    if (code || pages > CHECK_PAGES)
        return code;
    code = weir_db_prepare(db, "PRAGMA quick_check(1)", &stmt, error);
    if (code)
        return code;
    int rc = sqlite3_step(stmt);
    const char *text =
        rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    if (!text)
        code = weir_db_fail(db, rc, error);
    else if (strcmp(text, "ok") != 0)
        code = damaged(db, text, error);
    sqlite3_finalize(stmt);
    return code;
}

static enum weir_err configure(struct weir_db *db, struct weir_error *error) {
    char sql[256];
    int rc;
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    rc = sqlite3_wal_autocheckpoint(db->handle, 0);
    if (rc != SQLITE_OK)
        return weir_db_fail(db, rc, error);
    snprintf(sql, sizeof sql,
             "PRAGMA cell_size_check=ON; PRAGMA cache_size=-%d; "
             "PRAGMA temp_store=MEMORY; PRAGMA query_only=%d",
             db->cache_kib, db->readonly);
    return weir_db_exec(db, sql, error);
}

/* Under the lock, so that two first runs do not both make the tables. */
static enum weir_err open_locked(struct weir_db *db,
                                 const struct weir_db_config *config,
                                 struct weir_error *error) {
    bool empty;
    enum weir_err code = make_file(db, &empty, error);
    if (code)
        return code;
    if (empty && db->readonly)
        return weir_error_set(error, WEIR_E_STORE, "%s %s is empty", db->what,
                              db->path);
    if (empty && (code = make_database(db, config, error)))
        return code;
    /* Read-only ones too: the log's index may have to be made. */
    int rc = sqlite3_open_v2(db->path, &db->handle,
                             SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL);
    if (rc != SQLITE_OK)
        return weir_db_fail(db, rc, error);
    if ((code = configure(db, error)))
        return code;
    if ((code = check_version(db, config, error)))
        return code;
    if (!empty && (code = check_small(db, error)))
        return code;
    /* It may have been settled. */
    if (db->is_output && !db->readonly &&
        (code = weir_db_exec(db, "PRAGMA journal_mode=WAL", error)))
        return code;
    return weir_db_exec(db,
                        db->durable ? "PRAGMA synchronous=FULL"
                                    : "PRAGMA synchronous=NORMAL",
                        error);
}

static enum weir_err prepare_all(struct weir_db *db, struct weir_error *error) {
    enum weir_err code;
    if ((code = weir_db_prepare(db, "BEGIN IMMEDIATE", &db->begin, error)) ||
        (code = weir_db_prepare(db, "BEGIN", &db->begin_read, error)) ||
        (code = weir_db_prepare(db, "COMMIT", &db->commit, error)) ||
        (code = weir_db_prepare(db, "ROLLBACK", &db->rollback, error)))
        return code;
    return weir_db_prepare(db, "PRAGMA data_version", &db->data_version, error);
}

static enum weir_err set_paths(struct weir_db *db, const char *path,
                               struct weir_error *error) {
    size_t n = strlen(path);
    db->path = weir_strdup(path);
    db->wal = weir_malloc(n + sizeof "-wal");
    if (!db->path || !db->wal)
        return weir_error_nomem(error);
    memcpy(db->wal, path, n);
    memcpy(db->wal + n, "-wal", sizeof "-wal");
    return WEIR_OK;
}

enum weir_err weir_db_open(struct weir_db **out,
                           const struct weir_db_config *config,
                           struct weir_error *error) {
    enum weir_err code;
    struct weir_db *db = weir_calloc(1, sizeof *db);
    if (!db)
        return weir_error_nomem(error);
    db->lock = -1;
    db->readonly = config->readonly;
    db->durable = config->durable;
    db->is_output = config->what != NULL;
    db->what = config->what ? config->what : "the store";
    db->cache_kib = config->cache_kib ? config->cache_kib : CACHE_KIB;
    code = set_paths(db, config->path, error);
    if (!code && !db->readonly) {
        /* The parents must be there before the lock file is. */
        bool empty;
        code = make_file(db, &empty, error);
    }
    if (!code)
        code = open_lock(db, error);
    if (!code && db->lock >= 0 && weir_os_lock(db->lock, true) != 0)
        code = weir_error_set(error, WEIR_E_STORE, "the lock of %s: %s",
                              db->path, strerror(errno));
    if (!code) {
        code = open_locked(db, config, error);
        if (db->lock >= 0)
            weir_os_unlock(db->lock);
    }
    if (!code)
        code = prepare_all(db, error);
    if (code) {
        weir_db_close(db);
        return code;
    }
    *out = db;
    return WEIR_OK;
}

void weir_db_close(struct weir_db *db) {
    if (!db)
        return;
    sqlite3_finalize(db->begin);
    sqlite3_finalize(db->begin_read);
    sqlite3_finalize(db->commit);
    sqlite3_finalize(db->rollback);
    sqlite3_finalize(db->data_version);
    sqlite3_close(db->handle);
    if (db->lock >= 0)
        close(db->lock);
    weir_free(db->path);
    weir_free(db->wal);
    weir_free(db);
}

const char *weir_db_path(const struct weir_db *db) {
    return db->path;
}

struct sqlite3 *weir_db_handle(struct weir_db *db) {
    return db->handle;
}

static int run(struct sqlite3_stmt *stmt) {
    sqlite3_step(stmt);
    return sqlite3_reset(stmt);
}

enum weir_err weir_db_begin(struct weir_db *db, struct weir_error *error) {
    if (weir_os_lock(db->lock, true) != 0)
        return weir_error_set(error, WEIR_E_STORE, "the lock of %s: %s",
                              db->path, strerror(errno));
    int rc = run(db->begin);
    if (rc != SQLITE_OK) {
        weir_os_unlock(db->lock);
        return weir_db_fail(db, rc, error);
    }
    return WEIR_OK;
}

enum weir_err weir_db_commit(struct weir_db *db, struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    int rc = run(db->commit);
    if (rc != SQLITE_OK) {
        code = weir_db_fail(db, rc, error);
        weir_db_rollback(db);
        return code;
    }
    weir_os_unlock(db->lock);
    return code;
}

void weir_db_rollback(struct weir_db *db) {
    if (!sqlite3_get_autocommit(db->handle))
        run(db->rollback);
    weir_os_unlock(db->lock);
}

enum weir_err weir_db_read_begin(struct weir_db *db, struct weir_error *error) {
    int rc = run(db->begin_read);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(db, rc, error);
}

void weir_db_read_end(struct weir_db *db) {
    if (!sqlite3_get_autocommit(db->handle))
        run(db->commit);
}

enum weir_err weir_db_data_version(struct weir_db *db, int64_t *version,
                                   struct weir_error *error) {
    int rc = sqlite3_step(db->data_version);
    if (rc == SQLITE_ROW)
        *version = sqlite3_column_int64(db->data_version, 0);
    rc = sqlite3_reset(db->data_version);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(db, rc, error);
}

int64_t weir_db_wal_size(const struct weir_db *db) {
    struct stat st;
    return stat(db->wal, &st) == 0 ? (int64_t)st.st_size : 0;
}

enum weir_err weir_db_checkpoint(struct weir_db *db, struct weir_error *error) {
    if (weir_os_lock(db->lock, true) != 0)
        return weir_error_set(error, WEIR_E_STORE, "the lock of %s: %s",
                              db->path, strerror(errno));
    sqlite3_busy_timeout(db->handle, CHECKPOINT_BUSY_MS);
    int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL,
                                       SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    enum weir_err code = WEIR_OK;
    /* Busy: a reader still stands in the log; the next one finishes it. */
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
        code = weir_db_fail(db, rc, error);
    weir_os_unlock(db->lock);
    return code;
}

enum weir_err weir_db_settle(struct weir_db *db, struct weir_error *error) {
    enum weir_err code = weir_db_checkpoint(db, error);
    char *path = lock_path(db);
    if (code || !path) {
        weir_free(path);
        return code ? code : weir_error_nomem(error);
    }
    if (weir_os_lock(db->lock, true) == 0) {
        sqlite3_busy_timeout(db->handle, CHECKPOINT_BUSY_MS);
        int rc = sqlite3_exec(db->handle, "PRAGMA journal_mode=DELETE", NULL,
                              NULL, NULL);
        if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY &&
            (rc & 0xff) != SQLITE_LOCKED)
            code = weir_db_fail(db, rc, error);
        unlink(path);
        weir_os_unlock(db->lock);
    }
    weir_free(path);
    return code;
}

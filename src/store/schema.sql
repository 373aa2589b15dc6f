-- The store of weir, version 2. Changes raise WEIR_STORE_VERSION in db.h; a
-- test compares.
-- Hashes are 64-bit XXH3, stored as signed integers; times are seconds since
-- 1970 unless they say ns. Credentials are in no table.

-- One row. seq counts committed batches; batches up to synced lay on the disk
-- at the last checkpoint. After a reboot rows of the batches in (doubt_from,
-- doubt_to] are verified before they are believed.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    boot TEXT NOT NULL,
    seq INTEGER NOT NULL,
    synced INTEGER NOT NULL,
    doubt_from INTEGER NOT NULL,
    doubt_to INTEGER NOT NULL
);

-- Output folders, absolute; files below are relative to them.
CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
);

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,
    title TEXT NOT NULL,
    state INTEGER NOT NULL,     -- 0 unfinished, 1 complete, 2 forgotten
    started INTEGER NOT NULL,
    ended INTEGER,
    done INTEGER NOT NULL,      -- acknowledged answers
    failed INTEGER NOT NULL,    -- acknowledged failures
    bytes INTEGER NOT NULL,
    made_of INTEGER NOT NULL    -- hash of the job file, 0 = none
);
CREATE INDEX run_key ON run (key);

-- What a URL answered, once for each target (a file name or none at all). An
-- append table: its rows lie in the order of their batches, and only the two
-- indices are written at random places.
CREATE TABLE answer (
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,       -- of method, URL and target
    run INTEGER NOT NULL,       -- the last that acknowledged it
    seq INTEGER NOT NULL,       -- the batch that did
    method TEXT,                -- NULL is GET
    url TEXT NOT NULL,
    effective_url TEXT,         -- NULL when the same
    status INTEGER NOT NULL,
    requested INTEGER NOT NULL,
    responded INTEGER NOT NULL,
    head TEXT NOT NULL,         -- "Name: value\n"..., without Set-Cookie
    vary INTEGER,               -- of the request headers that Vary names
    size INTEGER NOT NULL,
    xxh3 INTEGER NOT NULL,
    sha256 BLOB,
    folder INTEGER,             -- NULL: no body was stored
    file TEXT,
    file_key INTEGER,           -- of the whole path, case folded
    mtime_ns INTEGER
);
CREATE UNIQUE INDEX answer_key ON answer (key);
CREATE INDEX answer_file ON answer (file_key) WHERE file_key IS NOT NULL;

-- URLs that failed for good in a run; they keep their claim on a name.
CREATE TABLE failure (
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,
    run INTEGER NOT NULL,
    url TEXT NOT NULL,
    code TEXT NOT NULL,         -- a name of the error table
    status INTEGER NOT NULL,
    message TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    at INTEGER NOT NULL,
    file TEXT,
    file_key INTEGER
);
CREATE UNIQUE INDEX failure_key ON failure (key);
CREATE INDEX failure_file ON failure (file_key) WHERE file_key IS NOT NULL;

-- Bodies that are half there, under `part` in their answer's folder.
CREATE TABLE partial (
    key INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    part TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    total INTEGER NOT NULL,     -- -1 not known
    boot TEXT NOT NULL
);

-- Bodies of answers that jobs keep, zstd.
CREATE TABLE body (
    answer INTEGER PRIMARY KEY, -- answer.id
    size INTEGER NOT NULL,      -- plain
    made_of INTEGER NOT NULL,   -- hash of what was extracted with, 0 = nothing
    derived BLOB,               -- what was; before the body, so that it is read
    packed BLOB NOT NULL        -- without
);

-- The frontier of each run that is not over: id is run << 32 | n, so that the
-- entries of one run lie together in the order in which they came, and both
-- tables are only ever appended to. The narrow one is what a resumption reads.
CREATE TABLE frontier (
    id INTEGER PRIMARY KEY,
    host INTEGER NOT NULL,      -- hash of the host and port
    dedupe INTEGER,             -- hash; NULL: never the same as another
    rank INTEGER NOT NULL,      -- the order as a number
    priority INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    state INTEGER NOT NULL,     -- 0 queued, 1 leased, 2 done, 3 failed
    attempts INTEGER NOT NULL
);
CREATE TABLE frontier_text (
    id INTEGER PRIMARY KEY,     -- frontier.id
    url TEXT NOT NULL,
    method TEXT,                -- NULL is GET
    body BLOB,
    headers TEXT,
    context TEXT,
    ord TEXT,
    page INTEGER NOT NULL,
    depth INTEGER NOT NULL
);
-- Hosts that are left alone until a time.
CREATE TABLE frontier_host (
    run INTEGER NOT NULL,
    host INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (run, host)
) WITHOUT ROWID;

-- Records of jobs. One key has one row, but where a job wants to write every
-- record of its run also those that are alike. NULL json: seen, and not whole
-- yet. seq grows in the order in which records were completed.
CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    job INTEGER NOT NULL,
    key INTEGER NOT NULL,       -- hash of the key's text
    seen INTEGER NOT NULL,      -- the last run that met the key
    run INTEGER NOT NULL,       -- the last that completed it, 0 = none
    first_run INTEGER NOT NULL, -- the first that did
    seq INTEGER NOT NULL,
    page INTEGER NOT NULL,
    ord TEXT,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    changed INTEGER NOT NULL,   -- when the answer came that gave this json
    json TEXT
);
CREATE INDEX item_key ON item (job, key, run);

-- How far an output was written when its batch was committed.
CREATE TABLE output (
    key INTEGER PRIMARY KEY,    -- of the job, the path and the type
    run INTEGER NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    offset INTEGER NOT NULL
);

-- Lengths and types of files that nobody downloads (enclosures).
CREATE TABLE probe (
    key INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    length INTEGER NOT NULL,    -- -1: the server does not tell
    type TEXT NOT NULL
);

-- A tile archive: MBTiles 1.3 (metadata and tiles), and beside it what a later
-- run needs. Changes raise WEIR_TILEDB_VERSION in tiledb.h.

CREATE TABLE metadata (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Each distinct image once: the sea repeats. hash is XXH3 of the bytes.
CREATE TABLE images (
    tile_id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    tile_data BLOB NOT NULL
);
CREATE INDEX images_hash ON images (hash);

-- One row for each tile that was asked for. Rows count from the south (TMS).
CREATE TABLE map (
    zoom_level INTEGER NOT NULL,
    tile_column INTEGER NOT NULL,
    tile_row INTEGER NOT NULL,
    tile_id INTEGER,            -- NULL: no image here
    state INTEGER NOT NULL,     -- 1 there, 2 no such tile, 3 failed
    status INTEGER NOT NULL,    -- HTTP, 0 = no answer
    run INTEGER NOT NULL,       -- the last that acknowledged it
    checked INTEGER NOT NULL,   -- when the server last spoke of it
    fresh INTEGER NOT NULL,     -- it need not be asked before
    etag TEXT,
    modified TEXT,
    size INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    format INTEGER NOT NULL,    -- enum weir_tile_format
    mtime_ns INTEGER NOT NULL,  -- of its file, in a folder
    error TEXT,                 -- of the last attempt, if that failed
    PRIMARY KEY (zoom_level, tile_column, tile_row)
) WITHOUT ROWID;

CREATE VIEW tiles AS
    SELECT map.zoom_level AS zoom_level, map.tile_column AS tile_column,
           map.tile_row AS tile_row, images.tile_data AS tile_data
    FROM map JOIN images ON images.tile_id = map.tile_id;

-- Layers and fields of vector tiles, for the metadata.
CREATE TABLE weir_layer (
    layer TEXT NOT NULL,
    field TEXT NOT NULL,        -- '' = the layer itself
    type TEXT NOT NULL,
    minzoom INTEGER NOT NULL,
    maxzoom INTEGER NOT NULL,
    PRIMARY KEY (layer, field)
) WITHOUT ROWID;

-- One row: the run that wrote last.
CREATE TABLE weir_run (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,
    key INTEGER NOT NULL,       -- hash of the command
    unfinished INTEGER NOT NULL,
    source INTEGER NOT NULL,    -- hash of the template, which may be secret
    boot TEXT NOT NULL,
    made_size INTEGER NOT NULL, -- of the file made from it (PMTiles); 0 none
    made_mtime_ns INTEGER NOT NULL,
    changed INTEGER NOT NULL    -- since that file was made
);

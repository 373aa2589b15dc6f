/* storage_tiles.h - items that are map tiles: their plan, finish and batch. */
#ifndef WEIR_ENGINE_STORAGE_TILES_H
#define WEIR_ENGINE_STORAGE_TILES_H

#include "engine/storage_internal.h"

/* Opens the set, after the locks are held. */
enum weir_err storage_tiles_open(struct weir_storage *s,
                                 struct weir_run_info *info,
                                 struct weir_error *error);
/* Gives the item its verdict and p->tile. */
enum weir_err storage_tiles_plan(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error);
/* What came of a body so far is of no use. */
void storage_tiles_rewind(struct plan *p);
/* A piece of a body too large for one. */
enum weir_err storage_tiles_append(struct plan *p, const void *bytes, size_t n,
                                   struct weir_error *error);
/* Decides what becomes of the item and what its row says. */
void storage_tiles_finish(struct weir_storage *s, struct plan *p);
/* The archive's transaction for these plans. */
enum weir_err storage_tiles_commit(struct weir_storage *s, struct plan **plans,
                                   size_t count, struct weir_error *error);
/* After it: files get their names; or, if it failed, go. */
void storage_tiles_place(struct weir_storage *s, struct plan *p);
void storage_tiles_discard(struct weir_storage *s, struct plan *p);
void storage_tiles_release(struct plan *p);

#endif

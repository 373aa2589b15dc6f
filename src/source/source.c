/* The three calls that every source shares. */
#include "source/source.h"

void weir_source_start(struct weir_source *s, weir_source_wake wake,
                       void *data) {
    s->wake = wake;
    s->wake_data = data;
}

enum weir_pull weir_source_next(struct weir_source *s, struct weir_request *out,
                                struct weir_error *error) {
    /* Of jobs; sources of lists do not know them. */
    out->method = out->body = (struct weir_str){NULL, 0};
    out->client = NULL;
    out->terms = NULL;
    out->no_robots = out->any_address = false;
    return s->ops->next(s, out, error);
}

void weir_source_destroy(struct weir_source *s) {
    if (s)
        s->ops->destroy(s);
}

/* weir-records - records from standard input to one output, as a run would.
 *
 *   weir-records TYPE PATH [KEY=VALUE...] < records.jsonl
 *
 * A line is a record. Keys:
 *   mode=replace|append|new   (default replace)
 *   template= table= key= keep_first=1 page_size= archive=1 length=page|none
 *   column= dedupe= (each again for more)
 *   channel.NAME=  field.NAME=    of feeds
 *   retrieved=SECONDS  of the first record, one more for each (default 1e9)
 *   measured=LENGTH,TYPE          what every server says of an enclosure
 *   position=FILE  the last committed position, read if there, and written
 *   batch=N        records of a batch (default all); of databases: the number
 *                  of the first batch is first=
 *   die_after=N    the process ends without a word after N writes
 *
 * Prints the number of records written and the first problem. */
#include "base/mem.h"
#include "sink/records.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 64 };

struct driver {
    struct weir_output output;
    struct weir_record_config config;
    const char *columns[MANY], *dedupe[MANY], *key[MANY];
    struct weir_job_pair channel[MANY];
    const char *position_file;
    struct weir_record_position position;
    uint64_t retrieved, batch, first, die_after, writes;
    uint64_t length;
    const char *type; /* of measured */
    struct weir_buf input;
    struct weir_str rest;
    uint64_t line;
};

static void die(const char *what) {
    fprintf(stderr, "weir-records: %s\n", what);
    exit(2);
}

static uint64_t number(const char *text) {
    uint64_t n;
    if (!weir_str_to_u64(weir_str_of(text), &n))
        die(text);
    return n;
}

static const struct {
    const char *name;
    enum weir_output_type type;
} types[] = {{"jsonl", WEIR_OUTPUT_JSONL}, {"json", WEIR_OUTPUT_JSON},
             {"csv", WEIR_OUTPUT_CSV},     {"sqlite", WEIR_OUTPUT_SQLITE},
             {"rss", WEIR_OUTPUT_RSS},     {"atom", WEIR_OUTPUT_ATOM},
             {"text", WEIR_OUTPUT_TEXT}};

static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    {"template", offsetof(struct weir_output, template_)},
    {"table", offsetof(struct weir_output, table)},
    {"field.title", offsetof(struct weir_output, feed.title)},
    {"field.link", offsetof(struct weir_output, feed.link)},
    {"field.description", offsetof(struct weir_output, feed.description)},
    {"field.content", offsetof(struct weir_output, feed.content)},
    {"field.date", offsetof(struct weir_output, feed.date)},
    {"field.guid", offsetof(struct weir_output, feed.guid)},
    {"field.enclosure", offsetof(struct weir_output, feed.enclosure)},
    {"field.enclosure_length",
     offsetof(struct weir_output, feed.enclosure_length)},
};

static void set_mode(struct driver *d, const char *value) {
    if (strcmp(value, "append") == 0)
        d->output.mode = WEIR_MODE_APPEND;
    else if (strcmp(value, "new") == 0)
        d->output.mode = WEIR_MODE_NEW;
    else
        d->output.mode = WEIR_MODE_REPLACE;
}

static void measured(struct driver *d, char *value) {
    char *comma = strchr(value, ',');
    if (!comma)
        die("measured=LENGTH,TYPE");
    *comma = '\0';
    d->length = number(value);
    d->type = comma + 1;
}

static bool set_list(struct driver *d, const char *name, const char *value) {
    struct weir_output *o = &d->output;
    if (o->column_count == MANY || o->dedupe_count == MANY ||
        o->key_count == MANY || o->channel_count == MANY)
        die("too many values");
    if (strcmp(name, "column") == 0)
        d->columns[o->column_count++] = value;
    else if (strcmp(name, "dedupe") == 0)
        d->dedupe[o->dedupe_count++] = value;
    else if (strcmp(name, "key") == 0)
        d->key[o->key_count++] = value;
    else if (strncmp(name, "channel.", 8) == 0)
        d->channel[o->channel_count++] =
            (struct weir_job_pair){name + 8, value};
    else
        return false;
    return true;
}

static void set(struct driver *d, char *argument) {
    char *value = strchr(argument, '=');
    if (!value)
        die(argument);
    *value++ = '\0';
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(argument, texts[i].name) == 0) {
            memcpy((char *)&d->output + texts[i].offset, &value,
                   sizeof(char *));
            return;
        }
    if (set_list(d, argument, value))
        return;
    if (strcmp(argument, "mode") == 0)
        set_mode(d, value);
    else if (strcmp(argument, "keep_first") == 0)
        d->output.upsert = false;
    else if (strcmp(argument, "archive") == 0)
        d->output.archive = true;
    else if (strcmp(argument, "page_size") == 0)
        d->output.page_size = number(value);
    else if (strcmp(argument, "length") == 0)
        d->output.length =
            strcmp(value, "page") == 0 ? WEIR_LENGTH_PAGE : WEIR_LENGTH_NONE;
    else if (strcmp(argument, "retrieved") == 0)
        d->retrieved = number(value);
    else if (strcmp(argument, "measured") == 0)
        measured(d, value);
    else if (strcmp(argument, "position") == 0)
        d->position_file = value;
    else if (strcmp(argument, "batch") == 0)
        d->batch = number(value);
    else if (strcmp(argument, "first") == 0)
        d->first = number(value);
    else if (strcmp(argument, "die_after") == 0)
        d->die_after = number(value);
    else
        die(argument);
}

static void measure(struct weir_str url, struct weir_measured *out,
                    void *data) {
    const struct driver *d = data;
    (void)url;
    *out = (struct weir_measured){true, d->length, weir_str_of(d->type)};
}

/* ---- the store's part ---- */

static void load_position(struct driver *d) {
    FILE *f = d->position_file ? fopen(d->position_file, "rb") : NULL;
    if (!f)
        return;
    if (fread(&d->position, sizeof d->position, 1, f) != 1)
        die("position");
    fclose(f);
    d->config.resume = &d->position;
}

static void save_position(struct driver *d) {
    FILE *f;
    if (!d->position_file)
        return;
    f = fopen(d->position_file, "wb");
    if (!f || fwrite(&d->position, sizeof d->position, 1, f) != 1 ||
        fclose(f) != 0)
        die("position");
}

static enum weir_err next(struct weir_record *out, bool *more, void *data,
                          struct weir_error *error) {
    struct driver *d = data;
    struct weir_str line;
    (void)error;
    *more = d->rest.n > 0;
    if (!*more)
        return WEIR_OK;
    weir_str_cut(d->rest, '\n', &line, &d->rest);
    *out = (struct weir_record){.json = line,
                                .retrieved = (int64_t)(d->retrieved + d->line),
                                .is_new = true};
    d->line++;
    return WEIR_OK;
}

static enum weir_err rewind_input(void *data, struct weir_error *error) {
    struct driver *d = data;
    (void)error;
    d->rest = weir_buf_view(&d->input);
    d->line = 0;
    return WEIR_OK;
}

static enum weir_err flush(struct driver *d, struct weir_record_sink *s,
                           struct weir_error *error) {
    enum weir_err code = weir_record_sink_flush(s, &d->position, error);
    if (!code)
        save_position(d);
    return code;
}

/* Batch after batch; records that are no JSON are said and left out. */
static enum weir_err grow(struct driver *d, struct weir_record_sink *s,
                          struct weir_error *error) {
    enum weir_err code = weir_record_sink_position(s, &d->position, error);
    struct weir_record record;
    bool more = true, wanted = true;
    save_position(d);
    for (uint64_t batch = d->first; !code && more; batch++) {
        code = weir_record_sink_begin(s, batch, &wanted, error);
        for (uint64_t i = 0; !code && i < d->batch; i++) {
            code = next(&record, &more, d, error);
            if (code || !more)
                break;
            if (!wanted)
                continue;
            code = weir_record_sink_write(s, &record, error);
            if (code == WEIR_E_INVALID) {
                fprintf(stderr, "%s\n", error->message);
                code = WEIR_OK;
            }
            if (++d->writes == d->die_after) {
                /* Some of it is in the file already. */
                struct weir_record_position lost;
                if (!weir_record_sink_is_database(s))
                    weir_record_sink_flush(s, &lost, error);
                _exit(9);
            }
        }
        if (!code && wanted)
            code = flush(d, s, error);
    }
    return code;
}

static void read_input(struct weir_buf *b) {
    char block[65536];
    size_t n;
    weir_buf_init(b, 0);
    while ((n = fread(block, 1, sizeof block, stdin)) > 0)
        if (weir_buf_add(b, block, n))
            die("no memory");
}

static int run(struct driver *d) {
    struct weir_record_iterator records = {next, rewind_input, d};
    struct weir_record_sink *s;
    struct weir_error error = {0};
    enum weir_err code = weir_record_sink_create(&s, &d->config, &error);
    if (!code) {
        code = weir_record_sink_at_end(s)
                   ? weir_record_sink_write_all(s, &records, &error)
                   : grow(d, s, &error);
        if (!code)
            code = weir_record_sink_finish(s, true, &error);
        struct weir_record_problems p = weir_record_sink_problems(s);
        fprintf(stderr, "%llu written, %llu problems%s%s\n",
                (unsigned long long)weir_record_sink_written(s),
                (unsigned long long)p.count, p.first ? ": " : "",
                p.first ? p.first : "");
        weir_record_sink_destroy(s);
    }
    if (code)
        fprintf(stderr, "error: %s\n", error.message);
    return weir_err_exit_status(code);
}

int main(int argc, char **argv) {
    struct driver d = {.retrieved = 1000000000,
                       .batch = UINT64_MAX,
                       .first = 1,
                       .output = {.upsert = true}};
    size_t type = 0, count = sizeof types / sizeof *types;
    if (argc < 3)
        die("weir-records TYPE PATH [KEY=VALUE...]");
    while (type < count && strcmp(types[type].name, argv[1]) != 0)
        type++;
    if (type == count)
        die(argv[1]);
    d.output.type = types[type].type;
    d.output.path = argv[2];
    d.output.columns = d.columns;
    d.output.dedupe = d.dedupe;
    d.output.key = d.key;
    d.output.channel = d.channel;
    d.config = (struct weir_record_config){
        .output = &d.output, .out_fd = 1, .identity = "test", .data = &d};
    for (int i = 3; i < argc; i++)
        set(&d, argv[i]);
    if (d.type)
        d.config.measure = measure;
    load_position(&d);
    read_input(&d.input);
    d.rest = weir_buf_view(&d.input);
    int status = run(&d);
    weir_buf_release(&d.input);
    return status;
}

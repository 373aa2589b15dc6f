/* jobfile_follow.c - follow: the links from one page type to another, and
 * whether all of them together make sense.
 *
 * A record is complete when its last merge is done, so merges may not go in a
 * circle. A page type that no start and no rule leads to is a slip, but does no
 * harm. */
#include "cli/jobfile_reader.h"

#include <string.h>

static void read_rule(struct weir_jobread *r, const struct weir_yaml *map,
                      const struct weir_yaml *pages, size_t here,
                      struct weir_follow *f) {
    static const char *const scopes[] = {"host", "domain", "prefix", "any"};
    const struct weir_yaml *select = weir_yaml_get(map, "select");
    const struct weir_yaml *template_ = weir_yaml_get(map, "template");
    uint64_t depth;
    size_t i;
    f->place = map->place;
    weir_jobread_select(r, select, &f->select);
    f->template_ = weir_jobread_text(r, template_, WEIR_JOBREAD_LINE);
    if (!select == !template_)
        weir_jobread_error(r, map->place,
                           "a rule needs either select or template");
    if (f->template_)
        weir_jobread_check_template(r, template_, f->template_);
    weir_jobread_page(r, weir_yaml_get(map, "page"), pages, &f->page);
    weir_jobread_bool(r, weir_yaml_get(map, "merge"), &f->merge);
    f->allow =
        weir_jobread_texts(r, weir_yaml_get(map, "allow"), &f->allow_count);
    f->deny = weir_jobread_texts(r, weir_yaml_get(map, "deny"), &f->deny_count);
    f->scope = f->page == here ? WEIR_SCOPE_HOST : WEIR_SCOPE_ANY;
    if (weir_jobread_word(r, weir_yaml_get(map, "scope"), scopes, 4, &i))
        f->scope = (enum weir_scope)i;
    if (weir_jobread_count(r, weir_yaml_get(map, "depth"), 1, &depth))
        f->depth = depth > 1000000 ? 1000000 : (unsigned)depth;
}

void weir_jobread_follow(struct weir_jobread *r, const struct weir_yaml *node,
                         const struct weir_yaml *pages,
                         struct weir_page *page) {
    const struct weir_yaml *item = weir_jobread_first(node);
    size_t room = weir_jobread_many(node), n = 0;
    struct weir_follow *rules = weir_jobread_array(r, room, sizeof *rules);
    size_t here = (size_t)(page - r->job->pages);
    for (size_t i = 0; rules && i < room; i++, item = item->next)
        if (item->kind == WEIR_YAML_SCALAR && !weir_yaml_is_null(item))
            weir_jobread_error(r, item->place,
                               "expected {select: ..., page: NAME}");
        else if (weir_jobread_keys(r, item, WEIR_JOBFILE_follow))
            read_rule(r, item, pages, here, &rules[n++]);
    page->follows = rules;
    page->follow_count = n;
}

/* --- the rules together
 * ------------------------------------------------------------ */

enum { UNSEEN, OPEN, DONE };

/* Depth first along merges; the stack is the path. A rule that leads back to
 * an open page type closes a circle. */
struct step {
    size_t page, rule;
};

static void walk_merges(struct weir_jobread *r, size_t from, char *state,
                        struct step *stack) {
    const struct weir_page *pages = r->job->pages;
    size_t depth = 0;
    stack[depth++] = (struct step){from, 0};
    state[from] = OPEN;
    while (depth > 0) {
        struct step *top = &stack[depth - 1];
        const struct weir_page *page = &pages[top->page];
        const struct weir_follow *rule;
        if (top->rule == page->follow_count) {
            state[top->page] = DONE;
            depth--;
            continue;
        }
        rule = &page->follows[top->rule++];
        if (!rule->merge || state[rule->page] == DONE)
            continue;
        if (state[rule->page] == OPEN) {
            weir_jobread_error(r, rule->place,
                               "merging \"%.60s\" into \"%.60s\" closes a "
                               "circle: no record would ever be complete",
                               pages[rule->page].name, page->name);
            continue;
        }
        state[rule->page] = OPEN;
        stack[depth++] = (struct step){rule->page, 0};
    }
}

/* Marks what follow rules lead to; `queue` has room for every page type. */
static void mark_reached(const struct weir_job *job, char *reached,
                         size_t *queue) {
    size_t head = 0, tail = 0;
    for (size_t i = 0; i < job->start_count; i++)
        if (!reached[job->starts[i].page]) {
            reached[job->starts[i].page] = 1;
            queue[tail++] = job->starts[i].page;
        }
    while (head < tail) {
        const struct weir_page *page = &job->pages[queue[head++]];
        for (size_t i = 0; i < page->follow_count; i++)
            if (!reached[page->follows[i].page]) {
                reached[page->follows[i].page] = 1;
                queue[tail++] = page->follows[i].page;
            }
    }
}

void weir_jobread_check_graph(struct weir_jobread *r) {
    const struct weir_job *job = r->job;
    size_t n = job->page_count;
    char *state = weir_jobread_array(r, n, 1);
    struct step *stack = weir_jobread_array(r, n, sizeof *stack);
    size_t *queue = weir_jobread_array(r, n, sizeof *queue);
    if (!state || !stack || !queue)
        return;
    for (size_t i = 0; i < n; i++)
        if (state[i] == UNSEEN)
            walk_merges(r, i, state, stack);
    memset(state, 0, n);
    mark_reached(job, state, queue);
    for (size_t i = 0; i < n; i++)
        if (!state[i])
            weir_jobread_warn(r, job->pages[i].place,
                              "nothing leads to the page type \"%.60s\"",
                              job->pages[i].name);
}

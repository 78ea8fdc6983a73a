/* Names read at their own axes and elsewhere: gathers, transposes, shifts, reads under guards. */
#include "generator.h"
#include <stdio.h>

/* A dim that may be mentioned and is as long as dim. */
static int twin(Generator *g, Context context, int dim) {
    unsigned among = 0;
    for (int i = 0; i < g->dim_count; i++)
        if (i != dim && dim_root(g, i) == dim_root(g, dim)) among |= bit(i);
    return pick_dim(g, among & context.axes);
}

static Tree *index_of_value(Generator *g, Context context, int dim) {
    int start = pick(g, g->value_count + 1);
    for (int i = 0; i < g->value_count; i++) {
        int value = (start + i) % g->value_count;
        const Value *v = &g->values[value];
        if (v->type == VALUE_INDEX && v->index_of == dim && !v->has_none &&
            !(v->axes & ~context.axes))
            return read_value(g, context, value);
    }
    return NULL;
}

/* The place o + k of a window. */
static Tree *index_of_window(Generator *g, Context context, int dim) {
    for (int i = 0; i < g->dim_count; i++) {
        const Dim *d = &g->dims[i];
        if (d->kind != DIM_WINDOW || d->base != dim) continue;
        if (!(context.axes & bit(i)) || !(context.axes & bit(d->window))) continue;
        unsigned axes = bit(i) | bit(d->window);
        return tree_leaf(g, TREE_INTEGER, axes,
                         words(g, "%s + %s", d->name, g->dims[d->window].name));
    }
    return NULL;
}

Tree *index_of(Generator *g, Context context, int dim) {
    const Dim *d = &g->dims[dim];
    for (int tries = 0; tries < 6; tries++) {
        int other = twin(g, context, dim);
        int inside = context.axes & bit(dim) ? dim : other;
        Tree *found = NULL;
        switch (pick(g, 7)) {
        case 0:
        case 1:
            if (other >= 0) found = tree_leaf(g, TREE_INTEGER, bit(other), g->dims[other].name);
            break;
        case 2: found = index_of_value(g, context, dim); break;
        case 3: found = index_of_window(g, context, dim); break;
        case 4:
            if (d->kind == DIM_FIXED)
                found = tree_leaf(g, TREE_INTEGER, 0, words(g, "%d", pick(g, d->fixed)));
            break;
        case 5:
            if (inside >= 0)
                found = tree_leaf(g, TREE_INTEGER, bit(inside),
                                  words(g, "extent(%s) - 1 - %s", d->name, g->dims[inside].name));
            break;
        default:
            if (inside < 0) break;
            const char *i = g->dims[inside].name, *n = d->name;
            const char *text =
                pick(g, 2) ? words(g, "clamp(%s + %d, 0, extent(%s) - 1)", i, pick(g, 3) - 1, n)
                           : words(g, "mod(%s + %d, extent(%s))", i, pick(g, 3), n);
            found = tree_leaf(g, TREE_INTEGER, bit(inside), text);
        }
        if (found) return found;
    }
    return NULL;
}

Tree *read_value(Generator *g, Context context, int value) {
    static const TreeType types[] = {TREE_REAL, TREE_REAL, TREE_INTEGER, TREE_BOOL, TREE_INTEGER};
    const Value *v = &g->values[value];
    TreeType type = types[v->type];
    if (v->mask >= 0 && (v->axes & ~context.axes || !(context.masks & (1ull << v->mask))))
        return NULL;
    if (!(v->axes & ~context.axes) && (v->mask >= 0 || !v->is_stated || v->rank == 0 || pick(g, 6)))
        return tree_leaf(g, type, v->axes, v->name);
    if (!v->is_stated) return NULL;
    Tree *indices[MOST_RANK] = {0};
    for (int i = 0; i < v->rank; i++) {
        int dim = v->order[i];
        bool is_here = context.axes & bit(dim);
        if (!is_here || pick(g, 3) == 0) indices[i] = index_of(g, context, dim);
        if (!indices[i] && !is_here) return NULL;
    }
    bool by_name = pick(g, 2), any = false;
    Text text = text_new(g->arena);
    text_format(&text, "%s[", v->name);
    Tree *given[MOST_RANK] = {0};
    int count = 0;
    unsigned axes = 0;
    for (int i = 0; i < v->rank; i++) {
        const char *name = g->dims[v->order[i]].name;
        if (by_name && !indices[i]) {
            axes |= bit(v->order[i]);
            continue;
        }
        text_format(&text, "%s%s%s%s", any ? ", " : "", by_name ? name : "", by_name ? " = " : "",
                    indices[i] ? "@" : name);
        if (indices[i])
            given[count++] = indices[i];
        else
            axes |= bit(v->order[i]);
        any = true;
    }
    if (!any) return tree_leaf(g, type, v->axes, v->name);
    text_add(&text, "]");
    Tree *tree = tree_new(g, type, text.chars, count, given[0], given[1], given[2], given[3]);
    tree->axes |= axes;
    return tree;
}

static Tree *read_shifted(Generator *g, Context context, int depth) {
    int dim = pick_dim(g, context.axes);
    if (dim < 0) return NULL;
    Tree *body = real_expression(g, context_bind(g, context, bit(dim)), depth - 1);
    if (!(body->axes & bit(dim))) return body;
    int step = 1 + pick(g, 3);
    const char *name = g->dims[dim].name;
    Tree *otherwise = real_expression(g, context, 0);
    Tree *tree =
        tree_new(g, TREE_REAL,
                 words(g, "(@)[%s = %s %c %d else @]", name, name, pick(g, 2) ? '-' : '+', step), 2,
                 body, otherwise);
    return tree;
}

static Tree *read_transposed(Generator *g, Context context, int depth) {
    int a = pick_dim(g, context.axes), b = a < 0 ? -1 : twin(g, context, a);
    if (b < 0) return NULL;
    Tree *body = real_expression(g, context_bind(g, context, bit(a) | bit(b)), depth - 1);
    const char *x = g->dims[a].name, *y = g->dims[b].name;
    if (!(body->axes & bit(a)) || !(body->axes & bit(b))) return body;
    return tree_new(g, TREE_REAL, words(g, "(@)[%s = %s, %s = %s]", x, y, y, x), 1, body);
}

Tree *read_elsewhere(Generator *g, Context context, int depth) {
    int kind = pick(g, 4);
    if (kind == 0) return read_shifted(g, context, depth);
    if (kind == 1) return read_transposed(g, context, depth);
    int dim = pick(g, g->dim_count);
    Tree *index = index_of(g, context, dim);
    if (!index) return NULL;
    Context inner = context_bind(g, context, bit(dim));
    Tree *body = real_expression(g, inner, depth - 1);
    if (!(body->axes & bit(dim))) return body->axes & ~context.axes ? NULL : body;
    Tree *tree = tree_new(g, TREE_REAL, words(g, "(@)[%s = @]", g->dims[dim].name), 2, body, index);
    tree->axes = (body->axes & ~bit(dim)) | index->axes;
    return tree;
}

/* A read that only the condition around it makes legal. */
static Tree *guarded_read(Generator *g, Context context, int depth, int dim, const char *condition,
                          const char *index, unsigned axes) {
    Tree *body = real_expression(g, context_bind(g, context, bit(dim)), depth - 1);
    if (!(body->axes & bit(dim))) return body->axes & ~context.axes ? NULL : body;
    Tree *otherwise = real_expression(g, context, 0);
    Tree *tree;
    if (pick(g, 3) == 0) {
        int over = pick_dim(g, axes);
        if (over < 0) over = pick(g, g->dim_count);
        Context rest = context_bind(g, context, bit(over));
        rest.axes &= ~bit(over);
        const char *format = words(g, "mean[%s]((@)[%s = %s], where = %s, empty = @)",
                                   g->dims[over].name, g->dims[dim].name, index, condition);
        otherwise = real_expression(g, rest, 0);
        tree = tree_new(g, TREE_REAL, format, 2, body, otherwise);
        tree->axes = (((body->axes & ~bit(dim)) | axes) & ~bit(over)) | otherwise->axes;
        return tree;
    }
    const char *format =
        words(g, "(if %s then (@)[%s = %s] else @)", condition, g->dims[dim].name, index);
    tree = tree_new(g, TREE_REAL, format, 2, body, otherwise);
    tree->axes = (body->axes & ~bit(dim)) | axes | otherwise->axes;
    return tree;
}

Tree *read_guarded(Generator *g, Context context, int depth) {
    int start = pick(g, g->value_count);
    for (int i = 0; i < g->value_count; i++) {
        const Value *v = &g->values[(start + i) % g->value_count];
        if (v->axes & ~context.axes || v->mask >= 0) continue;
        if (v->type == VALUE_INDEX && v->has_none)
            return guarded_read(g, context, depth, v->index_of, words(g, "has(%s)", v->name),
                                v->name, v->axes);
        if (v->type != VALUE_INTEGER || pick(g, 2)) continue;
        int dim = pick(g, g->dim_count);
        const char *condition =
            pick(g, 2)
                ? words(g, "0 <= %s < extent(%s)", v->name, g->dims[dim].name)
                : words(g, "%s >= 0 and %s < extent(%s)", v->name, v->name, g->dims[dim].name);
        return guarded_read(g, context, depth, dim, condition, v->name, v->axes);
    }
    int dim = pick_dim(g, context.axes);
    if (dim < 0) return NULL;
    const char *name = g->dims[dim].name;
    int step = 1 + pick(g, 2);
    if (pick(g, 2))
        return guarded_read(g, context, depth, dim, words(g, "%s >= %d", name, step),
                            words(g, "%s - %d", name, step), bit(dim));
    return guarded_read(g, context, depth, dim, words(g, "%s + %d < extent(%s)", name, step, name),
                        words(g, "%s + %d", name, step), bit(dim));
}

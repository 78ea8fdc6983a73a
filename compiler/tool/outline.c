/* Takes a plan, gives boxes (data, named values, reductions, stores), each in the loop that
 * computes it, and which box uses which. Arithmetic that has no name is part of the expression that
 * it stands in. */
#include "tool/outline.h"
#include "graph/print.h"
#include <string.h>

static const char *unique_name(Outline *o, const char *name) {
    Arena *arena = o->compiler->arena;
    Name unique = name_of(o->compiler->names, name);
    for (int i = 2; table_has(&o->used, unique); i++)
        unique = name_of(o->compiler->names, arena_format(arena, "%s_%d", name, i));
    table_set(&o->used, unique, (void *)unique);
    return unique;
}

static Box *box_new(Outline *o, BoxKind kind, const char *name, int loop) {
    Box *box = ARENA_NEW(o->compiler->arena, Box);
    box->kind = kind;
    box->id = o->boxes.count;
    box->name = name;
    box->loop = loop;
    vector_push(o->compiler->arena, &o->boxes, box);
    return box;
}

static const char *reduction_name(Outline *o, const Node *reduction) {
    const char *name = table_get(&o->names, reduction);
    if (name) return name;
    name = table_get(&o->plan->names, reduction);
    name = unique_name(o, name ? name : op_info[reduction->op].text);
    table_set(&o->names, reduction, (void *)name);
    return name;
}

/* --- loops, and what they compute --- */

static void store_box(Outline *o, Root *root, int loop) {
    Graph *graph = o->plan->graph;
    const char *name = root->is_buffer ? unique_name(o, root->array->name) : root->array->name;
    Box *box = box_new(o, BOX_STORE, name, loop);
    box->root = root;
    box->array = root->array;
    box->node = root->value;
    table_set(&o->names, graph_array(graph, root->array), (void *)name);
    if (node_is_reduction(root->value) && table_get(&o->plan->stored, root->value) == root)
        table_set(&o->names, root->value, (void *)name);
}

static void walk_block(Outline *o, const PlanBlock *block, int loop) {
    for (int i = 0; i < block->count; i++) {
        Step *step = block->items[i];
        if (step->kind == STEP_LOOP) {
            int depth = loop < 0 ? 0 : o->loops.items[loop].depth + 1;
            int inner = o->loops.count;
            vector_push(o->compiler->arena, &o->loops, (OutlineLoop){step->loop, loop, depth});
            walk_block(o, &step->loop->first, inner);
            walk_block(o, &step->loop->body, inner);
        } else if (step->kind == STEP_GUARD || step->kind == STEP_CONTRACT) {
            walk_block(o, &step->body, loop);
        } else if (step->kind == STEP_STORE) {
            store_box(o, step->root, loop);
        } else if (step->kind == STEP_ACCUMULATE) {
            Box *box = box_new(o, BOX_REDUCTION, NULL, loop);
            box->node = step->reduction;
        }
    }
}

/* --- uses --- */

static int common_loop(const Outline *o, int a, int b) {
    while (a != b) {
        if (a < 0 || b < 0) return -1;
        int *deeper = o->loops.items[a].depth > o->loops.items[b].depth ? &a : &b;
        *deeper = o->loops.items[*deeper].parent;
    }
    return a;
}

static int loop_depth(const Outline *o, int loop) {
    return loop < 0 ? -1 : o->loops.items[loop].depth;
}

/* Of several boxes that compute a node (in different nests) the one nearest to the user. */
static Box *box_of_node(const Outline *o, BoxKind kind, const Node *node, int loop) {
    Box *best = NULL;
    for (int i = 0; i < o->boxes.count; i++) {
        Box *box = o->boxes.items[i];
        if (box->kind != kind || box->node != node) continue;
        int shared = loop_depth(o, common_loop(o, box->loop, loop));
        if (!best || shared > loop_depth(o, common_loop(o, best->loop, loop))) best = box;
    }
    return best;
}

static Box *box_of_array(const Outline *o, const Array *array) {
    for (int i = 0; i < o->boxes.count; i++)
        if (o->boxes.items[i]->array == array) return o->boxes.items[i];
    return NULL;
}

static void box_walk(Outline *o, Box *box);

static void box_uses(Outline *o, Box *box, Box *used) {
    if (used == box) return; /* a running sum reads what it stored */
    for (int i = 0; i < box->uses.count; i++)
        if (box->uses.items[i] == used->id) return;
    vector_push(o->compiler->arena, &box->uses, used->id);
}

static bool loop_covers(const Outline *o, int loop, const AxisSet *axes) {
    for (int i = 0; i < axes->count; i++) {
        bool open = false;
        for (int l = loop; l >= 0 && !open; l = o->loops.items[l].parent)
            open = o->loops.items[l].loop->axis == axes->items[i] &&
                   o->loops.items[l].loop->kind != LOOP_TILE;
        if (!open) return false;
    }
    return true;
}

/* A value is computed in the outermost loop around its user that has all its axes; anew in another
 * nest. */
static Box *let_box(Outline *o, const Box *user, Node *node, const char *name) {
    int loop = user->loop;
    while (loop >= 0 && loop_covers(o, o->loops.items[loop].parent, node->axes))
        loop = o->loops.items[loop].parent;
    for (int i = 0; i < o->boxes.count; i++) {
        Box *box = o->boxes.items[i];
        if (box->kind == BOX_LET && box->node == node && box->loop == loop) return box;
    }
    const char *known = table_get(&o->names, node);
    Box *let = box_new(o, BOX_LET, known ? known : unique_name(o, name), loop);
    let->node = node;
    table_set(&o->names, node, (void *)let->name);
    box_walk(o, let);
    return let;
}

static Box *box_met(Outline *o, Box *user, Node *node) {
    Root *root = plan_root_of(o->plan, node);
    if (root) return box_of_array(o, root->array);
    if (node->op == OP_ARRAY) {
        Box *box = box_of_array(o, node->u.array);
        if (box) return box;
        box = box_new(o, BOX_DATA, node->u.array->name, -1);
        box->array = node->u.array;
        return box;
    }
    if (node_is_reduction(node)) {
        Box *box = box_of_node(o, BOX_REDUCTION, node, user->loop);
        if (box) box->name = reduction_name(o, node);
        return box;
    }
    const char *name = table_get(&o->plan->names, node);
    bool is_let = name && op_info[node->op].class_ != OP_LEAF && node->op != OP_CONVERT;
    return is_let ? let_box(o, user, node, name) : NULL;
}

static void walk_uses(Outline *o, Box *box, Node *node, Table *seen) {
    if (!table_add(seen, node)) return;
    Box *used = node == box->node ? NULL : box_met(o, box, node);
    if (used) {
        box_uses(o, box, used);
        return;
    }
    for (int i = 0; i < node->argument_count; i++)
        walk_uses(o, box, node->arguments[i], seen);
}

static void box_walk(Outline *o, Box *box) {
    if (box->walked || !box->node) return;
    box->walked = true;
    Table seen = table_new(o->compiler->arena);
    if (box->kind == BOX_STORE) {
        /* The value of a store may itself be a reduction with a box, or an array: then it is used,
         * not taken apart. */
        bool own =
            node_is_reduction(box->node) && box_of_node(o, BOX_REDUCTION, box->node, box->loop);
        Box *used = own ? box_of_node(o, BOX_REDUCTION, box->node, box->loop)
                    : box->node->op == OP_ARRAY ? box_met(o, box, box->node)
                                                : NULL;
        if (own) used->name = reduction_name(o, box->node);
        if (used)
            box_uses(o, box, used);
        else
            walk_uses(o, box, box->node, &seen);
        if (box->root->condition) walk_uses(o, box, box->root->condition, &seen);
        if (box->root->scatter_index) walk_uses(o, box, box->root->scatter_index, &seen);
        return;
    }
    walk_uses(o, box, box->node, &seen);
}

Outline *outline_make(Compiler *compiler, Plan *plan) {
    Arena *arena = compiler->arena;
    Outline *o = ARENA_NEW(arena, Outline);
    o->compiler = compiler;
    o->plan = plan;
    o->names = table_new(arena);
    o->used = table_new(arena);
    for (int i = 0; i < plan->model->arrays.count; i++)
        unique_name(o, plan->model->arrays.items[i]->name);
    for (int i = 0; i < plan->model->outputs.count; i++)
        unique_name(o, plan->model->outputs.items[i].array->name);
    walk_block(o, &plan->steps, -1);
    for (int i = 0; i < o->boxes.count; i++) {
        Box *box = o->boxes.items[i];
        if (box->kind == BOX_REDUCTION && !box->name) box->name = reduction_name(o, box->node);
    }
    for (int i = 0; i < o->boxes.count; i++) /* grows as it is walked */
        box_walk(o, o->boxes.items[i]);
    return o;
}

const char *outline_expression(Outline *o, const Box *box) {
    Text text = text_new(o->compiler->arena);
    for (int i = 0; i < box->uses.count && box->kind == BOX_STORE; i++) {
        const Box *used = o->boxes.items[box->uses.items[i]];
        if (used->node == box->node && used->name == box->name) return ""; /* stands there */
    }
    const char *name = box->node ? table_get(&o->names, box->node) : NULL;
    bool own = name && strcmp(name, box->name) == 0; /* else: another box, by its name */
    const Root *scatter = box->root && box->root->scatter != OP_NUMBER ? box->root : NULL;
    if (scatter) text_format(&text, "%s of ", op_info[scatter->scatter].text);
    Printer printer = {.out = &text, .node_names = &o->names, .open_let = !name || own};
    if (box->node) printer_expression(&printer, box->node);
    if (scatter && scatter->scatter_axis) {
        text_format(&text, " at %s = ", scatter->scatter_axis->name);
        printer_expression(&printer, scatter->scatter_index);
    }
    if (scatter && scatter->condition) {
        text_add(&text, ", where ");
        printer_expression(&printer, scatter->condition);
    }
    return text.chars;
}

int outline_nest(const Outline *o, int loop) {
    while (loop >= 0 && o->loops.items[loop].parent >= 0)
        loop = o->loops.items[loop].parent;
    return loop;
}

static const char *list_text(const Outline *o, const PlanLoop *loop) {
    if (!loop->list) return "";
    return arena_format(o->compiler->arena, " in %s", loop->list->sources->array->name);
}

const char *outline_loop_text(Outline *o, int loop) {
    Arena *arena = o->compiler->arena;
    const PlanLoop *l = o->loops.items[loop].loop;
    const char *axis = l->axis->name;
    switch (l->kind) {
    case LOOP_TILE: return arena_format(arena, "for %s in tiles of %d", axis, (int)l->size);
    case LOOP_LANE: return arena_format(arena, "for %s in the tile", axis);
    case LOOP_FOLD: return arena_format(arena, "for %s in the tile (added up)", axis);
    case LOOP_SEQUENTIAL:
        return arena_format(arena, "for %s %s, %s", axis, l->down ? "downwards" : "upwards",
                            l->scans ? "by blocks" : "in order");
    case LOOP_REDUCE: return arena_format(arena, "for %s%s (reduced)", axis, list_text(o, l));
    case LOOP_STREAM:
        return arena_format(arena, "for %s%s (streamed, one pass)", axis, list_text(o, l));
    default: return arena_format(arena, "for %s", axis);
    }
}

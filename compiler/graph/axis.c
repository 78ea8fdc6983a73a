/* Axes and sets of axes. A set is interned: sorted by id, equal sets are equal pointers, so that
 * passes compare and key tables by them. Renamed copies of an axis (variants) exist only to keep
 * substitution from capturing; each is made once, so that equal substitutions give equal nodes. */
#include "graph/internal.h"
#include <string.h>

typedef struct Variants {
    Vector(Axis *) items; /* items[i] is variant i + 1 */
} Variants;

static Axis *axis_make(Graph *graph, Name name, Span span) {
    Axis *axis = ARENA_NEW(graph->arena, Axis);
    axis->name = name;
    axis->id = graph->axis_count++;
    axis->span = span;
    axis->like = axis->origin = axis;
    return axis;
}

Axis *axis_new(Graph *graph, Name name, Node *extent, Span span) {
    Axis *axis = axis_make(graph, name, span);
    axis->extent = extent;
    if (!extent) {
        Node shape = {.op = OP_EXTENT, .u.axis = axis};
        axis->extent = node_intern(graph, &shape);
        axis->is_argument = true;
    } else if (extent->type != SCALAR_I64 || extent->axes->count) {
        bug("the extent of axis %s is no i64 without axes", name);
    }
    return axis;
}

Axis *axis_like(Graph *graph, Name name, Axis *like, Span span) {
    Axis *axis = axis_make(graph, name, span);
    axis->extent = like->extent;
    axis->like = like->like;
    return axis;
}

Axis *axis_variant(Graph *graph, Axis *axis, int variant) {
    Axis *origin = axis->origin;
    if (variant == 0) return origin;
    Variants *variants = table_get(&graph->variants, origin);
    if (!variants) {
        variants = ARENA_NEW(graph->arena, Variants);
        table_set(&graph->variants, origin, variants);
    }
    while (variants->items.count < variant) {
        Axis *copy = axis_like(graph, origin->name, origin, origin->span);
        copy->origin = origin;
        copy->variant = variants->items.count + 1;
        copy->is_loop_only = true;
        vector_push(graph->arena, &variants->items, copy);
    }
    return variants->items.items[variant - 1];
}

Axis *axis_fresh(Graph *graph, Axis *axis, const AxisSet *const *taken, int count) {
    for (int variant = 0;; variant++) {
        Axis *candidate = axis_variant(graph, axis, variant);
        bool free = true;
        for (int i = 0; i < count; i++) {
            free = free && !axis_set_has(taken[i], candidate);
        }
        if (free) return candidate;
    }
}

bool axis_same_extent(const Axis *a, const Axis *b) {
    return a->like == b->like;
}

static uint64_t set_hash(Axis *const *axes, int count) {
    uint64_t hash = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < count; i++) {
        hash = (hash ^ (uint64_t)axes[i]->id) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    return hash;
}

static void set_place(Graph *graph, const AxisSet *set) {
    uint64_t mask = (uint64_t)graph->set_capacity - 1;
    uint64_t slot = set_hash(set->items, set->count) & mask;
    while (graph->sets[slot]) {
        slot = (slot + 1) & mask;
    }
    graph->sets[slot] = set;
}

/* The axes are sorted and differ. */
static const AxisSet *set_intern(Graph *graph, Axis *const *axes, int count) {
    uint64_t mask = (uint64_t)graph->set_capacity - 1;
    size_t size = sizeof *axes * (size_t)count;
    for (uint64_t slot = set_hash(axes, count) & mask; graph->set_capacity && graph->sets[slot];
         slot = (slot + 1) & mask) {
        const AxisSet *set = graph->sets[slot];
        if (set->count == count && (count == 0 || memcmp(set->items, axes, size) == 0)) return set;
    }
    if (2 * (graph->set_count + 1) > graph->set_capacity) {
        const AxisSet **old = graph->sets;
        int old_capacity = graph->set_capacity;
        graph->set_capacity = old_capacity ? 2 * old_capacity : 64;
        graph->sets = ARENA_ARRAY(graph->arena, const AxisSet *, graph->set_capacity);
        for (int i = 0; i < old_capacity; i++) {
            if (old[i]) set_place(graph, old[i]);
        }
    }
    AxisSet *set = arena_alloc(graph->arena, sizeof *set + size);
    set->count = count;
    if (count) memcpy(set->items, axes, size);
    set_place(graph, set);
    graph->set_count++;
    return set;
}

const AxisSet *axis_set(Graph *graph, Axis *const *axes, int count) {
    Axis *few[16];
    Axis **sorted = count <= 16 ? few : ARENA_ARRAY(graph->arena, Axis *, count);
    int kept = 0;
    for (int i = 0; i < count; i++) {
        int at = kept;
        while (at > 0 && sorted[at - 1]->id > axes[i]->id) {
            at--;
        }
        if (at > 0 && sorted[at - 1] == axes[i]) continue;
        memmove(sorted + at + 1, sorted + at, sizeof *sorted * (size_t)(kept - at));
        sorted[at] = axes[i];
        kept++;
    }
    return set_intern(graph, sorted, kept);
}

const AxisSet *axis_set_union(Graph *graph, const AxisSet *a, const AxisSet *b) {
    if (axis_set_within(b, a)) return a;
    if (axis_set_within(a, b)) return b;
    Axis *few[32];
    int most = a->count + b->count;
    Axis **both = most <= 32 ? few : ARENA_ARRAY(graph->arena, Axis *, most);
    int count = 0;
    for (int i = 0, j = 0; i < a->count || j < b->count;) {
        if (j == b->count || (i < a->count && a->items[i]->id <= b->items[j]->id)) {
            if (j < b->count && a->items[i] == b->items[j]) j++;
            both[count++] = a->items[i++];
        } else {
            both[count++] = b->items[j++];
        }
    }
    return set_intern(graph, both, count);
}

const AxisSet *axis_set_minus(Graph *graph, const AxisSet *a, const AxisSet *b) {
    if (!axis_set_meets(a, b)) return a;
    Axis *few[32];
    Axis **rest = a->count <= 32 ? few : ARENA_ARRAY(graph->arena, Axis *, a->count);
    int count = 0;
    for (int i = 0; i < a->count; i++) {
        if (!axis_set_has(b, a->items[i])) rest[count++] = a->items[i];
    }
    return set_intern(graph, rest, count);
}

bool axis_set_has(const AxisSet *set, const Axis *axis) {
    for (int i = 0; i < set->count; i++) {
        if (set->items[i] == axis) return true;
    }
    return false;
}

bool axis_set_within(const AxisSet *inner, const AxisSet *outer) {
    if (inner == outer) return true;
    for (int i = 0, j = 0; i < inner->count; i++, j++) {
        while (j < outer->count && outer->items[j] != inner->items[i]) {
            j++;
        }
        if (j == outer->count) return false;
    }
    return true;
}

bool axis_set_meets(const AxisSet *a, const AxisSet *b) {
    for (int i = 0, j = 0; i < a->count && j < b->count;) {
        if (a->items[i] == b->items[j]) return true;
        if (a->items[i]->id < b->items[j]->id) {
            i++;
        } else {
            j++;
        }
    }
    return false;
}

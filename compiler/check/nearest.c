/* For a name that does not exist, the one that was probably meant: what another library calls by
 * that name, or one at most a third of the letters away, counting letters left out, put in,
 * exchanged, and neighbours swapped. */
#include "check/checker.h"
#include <string.h>

enum {
    NEAREST_LONGEST = 40
};

static int least(int a, int b) {
    return a < b ? a : b;
}

static int distance(const char *a, const char *b) {
    int rows = (int)strlen(a), columns = (int)strlen(b);
    if (rows > NEAREST_LONGEST || columns > NEAREST_LONGEST) return NEAREST_LONGEST;
    int d[NEAREST_LONGEST + 1][NEAREST_LONGEST + 1];
    for (int i = 0; i <= rows; i++)
        d[i][0] = i;
    for (int j = 0; j <= columns; j++)
        d[0][j] = j;
    for (int i = 1; i <= rows; i++)
        for (int j = 1; j <= columns; j++) {
            int changed = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(changed, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[rows][columns];
}

typedef struct Search {
    const char *name, *best;
    int distance; /* nothing further counts */
} Search;

static void consider(Search *search, const char *candidate) {
    int d = distance(search->name, candidate);
    if (d == 0 || d > search->distance) return;
    if (search->best && d == search->distance && strcmp(candidate, search->best) >= 0) return;
    search->distance = d;
    search->best = candidate;
}

static Search search_for(Name name) {
    int length = (int)strlen(name);
    return (Search){.name = name, .distance = length < 3 ? 0 : least(3, (length + 2) / 3)};
}

const char *nearest_name(Name name, const Scope *scope) {
    Search search = search_for(name);
    for (int i = 0; i < scope->symbols.count; i++) {
        const Symbol *symbol = scope->symbols.items[i];
        if (symbol->kind != SYMBOL_FN && symbol->kind != SYMBOL_RULE &&
            symbol->kind != SYMBOL_ENTRY)
            consider(&search, symbol->name);
    }
    return search.best;
}

static void consider_fns(Search *search, const Table *table, bool brackets) {
    for (int i = 0; i < table->capacity; i++) {
        const Symbol *fn = table->slots[i].value;
        if (table->slots[i].key && (!brackets || fn->decl->axes.count))
            consider(search, table->slots[i].key);
    }
}

static void consider_builtins(Search *search, const Table *table, bool brackets) {
    for (int i = 0; i < table->capacity; i++) {
        const Builtin *builtin = table->slots[i].value;
        if (table->slots[i].key && (!brackets || builtin->reduction))
            consider(search, table->slots[i].key);
    }
}

/* What other libraries call it. PyTorch's names end in _loss besides. */
static const struct {
    const char *there, *here;
} elsewhere[] = {{"absolute_error", "l1"},
                 {"average", "mean"},
                 {"batch_norm", "layer_norm"},
                 {"binary_cross_entropy", "bce"},
                 {"binary_cross_entropy_with_logits", "bce_with_logits"},
                 {"detach", "stop"},
                 {"mae", "l1"},
                 {"matmul", "sum"},
                 {"pinball", "quantile"},
                 {"scaled_dot_product_attention", "attention"},
                 {"sigmoid_focal", "focal"},
                 {"stop_gradient", "stop"},
                 {"swish", "silu"},
                 {"triplet_margin", "triplet"}};

static const char *called_elsewhere(Checker *c, Name name) {
    static const char ending[] = "_loss";
    size_t length = strlen(name), cut = sizeof ending - 1;
    if (length > cut && strcmp(name + length - cut, ending) == 0)
        name = name_word(c, arena_format(c->arena, "%.*s", (int)(length - cut), name));
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcmp(name, elsewhere[i].there) == 0) return elsewhere[i].here;
    return library_find(c, name) ? name : NULL;
}

const char *nearest_function(Checker *c, Name name, bool brackets) {
    const char *here = called_elsewhere(c, name);
    if (here) return here;
    Search search = search_for(name);
    consider_fns(&search, &c->functions, brackets);
    consider_fns(&search, library_whole(c), brackets);
    consider_builtins(&search, &c->words, brackets);
    return search.best || !brackets ? search.best : nearest_function(c, name, false);
}

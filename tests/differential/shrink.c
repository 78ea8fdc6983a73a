/* Programs as text, and with one part less. */
#include "sample.h"
#include <string.h>

static void tree_print(Text *out, const Tree *tree) {
    int child = 0;
    for (const char *p = tree->text; *p; p++) {
        if (*p != '@') {
            text_add_bytes(out, p, 1);
        } else {
            if (tree->children[child]) tree_print(out, tree->children[child]);
            child++;
        }
    }
}

void sample_print(Text *out, const Sample *program) {
    if (program->text) {
        text_add(out, program->text);
        return;
    }
    text_format(out, "model %s\n%s", program->name, program->is_double ? "real f64\n" : "");
    for (int i = 0; i < program->count; i++) {
        tree_print(out, program->lines[i]);
        text_add(out, "\n");
    }
}

typedef struct Shrink {
    Arena *arena;
    Sample *program;
    SampleTry *try;
    void *context;
    int *position; /* changes before this one were tried already */
    int at;
} Shrink;

static bool attempt(Shrink *s) {
    if (s->at++ < *s->position) return false;
    *s->position = s->at;
    return s->try(s->context, s->program);
}

static bool shrink_tree(Shrink *s, Tree **place) {
    static const char *const plain[] = {"0.5", "1", "true"};
    Tree *tree = *place;
    if (!tree) return false;
    if (tree->type == TREE_OPTION) {
        *place = NULL;
        if (attempt(s)) return true;
        *place = tree;
    } else if (tree->type != TREE_LINE && tree->count > 0) {
        Tree *leaf = ARENA_NEW(s->arena, Tree);
        *leaf = (Tree){.type = tree->type, .text = plain[tree->type]};
        *place = leaf;
        if (attempt(s)) return true;
        for (int i = 0; i < tree->count; i++) {
            if (!tree->children[i] || tree->children[i]->type == TREE_OPTION) continue;
            *place = tree->children[i];
            if (attempt(s)) return true;
        }
        *place = tree;
    }
    for (int i = 0; i < tree->count; i++)
        if (shrink_tree(s, &tree->children[i])) return true;
    return false;
}

static bool shrink_lines(Shrink *s) {
    Sample *program = s->program;
    for (int i = program->count - 1; i >= 0; i--) {
        Tree *line = program->lines[i];
        size_t after = sizeof *program->lines * (size_t)(program->count - 1 - i);
        memmove(&program->lines[i], &program->lines[i + 1], after);
        program->count--;
        if (attempt(s)) return true;
        memmove(&program->lines[i + 1], &program->lines[i], after);
        program->lines[i] = line;
        program->count++;
    }
    return false;
}

bool sample_smaller(Arena *arena, Sample *program, SampleTry *try, void *context, int *position) {
    Shrink s = {arena, program, try, context, position, 0};
    if (shrink_lines(&s)) return true;
    for (int i = program->count - 1; i >= 0; i--)
        if (shrink_tree(&s, &program->lines[i])) return true;
    *position = 0;
    return false;
}

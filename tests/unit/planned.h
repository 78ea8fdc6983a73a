/* What the tests of plans share: a program, checked, simplified, planned and lowered, each result
 * verified. */
#ifndef TESTS_UNIT_PLANNED_H
#define TESTS_UNIT_PLANNED_H
#include "check/check.h"
#include "loops/loops.h"
#include "plan/plan.h"
#include <criterion/criterion.h>
#include <string.h>

static Compiler *compiler;

static void setup(void) {
    compiler = compiler_new();
}

static void teardown(void) {
    compiler_free(compiler);
}

typedef struct Planned {
    ModelPlan *plan;
    Module *module;
    const char *loops; /* as an outline */
} Planned;

/* The module after passes over its loops, as an outline. */
static inline const char *planned_outline(const Module *module) {
    module_verify(module);
    Text out = text_new(compiler->arena);
    module_print(&out, module);
    return out.chars;
}

static inline Planned planned_source(const Source *source) {
    Model *model = check_program(compiler, parse_source(compiler, source));
    if (!model) diagnostics_print(compiler->diagnostics, stderr, false);
    cr_assert(model, "refused: %s", source->chars);
    model_simplify(model);
    ModelPlan *plan = plan_model(compiler, model);
    plan_verify(plan);
    LowerOptions options = {.packed = true};
    Module *module = lower_model(compiler, plan, &options);
    return (Planned){plan, module, planned_outline(module)};
}

static inline Planned planned_text(const char *text) {
    return planned_source(source_add(compiler->sources, "test.sy", text, strlen(text)));
}

static inline int planned_count(const char *text, const char *part) {
    int count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        ++count;
    return count;
}

/* In these steps, and in the loops among them. */
static inline int planned_steps(const PlanBlock *steps, StepKind kind) {
    int count = 0;
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        count += step->kind == kind;
        if (step->kind == STEP_LOOP) count += planned_steps(&step->loop->body, kind);
    }
    return count;
}
#endif

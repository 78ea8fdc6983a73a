/* The plan as an outline, for -d plan: what is stored, then the loops. */
#include "plan/plan.h"

static const char *loop_kind_text(LoopKind kind) {
    static const char *const texts[] = {"map",   "reduce", "in order", "tile",
                                        "lanes", "fold",   "stream"};
    return texts[kind];
}

static void indent(Text *out, int depth) {
    for (int i = 0; i < depth; ++i)
        text_add(out, "  ");
}

static void print_steps(Text *out, const Plan *plan, const PlanBlock *steps, int depth);

static void print_loop(Text *out, const Plan *plan, const PlanLoop *loop, int depth) {
    text_format(out, "%s %s%s%s%s%s%s\n", loop_kind_text(loop->kind), loop->axis->name,
                loop->list ? " in " : "", loop->list ? loop->list->sources->array->name : "",
                loop->down ? " downwards" : "", loop->simple ? " (simple)" : "",
                loop->scans ? " by blocks" : "");
    for (int i = 0; i < loop->checked.count; ++i) {
        indent(out, depth + 1);
        text_format(out, "check %s\n", loop->checked.items[i]->name);
    }
    for (int i = 0; i < loop->checked_in_lanes.count; ++i) {
        indent(out, depth + 1);
        text_format(out, "check each %s\n", loop->checked_in_lanes.items[i]->name);
    }
    print_steps(out, plan, &loop->first, depth + 1);
    if (loop->kind == LOOP_STREAM) {
        indent(out, depth);
        text_add(out, "and, kept for a block,\n");
    }
    print_steps(out, plan, &loop->body, depth + 1);
    for (int i = 0; i < loop->reductions.count; ++i) {
        indent(out, depth);
        text_add(out, "gives ");
        graph_print_node(out, loop->reductions.items[i]);
        text_add(out, "\n");
    }
}

static void print_steps(Text *out, const Plan *plan, const PlanBlock *steps, int depth) {
    for (int i = 0; i < steps->count; ++i) {
        const Step *step = steps->items[i];
        indent(out, depth);
        switch (step->kind) {
        case STEP_LOOP: print_loop(out, plan, step->loop, depth); break;
        case STEP_STORE: text_format(out, "store %s\n", step->root->array->name); break;
        case STEP_LIST:
            text_format(out, "list %s by %s\n", step->root->list->sources->array->name,
                        step->root->list->destination->name);
            break;
        case STEP_FILL: text_format(out, "fill %s\n", step->root->array->name); break;
        case STEP_CONTRACT:
            text_format(out, "contract %s: %s and %s over %s, as\n", step->root->array->name,
                        step->root->contraction->row->name, step->root->contraction->column->name,
                        step->root->contraction->depth->name);
            print_steps(out, plan, &step->body, depth + 1);
            break;
        case STEP_ACCUMULATE:
            text_add(out, "take ");
            graph_print_node(out, node_body(step->reduction));
            text_add(out, "\n");
            break;
        case STEP_KEEP:
        case STEP_RECALL:
            text_format(out, "%s in %s ", step->kind == STEP_KEEP ? "keep" : "recall, kept",
                        step->root->array->name);
            graph_print_node(out, step->kept);
            text_add(out, "\n");
            break;
        case STEP_GUARD:
            text_add(out, "if ");
            graph_print_node(out, step->condition);
            text_add(out, "\n");
            print_steps(out, plan, &step->body, depth + 1);
            break;
        }
    }
}

static void print_entry(Text *out, const Plan *plan) {
    for (int i = 0; i < plan->roots.count; ++i) {
        const Root *root = plan->roots.items[i];
        text_format(out, "%s %s[", root->is_buffer ? "buffer" : "output", root->array->name);
        for (int a = 0; a < root->array->rank; ++a) {
            const Axis *axis = root->array->axes[a];
            text_format(out, "%s%s", a ? ", " : "", axis->name);
            if (root->steps_kept && root->steps_of == axis)
                text_format(out, " mod %lld", (long long)root->steps_kept);
        }
        text_format(out, "]: %s", scalar_text(root->array->type));
        if (root->record)
            text_format(out, ", field %d of %d,", root->field, root->record->fields.count);
        text_add(out, " = ");
        if (root->list)
            text_format(out, "%s of ",
                        root == root->list->ends      ? "ends of lists"
                        : root == root->list->sources ? "lists"
                                                      : "in the order of lists");
        if (root->scatter != OP_NUMBER && !root->scatter_axis)
            text_format(out, "%s of ", op_info[root->scatter].text);
        else if (root->scatter != OP_NUMBER) {
            text_format(out, "%s of, at %s = ", op_info[root->scatter].text,
                        root->scatter_axis->name);
            graph_print_node(out, root->scatter_index);
            text_add(out, ", ");
        }
        graph_print_node(out, root->value);
        text_add(out, "\n");
    }
    print_steps(out, plan, &plan->steps, 0);
}

void plan_print(Text *out, const ModelPlan *plan) {
    for (int i = 0; i < plan->entries.count; ++i) {
        text_format(out, "%s%s\n", i > 0 ? "\n" : "", plan->entries.items[i].name);
        print_entry(out, plan->entries.items[i].plan);
    }
}

/* What derivatives must obey whatever the program is (derivatives.c makes it say so), looked at in
 * the evaluator, in double, on the graph as it was checked: pairs of outputs that are equal, and
 * gradients against central differences. A difference that a kink or the rounding of the loss
 * spoils is not compared. */
#include "graph/bound.h"
#include "test.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Laws {
    Test *test;
    Bindings bindings;
    const char *said;
    Random random;
} Laws;

static int output_named(const Test *test, const char *name) {
    for (int i = 0; i < test->model->outputs.count; i++)
        if (strcmp(test->model->outputs.items[i].array->name, name) == 0) return i;
    return -1;
}

static bool evaluated(const Laws *laws, Node *node, const Array *array, Tensor *tensor) {
    const char *error;
    return evaluate_node(laws->test->model->graph, node, array->axes, array->rank, &laws->bindings,
                         tensor, &error);
}

/* --- equal pairs --- */

static void check_pair(Laws *laws, int one, int two) {
    Test *test = laws->test;
    const Array *array = test->model->outputs.items[one].array;
    Tensor values[2], bounds[2];
    int outputs[2] = {one, two};
    for (int i = 0; i < 2; i++) {
        if (!evaluated(laws, test->plain[outputs[i]], array, &values[i])) return;
        bounds[i] = (Tensor){0}; /* exact */
        if (test->bounds[outputs[i]] &&
            !evaluated(laws, test->bounds[outputs[i]], array, &bounds[i]))
            return;
    }
    for (int64_t i = 0; i < values[0].count; i++) {
        double a = values[0].values[i], b = values[1].values[i];
        double bound = 0;
        for (int side = 0; side < 2; side++)
            bound += bounds[side].values ? 4 * bounds[side].values[i] : 0;
        if (!(bound < 1e-3 * (1 + fabs(a)))) continue;
        test->result->laws++;
        if (a == b || fabs(a - b) <= bound || (isnan(a) && isnan(b))) continue;
        test_fail(test, FAULT_LAW, "%s: %s at %lld is %.17g, but %s %.17g (within %.2g)",
                  laws->said, array->name, (long long)i, a,
                  test->model->outputs.items[two].array->name, b, bound);
        return;
    }
}

/* --- central differences --- */

static int64_t count_of(const Laws *laws, const Array *array) {
    int64_t count = 1;
    for (int i = 0; i < array->rank; i++)
        count *= evaluate_extent(laws->test->model->graph, array->axes[i], &laws->bindings);
    return count;
}

/* A multiple of unit: the evaluator rounds what it reads to the input's type. */
static double around_zero(Random *random, int steps, double unit) {
    return unit * (random_below(random, 2 * steps + 1) - steps);
}

/* Away from the round numbers, where ties and kinks are. */
static void scatter(Laws *laws) {
    const Model *model = laws->test->model;
    for (int i = 0; i < model->arrays.count; i++) {
        const Array *array = model->arrays.items[i];
        double *values = table_get(&laws->bindings.arrays, array);
        if (!values || (array->type != SCALAR_F32 && array->type != SCALAR_F64)) continue;
        int64_t count = count_of(laws, array);
        double *other = ARENA_ARRAY(laws->bindings.arena, double, count + 1);
        for (int64_t k = 0; k < count; k++) {
            other[k] = values[k] + around_zero(&laws->random, 999, 0x1p-14);
            if (array->kind == ARRAY_WEIGHT) other[k] = fabs(other[k]);
        }
        table_set(&laws->bindings.arrays, array, other);
    }
}

typedef struct Slope {
    double value, doubt, scale; /* scale: how large a difference of two such losses may be */
} Slope;

static bool loss_at(const Laws *laws, int of, double *x, const double *from, const double *along,
                    int64_t count, double step, double *loss) {
    Tensor tensor;
    for (int64_t i = 0; i < count; i++)
        x[i] = from[i] + step * along[i];
    if (!evaluated(laws, laws->test->plain[of], laws->test->model->outputs.items[of].array,
                   &tensor))
        return false;
    *loss = tensor.values[0];
    return isfinite(*loss);
}

static bool slope_along(const Laws *laws, int of, double *x, const double *from,
                        const double *along, int64_t count, Slope *slope) {
    const double step = 0x1p-10;
    static const double places[5] = {0, -1, 1, -0.5, 0.5};
    double losses[5], most = 0;
    for (int i = 0; i < 5; i++) {
        if (!loss_at(laws, of, x, from, along, count, step * places[i], &losses[i])) return false;
        most = fmax(most, fabs(losses[i]));
    }
    double whole = (losses[2] - losses[1]) / (2 * step), half = (losses[4] - losses[3]) / step;
    double noise = 1e-13 * most / step;
    double bend = fabs(losses[2] - 2 * losses[0] + losses[1]) / step;
    double half_bend = fabs(losses[4] - 2 * losses[0] + losses[3]) / (0.5 * step);
    slope->value = (4 * half - whole) / 3;
    slope->doubt = 4 * fabs(half - whole) + noise;
    slope->scale = fabs(half);
    return half_bend <= 0.65 * bend + noise + 1e-7 * fabs(half); /* else there is a kink */
}

/* Whether the errors of the loss, followed to first order, are finite. An infinity on the way to it
 * that x takes part in, rsqrt(abs(-inf / x)), is 0 times infinity in any chain rule: in the bounds
 * of errors as in the gradient. Differences see a constant there. */
static bool is_finite_to_first_order(const Laws *laws, int of) {
    Tensor bound;
    Node *node = laws->test->bounds[of];
    return !node || !evaluated(laws, node, laws->test->model->outputs.items[of].array, &bound) ||
           isfinite(bound.values[0]);
}

static void check_slope(Laws *laws, int of, int by, const Array *input) {
    Test *test = laws->test;
    const Output *output = &test->model->outputs.items[by];
    double *x = table_get(&laws->bindings.arrays, input);
    Tensor gradient;
    if (!x || (input->type != SCALAR_F32 && input->type != SCALAR_F64)) return;
    if (!evaluated(laws, test->plain[by], output->array, &gradient)) return;
    int64_t count = gradient.count;
    double *from = ARENA_ARRAY(laws->bindings.arena, double, count + 1);
    double *along = ARENA_ARRAY(laws->bindings.arena, double, count + 1);
    memcpy(from, x, sizeof *x * (size_t)count);
    /* the gradient has its axes in another order than the input: one place after another */
    int64_t strides[16], extents[16], stride = 1;
    for (int a = input->rank - 1; a >= 0; a--) {
        for (int i = 0; i < gradient.rank; i++)
            if (gradient.axes[i] == input->axes[a])
                strides[i] = stride, extents[i] = gradient.extents[i];
        stride *= evaluate_extent(test->model->graph, input->axes[a], &laws->bindings);
    }
    double sum = 0, scale = 0;
    for (int64_t k = 0; k < count; k++) {
        int64_t rest = k, place = 0;
        for (int i = gradient.rank - 1; i >= 0; i--) {
            place += rest % extents[i] * strides[i];
            rest /= extents[i];
        }
        along[place] = around_zero(&laws->random, 255, 0x1p-8);
        sum += along[place] * gradient.values[k];
        scale += fabs(along[place] * gradient.values[k]);
    }
    Slope slope;
    bool smooth = slope_along(laws, of, x, from, along, count, &slope);
    memcpy(x, from, sizeof *x * (size_t)count);
    scale = fmax(isfinite(scale) ? scale : 0, slope.scale);
    if (!smooth || slope.doubt > 0.01 * scale + 1e-9) return;
    if (!isfinite(sum) && !is_finite_to_first_order(laws, of)) return;
    test->result->laws++;
    if (fabs(sum - slope.value) <= slope.doubt + 1e-6 * scale + 1e-9) return;
    test_fail(test, FAULT_LAW, "%s: along some direction %s is %.12g, differences say %.12g",
              laws->said, output->array->name, sum, slope.value);
}

/* Along an axis without elements a sum is 0 times what stands in it, NaN too. */
static bool is_empty(const Laws *laws) {
    const Model *model = laws->test->model;
    for (int i = 0; i < model->axes.count; i++)
        if (evaluate_extent(model->graph, model->axes.items[i], &laws->bindings) == 0) return true;
    return false;
}

static void check_slopes(Laws *laws) {
    const Model *model = laws->test->model;
    if (is_empty(laws)) return;
    scatter(laws);
    for (int i = 0; i < model->outputs.count; i++) {
        const char *name = model->outputs.items[i].array->name;
        if (strncmp(name, "by", 2) != 0 || !isdigit((unsigned char)name[2])) continue;
        int of =
            output_named(laws->test, arena_format(laws->bindings.arena, "of%d", atoi(name + 2)));
        const char *input = strchr(name, '_') + 1;
        for (int a = 0; of >= 0 && a < model->arrays.count; a++)
            if (strcmp(model->arrays.items[a]->name, input) == 0)
                check_slope(laws, of, i, model->arrays.items[a]);
    }
}

void laws_check(Test *test, const Bindings *bindings, const char *said, uint64_t seed) {
    Laws laws = {test, *bindings, said, {seed}};
    for (int i = 0; i < test->model->outputs.count; i++) {
        const char *name = test->model->outputs.items[i].array->name;
        if (strncmp(name, "one", 3) != 0) continue;
        int two = output_named(test, arena_format(bindings->arena, "two%s", name + 3));
        if (two >= 0) check_pair(&laws, i, two);
    }
    laws.bindings.arrays = table_new(bindings->arena);
    laws.bindings.wide = true; /* a rounding to f32 is passed on, and differences of it are steps */
    for (int i = 0; i < test->model->arrays.count; i++) {
        const Array *array = test->model->arrays.items[i];
        double *values = table_get(&bindings->arrays, array);
        if (values) table_set(&laws.bindings.arrays, array, values);
    }
    check_slopes(&laws);
}

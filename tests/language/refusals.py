"""Programs that are wrong: (name, kind, what the message must say, program). `@` stands where the line is that it must name.

kind is error (exit 1), warning (exit 0), or the name of a warning that is asked for (-Wname).
"""
import numpy as np

HEAD = "dim n\ndim c\ndim f\ninput x[n, f]\ninput w[f, c]\ninput v[n]\ninput label[n]: index(c)\nmask keep[n]\nweight wt[n]\n"

PROGRAMS = [
    ("axis_left_over", "error", "axis f is left over", "@output y[n, c] = x * w\n"),
    ("axis_left_over_scalar", "error", "is a scalar, but its value has", "@output y = x\n"),
    ("loss_with_axes", "error", "loss|scalar", "@loss L[n] = mean[f](x)\n"),
    ("loss_left_over", "error", "is one number", "@loss L = mean[f](x)\n"),
    ("let_lacks_axis", "error", "left over", "@let y[n] = x\noutput z[n] = y\n"),
    ("weight_without_axis", "warning", "cancels", "@output y[n] = mean[f](x, weight = wt)\n"),
    ("index_of_other_axis", "error", "label", "@output y[n] = w[label, label]\n"),
    ("index_over_other_table", "error", "index", "dim k\ninput table[k]\n@output y[n] = table[label]\n"),
    ("position_not_proved", "error", "prove|may lie outside", "@output y[n] = v[n = n - 1]\n"),
    ("position_past_end", "error", "prove|may lie outside", "@output y[n] = v[n = n + 1]\n"),
    ("equal_extent_not_enough", "error", "index of axis k, not of n", "dim k\ninput z[k]\n@output y[k] = v[n = k] + z\n"),
    ("negative_position", "error", "lies before the start", "@output y = v[n = -1]\n"),
    ("guard_wrong_way", "error", "prove|may lie outside", "@output y[n] = if n > 0 then 1 else v[n = n - 1]\n"),
    ("guard_of_other", "error", "prove|may lie outside", "@output y[n] = if n + 1 <= extent(n) then v[n = n + 1] else 0\n"),
    ("or_guards_nothing", "error", "prove|may lie outside", "@output y[n] = n > 0 or v[n = n - 1] > 0\n"),
    ("else_too_late", "error", "prove|may lie outside", "@output y = sum[n](v[n = n - 1], where = n < extent(n))\n"),
    ("none_unguarded", "error", "none", "input maybe[n]: index(c, none = -1)\ninput z[c]\n@output y[n] = z[maybe]\n"),
    ("none_in_branch", "error", "none", "input maybe[n]: index(c, none = -1)\ninput z[c]\n@output y[n] = if has(maybe) then 0 else z[maybe]\n"),
    ("has_of_plain", "error", "none", "@output y[n] = has(label)\n"),
    ("mask_times", "error", "not a number", "@output y[n] = v * keep\n"),
    ("mask_plus", "error", "not a number", "@output y[n] = v + keep\n"),
    ("mask_mean", "error", "needs numbers", "@output y = mean[n](keep)\n"),
    ("number_as_where", "error", "condition", "@output y = mean[n](v, where = v)\n"),
    ("number_as_condition", "error", "condition", "@output y[n] = if v then 1 else 0\n"),
    ("number_in_and", "error", "condition", "@output y[n] = v and keep\n"),
    ("mask_as_weight", "error", "cannot weigh", "@output y = mean[n](v, weight = keep)\n"),
    ("branches_differ", "error", "branch|mask", "@output y[n] = if keep then v else keep\n"),
    ("reduced_axis_read", "error", "axis", "@output y[n] = (sum[n](v))[n = n]\n"),
    ("unknown_option", "error", "option|weights", "@output y = mean[n](v, weights = wt)\n"),
    ("option_not_of_op", "error", "weight", "@output y = max[n](v, weight = wt)\n"),
    ("ddof_of_mean", "error", "ddof", "@output y = mean[n](v, ddof = 1)\n"),
    ("over_unknown", "error", "over", "@output y = mean[n](v, over = all)\n"),
    ("argmax_needs_empty", "error", "leaves nothing", "@output y = argmax[n](v, where = keep)\n"),
    ("empty_with_axis", "error", "empty|axis n", "@output y[f] = mean[n](x, empty = v)\n"),
    ("no_brackets", "error", "axes|bracket", "@output y = sum(v)\n"),
    ("unknown_axis", "error", "k", "@output y = sum[k](v)\n"),
    ("value_as_axis", "error", "axis", "@output y = sum[v](v)\n"),
    ("axis_twice", "error", "twice", "@output y = sum[n, n](v)\n"),
    ("axis_twice_in_output", "error", "twice", "@output y[n, n] = v\n"),
    ("unknown_name", "error", "vv", "@output y[n] = vv + 1\n"),
    ("unknown_function", "error", "arctan", "@output y[n] = arctan(v)\n"),
    ("declared_twice", "error", "v", "@let v = 3\noutput y[n] = v\n"),
    ("operation_name", "error", "exp", "@let exp = 3\noutput y = exp\n"),
    ("reserved_word", "error", "then", "@let then = 3\noutput y = 1\n"),
    ("cycle", "error", "cycle|itself|depend", "@let a = b + 1\nlet b = a * 2\noutput y = b\n"),
    ("no_order", "error", "need not come before", "@let h[n] = if n == 0 then 0 else h[n = n - 1] + h[n = n + 1 else 0]\noutput y[n] = h\n"),
    ("same_place", "error", "need not come before", "@let h[n] = h + 1\noutput y[n] = h\n"),
    ("fn_recursion", "error", "itself|recurs", "@fn again(a) = again(a) + 1\noutput y[n] = again(v)\n"),
    ("fn_sees_caller", "error", "v", "@fn leak(a) = a + v\noutput y[n] = leak(v)\n"),
    ("fn_sees_axis", "error", "n", "@fn leak(a) = sum[n](a)\noutput y = leak(v)\n"),
    ("fn_too_many", "error", "argument", "fn one(a) = a + 1\n@output y[n] = one(v, v)\n"),
    ("fn_missing", "error", "b", "fn two(a, b) = a + b\n@output y[n] = two(v)\n"),
    ("fn_wrong_name", "error", "by", "fn two(a, b = 1) = a + b\n@output y[n] = two(v, by = 2)\n"),
    ("fn_same_axes", "error", "axis", "fn two[a, b](z) = sum[a, b](z)\n@output y = two[n, n](v)\n"),
    ("fn_axis_there", "error", "has it already", "@fn moved[a, b](z) = z[a = b]\ninput q[n, m]\ndim m like n\noutput y[m] = moved[n, m](q)\n"),
    ("position_needs_axes", "error", "stated|axes", "let q = x * 2\n@output y[n] = q[n, 0]\n"),
    ("position_count", "error", "2|position", "@output y[n] = x[label]\n"),
    ("absent_axis", "error", "axis c", "@output y[n] = v[c = label]\n"),
    ("real_position", "error", "integer", "@output y[n] = v[n = v]\n"),
    ("literal_too_large", "error", "large|fit|overflow", "input k: i32\n@output y = k + 99999999999\n"),
    ("literal_over_i64", "error", "large|fit|overflow", "@output y = 99999999999999999999999 + extent(n)\n"),
    ("negative_extent", "error", "extent -1", "@dim o = 2 - 3\noutput y[o] = 1\n"),
    ("extent_of_data", "error", "extent", "@dim o = v + 1\noutput y[o] = 1\n"),
    ("dim_cycle", "error", "o|p", "@dim o = p + 1\ndim p = o + 1\noutput y[o] = 1\n"),
    ("const_shape", "error", "3|2", "dim three = 3\n@const table[three] = [1, 2]\noutput y[three] = table\n"),
    ("const_ragged", "error", "", "dim two = 2\ndim three = 3\n@const table[two, three] = [[1, 2, 3], [1, 2]]\noutput y[two] = table[two, 0]\n"),
    ("param_of_input", "error", "v|input", "@param p[n] = v\noutput y[n] = p\n"),
    ("entry_of_nothing", "error", "nothing_here", "output y[n] = v\n@entry fast: nothing_here\n"),
    ("real_integer", "error", "f32|f64", "@real i32\noutput y[n] = v\n"),
    ("use_of_nothing", "error", "not_there", "@use \"not_there.sy\"\noutput y[n] = v\n"),
    ("chained_three", "error", "compar", "@output y[n] = 0 < v < 1 < 2\n"),
    ("if_without_else", "error", "else", "@output y[n] = if keep then v\n"),
    ("if_as_operand", "error", "operand", "@output y[n] = 2 * if keep then v else 0\n"),
    ("two_equals", "error", "compares", "@output y[n] = if label = c then 1 else 0\n"),
    ("foreign_power", "error", "no operator", "@output y[n] = v ** 2\n"),
    ("unclosed", "error", "\\(|\\)|bracket|close", "@output y[n] = (v + 1\n"),
    ("stop_alone", "warning", "0|zero", "@output y[n] = grad(sum[n](stop(v)), v)\n"),
    ("gradient_no_path", "error", "does not use the name v", "@output y[n] = grad(sum[f, c](w), v)\n"),
    ("gradient_of_mask", "error", "", "@output y[n] = grad(sum[n](v), keep)\n"),
    ("gradient_with_axes", "error", "scalar|axes|axis", "@output y[n] = grad(v^2, v)\n"),
    ("divides_by_zero", "warning", "divided by 0", "@output y[n] = v / 0\n"),
    ("name_unused", "warning", "unused|never used", "@let nowhere = 3\noutput y[n] = v\n"),
    ("name_hidden", "warning", "hides", "fn shadow(a) {\n@  let a = 2\n  a + 1\n}\noutput y[n] = shadow(v)\n"),
    ("mean_may_be_empty", "empty", "empty", "@output y = mean[n](v, where = keep)\n"),
    ("counts_only", "warning", "only counts", "@output y = sum[n](3)\n"),
    ("minimize_nothing", "error", "param|learn", "loss L = mean[n](v^2)\n@minimize L with sgd(lr = 1)\n"),
]

# A program, its arrays, and ways to call it: (exit code, what must be said, what is given; {name} is a file of ARRAYS)
# (text, cut and absent are files that make_data.py damages)
MODEL = """\
dim n
dim c = 3
dim k
dim o = k - 2
input x[n, c]
input label[n]: index(c)
input maybe[n]: index(c, none = -100)
input count_of[n]: i32
input whole[n]: i64
weight w[n]
mask keep[n]
input taps[k]
input rate
input pick: index(c)
input at: i64
output y = mean[n](x[n, label] * rate, weight = w, where = keep)
output z[o] = taps[k = o + 2] + taps[k = o + 0]
output hit[n] = if has(maybe) then x[n, maybe] + count_of else x[n, pick] + whole
output read = taps[k = at]
"""
GOOD = dict(x="{x}", label="{label}", maybe="{maybe}", count_of="{count_of}", whole="{whole}", w="{w}", keep="{keep}", taps="{taps}",
            rate="0.5", pick="2", at="1")
WRONG = [
    (0, "y: f32 = 3.25", {}),
    (0, "y: f32 = 3.25", dict(x="{fortran}")),
    (1, "also needs x", dict(x=None)),
    (1, "also needs rate", dict(rate=None)),
    (1, "also needs w", dict(w=None)),
    (1, "x has n = 6, but label has n = 5", dict(x="{x_long}")),
    (1, "c = 4, but c is 3", dict(x="{x_wide}")),
    (1, "has the shape", dict(x="{w}")),
    (1, "has the shape", dict(taps="{x}")),
    (1, "has the shape", dict(rate="{w}")),
    (1, r"label.2. is 3", dict(label="{label_high}")),
    (1, r"label.2. is -1", dict(label="{label_negative}")),
    (1, r"maybe.2. is -1", dict(maybe="{label_negative}")),
    (1, "label.*1.5 is not whole", dict(label="{x_column}")),
    (1, "count_of.*does not fit i32", dict(count_of="{too_large}")),
    (1, "count_of.*0.5 is not whole", dict(count_of="{fractions}")),
    (1, r"w.2. is nan", dict(w="{w_nan}")),
    (1, r"w.1. is inf", dict(w="{w_inf}")),
    (1, r"w.4. is -1e-30", dict(w="{w_negative}")),
    (1, "keep", dict(keep="{keep_two}")),
    (1, "pick", dict(pick="3")),
    (1, "pick", dict(pick="-1")),
    (1, "out of range: it is -?[15]", dict(at="5")),
    (1, "out of range: it is -?[15]", dict(at="-1")),
    (1, "o = k - 2 is -1", dict(taps="{one}", at="0")),
    (1, "absent.npy", dict(x="absent.npy")),
    (1, "text.npy|not a .npy", dict(x="{text}")),
    (1, "cut", dict(x="{cut}")),
    (1, "complex|type", dict(x="{complex}")),
    (1, "type|string|text", dict(x="{words}")),
    (1, "rate|number", dict(rate="fast")),
    (1, "pick|whole", dict(pick="1.5")),
    (1, "nothing", dict(nothing="3")),
    (1, "n = 7, but x has n = 5", dict(n="7")),
    (1, "c = 4, but c is 3", dict(c="4")),
    (1, "o = 4, but o = k - 2 is 2", dict(o="4")),
    (2, "no option .--reel", dict(rate="0.5 --reel f64")),
    (2, "f32 or f64", dict(rate="0.5 --real i32")),
    (2, "stray. is no NAME=VALUE", dict(rate="0.5 stray")),
]


def arrays():
    whole = np.arange(5)
    x = np.arange(15, dtype=np.float32).reshape(5, 3)
    single = lambda *values: np.array(values, dtype=np.float32)
    return dict(
        x=x, fortran=np.asfortranarray(x), label=np.array([0, 1, 2, 1, 0]), maybe=np.array([0, -100, 2, 1, -100]),
        count_of=whole.astype(np.int32), whole=whole, w=np.ones(5, np.float32), keep=np.array([1, 1, 0, 1, 1], bool),
        taps=np.ones(4, np.float32), x_long=np.zeros((6, 3), np.float32), x_wide=np.zeros((5, 4), np.float32),
        label_high=np.array([0, 1, 3, 1, 0]), label_negative=np.array([0, 1, -1, 1, 0]), x_column=x[:, 0] / 2,
        too_large=np.array([0, 1, 2**40, 3, 4]), fractions=np.array([0, 0.5, 1, 2, 3]), w_nan=single(1, 1, np.nan, 1, 1),
        w_inf=single(1, np.inf, 1, 1, 1), w_negative=single(1, 1, 1, 1, -1e-30), keep_two=np.array([1, 0, 2, 0, 1], np.uint8),
        one=single(1), complex=np.zeros((5, 3), complex), words=np.array([["a"] * 3] * 5))

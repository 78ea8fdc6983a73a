/* DIR/checkpoint: from it a training goes on to the same bits as one that was never interrupted. It
 * is a state as NAME_save writes it (runtime/state.c says how), which a C program can load, with
 * an extra called training:
 *
 *     program 0123456789abcdef      of the emitted C: another program is refused
 *     batch n=64 of 1000, shuffled  the same batches are gone on with, or none
 *     seed 7
 *     losses                        then those of all steps so far, 64 bits each
 */
#include "../../runtime/steelyard_state.h"
#include "tool/train.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *checkpoint_path(const Train *t) {
    return path_join(t->compiler->arena, t->options->output, "checkpoint");
}

/* The lines before the losses. */
static Text heading(const Train *t) {
    Text text = text_new(t->compiler->arena);
    text_format(&text, "program %016" PRIx64 "\n", t->program);
    if (t->batch.axis)
        text_format(&text, "batch %s=%" PRId64 " of %" PRId64 "%s\n", t->batch.axis->name,
                    t->batch.size, t->batch.total, t->options->shuffle ? ", shuffled" : "");
    if (t->options->shuffle) text_format(&text, "seed %" PRId64 "\n", t->seed);
    text_add(&text, "losses\n");
    return text;
}

/* From the lowest byte to the highest, as everything in the file. */
static void put_number(unsigned char *to, double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(bits >> (8 * i));
}

static double get_number(const unsigned char *from) {
    uint64_t bits = 0;
    double number;
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)from[i] << (8 * i);
    memcpy(&number, &bits, sizeof number);
    return number;
}

static int64_t extent_of(const Train *t, const Axis *axis) {
    return evaluate_extent(t->model->graph, axis, &t->data.bindings);
}

bool checkpoint_write(Train *t) {
    const char *path = checkpoint_path(t);
    StateLayout layout = {0};
    steelyard_state state = {.is_ready = 1, .steps = t->done};
    steelyard_call call = {0};
    sy_state_file file;
    Text text = heading(t);
    size_t losses = (size_t)t->done * (size_t)train_losses(t), head = text.length;
    for (size_t i = 0; i < losses; i++) {
        unsigned char bytes[8];
        put_number(bytes, t->recorded[i]);
        text_add_bytes(&text, (char *)bytes, sizeof bytes);
    }
    state_layout(t->compiler, t->model, &layout);
    sigset_t old = signals_block(); /* what is half written would stay */
    sy_save_begin(&file, path, t->model->name, &state, &call);
    for (int i = 0; i < layout.sizes.count; i++)
        sy_save_size(&file, layout.sizes.items[i]->name, extent_of(t, layout.sizes.items[i]));
    for (int i = 0; i < layout.others.count; i++)
        sy_save_size(&file, layout.others.items[i]->name, extent_of(t, layout.others.items[i]));
    for (int i = 1; i < t->losses; i++) {
        const Held *held = &t->held.items[i];
        sy_save_array(&file, state_array_text(t->compiler->arena, held->array),
                      scalar_text(held->array->type), held->count, held->values);
    }
    sy_save_extra(&file, "training", text.chars, head + 8 * losses);
    int status = sy_save_end(&file);
    signals_restore(old);
    if (status == STEELYARD_OK) return true;
    report(t->compiler->diagnostics, FILE_NOT_WRITTEN, (Span){0, 0}, path,
           strerror((int)call.integer), "make room or name another folder with -o");
    return false;
}

/* --- reading --- */

static bool refused(const Train *t, const char *reason) {
    report(t->compiler->diagnostics, CHECKPOINT_REFUSED, (Span){0, 0}, checkpoint_path(t), reason);
    return false;
}

/* What the runtime says of a file that it does not take. */
static bool not_loaded(const Train *t, int status, const steelyard_call *call, const char *path) {
    Arena *arena = t->compiler->arena;
    if (status == STEELYARD_FILE) return refused(t, strerror((int)call->integer));
    if (status == STEELYARD_SIZE)
        return refused(t, arena_format(arena, "its %s is %" PRId64, call->name, call->integer));
    if (status == STEELYARD_FORMAT && call->name == path) return refused(t, call->detail);
    if (status == STEELYARD_FORMAT)
        return refused(
            t, arena_format(arena, "it is of another program: it has no such %s", call->name));
    return refused(t, steelyard_status(status));
}

/* NULL: all is as in this training. */
static const char *differs(const Train *t, const char *notes, size_t count, int64_t steps) {
    Arena *arena = t->compiler->arena;
    Text own = heading(t);
    const size_t program = strlen("program 0123456789abcdef\n");
    if (!notes) return "it was not written by steelyard train";
    if (count < program || memcmp(notes, own.chars, program) != 0)
        return "it is of another program";
    if (steps > t->steps)
        return arena_format(arena,
                            "it is of step %" PRId64 ", and --steps asks for %" PRId64 " in all",
                            steps, t->steps);
    size_t losses = 8 * (size_t)steps * (size_t)train_losses(t);
    if (count != own.length + losses || memcmp(notes, own.chars, own.length) != 0)
        return "it was made with other batches or another seed";
    return NULL;
}

bool checkpoint_read(Train *t) {
    const char *path = checkpoint_path(t), *why = NULL;
    StateLayout layout = {0};
    steelyard_state state = {.is_ready = 1};
    steelyard_call call = {0};
    sy_state_file file;
    state_layout(t->compiler, t->model, &layout);
    sy_load_begin(&file, path, t->model->name, &state, &call);
    for (int i = 0; i < layout.sizes.count; i++)
        sy_load_size(&file, layout.sizes.items[i]->name, extent_of(t, layout.sizes.items[i]));
    for (int i = 0; i < layout.others.count; i++)
        sy_load_size(&file, layout.others.items[i]->name, extent_of(t, layout.others.items[i]));
    for (int i = 1; i < t->losses; i++) {
        const Held *held = &t->held.items[i];
        sy_load_array(&file, state_array_text(t->compiler->arena, held->array),
                      scalar_text(held->array->type), held->count, held->values);
    }
    size_t count = 0;
    const char *notes = sy_load_extra(&file, "training", &count);
    if (file.status == STEELYARD_OK) why = differs(t, notes, count, file.steps);
    if (file.status == STEELYARD_OK && !why) {
        const unsigned char *from = (const unsigned char *)notes + heading(t).length;
        for (size_t i = 0; i < (size_t)file.steps * (size_t)train_losses(t); i++)
            t->recorded[i] = get_number(from + 8 * i);
    }
    int status = sy_load_end(&file);
    if (status != STEELYARD_OK) return not_loaded(t, status, &call, path);
    t->done = state.steps;
    return !why || refused(t, why);
}

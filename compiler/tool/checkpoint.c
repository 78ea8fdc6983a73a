/* DIR/checkpoint: from it a training goes on to the same bits as one that was never interrupted.
 *
 *     steelyard checkpoint 1
 *     program 0123456789abcdef     of the emitted C: another program is refused
 *     step 300
 *     batch n=64 of 1000, shuffled  the same batches are gone on with, or none
 *     seed 7
 *     array w 24                   its bytes; params, and what the optimizer keeps of them
 *     losses 2400
 *     data                         then all of these bytes, in this order
 *
 * It is written whole or not at all, like every file. */
#include "tool/train.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char magic[] = "steelyard checkpoint 1\n";

static const char *checkpoint_path(const Train *t) {
    return path_join(t->compiler->arena, t->options->output, "checkpoint");
}

static size_t bytes_of(const Held *held) {
    return (size_t)held->count * scalar_size(held->array->type);
}

static size_t loss_bytes(const Train *t) {
    return sizeof(double) * (size_t)t->done * (size_t)train_losses(t);
}

/* Everything before the bytes, for `done` steps. */
static Text heading(const Train *t) {
    Text text = text_new(t->compiler->arena);
    text_add(&text, magic);
    text_format(&text, "program %016" PRIx64 "\nstep %" PRId64 "\n", t->program, t->done);
    if (t->batch.axis)
        text_format(&text, "batch %s=%" PRId64 " of %" PRId64 "%s\n", t->batch.axis->name,
                    t->batch.size, t->batch.total, t->options->shuffle ? ", shuffled" : "");
    if (t->options->shuffle) text_format(&text, "seed %" PRId64 "\n", t->seed);
    for (int i = 1; i < t->losses; i++)
        text_format(&text, "array %s %zu\n", t->held.items[i].array->name,
                    bytes_of(&t->held.items[i]));
    text_format(&text, "losses %zu\ndata\n", loss_bytes(t));
    return text;
}

bool checkpoint_add(Train *t, Files *files) {
    Text text = heading(t);
    for (int i = 1; i < t->losses; i++)
        text_add_bytes(&text, t->held.items[i].values, bytes_of(&t->held.items[i]));
    text_add_bytes(&text, (const char *)t->recorded, loss_bytes(t));
    return files_add(files, checkpoint_path(t), text.chars, text.length);
}

static bool refused(const Train *t, const char *reason) {
    report(t->compiler->diagnostics, CHECKPOINT_REFUSED, (Span){0, 0}, checkpoint_path(t), reason);
    return false;
}

/* The headings of the file and of this training differ: why. */
static bool other_heading(const Train *t, const char *text, uint64_t program) {
    if (program != t->program) return refused(t, "it is of another program");
    for (int i = 1; i < t->losses; i++) {
        const Held *held = &t->held.items[i];
        const char *line =
            arena_format(t->compiler->arena, "\narray %s %zu\n", held->array->name, bytes_of(held));
        if (!strstr(text, line))
            return refused(
                t, arena_format(t->compiler->arena, "its %s has another size", held->array->name));
    }
    const char *end = strstr(text, "\ndata\n"), *own = heading(t).chars;
    size_t length = strlen(own);
    if (end && (size_t)(end - text) + 6 != length)
        return refused(t, "it was made with other batches or another seed");
    return refused(t, "it is damaged, or was made with other batches or another seed");
}

bool checkpoint_read(Train *t) {
    const char *reason = NULL;
    size_t length = 0;
    char *text =
        file_read(t->compiler->arena, checkpoint_path(t), (size_t)1 << 40, &length, &reason);
    if (!text) return refused(t, reason);
    uint64_t program = 0;
    int64_t step = -1;
    bool is_one = strncmp(text, magic, sizeof magic - 1) == 0 &&
                  sscanf(text + sizeof magic - 1, "program %" SCNx64 "\nstep %" SCNd64 "\n",
                         &program, &step) == 2;
    if (!is_one || step < 0) return refused(t, "it is no checkpoint");
    if (step > t->steps)
        return refused(t, arena_format(t->compiler->arena,
                                       "it is of step %" PRId64 ", and --steps asks for %" PRId64
                                       " in all",
                                       step, t->steps));
    t->done = step;
    Text wanted = heading(t);
    if (strncmp(text, wanted.chars, wanted.length) != 0) return other_heading(t, text, program);
    size_t total = wanted.length + loss_bytes(t);
    for (int i = 1; i < t->losses; i++)
        total += bytes_of(&t->held.items[i]);
    if (total != length) return refused(t, "it is damaged");
    const char *from = text + wanted.length;
    for (int i = 1; i < t->losses; i++) {
        memcpy(t->held.items[i].values, from, bytes_of(&t->held.items[i]));
        from += bytes_of(&t->held.items[i]);
    }
    memcpy(t->recorded, from, loss_bytes(t));
    return true;
}

/* The hash table from pointers to pointers: open addressing, at most half full, never shrinks. */
#include "base/table.h"
#include "base/diagnostic.h"
#include <stdint.h>

static int slot_of(const Table *table, const void *key) {
    uint64_t hash = (uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15u;
    unsigned mask = (unsigned)table->capacity - 1;
    unsigned slot = (unsigned)(hash >> 32) & mask;
    while (table->keys[slot] && table->keys[slot] != key) {
        slot = (slot + 1) & mask;
    }
    return (int)slot;
}

Table table_new(Arena *arena) {
    return (Table){.arena = arena};
}

static void table_grow(Table *table) {
    Table old = *table;
    table->capacity = old.capacity ? 2 * old.capacity : 16;
    table->keys = ARENA_ARRAY(table->arena, const void *, table->capacity);
    table->values = ARENA_ARRAY(table->arena, void *, table->capacity);
    for (int i = 0; i < old.capacity; i++) {
        if (!old.keys[i]) continue;
        int slot = slot_of(table, old.keys[i]);
        table->keys[slot] = old.keys[i];
        table->values[slot] = old.values[i];
    }
}

void table_set(Table *table, const void *key, void *value) {
    if (!key) bug("a table was given no key");
    if (2 * (table->count + 1) > table->capacity) table_grow(table);
    int slot = slot_of(table, key);
    if (!table->keys[slot]) table->count++;
    table->keys[slot] = key;
    table->values[slot] = value;
}

void *table_get(const Table *table, const void *key) {
    return table->count && key ? table->values[slot_of(table, key)] : NULL;
}

bool table_has(const Table *table, const void *key) {
    return table->count && key && table->keys[slot_of(table, key)];
}

/* The hash table from pointers to pointers: open addressing, at most three quarters full, never
 * shrinks. */
#include "base/table.h"
#include "base/diagnostic.h"
#include <stdint.h>

static TableSlot *slot_of(const Table *table, const void *key) {
    uint64_t hash = (uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15u;
    unsigned mask = (unsigned)table->capacity - 1;
    unsigned slot = (unsigned)(hash >> 32) & mask;
    while (table->slots[slot].key && table->slots[slot].key != key) {
        slot = (slot + 1) & mask;
    }
    return &table->slots[slot];
}

Table table_new(Arena *arena) {
    return (Table){.arena = arena};
}

static void table_grow(Table *table) {
    Table old = *table;
    table->capacity = !old.capacity         ? 16
                      : old.capacity < 1024 ? 4 * old.capacity
                                            : 2 * old.capacity;
    table->slots = ARENA_ARRAY(table->arena, TableSlot, table->capacity);
    for (int i = 0; i < old.capacity; i++)
        if (old.slots[i].key) *slot_of(table, old.slots[i].key) = old.slots[i];
}

void table_set(Table *table, const void *key, void *value) {
    if (!key) bug("a table was given no key");
    if (4 * (table->count + 1) > 3 * table->capacity) table_grow(table);
    TableSlot *slot = slot_of(table, key);
    if (!slot->key) table->count++;
    *slot = (TableSlot){key, value};
}

bool table_add(Table *table, const void *key) {
    if (!key) bug("a table was given no key");
    if (4 * (table->count + 1) > 3 * table->capacity) table_grow(table);
    TableSlot *slot = slot_of(table, key);
    if (slot->key) return false;
    table->count++;
    *slot = (TableSlot){key, (void *)(uintptr_t)key};
    return true;
}

void *table_get(const Table *table, const void *key) {
    return table->count && key ? slot_of(table, key)->value : NULL;
}

bool table_has(const Table *table, const void *key) {
    return table->count && key && slot_of(table, key)->key;
}

/* A hash table from pointers to pointers (names and nodes are pointers). */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H
#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct TableSlot {
    const void *key; /* NULL: free */
    void *value;
} TableSlot;

typedef struct Table {
    Arena *arena;
    TableSlot *slots;
    int count, capacity;
} Table;

Table table_new(Arena *arena);
/* Empties a table that nothing else holds a copy of: its memory serves the next one. */
void table_end(Table *table);
/* Declares a table that ends with the block that it stands in: what a walk has met. */
#define TABLE_HERE(name, arena) __attribute__((cleanup(table_end))) Table name = table_new(arena)
void table_grow(Table *table); /* when it is three quarters full */

/* Where the key is, or would stand: the passes do little else, so that this is inline. */
static inline TableSlot *table_slot(const Table *table, const void *key) {
    uint64_t hash = (uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15u;
    unsigned mask = (unsigned)table->capacity - 1, at = (unsigned)(hash >> 32) & mask;
    while (table->slots[at].key && table->slots[at].key != key)
        at = (at + 1) & mask;
    return &table->slots[at];
}

static inline TableSlot *table_slot_for(Table *table, const void *key) {
    if (4 * (table->count + 1) > 3 * table->capacity) table_grow(table);
    TableSlot *slot = table_slot(table, key);
    if (!slot->key) table->count++;
    return slot;
}

static inline void table_set(Table *table, const void *key, void *value) { /* key is not NULL */
    *table_slot_for(table, key) = (TableSlot){key, value};
}

/* Sets the key to itself; false where the table has it already. For tables of what was seen. */
static inline bool table_add(Table *table, const void *key) {
    TableSlot *slot = table_slot_for(table, key);
    if (slot->key) return false;
    *slot = (TableSlot){key, (void *)(uintptr_t)key};
    return true;
}

static inline void *table_get(const Table *table, const void *key) { /* NULL when absent */
    return table->count ? table_slot(table, key)->value : NULL;
}

static inline bool table_has(const Table *table, const void *key) {
    return table->count && table_slot(table, key)->key;
}
#endif

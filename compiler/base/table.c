/* The hash table from pointers to pointers: open addressing, at most three quarters full, never
 * shrinks. */
#include "base/table.h"

Table table_new(Arena *arena) {
    return (Table){.arena = arena};
}

void table_end(Table *table) {
    if (table->slots)
        arena_give_back(table->arena, table->slots, sizeof(TableSlot) * (size_t)table->capacity);
    *table = table_new(table->arena);
}

void table_grow(Table *table) {
    Table old = *table;
    table->capacity = !old.capacity ? 8 : old.capacity < 1024 ? 4 * old.capacity : 2 * old.capacity;
    table->slots = arena_borrow(table->arena, sizeof(TableSlot) * (size_t)table->capacity);
    for (int i = 0; i < old.capacity; i++)
        if (old.slots[i].key) *table_slot(table, old.slots[i].key) = old.slots[i];
    table_end(&old);
}

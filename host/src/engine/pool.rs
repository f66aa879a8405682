//! Places for so many instances of one component, made before any of them: an instance takes one
//! and gives it back, and only the pages that it wrote to are made new.

use wasmtime::component::Component;
use wasmtime::{Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How much of a memory and of a table stays in the host's memory between two instances, in bytes.
const RESIDENT: (usize, usize) = (1 << 20, 64 << 10);
/// Bytes of a memory's page.
const PAGE: u64 = 64 << 10;
/// Elements that a table can grow to at least.
const TABLE: usize = 100_000;
/// Tasks of one instance that have a stack at the same time, where there are tasks.
const TASKS: u32 = 32;

/// What a pool has places for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Instances at the same time.
    instances: u32,
    /// Memories, tables and stacks of one.
    memories: u32,
    tables: u32,
    stacks: u32,
    /// Bytes that a memory can grow to.
    memory: usize,
    /// Elements that a table can grow to.
    table: usize,
}

impl Pool {
    /// A pool for `instances` of `component`, whose memories can grow to `memory` bytes; `None` if it
    /// doesn't say what it takes.
    pub fn of(component: &Component, instances: u32, memory: u64) -> Option<Pool> {
        let takes = component.resources_required()?;
        let most = usize::try_from(memory.min(4 << 30)).unwrap_or(usize::MAX);
        let first = takes.max_initial_memory_size.unwrap_or_default().saturating_mul(PAGE);
        let table = takes.max_initial_table_size.unwrap_or_default();
        let concurrent = component.engine().get_concurrency_support();

        Some(Pool {
            instances,
            memories: takes.num_memories,
            tables: takes.num_tables,
            stacks: if concurrent { TASKS } else { 2 },
            memory: most.max(usize::try_from(first).unwrap_or(usize::MAX)),
            table: usize::try_from(table).unwrap_or(usize::MAX).max(TABLE),
        })
    }

    /// How an engine makes places for it.
    pub(super) fn strategy(&self) -> InstanceAllocationStrategy {
        let all = |each: u32| self.instances.saturating_mul(each.max(1));
        let mut pool = PoolingAllocationConfig::default();
        // Instances themselves are counted only.
        pool.total_component_instances(self.instances)
            .total_core_instances(u32::MAX)
            .total_memories(all(self.memories))
            .total_tables(all(self.tables))
            .total_stacks(all(self.stacks))
            .total_gc_heaps(all(2))
            .max_memory_size(self.memory)
            .table_elements(self.table)
            .max_memories_per_module(self.memories.max(1))
            .max_tables_per_module(self.tables.max(1))
            .max_unused_warm_slots(self.instances)
            .max_component_instance_size(16 << 20)
            .max_core_instance_size(16 << 20);

        if PoolingAllocationConfig::is_pagemap_scan_available() {
            pool.pagemap_scan(Enabled::Yes)
                .linear_memory_keep_resident(RESIDENT.0)
                .table_keep_resident(RESIDENT.1);
        }
        InstanceAllocationStrategy::Pooling(pool)
    }
}

//! What one execution of a component takes before its handler is called.

use wasmparser::{Parser, Payload, TypeRef};
use wasmtime::component::Component;

use crate::limits::Limits;
use crate::wasm::load::LoadError;
use crate::wasm::options::{EngineError, EngineOptions};

/// Bytes of a page of linear memory.
const PAGE: u64 = 64 << 10;

/// The memories and tables that the modules of a component have, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    pub memories: u32,
    pub tables: u32,
    /// Elements that the largest table begins with.
    pub table_elements: usize,
    /// Pages that the largest memory begins with.
    pages: u64,
}

impl Needs {
    /// What most guests need no more of.
    pub fn usual(limits: &Limits) -> Self {
        Self { memories: 1, tables: 4, table_elements: limits.table_elements, pages: 0 }
    }

    /// What a component needs, by its code and its bytes; none if that is not known before it is instantiated.
    pub fn of(component: &Component, bytes: &[u8]) -> Option<Self> {
        let required = component.resources_required()?;
        Some(Self {
            // The heap of an execution's exceptions is a memory of the pool like others.
            memories: required.num_memories + u32::from(throws(bytes)),
            tables: required.num_tables,
            table_elements: required.max_initial_table_size.unwrap_or(0).try_into().unwrap_or(usize::MAX),
            pages: required.max_initial_memory_size.unwrap_or(0),
        })
    }

    /// Whether there is room for what another needs.
    pub fn covers(&self, other: &Self) -> bool {
        self.and(other) == Self { pages: self.pages.max(other.pages), ..*self }
    }

    /// Room for either.
    pub fn and(&self, other: &Self) -> Self {
        Self {
            memories: self.memories.max(other.memories),
            tables: self.tables.max(other.tables),
            table_elements: self.table_elements.max(other.table_elements),
            pages: self.pages.max(other.pages),
        }
    }

    /// Errs where every execution would hit a limit before its handler is called.
    pub fn check(&self, options: &EngineOptions) -> Result<(), LoadError> {
        let memory = self.pages.saturating_mul(PAGE);
        if memory > options.limits.memory as u64 {
            return Err(LoadError::OverLimit { what: "bytes of memory", least: memory, setting: "memory" });
        }
        if self.table_elements > options.limits.table_elements {
            let least = self.table_elements as u64;
            return Err(LoadError::OverLimit { what: "table elements", least, setting: "table-elements" });
        }
        Ok(())
    }

    /// Why there is no pool that is large enough.
    pub fn no_room(&self, executions: u32, error: &EngineError) -> LoadError {
        let Self { memories, tables, .. } = *self;
        LoadError::NoRoom { memories, tables, executions, why: error.message.clone() }
    }
}

/// Whether a component can throw: one of its modules has or imports a tag.
fn throws(bytes: &[u8]) -> bool {
    let is_tag = |import: wasmparser::Result<wasmparser::Import<'_>>| {
        matches!(import.map(|it| it.ty), Ok(TypeRef::Tag(_)))
    };
    Parser::new(0).parse_all(bytes).any(|payload| match payload {
        Ok(Payload::TagSection(_)) => true,
        Ok(Payload::ImportSection(imports)) => imports.into_imports().any(is_tag),
        _ => false,
    })
}

//! The capabilities that an app may have: the one list of them.

use std::sync::Arc;

use flux_host::Capability;
use flux_host::section::{Findings, Section};
use flux_host::wasm::{Engine, EngineError};
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};

use crate::config::Config;

/// See the [module](self).
#[derive(Debug, Clone, Default)]
pub struct Catalog(Vec<Entry>);

/// What the runtime needs of one capability.
#[derive(Debug, Clone, Copy)]
struct Entry {
    schema: fn(&mut SchemaGenerator) -> Schema,
    read: fn(&mut Findings<'_>) -> Arc<dyn Section>,
    link: fn(&mut Engine) -> Result<(), EngineError>,
}

impl Catalog {
    /// The capabilities of Flux, in the order in which they are opened.
    pub fn builtin() -> Self {
        Self::default()
            .with::<flux_cap_ambient::Ambient>()
            .with::<flux_cap_db::Db>()
            .with::<flux_cap_kv::Kv>()
            .with::<flux_cap_queue::Queues>()
            .with::<flux_cap_fetch::Fetch>()
    }

    /// The same with one more.
    #[must_use]
    pub fn with<C: Capability>(mut self) -> Self {
        self.0.push(Entry {
            schema: |generator| generator.root_schema_for::<C::Section>(),
            read: |findings| Arc::new(findings.read::<C::Section>()),
            link: |engine| engine.link::<C>(),
        });
        self
    }

    /// Reads the section of each capability.
    pub(crate) fn read(&self, findings: &mut Findings<'_>) -> Vec<Arc<dyn Section>> {
        self.0.iter().map(|entry| (entry.read)(findings)).collect()
    }

    /// Links all of them. Linked functions act only where there are capabilities.
    pub(crate) fn link(&self, engine: &mut Engine) -> Result<(), EngineError> {
        self.0.iter().try_for_each(|entry| (entry.link)(engine))
    }

    /// The JSON Schema of flux.toml: the common tables, and those of each section.
    pub fn schema(&self) -> serde_json::Value {
        let generator = || SchemaSettings::draft2020_12().into_generator();
        let mut whole = generator().into_root_schema_for::<Config>().to_value();
        for entry in &self.0 {
            let mut part = (entry.schema)(&mut generator()).to_value();
            for key in ["properties", "$defs"] {
                if let (Some(all), Some(more)) = (whole[key].as_object_mut(), part[key].as_object_mut()) {
                    all.append(more);
                }
            }
        }
        whole["additionalProperties"] = false.into();
        whole
    }

    /// The tables of flux.toml.
    pub fn tables(&self) -> Vec<String> {
        let schema = self.schema();
        let tables = schema["properties"].as_object();
        tables.into_iter().flat_map(|tables| tables.keys().cloned()).collect()
    }
}

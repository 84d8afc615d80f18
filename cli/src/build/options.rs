//! How a guest is built.

use flux_runtime::config::EngineKind;

/// The choices of whoever builds.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Cargo features, build tags of Go, or constants `feature_<name>` of AssemblyScript. The others have none.
    pub features: Vec<String>,
    /// What it is built for; none: as flux.toml says, else for wasm.
    pub engine: Option<EngineKind>,
    /// Not optimised. Python is not in any case.
    pub debug: bool,
    /// Built again, if its inputs did not change too.
    pub force: bool,
}

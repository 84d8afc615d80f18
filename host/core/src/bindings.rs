//! The Rust types of wit/, with their canonical form. Both engines build these values.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "flux:host/service",
    imports: { default: async | trappable },
    exports: { default: async },
    additional_derives: [PartialEq, Clone, flux_recorder::Encode, flux_recorder::Decode],
});

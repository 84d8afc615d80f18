//! A host that returns what it takes, and has things with names.

use wasmtime::component::{Component, Instance, Linker, LinkerInstance, Resource, ResourceType, Val};
use wasmtime::{Engine, Result, Store, StoreContextMut};

const TYPES: &str = "test:shapes/types@1.0.0";
const OUTSIDE: &str = "test:shapes/outside@1.0.0";

/// A resource of the host.
pub struct Thing;

/// All things by their handle, and how many were dropped.
#[derive(Default)]
pub struct Things {
    names: Vec<String>,
    pub dropped: usize,
}

impl Things {
    pub fn add(&mut self, name: String) -> Resource<Thing> {
        self.names.push(name);
        Resource::new_own(u32::try_from(self.names.len() - 1).expect("few things"))
    }

    pub fn name(&self, thing: &Resource<Thing>) -> String {
        self.names[thing.rep() as usize].clone()
    }
}

/// Runs a component whose imports from `outside` have these names.
pub fn start(component: &[u8], echoes: &[String]) -> (Store<Things>, Instance) {
    let engine = Engine::default();
    let component = Component::new(&engine, component).expect("the component compiles");
    let mut linker = Linker::new(&engine);
    things(&mut linker.instance(TYPES).expect("an instance")).expect("it is linked");
    let mut outside = linker.instance(OUTSIDE).expect("an instance");
    for name in echoes {
        let echo = |_: StoreContextMut<'_, Things>, _, given: &[Val], returned: &mut [Val]| {
            match (given, returned) {
                (_, []) => {}
                ([one], [returned]) => *returned = one.clone(),
                (all, [returned, ..]) => *returned = Val::Tuple(all.to_vec()),
            }
            Ok(())
        };
        outside.func_new(name, echo).expect("it is linked");
    }
    let mut store = Store::new(&engine, Things::default());
    let instance = linker.instantiate(&mut store, &component).expect("it is instantiated");
    (store, instance)
}

type Cx<'a> = StoreContextMut<'a, Things>;

fn things(types: &mut LinkerInstance<'_, Things>) -> Result<()> {
    types.resource("thing", ResourceType::host::<Thing>(), |mut cx, _| {
        cx.data_mut().dropped += 1;
        Ok(())
    })?;
    types.func_wrap("[constructor]thing", |mut cx: Cx<'_>, (name,): (String,)| {
        Ok((cx.data_mut().add(name),))
    })?;
    types.func_wrap("[method]thing.name", |cx: Cx<'_>, (thing,): (Resource<Thing>,)| {
        Ok((cx.data().name(&thing),))
    })?;
    let is_before = |cx: Cx<'_>, (one, two): (Resource<Thing>, Resource<Thing>)| {
        Ok((cx.data().name(&one) < cx.data().name(&two),))
    };
    types.func_wrap("[method]thing.is-before", is_before)?;
    types.func_wrap("[static]thing.join", |mut cx: Cx<'_>, (one, two): (Resource<Thing>, Resource<Thing>)| {
        let name = format!("{}+{}", cx.data().name(&one), cx.data().name(&two));
        Ok((cx.data_mut().add(name),))
    })
}

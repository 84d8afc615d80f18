//! Values of any type, its edges among them.

use wasmtime::component::{Type, Val};

/// A text that is longer than the glue's first chunk.
const LONG: usize = 20_000;

/// Values that between them have every case, every field and every length of interest.
pub fn samples(ty: &Type) -> Vec<Val> {
    match ty {
        Type::Bool => [false, true].map(Val::Bool).to_vec(),
        Type::Char => ['a', '\0', '€', '\u{10ffff}'].map(Val::Char).to_vec(),
        Type::U8 => [0, u8::MAX].map(Val::U8).to_vec(),
        Type::S8 => [0, -1, i8::MIN, i8::MAX].map(Val::S8).to_vec(),
        Type::U16 => [0, u16::MAX].map(Val::U16).to_vec(),
        Type::S16 => [0, -1, i16::MIN, i16::MAX].map(Val::S16).to_vec(),
        Type::U32 => [0, u32::MAX].map(Val::U32).to_vec(),
        Type::S32 => [0, -1, i32::MIN, i32::MAX].map(Val::S32).to_vec(),
        Type::U64 => [0, (1 << 53) + 1, u64::MAX].map(Val::U64).to_vec(),
        Type::S64 => [0, -1, i64::MIN, i64::MAX].map(Val::S64).to_vec(),
        Type::Float32 => [0.0, -0.0, 1.5, f32::NAN, f32::NEG_INFINITY].map(Val::Float32).to_vec(),
        Type::Float64 => [0.0, -0.0, 0.1, f64::NAN, f64::MIN_POSITIVE].map(Val::Float64).to_vec(),
        Type::String => {
            ["", "a", "é€🦀\0", &"é🦀".repeat(LONG)].map(|it| Val::String(it.to_owned())).to_vec()
        }
        other => compound(other),
    }
}

fn compound(ty: &Type) -> Vec<Val> {
    match ty {
        Type::List(list) => vec![Val::List(Vec::new()), Val::List(samples(&list.ty()))],
        Type::Record(record) => {
            let types: Vec<_> = record.fields().map(|field| field.ty).collect();
            let names = || record.fields().map(|field| field.name.to_owned());
            products(&types).into_iter().map(|values| Val::Record(names().zip(values).collect())).collect()
        }
        Type::Tuple(tuple) => {
            products(&tuple.types().collect::<Vec<_>>()).into_iter().map(Val::Tuple).collect()
        }
        Type::Variant(variant) => {
            let of = |case: wasmtime::component::types::Case<'_>| {
                let name = case.name.to_owned();
                payloads(case.ty).into_iter().map(move |it| Val::Variant(name.clone(), it))
            };
            variant.cases().flat_map(of).collect()
        }
        Type::Enum(cases) => cases.names().map(|name| Val::Enum(name.to_owned())).collect(),
        Type::Flags(flags) => {
            let all: Vec<_> = flags.names().map(str::to_owned).collect();
            let each = all.iter().map(|flag| vec![flag.clone()]);
            each.chain([Vec::new(), all.clone()]).map(Val::Flags).collect()
        }
        Type::Option(option) => {
            let some = payloads(Some(option.ty())).into_iter().map(Val::Option);
            some.chain([Val::Option(None)]).collect()
        }
        Type::Result(result) => {
            let ok = payloads(result.ok()).into_iter().map(|it| Val::Result(Ok(it)));
            ok.chain(payloads(result.err()).into_iter().map(|it| Val::Result(Err(it)))).collect()
        }
        other => panic!("no samples of {other:?}"),
    }
}

/// What a case may carry.
fn payloads(ty: Option<Type>) -> Vec<Option<Box<Val>>> {
    ty.map_or(vec![None], |ty| samples(&ty).into_iter().map(|it| Some(Box::new(it))).collect())
}

/// Every sample of every type at least once, and not all combinations.
pub fn products(types: &[Type]) -> Vec<Vec<Val>> {
    let all: Vec<_> = types.iter().map(samples).collect();
    let most = all.iter().map(Vec::len).max().unwrap_or(1);
    (0..most).map(|at| all.iter().map(|of| of[at % of.len()].clone()).collect()).collect()
}

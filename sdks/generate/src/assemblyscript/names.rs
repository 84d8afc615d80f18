//! Names of the contract in AssemblyScript's case.

use heck::{ToLowerCamelCase, ToUpperCamelCase};

/// Words that no variable can have, and the functions that the glue itself calls.
const TAKEN: [&str; 55] = [
    "abi",
    "abstract",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "changetype",
    "class",
    "const",
    "continue",
    "debugger",
    "declare",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "load",
    "new",
    "null",
    "of",
    "operator",
    "private",
    "protected",
    "public",
    "reinterpret",
    "return",
    "static",
    "store",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "unchecked",
    "var",
    "void",
    "while",
    "yield",
];

/// Classes that the glue uses.
const CLASSES: [&str; 15] = [
    "Array",
    "Done",
    "Float32Array",
    "Float64Array",
    "Int16Array",
    "Int32Array",
    "Int64Array",
    "Int8Array",
    "Object",
    "Result",
    "Some",
    "Uint16Array",
    "Uint32Array",
    "Uint64Array",
    "Uint8Array",
];

/// A class or an enum.
pub fn class(name: &str) -> String {
    let name = name.to_upper_camel_case();
    if CLASSES.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// A method or a case: it may have any name.
pub fn member(name: &str) -> String {
    name.to_lower_camel_case()
}

/// A variable, a function, or a field, which is a parameter of its constructor. No name of a contract has an underscore: those are the glue's own.
pub fn variable(name: &str) -> String {
    let name = name.to_lower_camel_case();
    if TAKEN.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The core function behind a function, such as `_bucketGet` for `[method]bucket.get`.
pub fn core(function: &str) -> String {
    format!("_{}", function.to_lower_camel_case())
}

/// The last part of a function's name: `get` for `[method]bucket.get`, `create` for a constructor.
pub fn last(function: &str) -> &str {
    if function.starts_with("[constructor]") {
        return "create";
    }
    function.rsplit('.').next().unwrap_or(function)
}

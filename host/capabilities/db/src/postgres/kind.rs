//! Which types have a value of their own, both ways. All others travel as text.

use sqlx::TypeInfo;
use sqlx::postgres::{PgTypeInfo, PgTypeKind};

/// How values of a type are sent and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    /// With this many bytes.
    Integer(usize),
    /// With this many bytes.
    Real(usize),
    /// Text in its binary form too.
    Text,
    Bytes,
    Numeric,
    Uuid,
    Jsonb,
    Date,
    Timestamp {
        zone: bool,
    },
    /// Only the server can turn it into text.
    Foreign,
}

impl Kind {
    // These numbers never change: src/include/catalog/pg_type.dat.
    pub(super) fn of(info: &PgTypeInfo) -> Self {
        match info.oid().map(|it| it.0) {
            Some(16) => Self::Boolean,
            Some(17) => Self::Bytes,
            Some(21) => Self::Integer(2),
            Some(23) => Self::Integer(4),
            Some(20) => Self::Integer(8),
            Some(700) => Self::Real(4),
            Some(701) => Self::Real(8),
            // "char", name, text, json, unknown, bpchar, varchar; and void, whose text is empty.
            Some(18 | 19 | 25 | 114 | 705 | 1042 | 1043 | 2278) => Self::Text,
            Some(1082) => Self::Date,
            Some(1114) => Self::Timestamp { zone: false },
            Some(1184) => Self::Timestamp { zone: true },
            Some(1700) => Self::Numeric,
            Some(2950) => Self::Uuid,
            Some(3802) => Self::Jsonb,
            _ if matches!(info.kind(), PgTypeKind::Enum(_)) => Self::Text,
            _ => Self::Foreign,
        }
    }
}

/// A type as SQL has it, where that means the type without a length.
pub(super) fn name(info: &PgTypeInfo) -> &str {
    match info.oid().map(|it| it.0) {
        // A bare char or bit is one of length 1: the rest would be cut off.
        Some(1014) => "bpchar[]",
        Some(1560) => "pg_catalog.\"bit\"",
        Some(1561) => "pg_catalog.\"bit\"[]",
        Some(1002) => "\"char\"[]",
        _ => info.name(),
    }
}

//! Structured log lines, kept with the execution that wrote them.
//!
//! ```no_run
//! let (order, cents) = ("o-1", 1250);
//! flux_sdk::log::info!("order {order} placed", cents = cents, currency = "EUR");
//! ```
//!
//! The first argument is a format string that captures variables; what follows are fields, whose
//! values are written with [`Display`](std::fmt::Display).

mod level;

use crate::bindings::flux::host::log as host;

pub use level::Level;

pub use crate::{
    __flux_debug as debug, __flux_error as error, __flux_info as info, __flux_trace as trace,
    __flux_warn as warn,
};

/// Writes a line with fields whose names are not known before run time. The macros are shorter.
pub fn write(level: Level, message: &str, fields: &[(String, String)]) {
    host::write(level, message, fields);
}

/// Writes a line; used by the macros of this module.
#[doc(hidden)]
#[macro_export]
macro_rules! __flux_log {
    ($level:ident, $message:literal $(, $key:ident = $value:expr)* $(,)?) => {
        $crate::log::write(
            $crate::log::Level::$level,
            &::std::format!($message),
            &[$((
                ::std::string::String::from(::std::stringify!($key)),
                ::std::string::ToString::to_string(&$value),
            )),*],
        )
    };
}

/// Writes a line of level [`Trace`](crate::log::Level::Trace).
#[doc(hidden)]
#[macro_export]
macro_rules! __flux_trace {
    ($($line:tt)*) => { $crate::__flux_log!(Trace, $($line)*) };
}

/// Writes a line of level [`Debug`](crate::log::Level::Debug).
#[doc(hidden)]
#[macro_export]
macro_rules! __flux_debug {
    ($($line:tt)*) => { $crate::__flux_log!(Debug, $($line)*) };
}

/// Writes a line of level [`Info`](crate::log::Level::Info).
#[doc(hidden)]
#[macro_export]
macro_rules! __flux_info {
    ($($line:tt)*) => { $crate::__flux_log!(Info, $($line)*) };
}

/// Writes a line of level [`Warn`](crate::log::Level::Warn).
#[doc(hidden)]
#[macro_export]
macro_rules! __flux_warn {
    ($($line:tt)*) => { $crate::__flux_log!(Warn, $($line)*) };
}

/// Writes a line of level [`Error`](crate::log::Level::Error).
#[doc(hidden)]
#[macro_export]
macro_rules! __flux_error {
    ($($line:tt)*) => { $crate::__flux_log!(Error, $($line)*) };
}

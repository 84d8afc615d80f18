//! The table of docs/languages.md.

use std::fmt::Write;

use crate::Row;

/// As Markdown, one line a language.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = "| language | component | build | compile | load | first response | warm p50, bare | recorded | ratio | memory |\n\
                    |---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} s | {:.0} ms | {:.1} ms | {:.0} ms | {} | {} | {:.2} | {:.1} MiB |",
            row.language,
            size(row.bytes),
            row.build_s,
            row.compile_ms,
            row.load_ms,
            row.first_ms,
            time(row.bare_p50_us),
            time(row.recorded_p50_us),
            row.recorded_p50_us / row.bare_p50_us,
            row.memory_mib
        );
    }
    text
}

fn size(bytes: usize) -> String {
    let kib = bytes as f64 / 1024.0;
    if kib < 1024.0 { format!("{kib:.0} KiB") } else { format!("{:.1} MiB", kib / 1024.0) }
}

fn time(us: f64) -> String {
    if us < 1000.0 { format!("{us:.0} us") } else { format!("{:.2} ms", us / 1000.0) }
}

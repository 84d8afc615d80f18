//! A bar for each server, as SVG.

use std::fmt::Write;

use crate::report::Row;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 220.0;
const BAR: f64 = 26.0;
const STEP: f64 = 38.0;

/// Requests per second; the bar begins at 0, and every round's figure is a mark on it.
pub fn bars(rows: &[Row]) -> String {
    let most = rows.iter().flat_map(Row::all).fold(1.0, f64::max);
    let scale = |value: f64| value / most * (WIDTH - LEFT - 90.0);
    let height = 60.0 + STEP * rows.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"15\">Requests per second, median of the rounds (marks: each round)</text>\n"
    );
    for (index, row) in rows.iter().enumerate() {
        let top = 44.0 + STEP * index as f64;
        let (middle, length) = (top + BAR * 0.68, scale(row.per_second));
        let colour = if row.is_flux() { "#2f6fb3" } else { "#9a9a9a" };
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            row.name
        );
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{top}\" width=\"{length:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>"
        );
        for value in row.all() {
            let x = LEFT + scale(value);
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{}\" stroke=\"black\"/>",
                top + 4.0,
                top + BAR - 4.0
            );
        }
        let furthest = row.all().fold(row.per_second, f64::max);
        let x = LEFT + scale(furthest) + 8.0;
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{middle}\">{:.0}</text>", row.per_second);
    }
    svg + "</svg>\n"
}

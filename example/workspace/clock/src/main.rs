//! Answers with the seconds since 1970.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let version = concat!(env!("CARGO_PKG_VERSION"), " (", env!("CLOCK_TARGET"), ")");
    service::run("clock", version, || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        format!(
            "{} seconds since 1970",
            since.map_or(0, |elapsed| elapsed.as_secs())
        )
    })
}

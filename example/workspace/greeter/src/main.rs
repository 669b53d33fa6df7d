//! Answers `Hello from greeter`.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::run("greeter", env!("CARGO_PKG_VERSION"), || {
        "Hello from greeter".to_owned()
    })
}

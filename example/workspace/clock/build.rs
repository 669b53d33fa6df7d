//! Passes the target on to the program, which tells it with its version.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=CLOCK_TARGET={target}");
}

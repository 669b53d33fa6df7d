//! A server that answers every request with one line of text, on `0.0.0.0:$PORT` (8080).
//!
//! It reads a request's head and nothing more, one connection at a time: enough for an example.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// The longest head of a request that is read, in bytes.
const HEAD_LIMIT: u64 = 16 * 1024;

/// Runs a service called `name`: with `--version` it prints `version`, with `--once` it prints one
/// answer; without arguments it serves until it is ended.
pub fn run(name: &str, version: &str, answer: impl Fn() -> String) -> ExitCode {
    match env::args().nth(1).as_deref() {
        None => match serve(name, answer) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{name}: {error}");
                ExitCode::FAILURE
            }
        },
        Some("--once") => {
            println!("{}", answer());
            ExitCode::SUCCESS
        }
        Some("--version") => {
            println!("{name} {version}");
            ExitCode::SUCCESS
        }
        Some(other) => {
            eprintln!("{name}: unknown argument {other:?}; there are --once and --version");
            ExitCode::from(2)
        }
    }
}

fn serve(name: &str, answer: impl Fn() -> String) -> io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    eprintln!("{name}: listening on {}", listener.local_addr()?);
    for connection in listener.incoming() {
        // A client that goes away is no reason to stop serving the others.
        if let Err(error) = connection.and_then(|stream| respond(stream, &answer())) {
            eprintln!("{name}: {error}");
        }
    }
    Ok(())
}

fn respond(mut stream: TcpStream, text: &str) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let head = BufReader::new(stream.try_clone()?.take(HEAD_LIMIT));
    for line in head.lines() {
        if line?.is_empty() {
            break;
        }
    }
    stream.write_all(response(text).as_bytes())
}

fn response(text: &str) -> String {
    let length = text.len() + 1;
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::response;

    #[test]
    fn response_counts_bytes() {
        assert!(response("grüß").contains("Content-Length: 7\r\n"));
    }
}

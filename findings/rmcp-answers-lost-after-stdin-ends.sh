#!/usr/bin/env bash
# A server of the Model Context Protocol made with rmcp on stdin and stdout, and a client that writes its requests and
# then closes its end, as a shell pipe does. A call that takes 2 seconds is answered. One that takes 8 seconds is not:
# rmcp waits 5 seconds for calls in work once stdin has ended, then drops them and ends as if all were well, without
# an answer or an error for them. Whoever pipes requests into such a server has to keep the pipe open until the last
# answer is there.
# Needs Rust. Exits with another status than 0 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "slow-server"
version = "0.0.0"
edition = "2024"

[dependencies]
rmcp = { version = "=3.11.0", default-features = false, features = ["server"] }
tokio = { version = "1", default-features = false, features = ["io-std", "rt", "time"] }

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ServerCapabilities, ServerConfig};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};

struct Slow;

impl ServerHandler for Slow {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let seconds = request.arguments.unwrap_or_default()["seconds"].as_u64().unwrap_or(0);
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(CallToolResult::success(vec![ContentBlock::text(format!("slept {seconds}"))]).into())
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let running = Slow.serve((tokio::io::stdin(), tokio::io::stdout())).await.unwrap();
        eprintln!("ended: {:?}", running.waiting().await);
    });
    runtime.shutdown_background();
}

RUST
cargo build --quiet --manifest-path "$folder/Cargo.toml"
echo "rmcp 3.11.0"
ask() {
    cat <<JSON
{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"sh","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"sleep","arguments":{"seconds":$1}}}
JSON
}
for seconds in 2 8; do
    began=$(date +%s)
    ask "$seconds" | "$folder/target/debug/slow-server" > "$folder/answers-$seconds" || exit 1
    answers=$(grep -c '"id":2' "$folder/answers-$seconds" || true)
    echo "a call of $seconds seconds: $answers answers, and the server ended after $(($(date +%s) - began)) seconds"
done
grep -q '"slept 2"' "$folder/answers-2"
! grep -q '"id":2' "$folder/answers-8"

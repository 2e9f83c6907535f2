//! Who may do what: every operation of the document, asked by everybody, over real HTTP; and that each success and each
//! refused attempt on a protected environment is in the audit trail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

mod cast;
mod operations;
mod recorded;
mod requests;
mod site;
mod table;

use cast::Actor;
use countersign_tests::Engine;
use operations::Row;
use requests::Request;
use site::Site;
use std::collections::BTreeMap;
use table::Cell;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_do_what() {
    let server = countersign_tests::server::shared(Engine::Sqlite).await;
    let site = Site::new(server).await;
    let (actors, running) = cast::gather(&site).await;
    let mut tables: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Vec::new();
    for (number, row) in operations::rows(requests::VARIANTS).into_iter().enumerate() {
        let cells = ask(&site, &row, &actors, number).await;
        faults.extend(recorded::faults(&row, &actors, &cells));
        tables.entry(row.table.clone()).or_default().push_str(&table::line(&row, &cells));
    }
    assert_eq!(running.put("running", serde_json::json!({})).await.status, 200, "the job ran all the time");
    for (name, lines) in &tables {
        let text = format!("{}\n{}{lines}", cast::LEGEND, table::head());
        insta::assert_snapshot!(name.as_str(), text);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Lets everybody ask.
async fn ask(site: &Site, row: &Row, actors: &[Actor], number: usize) -> Vec<Cell> {
    let mut ready: Option<Request> = None;
    let mut cells = Vec::new();
    for actor in actors {
        let request = match ready.take() {
            Some(request) => request,
            None => requests::request(site, row, actor).await,
        };
        let before = site.world.server.last_record();
        let reply = request.send(actor, number).await;
        let records = site.world.server.records_after(before);
        cells.push(Cell::new(&reply, request.token(actor), records));
        // What was refused is still there for the next to ask for.
        ready = Some(request).filter(|request| reply.status >= 300 && !request.once);
    }
    cells
}

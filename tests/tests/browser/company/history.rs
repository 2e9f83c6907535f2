//! What happened in the company so far, from long ago until a moment ago.

use super::Company;
use countersign_tests::compare::id;
use countersign_tests::runner::{HandRunner, Handed};
use serde_json::json;

/// The pipeline of every project.
const YAML: &str = "stages: [build, test, staging, production]

build:
  stage: build
  script: [make release]

unit-tests:
  stage: test
  script: [make check]

staging:
  stage: staging
  script: [./ship staging]
  environment: {name: staging}

production:
  stage: production
  script: [./ship production]
  environment: {name: production}
";

/// What a project's job prints.
const LOG: &str = "\x1b[0KRunning with the built-in runner on harbour-1\n\
    section_start:1764403200:get_sources\r\x1b[0K\x1b[36;1mFetching the commit\x1b[0;m\n\
    Checked out as detached HEAD\n\
    section_end:1764403201:get_sources\r\x1b[0K\
    section_start:1764403201:step_script\r\x1b[0K\x1b[36;1mRunning the script\x1b[0;m\n\
    \x1b[32;1m$ ./ship production\x1b[0;m\n\
    Uploading image harbour/ledger:4.12.0 (83 MB)\n\
    Draining 2 of 6 instances\n\
    \x1b[33mwarning: instance i-0c is slow to drain, waiting up to 120 s\x1b[0m\n\
    Started 2 of 6 instances on the new image\n\
    Health check: \x1b[32mok\x1b[0m (2/2)\n";

/// How many lines the longest log has: more than a page shows.
const LONG: usize = 1001;

/// A log as package managers write them: every line with a name, a version and a checksum of its own.
fn long_log() -> String {
    let line = |n: usize| {
        let sum: String =
            (1..=2_u64).map(|k| format!("{:016x}", (n as u64 + k).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        format!("\x1b[32m   Downloaded\x1b[0m part-{n:04} v{}.{}.{} (sha256:{sum})\n", n % 7, n % 31, n % 13)
    };
    (0..LONG).map(line).collect()
}

/// A runner that does at once what it is given.
struct Crew<'a> {
    company: &'a Company,
    runner: HandRunner,
}

impl Crew<'_> {
    /// Commits to a project, with its pipeline the first time.
    async fn commit(&self, by: &str, project: &str, title: &str) {
        let step = json!({"action": "create", "file_path": format!("changes/{}.md", title.len()), "content": title});
        let yaml = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": YAML});
        let at = format!("/projects/{}/repository", self.company.places[project]);
        let first = self.company.root.get(&format!("{at}/files/.gitlab-ci.yml?ref=main")).await.status == 404;
        let actions = if first { json!([step, yaml]) } else { json!([step]) };
        let body = json!({"branch": "main", "commit_message": title, "actions": actions});
        self.company.api(by).post(&format!("{at}/commits"), body).await.ok(201);
    }

    /// Runs the jobs before production, well.
    async fn up_to_production(&self) {
        for _ in ["build", "unit-tests", "staging"] {
            self.take().await.succeed().await;
        }
    }

    async fn take(&self) -> Handed {
        self.runner.take().await
    }

    /// The newest deployment of a project to production: its id.
    async fn newest(&self, project: &str) -> i64 {
        let at = format!(
            "/projects/{}/deployments?environment=production&order_by=id&sort=desc",
            self.company.places[project]
        );
        id(&self.company.root.get(&at).await.ok(200)[0])
    }

    async fn vote(&self, by: &str, project: &str, status: &str, comment: &str) {
        let at =
            format!("/projects/{}/deployments/{}/approval", self.company.places[project], self.newest(project).await);
        self.company.api(by).post(&at, json!({"status": status, "comment": comment})).await.ok(201);
    }
}

/// Lets it all happen.
pub(super) async fn happen(company: &mut Company) {
    let body = json!({"runner_type": "instance_type", "description": "harbour-1"});
    let made = company.root.post("/user/runners", body).await.ok(201);
    let runner = HandRunner::new(&company.server, made["token"].as_str().expect("a token"));
    let crew = Crew { company, runner };
    company.age(60 * 24 * 40);
    last_week(&crew).await;
    yesterday(&crew).await;
    today(&crew).await;
    let things = [
        ("waiting", crew.newest("harbour/payments").await),
        ("untouched", crew.newest("harbour/storefront").await),
        ("running", crew.newest("harbour/ledger").await),
        ("rejected", crew.newest("harbour/platform/gateway").await),
    ];
    company.things.extend(things);
}

/// Something that went well.
async fn last_week(crew: &Crew<'_>) {
    for project in ["harbour/payments", "harbour/ledger"] {
        crew.commit("olivia", project, "Round half to even, as the central bank does").await;
        crew.up_to_production().await;
        crew.company.age(95);
        crew.vote("quinn", project, "approved", "").await;
        crew.vote("sue", project, "approved", "").await;
        crew.vote("sam", project, "approved", "Read the diff, twice.").await;
        crew.take().await.succeed().await;
        crew.company.age(60 * 24 * 3);
    }
}

/// Something that was refused, and a test that failed.
async fn yesterday(crew: &Crew<'_>) {
    let gateway = "harbour/platform/gateway";
    crew.commit("olivia", gateway, "Allow TLS 1.0 for the old terminals").await;
    crew.up_to_production().await;
    crew.company.age(50);
    crew.vote("sam", gateway, "rejected", "Not while they can be replaced.").await;
    crew.company.age(60 * 16);
    crew.commit("theo", "harbour/storefront", "Lazy-load the basket").await;
    crew.take().await.succeed().await;
    let tests = crew.take().await;
    tests.acknowledge().await.ok(200);
    assert_eq!(tests.trace(0, &long_log()).await.status, 202);
    tests.put("failed", json!({"failure_reason": "script_failure", "exit_code": 1})).await.ok(200);
    crew.company.age(60 * 3);
}

/// What waits, and what runs.
async fn today(crew: &Crew<'_>) {
    crew.commit("theo", "harbour/payments", "Retry card authorisations once when the network times out").await;
    let payments = crew.company.places["harbour/payments"];
    crew.up_to_production().await;
    crew.company.age(26);
    crew.commit("olivia", "harbour/payments", "Tell customers why a card was declined").await;
    crew.up_to_production().await;
    crew.company.age(41);
    crew.vote("quinn", "harbour/payments", "approved", "Smoke tests on staging are green.").await;
    crew.commit("olivia", "harbour/storefront", "Put the delivery date above the fold").await;
    crew.up_to_production().await;
    crew.company.age(12);
    let head = crew.company.root.get(&format!("/projects/{payments}/repository/branches/main")).await.ok(200);
    let body = json!({
        "environment": "sandbox", "sha": head["commit"]["id"], "ref": "main", "tag": false, "status": "running",
    });
    crew.company.api("theo").post(&format!("/projects/{payments}/deployments"), body).await.ok(201);
    crew.commit("olivia", "harbour/ledger", "Close the day in one transaction").await;
    crew.up_to_production().await;
    for name in ["quinn", "sue", "sam"] {
        crew.vote(name, "harbour/ledger", "approved", "").await;
    }
    crew.company.age(2);
    let running = crew.take().await;
    running.acknowledge().await.ok(200);
    assert_eq!(running.trace(0, LOG).await.status, 202);
}

//! Runners as replies show them.

use crate::api::views::named;
use countersign_app::runners::Known;
use countersign_domain::runner::Presence;
use countersign_domain::time::Timestamp;
use countersign_store::runners::{Machine, Runner};
use countersign_wire::runner_admin as wire;
use countersign_wire::runner_admin::{RunnerAccess, RunnerDetails, RunnerGroup, RunnerManager};

pub(super) fn runner(of: &Runner, now: Timestamp) -> wire::Runner {
    let presence = Presence::at(of.contacted_at, now);
    wire::Runner {
        id: of.id.0,
        description: of.description.clone(),
        ip_address: None,
        active: !of.paused,
        paused: of.paused,
        is_shared: of.runner_type == "instance_type",
        runner_type: of.runner_type.clone(),
        name: "gitlab-runner".into(),
        online: presence == Presence::Online,
        status: presence.as_str().into(),
        created_at: of.created_at.to_string(),
    }
}

pub(super) fn details(url: &str, of: &Known, now: Timestamp) -> RunnerDetails {
    let runner = &of.runner;
    let last = of.machines.first().map(|machine| machine.said.clone()).unwrap_or_default();
    let group = |group: &countersign_store::namespaces::Namespace| RunnerGroup {
        id: group.id.0,
        name: group.name.clone(),
        web_url: format!("{url}/groups/{}", group.full_path),
    };
    RunnerDetails {
        runner: wire::Runner { ip_address: last.ip_address, ..self::runner(runner, now) },
        contacted_at: runner.contacted_at.map(|at| at.to_string()),
        tag_list: runner.tags.clone(),
        run_untagged: runner.run_untagged,
        locked: runner.locked,
        access_level: if runner.ref_protected { RunnerAccess::RefProtected } else { RunnerAccess::NotProtected },
        maximum_timeout: runner.maximum_timeout,
        maintenance_note: runner.maintenance_note.clone(),
        version: of.machines.first().map(|machine| machine.said.version.clone()),
        revision: last.revision,
        platform: last.platform,
        architecture: last.architecture,
        executor: last.executor,
        projects: of.projects.iter().map(|project| named(url, project)).collect(),
        groups: of.group.iter().map(group).collect(),
    }
}

pub(super) fn machine(of: Machine, now: Timestamp) -> RunnerManager {
    RunnerManager {
        id: of.id,
        system_id: of.said.system_id,
        version: of.said.version,
        revision: of.said.revision,
        platform: of.said.platform,
        architecture: of.said.architecture,
        executor: of.said.executor,
        ip_address: of.said.ip_address,
        contacted_at: of.contacted_at.to_string(),
        status: Presence::at(Some(of.contacted_at), now).as_str().into(),
    }
}

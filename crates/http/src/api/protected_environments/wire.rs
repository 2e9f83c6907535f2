//! Between the wire and the rules.

use countersign_domain::protection::{
    Entry, NewEntry, NewProtection, Principal, Protection, Role, Rule, RunAfterApproval, Warning,
};
use countersign_wire::protected_environment as wire;

/// A request to protect an environment.
pub(super) fn asked(body: wire::ProtectEnvironment) -> NewProtection {
    NewProtection {
        name: Some(body.name),
        deploy: Some(entries(body.deploy_access_levels)),
        rules: body.approval_rules.map(entries),
        required_approval_count: body.required_approval_count,
        run_after_approval: body.run_after_approval.map(run),
    }
}

/// A request to change a protected environment.
pub(super) fn asked_update(body: wire::UpdateProtectedEnvironment) -> NewProtection {
    NewProtection {
        name: body.name,
        deploy: body.deploy_access_levels.map(entries),
        rules: body.approval_rules.map(entries),
        required_approval_count: body.required_approval_count,
        run_after_approval: body.run_after_approval.map(run),
    }
}

/// A protection as replies show it.
pub(super) fn shown(of: Protection, warnings: &[Warning]) -> wire::ProtectedEnvironment {
    wire::ProtectedEnvironment {
        name: of.name,
        deploy_access_levels: of.deploy.into_iter().map(deploy).collect(),
        required_approval_count: i64::from(of.required_approval_count),
        approval_rules: of.rules.into_iter().map(rule).collect(),
        run_after_approval: of.run_after_approval.as_str().into(),
        warnings: warnings.iter().map(Warning::to_string).collect(),
    }
}

/// The user, group and level that replies show of a party.
pub(crate) fn party(of: Principal, echoed: Option<Role>) -> (Option<i64>, Option<i64>, Option<i64>) {
    match of {
        Principal::User(user) => (Some(user.0), None, echoed.map(Role::number)),
        Principal::Group(group) => (None, Some(group.0), echoed.map(Role::number)),
        Principal::Role(role) => (None, None, Some(role.number())),
    }
}

fn entries(all: Vec<wire::EntryParams>) -> Vec<NewEntry> {
    let entry = |e: wire::EntryParams| NewEntry {
        id: e.id,
        destroy: e.destroy.unwrap_or_default(),
        user_id: e.user_id,
        group_id: e.group_id,
        access_level: e.access_level,
        group_inheritance_type: e.group_inheritance_type,
        required_approvals: e.required_approvals,
    };
    all.into_iter().map(entry).collect()
}

fn run(asked: wire::RunAfterApproval) -> RunAfterApproval {
    match asked {
        wire::RunAfterApproval::Automatic => RunAfterApproval::Automatic,
        wire::RunAfterApproval::Manual => RunAfterApproval::Manual,
    }
}

fn deploy(of: Entry) -> wire::DeployAccessLevel {
    let (user_id, group_id, access_level) = party(of.principal, of.echoed_level);
    wire::DeployAccessLevel {
        id: of.id.0,
        access_level,
        access_level_description: of.description,
        user_id,
        group_id,
        group_inheritance_type: of.inheritance.number(),
        orphaned: of.orphaned,
    }
}

fn rule(of: Rule) -> wire::ApprovalRule {
    let (user_id, group_id, access_level) = party(of.entry.principal, of.entry.echoed_level);
    wire::ApprovalRule {
        id: of.entry.id.0,
        user_id,
        group_id,
        access_level,
        access_level_description: of.entry.description,
        required_approvals: i64::from(of.required_approvals),
        group_inheritance_type: of.entry.inheritance.number(),
        orphaned: of.entry.orphaned,
    }
}

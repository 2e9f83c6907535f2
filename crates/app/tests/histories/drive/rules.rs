//! Protections.

use super::{Driver, done};
use crate::act::{Act, Answer};
use crate::oracle::policy::Edit;
use crate::oracle::{Entry, Party, Project, Shield, Spot};
use crate::world;
use countersign_app::protections::{self, Target};
use countersign_app::{groups, projects};
use countersign_domain::access::Level;
use countersign_domain::protection::{NewEntry, NewProtection, RunAfterApproval, Scope};
use countersign_domain::settings::ProjectSettingsChanges;
use countersign_store::protections as rows;

impl Driver<'_, '_> {
    pub(super) fn rules(&mut self, act: &Act) -> Answer {
        match act {
            Act::Protect { by, shield } => {
                let (target, asked) = (self.target(shield.spot), self.asked(shield));
                done(self.write(*by, |tx, actor, now| protections::protect(tx, actor, &target, &asked, now)))
            }
            Act::Edit { by, spot, name, edit } => {
                let (target, asked) = (self.target(*spot), self.change(*spot, name, edit));
                done(self.write(*by, |tx, actor, now| protections::update(tx, actor, &target, name, &asked, now)))
            }
            Act::Unprotect { by, spot, name } => {
                let target = self.target(*spot);
                done(self.write(*by, |tx, actor, now| protections::unprotect(tx, actor, &target, name, now)))
            }
            Act::Lenient { spot, on } => self.set_lenient(*spot, *on),
            Act::Forward { project, only, rollback } => self.set_forward(*project, *only, *rollback),
            _ => Answer::Broken("no rule".into()),
        }
    }

    fn target(&self, spot: Spot) -> Target {
        match spot {
            Spot::Group(_) => Target::Group(self.at(spot), Level::Maintainer),
            Spot::Project(_) => Target::Project(self.at(spot)),
        }
    }

    fn entry(&self, of: &Entry) -> NewEntry {
        let named = self.party(of.party);
        let inheritance = Some(i64::from(of.ancestors_too));
        let required = i64::try_from(of.required).ok();
        NewEntry { group_inheritance_type: inheritance, required_approvals: required, ..named }
    }

    fn party(&self, party: Party) -> NewEntry {
        let entry = NewEntry::default();
        match party {
            Party::User(user) => NewEntry { user_id: Some(self.ids.users[user].0), ..entry },
            Party::Group(group) => NewEntry { group_id: Some(self.ids.groups[group].0), ..entry },
            Party::Role(level) => NewEntry { access_level: Some(level), ..entry },
        }
    }

    fn asked(&self, of: &Shield) -> NewProtection {
        NewProtection {
            name: Some(of.name.into()),
            deploy: Some(of.deploy.iter().map(|e| self.entry(e)).collect()),
            rules: Some(of.rules.iter().map(|e| self.entry(e)).collect()),
            required_approval_count: i64::try_from(of.count).ok(),
            run_after_approval: Some(run_after(of.by_hand)),
        }
    }

    fn change(&mut self, spot: Spot, name: &str, edit: &Edit) -> NewProtection {
        let scope = match spot {
            Spot::Group(group) => Scope::Group(self.ids.groups[group]),
            Spot::Project(project) => Scope::Project(self.ids.projects[project]),
        };
        let now = rows::by_name(self.tx, scope, name).unwrap().unwrap();
        let rule = |at: usize| Some(now.rules[at].entry.id.0);
        let deploy = |at: usize| Some(now.deploy[at].id.0);
        let drop = |id| NewEntry { id, destroy: true, ..NewEntry::default() };
        let nothing = NewProtection::default();
        match *edit {
            Edit::Count(count) => NewProtection { required_approval_count: i64::try_from(count).ok(), ..nothing },
            Edit::ByHand(by_hand) => NewProtection { run_after_approval: Some(run_after(by_hand)), ..nothing },
            Edit::AddRule(entry) => NewProtection { rules: Some(vec![self.entry(&entry)]), ..nothing },
            Edit::ChangeRule(at, party) => {
                let change = NewEntry { id: rule(at), ..self.party(party) };
                NewProtection { rules: Some(vec![change]), ..nothing }
            }
            Edit::Require(at, required) => {
                let required_approvals = i64::try_from(required).ok();
                let change = NewEntry { id: rule(at), required_approvals, ..NewEntry::default() };
                NewProtection { rules: Some(vec![change]), ..nothing }
            }
            Edit::DropRule(at) => NewProtection { rules: Some(vec![drop(rule(at))]), ..nothing },
            Edit::AddDeploy(entry) => NewProtection { deploy: Some(vec![self.entry(&entry)]), ..nothing },
            Edit::DropDeploy(at) => NewProtection { deploy: Some(vec![drop(deploy(at))]), ..nothing },
        }
    }

    fn set_forward(&mut self, project: Project, only: bool, rollback: bool) -> Answer {
        let at = self.project(project);
        let settings = ProjectSettingsChanges {
            ci_forward_deployment_enabled: Some(only),
            ci_forward_deployment_rollback_allowed: Some(rollback),
            ..Default::default()
        };
        let wanted = projects::Changes { settings, ..Default::default() };
        done(self.write(world::ADMIN, |tx, actor, now| projects::update(tx, actor, &at, &wanted, now)))
    }

    fn set_lenient(&mut self, spot: Spot, on: bool) -> Answer {
        let (at, allow) = (self.at(spot), Some(on));
        match spot {
            Spot::Group(_) => {
                let allowed =
                    groups::Changes { allow_pipeline_trigger_approve_deployment: allow, ..Default::default() };
                done(self.write(world::ADMIN, |tx, actor, now| groups::update(tx, actor, &at, &allowed, now)))
            }
            Spot::Project(_) => {
                let allowed =
                    projects::Changes { allow_pipeline_trigger_approve_deployment: allow, ..Default::default() };
                done(self.write(world::ADMIN, |tx, actor, now| projects::update(tx, actor, &at, &allowed, now)))
            }
        }
    }
}

fn run_after(by_hand: bool) -> RunAfterApproval {
    if by_hand { RunAfterApproval::Manual } else { RunAfterApproval::Automatic }
}

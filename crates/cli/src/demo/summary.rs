//! The approval summary of a deployment: checked rule by rule, shown on one line.

use super::call::Call;
use super::json;
use super::person::Person;
use super::story::{Story, number, text};
use super::untruth::Untruth;
use serde_json::Value;

/// What is claimed about one rule.
pub(super) struct Rule<'a> {
    /// What it is called.
    pub(super) name: &'a str,
    /// How many approvals it wants.
    pub(super) wants: i64,
    /// Who fills it, in order of time.
    pub(super) has: &'a [&'a str],
}

/// Reads a deployment and checks its status, its open approvals and its rules; the reply.
///
/// # Errors
/// The first claim that does not hold.
pub(super) async fn check(
    story: &Story,
    by: &Person,
    path: String,
    status: &'static str,
    rules: &[Rule<'_>],
) -> anyhow::Result<Value> {
    let open: i64 = rules.iter().map(|rule| rule.wants - i64::try_from(rule.has.len()).unwrap_or(i64::MAX)).sum();
    let call = Call::get(by, path).with("status", status).with("pending_approval_count", open);
    let asked = call.asked();
    let reply = story.make(call).await?;
    let found = json::at(&reply, "approval_summary.rules").and_then(Value::as_array).cloned().unwrap_or_default();
    if found.len() != rules.len() {
        let came = format!("{} in {}", found.len(), json::line(&reply));
        return Err(Untruth::new(asked, format!("{} rules in approval_summary", rules.len()), came).into());
    }
    let mut shown = Vec::new();
    for (rule, found) in rules.iter().zip(&found) {
        let voters = voters(found);
        let name = text(found, "access_level_description")?;
        let wants = number(found, "required_approvals")?;
        let came = line(&name, wants, &voters.iter().map(String::as_str).collect::<Vec<_>>());
        let expected = line(rule.name, rule.wants, rule.has);
        if came != expected {
            return Err(Untruth::new(asked, format!("the rule {expected}"), came).into());
        }
        story.checked();
        shown.push(came);
    }
    story.voice().aside(&format!("approval_summary: {}", shown.join("   ")));
    Ok(reply)
}

fn voters(rule: &Value) -> Vec<String> {
    let approvals = json::at(rule, "deployment_approvals").and_then(Value::as_array).cloned().unwrap_or_default();
    approvals.iter().filter_map(|approval| text(approval, "user.username").ok()).collect()
}

fn line(name: &str, wants: i64, has: &[&str]) -> String {
    let who = if has.is_empty() { String::new() } else { format!(" ({})", has.join(", ")) };
    format!("{name} {} of {wants}{who}", has.len())
}

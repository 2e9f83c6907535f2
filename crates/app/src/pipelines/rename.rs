//! Gives a pipeline a name.

use super::lock;
use crate::authorize::Ref;
use crate::flow::Flow;
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::PipelineId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::pipelines;
use serde_json::json;

/// The longest name, in characters.
const LONGEST: usize = 255;

/// Gives a pipeline another name; an empty one takes it away.
///
/// # Errors
/// The actor may not, or the name is too long.
pub fn rename(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: PipelineId,
    name: &str,
    now: Timestamp,
) -> Result<Ending<PipelineId>> {
    let mut flow = Flow::new(tx, now);
    let (on, pipeline) = lock(&mut flow, actor, at, id, Action::RunPipelines)?;
    if name.chars().count() > LONGEST {
        let why = format!("is too long (maximum is {LONGEST} characters)");
        return Err(Refusal::Field("name".into(), why).into());
    }
    let name = Some(name).filter(|name| !name.trim().is_empty());
    if name == pipeline.name.as_deref() {
        return Ok(Ending::Unchanged(id));
    }
    pipelines::rename(flow.tx, id, name, now)?;
    let subject = Subject::of_project("Pipeline", id.0, on.project.id);
    let event = Event::new(Code::PipelineRenamed, subject).before(json!({"name": pipeline.name}));
    Ok(Ending::done(id, event.after(json!({"name": name}))))
}

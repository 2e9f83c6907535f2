//! What `--keep` leaves behind: the server with its people, and a deployment that waits for them.

use super::call::Call;
use super::company::Company;
use super::stage::Stage;
use super::story::Story;
use crate::signals;
use countersign_app::secrets;
use serde_json::json;

/// Says how to get in, and leaves everything running until a signal comes.
///
/// # Errors
/// The first claim that does not hold.
pub(super) async fn keep(story: &Story, stage: &Stage, company: &Company) -> anyhow::Result<()> {
    let password = secrets::random("")?;
    for person in company.people().filter(|person| person.id != company.root.id) {
        let call = Call::put(&company.root, format!("/users/{}", person.id), json!({"password": password}));
        story.make(call.tacitly("username", &*person.name).quietly()).await?;
    }
    let call = Call::post(&company.olga, format!("/projects/{}/pipeline", company.shop), json!({"ref": "main"}));
    story.make(call.tacitly("ref", "main").quietly()).await?;

    let (voice, url) = (story.voice(), stage.url());
    voice.chapter("Yours to try, until Ctrl-C");
    voice.table([("address", url.to_owned())]);
    voice.table(company.people().map(|person| (person.name.as_str(), format!("{}  ({})", person.token, person.role))));
    voice.says(&format!(
        "In a browser: {url} as quentin, sam or sara, whose signatures a deployment waits for. Everybody's first password \
         is {password}; it asks for one of your own."
    ));
    voice.says("By a client, for example:");
    let command =
        format!("curl --header 'PRIVATE-TOKEN: {}' {url}/api/v4/projects/acme%2Fshop/deployments", company.mia.token);
    voice.quotes([command.as_str()]);
    Ok(signals::asked_to_end().await?)
}

//! What all pages of a project or group have above them: the way there, and the parts that the reader may open.

use super::view::{below, below_group, page_of};
use countersign_app::places::{self, Above, Parts};
use countersign_app::{Failure, Tx};
use countersign_domain::access::{Actor, Level};
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::Namespace;
use countersign_store::projects::Project;

/// The part of a project or group a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    /// The place itself.
    Overview,
    /// Its environments and what was deployed to them.
    Environments,
    /// Its pipelines and jobs.
    Pipelines,
    /// Who belongs to it.
    Members,
    /// How it is set up.
    Settings,
}

/// Crumbs and tabs above every page of a project or group. Templates find it as `place`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaceHead {
    /// The way there, from the top; the last is the place itself, or a page within a part of it.
    pub(crate) crumbs: Vec<Crumb>,
    /// The parts that the reader may open.
    pub(crate) tabs: Vec<TabLink>,
}

/// A step on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Crumb {
    /// What it is called.
    pub(crate) text: String,
    /// Its page, if it is one that the reader may open and not the page at hand.
    pub(crate) href: Option<String>,
}

/// A link to a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TabLink {
    /// Where to.
    pub(crate) href: String,
    /// What it is called.
    pub(crate) word: &'static str,
    /// Whether the page belongs there.
    pub(crate) current: bool,
}

impl PlaceHead {
    /// That of a project the actor sees: only the tabs that they may open.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn of_project(
        tx: &mut Tx<'_>,
        actor: &Actor,
        project: &Project,
        tab: Tab,
        now: Timestamp,
    ) -> Result<PlaceHead, Failure> {
        let around = places::in_project(tx, actor, project, now)?;
        let pages = [
            (Tab::Environments, "environments"),
            (Tab::Pipelines, "pipelines"),
            (Tab::Members, "project_members"),
            (Tab::Settings, "settings/ci_cd"),
        ];
        let pages = pages.map(|(part, rest)| (part, below(project, rest)));
        Ok(PlaceHead::new((&project.full_path, &project.path), &around.above, &around.parts, pages, tab))
    }

    /// That of a group the actor sees: only the tabs that they may open. `least` is the configured least role for its
    /// protections.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn of_group(
        tx: &mut Tx<'_>,
        actor: &Actor,
        group: &Namespace,
        tab: Tab,
        least: Level,
        now: Timestamp,
    ) -> Result<PlaceHead, Failure> {
        let around = places::in_group(tx, actor, group, least, now)?;
        let pages = [(Tab::Members, "group_members"), (Tab::Settings, "settings/ci_cd")];
        let pages = pages.map(|(part, rest)| (part, below_group(group, rest)));
        Ok(PlaceHead::new((&group.full_path, &group.path), &around.above, &around.parts, pages, tab))
    }

    /// The same for a page within a part: a step further on the way, with its page unless it is the one at hand.
    pub(crate) fn then(mut self, text: impl Into<String>, href: Option<String>) -> PlaceHead {
        self.crumbs.push(Crumb { text: text.into(), href });
        self
    }

    fn new(
        (full_path, path): (&str, &str),
        above: &[Above],
        parts: &Parts,
        pages: impl IntoIterator<Item = (Tab, String)>,
        tab: Tab,
    ) -> PlaceHead {
        let own = page_of(full_path);
        let mut crumbs: Vec<Crumb> = above.iter().map(Crumb::of).collect();
        crumbs.push(Crumb { text: path.to_owned(), href: Some(own.clone()).filter(|_| tab != Tab::Overview) });
        let pages = [(Tab::Overview, own)].into_iter().chain(pages);
        let offered = pages.filter(|(part, _)| part.is_in(parts));
        let link = |(part, href): (Tab, String)| TabLink { href, word: part.word(), current: part == tab };
        PlaceHead { crumbs, tabs: offered.map(link).collect() }
    }
}

impl Crumb {
    fn of(above: &Above) -> Crumb {
        let text = above.full_path.rsplit('/').next().unwrap_or_default().to_owned();
        Crumb { text, href: above.seen.then(|| page_of(&above.full_path)) }
    }
}

impl Tab {
    fn word(self) -> &'static str {
        match self {
            Tab::Overview => "Overview",
            Tab::Environments => "Environments",
            Tab::Pipelines => "Pipelines",
            Tab::Members => "Members",
            Tab::Settings => "Settings",
        }
    }

    fn is_in(self, parts: &Parts) -> bool {
        match self {
            Tab::Overview => true,
            Tab::Environments => parts.environments,
            Tab::Pipelines => parts.pipelines,
            Tab::Members => parts.members,
            Tab::Settings => parts.settings,
        }
    }
}

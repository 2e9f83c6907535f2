//! Users, tokens and members as replies show them.

use super::user;
use countersign_app::access_tokens::Held;
use countersign_domain::access::{AccountSight, Actor};
use countersign_domain::time::Date;
use countersign_store::members::{Creator, Member};
use countersign_store::tokens::Token;
use countersign_store::users::User;
use countersign_wire as wire;
use countersign_wire::user::{UserBasic, UserDetails, UserProfile};

/// A user as anybody signed in may see them.
pub(crate) fn user_profile(url: &str, of: &User) -> UserProfile {
    UserProfile {
        basic: user(url, of),
        created_at: of.created_at.to_string(),
        bot: of.bot,
        bio: String::new(),
        location: String::new(),
        public_email: None,
        website_url: String::new(),
        organization: String::new(),
        job_title: String::new(),
    }
}

/// A user with everything; the note only for administrators.
pub(crate) fn user_details(url: &str, of: &User, created_by: Option<&User>, for_admin: bool) -> UserDetails {
    UserDetails {
        profile: user_profile(url, of),
        email: of.email.clone(),
        is_admin: of.admin,
        is_auditor: false,
        external: of.settings.external,
        private_profile: of.settings.private_profile,
        // Strict clients want a text where they may see the note at all.
        note: for_admin.then(|| of.note.clone().unwrap_or_default()),
        namespace_id: of.namespace_id.map(|n| n.0),
        created_by: created_by.map(|u| user(url, u)),
        can_create_group: of.settings.can_create_group,
        can_create_project: of.settings.projects_limit > 0,
        projects_limit: of.settings.projects_limit,
        theme_id: 1,
        color_scheme_id: 1,
        last_activity_on: of.last_activity_on.map(|d| d.to_string()),
        last_sign_in_at: None,
        current_sign_in_at: None,
        last_sign_in_ip: None,
        current_sign_in_ip: None,
        confirmed_at: of.created_at.to_string(),
        two_factor_enabled: false,
        identities: Vec::new(),
    }
}

/// A token, without its secret.
pub(crate) fn token(of: &Token, today: Date) -> wire::token::Token {
    wire::token::Token {
        id: of.id.0,
        name: of.name.clone(),
        description: of.description.clone(),
        revoked: of.revoked,
        created_at: of.created_at.to_string(),
        scopes: of.scopes.iter().map(|s| s.as_str().to_owned()).collect(),
        user_id: of.user_id.0,
        last_used_at: of.last_used_at.map(|t| t.to_string()),
        active: of.is_active(today),
        expires_at: of.expires_at.map(|d| d.to_string()),
    }
}

/// The token of a project or group, without its secret.
pub(crate) fn access_token(of: &Held, today: Date) -> wire::access_token::AccessToken {
    wire::access_token::AccessToken { token: token(&of.token, today), access_level: of.level.number() }
}

/// A member as anybody who sees the place may see them, without their membership.
pub(crate) fn member_basic(url: &str, of: &Member) -> UserBasic {
    basic(url, of.user_id.0, &of.username, &of.name, of.state.as_str())
}

/// A member, with as much of the account as `actor` sees.
pub(crate) fn member(url: &str, of: &Member, actor: &Actor) -> wire::member::Member {
    wire::member::Member {
        user: member_basic(url, of),
        access_level: of.level.number(),
        created_at: of.created_at.to_string(),
        created_by: of.created_by.as_ref().map(|c| creator(url, c)),
        expires_at: of.expires_at.map(|d| d.to_string()),
        email: (actor.account_sight(of.user_id) > AccountSight::Profile).then(|| of.email.clone()),
        public_email: None,
        member_role: None,
        membership_state: "active".into(),
    }
}

fn creator(url: &str, of: &Creator) -> UserBasic {
    basic(url, of.id.0, &of.username, &of.name, of.state.as_str())
}

fn basic(url: &str, id: i64, username: &str, name: &str, state: &str) -> UserBasic {
    UserBasic {
        id,
        username: username.to_owned(),
        name: name.to_owned(),
        state: state.to_owned(),
        locked: false,
        avatar_url: None,
        web_url: format!("{url}/{username}"),
    }
}

//! The form of a page, filled in and sent as a browser without scripts does it.

use crate::{Browser, Reply};

/// A form of a page.
#[derive(Debug, Clone)]
pub struct Filled {
    action: String,
    controls: Vec<Control>,
    buttons: Vec<(String, String)>,
}

/// A field of a form.
#[derive(Debug, Clone)]
struct Control {
    name: String,
    value: String,
    /// Whether it is sent: a box that is not ticked is not.
    sent: bool,
    /// Whether it is one choice among those of its name.
    choice: bool,
}

impl Filled {
    /// The form of a page that goes to `action`.
    ///
    /// # Panics
    /// There is none.
    pub fn of(page: &str, action: &str) -> Filled {
        let found = page.split_once(&format!("action=\"{action}\""));
        let (_, rest) = found.unwrap_or_else(|| panic!("no form goes to {action} in {page}"));
        let (form, _) = rest.split_once("</form>").expect("an end of the form");
        let mut filled = Filled { action: action.to_owned(), controls: Vec::new(), buttons: Vec::new() };
        for tag in form.split('<').skip(1) {
            filled.read(tag);
        }
        filled
    }

    fn read(&mut self, tag: &str) {
        let (head, text) = tag.split_once('>').unwrap_or((tag, ""));
        let named = |attribute: &str| value(head, attribute);
        let ticked = [" checked", " selected"].iter().any(|word| head.contains(word));
        if head.starts_with("button") {
            self.buttons.extend(named("name").map(|name| (name, named("value").unwrap_or_default())));
        } else if head.starts_with("input") || head.starts_with("select") {
            let kind = named("type").unwrap_or_default();
            let sent = ticked || !["checkbox", "radio"].contains(&kind.as_str());
            let (value, choice) = (named("value").unwrap_or_default(), kind == "radio");
            self.controls.extend(named("name").map(|name| Control { name, value, sent, choice }));
        } else if head.starts_with("option")
            && let Some(select) = self.controls.last_mut()
            && (ticked || (select.value.is_empty() && select.sent))
        {
            select.value = named("value").unwrap_or_else(|| plain(text.trim()));
        }
    }

    /// Chooses one of the values that are offered under that name.
    ///
    /// # Panics
    /// It is not offered.
    #[must_use]
    pub fn choosing(mut self, name: &str, value: &str) -> Filled {
        for control in self.controls.iter_mut().filter(|c| c.choice && c.name == name) {
            control.sent = control.value == value;
        }
        assert_eq!(self.values(name), [value], "{self:?}");
        self
    }

    /// Types a value into the only field of that name.
    ///
    /// # Panics
    /// There is none, or more than one.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Filled {
        let count = self.controls.iter().filter(|c| c.name == name).count();
        assert_eq!(count, 1, "fields called {name} in {self:?}");
        self.with_nth(name, 0, value)
    }

    /// Types a value into the field that comes at that place among those of that name, or ticks it.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn with_nth(mut self, name: &str, at: usize, value: &str) -> Filled {
        let found = self.controls.iter_mut().filter(|c| c.name == name).nth(at);
        let control = found.unwrap_or_else(|| panic!("no field {name} at {at}"));
        value.clone_into(&mut control.value);
        control.sent = true;
        self
    }

    /// The values of all fields of that name that would be sent.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let sent = self.controls.iter().filter(|c| c.sent && c.name == name);
        sent.map(|c| c.value.as_str()).collect()
    }

    /// Whether there is a button of that value.
    pub fn offers(&self, button: &str) -> bool {
        self.buttons.iter().any(|(_, value)| value == button)
    }

    /// Presses the button of that value.
    ///
    /// # Panics
    /// There is none.
    pub async fn press(&self, browser: &Browser, button: &str) -> Reply {
        let found = self.buttons.iter().find(|(_, value)| value == button);
        let found = found.unwrap_or_else(|| panic!("no button {button} among {:?}", self.buttons));
        self.send(browser, &[(&found.0, button)]).await
    }

    /// Sends it, with more fields than it has.
    pub async fn send(&self, browser: &Browser, more: &[(&str, &str)]) -> Reply {
        let sent = self.controls.iter().filter(|c| c.sent).map(|c| (c.name.as_str(), c.value.as_str()));
        let fields: Vec<_> = sent.chain(more.iter().copied()).collect();
        browser.send(&self.action, &fields).await
    }

    /// Presses a button that shows the form again; the form as it is then.
    ///
    /// # Panics
    /// There is no such button, or it led elsewhere.
    pub async fn again(&self, browser: &Browser, button: &str) -> (Filled, String) {
        let reply = self.press(browser, button).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        (Filled::of(&reply.text, &self.action), reply.text)
    }
}

fn value(head: &str, attribute: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!(" {attribute}=\""))?;
    rest.split_once('"').map(|(value, _)| plain(value))
}

/// Text without the escapes of our templates.
fn plain(text: &str) -> String {
    let escapes = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    escapes.iter().fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

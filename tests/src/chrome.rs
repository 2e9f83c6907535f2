//! A real Chromium, driven over WebDriver: for what takes layout, scripts, colours and keys.
//!
//! `scripts/browser` starts the driver and says in `COUNTERSIGN_TEST_WEBDRIVER` where it listens, and in
//! `COUNTERSIGN_TEST_CHROMIUM` where the browser is. A missing part is a failure, not a skip.

use crate::wait::until;
use crate::{Browser, Server};
use base64::Engine as _;
use serde_json::{Value, json};
use std::time::Duration;
use thirtyfour::{By, Capabilities, Key, WebDriver, WebElement};
use tokio::time::{Instant, sleep};

/// How long one command may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// The window of a desk and of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// 1280 pixels wide.
    Desk,
    /// 390 pixels wide.
    Phone,
}

impl Screen {
    /// Its width in pixels.
    pub fn width(self) -> u32 {
        match self {
            Screen::Desk => 1280,
            Screen::Phone => 390,
        }
    }

    /// Its height in pixels.
    fn height(self) -> u32 {
        match self {
            Screen::Desk => 800,
            Screen::Phone => 844,
        }
    }
}

/// The colours that the reader's system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// The word for it in style sheets.
    pub fn word(self) -> &'static str {
        match self {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        }
    }
}

/// One browser of one person. Dropping it closes it.
#[derive(Debug)]
pub struct Chrome {
    driver: WebDriver,
    server: String,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run these tests through scripts/browser"))
}

impl Chrome {
    /// A new one, which has never been anywhere.
    pub async fn open(server: &Server) -> Chrome {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--font-render-hinting=none",
            "--lang=en-GB",
            "--no-first-run",
        ];
        let options = json!({"args": arguments, "binary": variable("COUNTERSIGN_TEST_CHROMIUM")});
        let mut wanted = Capabilities::new();
        for (name, value) in [
            ("browserName", json!("chrome")),
            ("goog:chromeOptions", options),
            ("goog:loggingPrefs", json!({"browser": "ALL"})),
        ] {
            wanted.set(name, value).expect("JSON");
        }
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        let driver = WebDriver::builder(variable("COUNTERSIGN_TEST_WEBDRIVER"), wanted).client(http);
        let driver = driver.connect().await.expect("the driver starts Chromium");
        let chrome = Chrome { driver, server: server.url.clone() };
        chrome.tell("Emulation.setLocaleOverride", json!({"locale": "en-GB"})).await;
        chrome.show_on(Screen::Desk).await;
        chrome
    }

    /// A new one, in which somebody has signed in by its form.
    pub async fn signed_in(server: &Server, name: &str, password: &str) -> Chrome {
        let chrome = Chrome::open(server).await;
        chrome.visit("/users/sign_in").await;
        chrome.fill("Username or e-mail", name).await;
        chrome.fill("Password", password).await;
        chrome.press("Sign in").await;
        chrome.wait_for("Waiting for you").await;
        chrome
    }

    /// Goes on as whoever is signed in elsewhere, or as nobody.
    pub async fn become_(&self, browser: Option<&Browser>) {
        self.tell("Network.clearBrowserCookies", json!({})).await;
        if let Some(browser) = browser {
            let secret = browser.cookie("session");
            let cookie = json!({"name": "countersign_session", "value": secret, "url": self.server, "httpOnly": true});
            self.tell("Network.setCookie", cookie).await;
        }
    }

    /// Opens a page.
    pub async fn visit(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.server)).await.unwrap_or_else(|why| panic!("{path}: {why}"));
    }

    /// The path it is at.
    pub async fn path(&self) -> String {
        self.driver.current_url().await.expect("an address").path().to_owned()
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.driver.refresh().await.expect("the page loads");
    }

    /// What is to be read on the page.
    pub async fn text(&self) -> String {
        self.eval("return document.body.innerText", json!([])).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until something is to be read on the page.
    ///
    /// # Panics
    /// It never is.
    pub async fn wait_for(&self, text: &str) {
        let end = Instant::now() + crate::wait::PATIENCE;
        loop {
            let page = self.text().await;
            if page.contains(text) {
                return;
            }
            assert!(Instant::now() < end, "waited in vain for {text:?} on {}:\n{page}", self.path().await);
            sleep(Duration::from_millis(40)).await;
        }
    }

    /// The element that a style sheet would call so.
    ///
    /// # Panics
    /// There is none.
    pub async fn find(&self, css: &str) -> WebElement {
        self.seek(css, By::Css(css)).await
    }

    async fn seek(&self, what: &str, by: By) -> WebElement {
        let what = format!("{what} on the page");
        until(&what, || async { self.driver.find(by.clone()).await.ok() }).await
    }

    /// Clicks the button, link or summary that reads so.
    ///
    /// # Panics
    /// There is none.
    pub async fn press(&self, text: &str) {
        let named = |kind: &str| format!("//{kind}[normalize-space()=\"{text}\"]");
        let any = ["button", "a", "summary"].map(named).join(" | ");
        self.click_on(text, By::XPath(any)).await;
    }

    /// How many buttons read so.
    pub async fn buttons(&self, text: &str) -> usize {
        let path = format!("//button[normalize-space()=\"{text}\"]");
        self.driver.find_all(By::XPath(&*path)).await.expect("elements").len()
    }

    /// Types into the field with that label.
    ///
    /// # Panics
    /// There is none.
    pub async fn fill(&self, label: &str, text: &str) {
        let path = format!(
            "//*[@id = //label[normalize-space()=\"{label}\"]/@for] | //*[@aria-label=\"{label}\"][self::input or self::textarea]"
        );
        let field = self.seek(label, By::XPath(path)).await;
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("a filled field");
    }

    /// Chooses from the list with that label.
    ///
    /// # Panics
    /// There is none, or nothing in it reads so.
    pub async fn choose(&self, label: &str, option: &str) {
        let list = format!("//select[@id = //label[normalize-space()=\"{label}\"]/@for]");
        let path = format!("{list}/option[normalize-space()=\"{option}\"]");
        self.click_on(option, By::XPath(path)).await;
    }

    /// Clicks what a style sheet would call so.
    ///
    /// # Panics
    /// There is no such thing.
    pub async fn click(&self, css: &str) {
        self.click_on(css, By::Css(css)).await;
    }

    async fn click_on(&self, what: &str, by: By) {
        self.seek(what, by).await.click().await.unwrap_or_else(|why| panic!("{what}: {why}"));
    }

    /// Types, wherever the focus is.
    pub async fn type_(&self, text: &str) {
        self.driver.action_chain().send_keys(text).perform().await.expect("keys");
    }

    /// Goes on to what takes the focus next.
    pub async fn tab(&self) {
        self.driver.action_chain().send_keys(Key::Tab).perform().await.expect("a key");
    }

    /// Presses Enter, wherever the focus is.
    pub async fn enter(&self) {
        self.driver.action_chain().send_keys(Key::Enter).perform().await.expect("a key");
    }

    /// Runs a script on the page; what it returns.
    ///
    /// # Panics
    /// It throws.
    pub async fn eval(&self, script: &str, arguments: Value) -> Value {
        let arguments = arguments.as_array().cloned().unwrap_or_default();
        let done = self.driver.execute(script, arguments).await.unwrap_or_else(|why| panic!("{why}"));
        done.json().clone()
    }

    /// Runs a script that calls its last argument when it is done; what it gives that.
    ///
    /// # Panics
    /// It throws, or takes too long.
    pub async fn eval_async(&self, script: &str, arguments: Value) -> Value {
        let arguments = arguments.as_array().cloned().unwrap_or_default();
        let done = self.driver.execute_async(script, arguments).await.unwrap_or_else(|why| panic!("{why}"));
        done.json().clone()
    }

    /// Gives the window that size.
    pub async fn show_on(&self, screen: Screen) {
        self.size(screen, screen.height()).await;
    }

    async fn size(&self, screen: Screen, height: u32) {
        let phone = screen == Screen::Phone;
        let size = json!({"width": screen.width(), "height": height, "deviceScaleFactor": 1, "mobile": phone});
        self.tell("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Asks for these colours, and for no movement: they are there at once.
    pub async fn show_in(&self, scheme: Scheme) {
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme.word()},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.tell("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Runs no script of any page from now on.
    pub async fn without_scripts(&self) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    }

    /// Keeps nothing from one page to the next, as a first visit does.
    pub async fn without_cache(&self) {
        self.tell("Network.enable", json!({})).await;
        self.tell("Network.setCacheDisabled", json!({"cacheDisabled": true})).await;
    }

    /// Puts it at the end of a slow line from now on: each answer takes so much longer.
    pub async fn slow_down(&self, latency: Duration) {
        self.tell("Network.enable", json!({})).await;
        let latency = u64::try_from(latency.as_millis()).unwrap_or_default();
        let line = json!({"offline": false, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1});
        self.tell("Network.emulateNetworkConditions", line).await;
    }

    /// The whole page as a picture (PNG).
    pub async fn picture(&self, screen: Screen) -> Vec<u8> {
        let height = self.eval("return document.documentElement.scrollHeight", json!([])).await;
        let height = height.as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
        self.size(screen, height.max(screen.height())).await;
        let made = self.tell("Page.captureScreenshot", json!({"format": "png"})).await;
        self.show_on(screen).await;
        let data = made["data"].as_str().expect("a picture");
        base64::engine::general_purpose::STANDARD.decode(data).expect("a picture")
    }

    /// What went wrong on the pages since this was asked last, as Chromium noted it.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver.get_log("browser").await.expect("a log");
        log.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
    }

    /// Closes it.
    pub async fn close(self) {
        self.driver.quit().await.expect("Chromium ends");
    }

    async fn tell(&self, method: &str, what: Value) -> Value {
        self.driver.cdp().send_raw(method, what).await.unwrap_or_else(|why| panic!("{method}: {why}"))
    }
}

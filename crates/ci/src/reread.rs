//! What other readers make of values without quotes: GitLab reads YAML 1.1, in which many of them are numbers or booleans.

/// The text that GitLab makes of a value without quotes, where that is not the one written.
pub(crate) fn reread(text: &str) -> Option<String> {
    let read = boolean(text).map(str::to_owned).or_else(|| whole(text)).or_else(|| fraction(text))?;
    (read != text).then_some(read)
}

fn boolean(text: &str) -> Option<&'static str> {
    let is = |words: [&str; 3]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    match text {
        _ if is(["yes", "true", "on"]) => Some("true"),
        _ if is(["no", "false", "off"]) => Some("false"),
        _ => None,
    }
}

/// A whole number: `1_000`, octal `0755`, `0x1F`, `0b11`, or of base 60, `12:30`.
fn whole(text: &str) -> Option<String> {
    let (sign, digits) = signed(text);
    let digits = digits.replace(['_', ','], "");
    let number = if let Some(hex) = digits.strip_prefix("0x") {
        u64::from_str_radix(hex, 16).ok()?
    } else if let Some(binary) = digits.strip_prefix("0b") {
        u64::from_str_radix(binary, 2).ok()?
    } else if digits.contains(':') {
        sexagesimal(&digits)?
    } else if digits.len() > 1 && digits.starts_with('0') {
        u64::from_str_radix(&digits, 8).ok()?
    } else {
        plain(&digits)?
    };
    Some(format!("{sign}{number}"))
}

/// A sign that is shown, and what is behind it. What begins with no digit is no number.
fn signed(text: &str) -> (&str, &str) {
    match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    }
}

fn plain(digits: &str) -> Option<u64> {
    let only = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    only.then(|| digits.parse().ok()).flatten()
}

fn sexagesimal(digits: &str) -> Option<u64> {
    let parts: Vec<&str> = digits.split(':').collect();
    let [first, rest @ ..] = parts.as_slice() else { return None };
    let mut sum = plain(first)?;
    if rest.len() > 2 {
        return None;
    }
    for part in rest {
        let part = plain(part).filter(|number| part.len() <= 2 && *number < 60)?;
        sum = sum.checked_mul(60)?.checked_add(part)?;
    }
    Some(sum)
}

/// A number with a point: `1.10`, `.5`.
fn fraction(text: &str) -> Option<String> {
    let (sign, digits) = signed(text);
    let (before, after) = digits.split_once('.')?;
    let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    let before = before.replace(['_', ','], "");
    if !number(&before) || !number(after) || (before.is_empty() && after.is_empty()) {
        return None;
    }
    let value: f64 = format!("{before}.{after}0").parse().ok()?;
    Some(format!("{sign}{value:?}"))
}

#[cfg(test)]
mod tests {
    use super::reread;

    #[test]
    fn what_is_another_text_without_quotes() {
        for (text, want) in [
            ("1.10", "1.1"),
            ("3.0", "3.0"),
            ("10.", "10.0"),
            (".5", "0.5"),
            ("-1.50", "-1.5"),
            ("0755", "493"),
            ("0x1F", "31"),
            ("0b101", "5"),
            ("1_000", "1000"),
            ("1,000", "1000"),
            ("+7", "7"),
            ("12:30", "750"),
            ("1:00:00", "3600"),
            ("yes", "true"),
            ("Off", "false"),
            ("TRUE", "true"),
        ] {
            assert_eq!(reread(text).as_deref().unwrap_or(text), want, "{text}");
        }
    }

    #[test]
    fn what_stays() {
        let texts = "3 0 -1 3.5 true false 1.2.3 v1.10 08 1e3 0o17 12:60 1:2:3:4 a:b y n 1.x . - + 0x 2026-11-29 $A";
        for text in texts.split(' ').chain(["", " ", "ü", "1 000", "99999999999999999999"]) {
            assert_eq!(reread(text), None, "{text}");
        }
    }
}

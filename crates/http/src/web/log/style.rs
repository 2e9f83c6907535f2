//! How text looks that escape sequences (SGR) colour: a few classes of the style sheet, which are legible in the dark too.

use std::fmt::Write;

/// The sixteen colours as terminals show them, to find the nearest of any other.
const PALETTE: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];
/// The steps of the colour cube among the 256 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// What text can be besides coloured: the code that begins it, the one that ends it, and its class.
const MANNERS: [(u16, u16, &str); 6] =
    [(1, 22, "bold"), (2, 22, "faint"), (3, 23, "slant"), (4, 24, "under"), (7, 27, "swap"), (9, 29, "struck")];

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Style {
    /// One of the sixteen colours.
    ink: Option<u8>,
    /// One of the sixteen colours, behind the text.
    ground: Option<u8>,
    /// A bit for each of [`MANNERS`].
    manners: u8,
}

impl Style {
    /// The look after an SGR sequence with these parameters, each with its subparameters.
    pub(super) fn after<'p>(mut self, params: impl Iterator<Item = &'p [u16]>) -> Style {
        let mut params = params.peekable();
        while let Some(param) = params.next() {
            let [code, sub @ ..] = param else { continue };
            match code {
                0 => self = Style::default(),
                38 | 48 => {
                    let colour = if sub.is_empty() { loose(&mut params) } else { colour(sub) };
                    let place = if *code == 38 { &mut self.ink } else { &mut self.ground };
                    *place = colour.or(*place);
                }
                39 => self.ink = None,
                49 => self.ground = None,
                _ => self.set(*code),
            }
        }
        self
    }

    fn set(&mut self, code: u16) {
        let near = |from: u16| u8::try_from(code - from).ok();
        match code {
            30..=37 => self.ink = near(30),
            40..=47 => self.ground = near(40),
            90..=97 => self.ink = near(82),
            100..=107 => self.ground = near(92),
            _ => {}
        }
        for (bit, (on, off, _)) in MANNERS.iter().enumerate() {
            match code {
                code if code == *on => self.manners |= 1 << bit,
                code if code == *off => self.manners &= !(1 << bit),
                _ => {}
            }
        }
    }

    /// Its classes, separated by spaces; none for plain text.
    pub(super) fn classes(self) -> String {
        let mut classes: Vec<String> = Vec::new();
        classes.extend(self.ink.map(|n| format!("k{n}")));
        classes.extend(self.ground.map(|n| format!("g{n}")));
        for (bit, (.., class)) in MANNERS.iter().enumerate() {
            if self.manners & (1 << bit) != 0 {
                classes.push((*class).to_owned());
            }
        }
        classes.join(" ")
    }

    /// A short text to go on from.
    pub(super) fn write(self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write!(text, "{:x}", self.manners);
        for colour in [self.ink, self.ground] {
            let _ = write!(text, "{:02x}", colour.unwrap_or(u8::MAX));
        }
        text
    }

    /// Reads what [`Style::write`] made.
    pub(super) fn read(text: &str) -> Option<Style> {
        let at = text.len().checked_sub(4).filter(|at| *at > 0 && text.is_ascii())?;
        let (manners, colours) = text.split_at(at);
        let (ink, ground) = colours.split_at(2);
        let colour = |text: &str| u8::from_str_radix(text, 16).ok().map(|n| Some(n).filter(|n| *n < 16));
        let manners = u8::from_str_radix(manners, 16).ok().filter(|bits| *bits < 1 << MANNERS.len())?;
        Some(Style { ink: colour(ink)?, ground: colour(ground)?, manners })
    }
}

/// The colour that follows as parameters of its own: `38;5;n` or `38;2;r;g;b`.
fn loose<'p>(params: &mut impl Iterator<Item = &'p [u16]>) -> Option<u8> {
    let mut next = || params.next().and_then(|param| param.first().copied());
    match next()? {
        5 => indexed(next()?),
        2 => {
            let (red, green, blue) = (next()?, next()?, next()?);
            Some(nearest([red, green, blue]))
        }
        _ => None,
    }
}

/// The colour of subparameters: `5:n`, `2:r:g:b`, or `2::r:g:b` with a colour space that matters to nobody.
fn colour(sub: &[u16]) -> Option<u8> {
    match sub {
        [5, n, ..] => indexed(*n),
        [2, _, red, green, blue, ..] | [2, red, green, blue] => Some(nearest([*red, *green, *blue])),
        _ => None,
    }
}

/// The nearest of the sixteen to one of the 256.
fn indexed(n: u16) -> Option<u8> {
    let n = u8::try_from(n).ok()?;
    let step = |by: u8| STEPS.get(usize::from((n - 16) / by % 6)).map(|step| u16::from(*step));
    match n {
        0..=15 => Some(n),
        16..=231 => Some(nearest([step(36)?, step(6)?, step(1)?])),
        232..=255 => Some(nearest([8 + 10 * u16::from(n - 232); 3])),
    }
}

/// The nearest of the sixteen.
fn nearest(of: [u16; 3]) -> u8 {
    let far = |other: &[u8; 3]| {
        let each = of.iter().zip(other).map(|(one, other)| i64::from((*one).min(255)) - i64::from(*other));
        each.map(|by| by * by).sum::<i64>()
    };
    (0..16_u8).zip(PALETTE.iter()).min_by_key(|(_, colour)| far(colour)).map_or(0, |(n, _)| n)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn style(codes: &[&[u16]]) -> Style {
        Style::default().after(codes.iter().copied())
    }

    #[test]
    fn codes_become_classes() {
        let rows: [(&[&[u16]], &str); 12] = [
            (&[&[31]], "k1"),
            (&[&[1], &[97], &[44]], "k15 g4 bold"),
            (&[&[1], &[31], &[0]], ""),
            (&[&[1], &[2], &[22], &[4]], "under"),
            (&[&[38], &[5], &[9]], "k9"),
            (&[&[38], &[5], &[196]], "k9"),
            (&[&[48], &[5], &[244]], "g8"),
            (&[&[38], &[2], &[1], &[200], &[3]], "k2"),
            (&[&[38, 2, 0, 255, 255, 250]], "k15"),
            (&[&[38, 5, 21]], "k4"),
            (&[&[38], &[7], &[1]], "bold"),
            (&[&[38], &[5], &[999], &[8]], ""),
        ];
        for (codes, expected) in rows {
            assert_eq!(style(codes).classes(), expected, "{codes:?}");
        }
    }

    #[test]
    fn a_style_is_read_as_it_was_written() {
        for of in [style(&[]), style(&[&[1], &[97], &[44]]), style(&[&[9], &[7], &[30]])] {
            assert_eq!(Style::read(&of.write()), Some(of));
        }
        for bad in ["", "ffff", "7ffff0", "1zzff", "ä0ffff", "40ffff"] {
            assert_eq!(Style::read(bad), None, "{bad}");
        }
    }
}

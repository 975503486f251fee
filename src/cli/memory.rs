//! A forecast of memory in words: what does not fit is refused, with the options that help.

use std::path::Path;

use anyhow::anyhow;
use minitag::forecast::{Forecast, Shortage, Way};
use minitag::layout::size;
use minitag::memory::Free;

use crate::cli::failure::Failure;
use crate::cli::screen::Screen;

/// Refuses what does not fit, and warns of what hardly does.
pub(crate) fn check(forecast: &Forecast, path: &Path, screen: &Screen) -> Result<(), Failure> {
    if let Some(shortage) = forecast.shortage() {
        return Err(failure(&shortage, &forecast.ways(), path));
    }
    if let (false, Some(needed), Some(free)) = (forecast.fits(), forecast.needed(), forecast.free())
    {
        screen.warning(&format!(
            "the model needs {} of memory, and {} are free{}: it may be slow, or be stopped by the system",
            size(needed),
            size(free.bytes),
            place(free.group.as_deref())
        ));
    }
    Ok(())
}

/// Why a model is not loaded, and what makes it fit.
fn failure(shortage: &Shortage, ways: &[Way], path: &Path) -> Failure {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (needed, free, hint) = match shortage {
        Shortage::Host {
            needed,
            free,
            group,
        } => {
            let free = format!("{} are free{}", size(*free), place(group.as_deref()));
            (needed, free, advice(ways))
        }
        Shortage::Devices {
            needed,
            free,
            names,
        } => {
            let free = format!("{} are free on `{}`", size(*free), names.join(","));
            let hint = "fewer layers there, or `-ngl auto`; `--force` loads it all the same";
            (needed, free, hint.to_owned())
        }
    };
    let needed = size(*needed);
    Failure::model(anyhow!(
        "the model `{name}` does not fit into memory: it needs {needed}, and {free}"
    ))
    .hint(hint)
}

/// Whose memory is meant.
fn place(group: Option<&Path>) -> String {
    group.map_or(String::new(), |group| {
        format!(" in the control group `{}`", group.display())
    })
}

/// A sentence on what makes it fit.
fn advice(ways: &[Way]) -> String {
    let ways: Vec<String> = ways.iter().map(way).collect();
    let force = "`--force` loads it all the same";
    match ways.split_last() {
        None => {
            format!("no option makes it fit; `-m nano`, the built-in model, takes little; {force}")
        }
        Some((only, [])) => format!("{only} makes it fit; {force}"),
        Some((last, others)) => {
            format!("{} or {last} makes it fit; {force}", others.join(", "))
        }
    }
}

/// A way to make it fit, in words.
pub(crate) fn way(way: &Way) -> String {
    match way {
        Way::Quantisation { kind, bytes } => {
            format!("a quantisation to {kind} ({})", size(*bytes))
        }
        Way::LowMemory(Some(other)) if option(other).is_none() => {
            format!("{} with `--low-memory`", self::way(other))
        }
        _ => format!("`{}`", option(way).unwrap_or_default()),
    }
}

/// The same as it is typed; `None` of what is no option.
fn option(way: &Way) -> Option<String> {
    Some(match way {
        Way::Context(tokens) => format!("-c {tokens}"),
        Way::Budget(tokens) => format!("--budget {tokens}"),
        Way::QuantisedCache => "-ctk q8_0 -ctv q8_0".to_owned(),
        Way::LowMemory(None) => "--low-memory".to_owned(),
        Way::LowMemory(Some(other)) => format!("--low-memory {}", option(other)?),
        Way::Quantisation { .. } => return None,
    })
}

/// Free memory in words.
pub(crate) fn free_in_words(free: &Free) -> String {
    let swap = match free.swap {
        0 => String::new(),
        bytes => format!(" and {} of swap", size(bytes)),
    };
    let group = free.group.as_ref().map_or(String::new(), |group| {
        format!(", in the control group `{}`", group.display())
    });
    format!("{}{swap}{group}", size(free.bytes))
}

#[cfg(test)]
mod tests {
    use minitag::models::TensorType;

    use super::*;

    #[test]
    fn ways_are_told_as_they_are_typed() {
        let kind = TensorType::Q8_0;
        let smaller = Way::Quantisation { kind, bytes: 1024 };
        let with = |way: &Way| Way::LowMemory(Some(Box::new(way.clone())));
        assert_eq!(way(&Way::Budget(512)), "`--budget 512`");
        assert_eq!(way(&with(&Way::Context(256))), "`--low-memory -c 256`");
        assert_eq!(way(&smaller), "a quantisation to Q8_0 (1.0 KiB)");
        assert_eq!(
            way(&with(&smaller)),
            "a quantisation to Q8_0 (1.0 KiB) with `--low-memory`"
        );
    }

    #[test]
    fn what_nothing_helps_is_said_so() {
        assert!(advice(&[]).starts_with("no option makes it fit; `-m nano`"));
        let ways = [Way::Context(512), Way::QuantisedCache, Way::LowMemory(None)];
        let force = "`--force` loads it all the same";
        assert_eq!(
            advice(&ways),
            format!("`-c 512`, `-ctk q8_0 -ctv q8_0` or `--low-memory` makes it fit; {force}")
        );
    }
}

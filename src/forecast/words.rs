//! A forecast in words: what does not fit, what hardly does, and the options that help.

use std::fmt;
use std::path::Path;

use crate::forecast::{Forecast, GpuLayers, Run, Shortage, Way};
use crate::layout::size;

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host {
                needed,
                free,
                group,
            } => {
                let (needed, free) = (size(*needed), size(*free));
                let place = place(group.as_deref());
                write!(f, "it needs {needed}, and {free} are free{place}")
            }
            Self::Devices {
                needed,
                free,
                names,
            } => {
                let (needed, free) = (size(*needed), size(*free));
                let names = names.join(",");
                write!(f, "it needs {needed}, and {free} are free on `{names}`")
            }
        }
    }
}

impl Forecast<'_> {
    /// What there is to do about a shortage.
    #[must_use]
    pub fn hint(&self, shortage: &Shortage) -> String {
        match shortage {
            Shortage::Host { .. } => advice(&self.ways()),
            Shortage::Devices { .. } => {
                "fewer layers there, or `-ngl auto`; `--force` loads it all the same".to_owned()
            }
        }
    }

    /// What to say if it hardly fits.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let (needed, free) = (self.needed()?, self.free()?);
        (!self.fits()).then(|| {
            format!(
                "the model needs {} of memory, and {} are free{}: it may be slow, or be stopped \
                 by the system",
                size(needed),
                size(free.bytes),
                place(free.group.as_deref())
            )
        })
    }
}

impl Forecast<'_> {
    /// What to say of a run if layers are wanted on a graphics card and there is none.
    #[must_use]
    pub fn without_card(&self, run: &Run) -> Option<String> {
        let GpuLayers::Count(layers @ 1..) = run.gpu_layers else {
            return None;
        };
        let built_for_cards = cfg!(any(
            feature = "cuda",
            feature = "metal",
            feature = "rocm",
            feature = "vulkan"
        ));
        let why = match (run.devices, built_for_cards) {
            (Some(_), _) => "`--device` names no graphics card",
            (None, true) => "llama.cpp finds no graphics card",
            (None, false) => "this program was built for the processor alone",
        };
        let without = self.devices().is_empty();
        without.then(|| format!("`-ngl {layers}` has no effect: {why}"))
    }
}

/// Whose memory is meant.
fn place(group: Option<&Path>) -> String {
    group.map_or(String::new(), |group| {
        format!(" in the control group `{}`", group.display())
    })
}

/// A sentence on what makes it fit.
fn advice(ways: &[Way]) -> String {
    let ways: Vec<String> = ways.iter().map(Way::to_string).collect();
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

/// The option as it is typed, in backticks; of what is no option, what it is.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quantisation { kind, bytes } => {
                write!(f, "a quantisation to {kind} ({})", size(*bytes))
            }
            Self::LowMemory(Some(other)) if option(other).is_none() => {
                write!(f, "{other} with `--low-memory`")
            }
            _ => write!(f, "`{}`", option(self).unwrap_or_default()),
        }
    }
}

/// A way as it is typed; `None` of what is no option.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::TensorType;

    #[test]
    fn ways_are_told_as_they_are_typed() {
        let kind = TensorType::Q8_0;
        let smaller = Way::Quantisation { kind, bytes: 1024 };
        let with = |way: &Way| Way::LowMemory(Some(Box::new(way.clone()))).to_string();
        assert_eq!(Way::Budget(512).to_string(), "`--budget 512`");
        assert_eq!(with(&Way::Context(256)), "`--low-memory -c 256`");
        assert_eq!(smaller.to_string(), "a quantisation to Q8_0 (1.0 KiB)");
        assert_eq!(
            with(&smaller),
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

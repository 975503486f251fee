//! What the program is made of, what the machine has, what is amiss.

mod build;
mod folders;

use std::error::Error;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::engine::llama::{Device, devices};
pub use crate::inspect::machine::build::long_version;
use crate::inspect::machine::build::{NETWORK, Unit, back_ends, units};
use crate::inspect::machine::folders::{Place, places};
use crate::layout::{Table, size};
use crate::memory::{Free, free, total};
use crate::models::{Located, locate};

/// Less free memory than this is worth a word: MiniCPM3-4B takes 2.3 GiB for its weights
/// alone.
const LITTLE_MEMORY: u64 = 3 << 30;

/// Units without which llama.cpp takes several times as long.
const NEEDED: [&str; 4] = ["avx2", "fma", "dotprod", "neon"];

/// Everything there is to say of a program and a machine.
#[derive(Clone, Debug, Serialize)]
pub struct MachineReport {
    version: &'static str,
    architecture: &'static str,
    back_ends: Vec<&'static str>,
    network: bool,
    /// Vector units that are used.
    units: Vec<&'static str>,
    /// Vector units that the processor has and that the program was not compiled for.
    unused_units: Vec<&'static str>,
    cores: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control_group: Option<PathBuf>,
    devices: Vec<DeviceReport>,
    places: Vec<Place>,
    model: ModelReport,
    /// What works, but could be better.
    pub warnings: Vec<String>,
    /// What does not work.
    pub faults: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct DeviceReport {
    name: String,
    description: String,
    back_end: String,
    memory_bytes: u64,
    free_bytes: u64,
}

#[derive(Clone, Debug, Serialize)]
struct ModelReport {
    /// Why it is this one.
    how: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
}

impl MachineReport {
    /// Looks around; `model` is the name of the model that would be used.
    #[must_use]
    pub fn look(model: Option<&Path>) -> Self {
        let (mut warnings, mut faults) = (Vec::new(), Vec::new());
        let units = units();
        warnings.extend(slow(&units));
        let devices = devices(false).unwrap_or_else(|error| {
            faults.push(error.to_string());
            Vec::new()
        });
        if back_ends().len() > 1 && !devices.iter().any(Device::is_gpu) {
            warnings.push(
                "the program can use graphics cards, but llama.cpp found none (docs/gpu.md)"
                    .to_owned(),
            );
        }
        let free = free();
        warnings.extend(free.as_ref().and_then(little));
        let places = places();
        warnings.extend(places.iter().filter_map(|place| place.fault.clone()));
        let model = look_for(model, &mut warnings, &mut faults);
        let named = |keep: fn(&Unit) -> bool| {
            let kept = units.iter().filter(|unit| keep(unit));
            kept.map(|unit| unit.name).collect()
        };
        Self {
            version: env!("MINITAG_VERSION"),
            architecture: std::env::consts::ARCH,
            back_ends: back_ends(),
            network: cfg!(any(feature = "download", feature = "serve")),
            units: named(|unit| unit.used),
            unused_units: named(|unit| unit.present && !unit.used),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: total(),
            free_bytes: free.as_ref().map(|free| free.bytes),
            control_group: free.and_then(|free| free.group),
            devices: devices.into_iter().map(DeviceReport::from).collect(),
            places,
            model,
            warnings,
            faults,
        }
    }

    /// The report for people: a thing and what is to be said of it, a line each.
    #[must_use]
    pub fn table(&self) -> Table {
        let list = |names: &[&str]| {
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        };
        let bytes = |bytes: Option<u64>| bytes.map_or("unknown".to_owned(), size);
        let mut table = Table::new("ll");
        let mut line = |what: &str, value: String| table.push([what.to_owned(), value]);
        line("version", self.version.to_owned());
        line("back ends", list(&self.back_ends));
        line("network code", NETWORK.to_owned());
        line(
            "processor",
            format!("{}, {} cores", self.architecture, self.cores),
        );
        line("uses", list(&self.units));
        line("does not use", list(&self.unused_units));
        let (all, free) = (bytes(self.memory_bytes), bytes(self.free_bytes));
        line("memory", format!("{all}, {free} free"));
        for device in &self.devices {
            let DeviceReport {
                name,
                description,
                memory_bytes,
                free_bytes,
                ..
            } = device;
            let (all, free) = (size(*memory_bytes), size(*free_bytes));
            line(
                "device",
                format!("{name}: {description}, {all}, {free} free"),
            );
        }
        for place in &self.places {
            let there = if place.exists { "" } else { " (not there)" };
            line(place.what, format!("{}{there}", place.path.display()));
        }
        let ModelReport { how, path } = &self.model;
        let path = path
            .as_ref()
            .map_or(String::new(), |path| format!(", {}", path.display()));
        line("model", format!("{how}{path}"));
        table
    }
}

/// Whether the program leaves the processor's vector units unused.
fn slow(units: &[Unit]) -> Option<String> {
    let unused = |unit: &&Unit| unit.present && !unit.used;
    let names: Vec<&str> = units.iter().filter(unused).map(|unit| unit.name).collect();
    names.iter().any(|name| NEEDED.contains(name)).then(|| {
        format!(
            "the program was not compiled for this processor, and takes about twice as long as it could: \
             it leaves {} unused; `cargo build --release` in the source tree makes one that uses them",
            names.join(", ")
        )
    })
}

fn little(free: &Free) -> Option<String> {
    let place = match &free.group {
        Some(group) => format!(" in the control group `{}`", group.display()),
        None => String::new(),
    };
    (free.bytes < LITTLE_MEMORY).then(|| {
        format!(
            "{} of memory are free{place}: `minitag models plan` says what fits",
            size(free.bytes)
        )
    })
}

/// Which model the other commands would take.
fn look_for(
    name: Option<&Path>,
    warnings: &mut Vec<String>,
    faults: &mut Vec<String>,
) -> ModelReport {
    let (how, path) = match locate(name) {
        Ok(located) => {
            let how = match &located {
                Located::Named(_) => "named",
                Located::Registered { .. } => "named as in the registry",
                Located::Found(_) => "found",
                Located::BuiltIn { .. } => "built in",
            };
            if let Located::BuiltIn { named: false, .. } = located {
                warnings.push(
                    "no MiniCPM3-4B is here: the built-in small model answers, which is far worse"
                        .to_owned(),
                );
            }
            let path = located.path().to_owned();
            if let Err(error) = crate::models::check(&path) {
                faults.push(format!(
                    "the model `{}` cannot be used: {}",
                    path.display(),
                    with_causes(&error)
                ));
            }
            (how, Some(path))
        }
        Err(error) => {
            faults.push(with_causes(&error));
            ("not found", None)
        }
    };
    ModelReport { how, path }
}

/// An error with what caused it.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl From<Device> for DeviceReport {
    fn from(device: Device) -> Self {
        Self {
            name: device.name,
            description: device.description,
            back_end: device.backend,
            memory_bytes: device.memory_total,
            free_bytes: device.memory_free,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_for_another_processor_is_said_to_be_slow() {
        let unit = |name, used| Unit {
            name,
            used,
            present: true,
        };
        assert_eq!(slow(&[unit("avx2", true), unit("avx512f", false)]), None);
        let slow = slow(&[unit("avx2", false), unit("fma", false)]).unwrap();
        assert!(slow.contains("it leaves avx2, fma unused"), "{slow}");
    }

    #[test]
    fn little_memory_is_told() {
        let free = |bytes| Free {
            bytes,
            swap: 0,
            group: Some("/sys/fs/cgroup/small".into()),
        };
        assert_eq!(little(&free(4 << 30)), None);
        let told = little(&free(1 << 30)).unwrap();
        assert!(told.starts_with("1.0 GiB of memory are free in the control group `/sys"));
    }
}

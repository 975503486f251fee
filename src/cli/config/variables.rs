//! Variables of the environment that were probably meant for an option.

use clap::Command;

/// What every variable of an option begins with.
const PREFIX: &str = "MINITAG_";

/// Names this much like a known one are misspelt; others are somebody's own.
const ALIKE: f64 = 0.75;

/// Of the variables that are set, those that no option has, but one almost: both names.
pub(crate) fn misspelt(command: &Command, set: impl Iterator<Item = String>) -> Vec<[String; 2]> {
    let mut known = Vec::new();
    collect(command, &mut known);
    let mut set: Vec<String> = set.filter(|name| name.starts_with(PREFIX)).collect();
    set.sort_unstable();
    let closest = |name: &String| {
        let alike = |known: &String| {
            let [one, other] = [name, known].map(|name| &name[PREFIX.len()..]);
            strsim::normalized_damerau_levenshtein(one, other)
        };
        let pairs = known.iter().map(|known| (alike(known), known));
        let best = pairs.max_by(|a, b| a.0.total_cmp(&b.0));
        best.filter(|&(alike, _)| (ALIKE..1.0).contains(&alike))
            .map(|(_, known)| known.clone())
    };
    set.into_iter()
        .filter_map(|name| closest(&name).map(|known| [name, known]))
        .collect()
}

/// The variables of a command's options, and of the commands below it.
fn collect(command: &Command, known: &mut Vec<String>) {
    let names = command.get_arguments().filter_map(|arg| arg.get_env());
    let names = names.filter_map(|name| name.to_str());
    known.extend(
        names
            .filter(|name| name.starts_with(PREFIX))
            .map(str::to_owned),
    );
    command
        .get_subcommands()
        .for_each(|below| collect(below, known));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn what_is_almost_an_option_is_told_and_what_is_somebody_s_own_is_not() {
        let command = Cli::command();
        let of = |name: &str| misspelt(&command, std::iter::once(name.to_owned()));
        for (name, known) in [
            ("MINITAG_MAX_TAG", "MINITAG_MAX_TAGS"),
            ("MINITAG_MODLE", "MINITAG_MODEL"),
            ("MINITAG_GPULAYERS", "MINITAG_GPU_LAYERS"),
        ] {
            assert_eq!(of(name), [[name.to_owned(), known.to_owned()]]);
        }
        for own in [
            "MINITAG_HOME",
            "MINITAG_STRICT",
            "MINITAG_BIN",
            "MAX_TAG",
            "MINITAG_",
        ] {
            assert_eq!(of(own), [] as [[String; 2]; 0], "{own}");
        }
        let mut known = Vec::new();
        collect(&command, &mut known);
        assert_eq!(
            misspelt(&command, known.into_iter()),
            [] as [[String; 2]; 0]
        );
    }
}

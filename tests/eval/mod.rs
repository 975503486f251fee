//! `minitag eval`: the metrics against scikit-learn, the command.

mod command;
mod oracle;

//! `minitag eval`: the metrics against scikit-learn, the command, its report.

mod command;
mod oracle;
mod report;

//! `minitag doctor`: what the program is made of, what the machine has, what is amiss.

use minitag::inspect::MachineReport;

use crate::cli::args::DoctorArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::print;
use crate::cli::screen::Screen;

/// Runs the command.
pub(crate) fn run(args: &DoctorArgs, screen: &Screen) -> Result<Status, Failure> {
    let report = MachineReport::look(args.model.as_deref());
    if args.format.is_json() {
        print::json(&report)?;
    } else {
        print::table(&report.table())?;
        for warning in &report.warnings {
            screen.warning(warning);
        }
        for fault in &report.faults {
            screen.error(fault, None);
        }
    }
    Ok(if report.faults.is_empty() {
        Status::Success
    } else {
        Status::SomeFailed
    })
}

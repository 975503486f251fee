//! Rows of CSV and TSV, read strictly, and cells that hold several values.
//!
//! The crate `csv` reads on where a quote is never closed, or text follows a closing one:
//! the rows behind it vanish in one cell. Here such a row is a [`Fault`] with its line, and
//! reading goes on with the line behind the row's first one.
//!
//! In TSV a cell is what stands between two tabs, whatever it begins with; what the program writes
//! itself is [escaped](escape()). In CSV a cell that
//! begins with a quote ends with one, and has two for each quote in it.

mod doubt;
mod escape;
mod guard;
mod header;
mod lines;
mod list;
mod row;
mod rows;

pub use crate::table::escape::{escape, unescape};
pub use crate::table::guard::{guard, unguard};
pub use crate::table::header::{DELIMITERS, delimiter_name};
pub use crate::table::list::{join, split};
pub use crate::table::row::{Dialect, Fault, Row};
pub use crate::table::rows::Rows;

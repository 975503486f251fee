//! Why an input cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use crate::document::NotRead;
use crate::runner::fields::list_names;
use crate::table::{Fault, delimiter_name};

/// Why an input cannot be read, or not further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// It cannot be read.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The input.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// This build does not read Parquet.
    #[error("`{}` is Parquet, which this build does not read", path.display())]
    NoParquet {
        /// The input.
        path: PathBuf,
    },
    /// The header is none.
    #[error("the header of `{}` cannot be read", path.display())]
    Header {
        /// The input.
        path: PathBuf,
        /// Why.
        #[source]
        source: Fault,
    },
    /// The header lacks a column.
    #[error("`{}` has no column `{column}`; {}", path.display(), there(columns, *delimiter))]
    NoColumn {
        /// The input.
        path: PathBuf,
        /// The column that is needed.
        column: String,
        /// The option that names it.
        option: &'static str,
        /// The columns that are there.
        columns: Vec<String>,
        /// What they are separated by.
        delimiter: u8,
    },
    /// An object has more than one array of objects.
    #[error("`{}` has several arrays of objects: {}", path.display(), listed(arrays))]
    SeveralArrays {
        /// The input.
        path: PathBuf,
        /// Where they are.
        arrays: Vec<String>,
    },
    /// There is no array where the records should be.
    #[error("`{}` has no array `{wanted}`{}", path.display(), these(arrays))]
    NoArray {
        /// The input.
        path: PathBuf,
        /// Where it should be.
        wanted: String,
        /// Where arrays are.
        arrays: Vec<String>,
    },
}

impl InputError {
    /// What there is to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoColumn {
                columns, option, ..
            } => Some(if columns.len() < 2 {
                "`--delimiter` says what separates the columns, `--encoding` how the file is encoded"
                    .to_owned()
            } else {
                format!("`{option}` names the column that is meant")
            }),
            Self::NoParquet { .. } => {
                Some("`cargo build --release --features parquet` makes one that does".to_owned())
            }
            Self::SeveralArrays { arrays, .. } => {
                let first = arrays.first()?;
                Some(format!("`--records` names the one with the records: `--records {first}`"))
            }
            Self::Io { path, source } => {
                let NotRead(name) = source.get_ref()?.downcast_ref()?;
                let path = path.display();
                Some(format!("`iconv -f {name} -t UTF-8 {path}` makes it UTF-8"))
            }
            Self::Header { .. } => Some(
                "`--delimiter` says what separates the columns, `--encoding` how the file is encoded"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    pub(super) fn no_header(path: &Path) -> Self {
        let message = "it is empty, without a header that names the columns";
        Self::Io {
            path: path.to_owned(),
            source: io::Error::new(io::ErrorKind::InvalidData, message),
        }
    }
}

fn listed(names: &[String]) -> String {
    list_names(names.iter().map(String::as_str))
}

fn there(columns: &[String], delimiter: u8) -> String {
    let delimiter = delimiter_name(delimiter);
    match columns {
        [one] => format!(
            "with `{delimiter}` between columns it has one, {}",
            listed(std::slice::from_ref(one))
        ),
        _ => format!("it has {}", listed(columns)),
    }
}

fn these(arrays: &[String]) -> String {
    match arrays {
        [] => String::new(),
        _ => format!("; it has {}", listed(arrays)),
    }
}

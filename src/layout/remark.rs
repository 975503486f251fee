//! What there is to say beside a result.

/// A sentence for whoever asked, which changes nothing of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Something worth knowing.
    Note(String),
    /// Something that is probably not meant so.
    Warning(String),
}

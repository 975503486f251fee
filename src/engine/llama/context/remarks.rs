//! What there is to say of an engine's work once it has begun.

use crate::engine::llama::context::LlamaEngine;
use crate::engine::llama::context::prefix::PrefixOrigin;
use crate::layout::Remark;

impl LlamaEngine<'_> {
    /// What went wrong with the kept state of the tag list; if `all` is asked for, also how
    /// the engine computes.
    #[must_use]
    pub fn remarks(&self, all: bool) -> Vec<Remark> {
        let mut remarks = Vec::new();
        match self.prefix_origin() {
            PrefixOrigin::Damaged(path) => remarks.push(Remark::Warning(format!(
                "the prefix cache of the tag list was damaged and is computed again: `{}`",
                path.display()
            ))),
            PrefixOrigin::NotKept(reason) => remarks.push(Remark::Warning(format!(
                "the state of the tag list cannot be kept for the next run: {reason}"
            ))),
            PrefixOrigin::Computed(time) if all => remarks.push(Remark::Note(format!(
                "the tag list was read in {:.2} s",
                time.as_secs_f64()
            ))),
            PrefixOrigin::Kept(time) if all => remarks.push(Remark::Note(format!(
                "the tag list was restored from the prefix cache in {:.2} s",
                time.as_secs_f64()
            ))),
            _ => {}
        }
        let description = self.description().filter(|_| all);
        remarks.extend(description.map(|how| Remark::Note(format!("computed with {how}"))));
        remarks
    }
}

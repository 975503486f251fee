//! When work on a document is given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::engine::EngineError;

/// When to give up; never, until told otherwise. Looked at before each batch.
#[derive(Clone, Debug, Default)]
pub struct Limit {
    /// The time is over then: [`EngineError::TimedOut`].
    pub deadline: Option<Instant>,
    /// Whoever asked wants no answer any more once this is set: [`EngineError::Cancelled`].
    pub cancelled: Option<Arc<AtomicBool>>,
}

impl Limit {
    /// Whether to go on.
    ///
    /// # Errors
    /// [`EngineError::TimedOut`] or [`EngineError::Cancelled`] if not.
    pub fn check(&self) -> Result<(), EngineError> {
        let is_set = |cancelled: &Arc<AtomicBool>| cancelled.load(Ordering::Relaxed);
        if self.cancelled.as_ref().is_some_and(is_set) {
            return Err(EngineError::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(EngineError::TimedOut),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn work_ends_at_its_deadline_or_if_nobody_wants_it() {
        let mut limit = Limit::default();
        assert!(limit.check().is_ok());
        let cancelled = Arc::new(AtomicBool::new(false));
        limit.cancelled = Some(Arc::clone(&cancelled));
        limit.deadline = Instant::now().checked_add(Duration::from_hours(1));
        assert!(limit.check().is_ok());
        cancelled.store(true, Ordering::Relaxed);
        assert!(matches!(limit.check(), Err(EngineError::Cancelled)));
        limit = Limit {
            deadline: Some(Instant::now()),
            cancelled: None,
        };
        assert!(matches!(limit.check(), Err(EngineError::TimedOut)));
    }
}

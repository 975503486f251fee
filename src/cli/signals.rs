//! Ctrl-C, and a request to end.

/// Calls a function at each Ctrl-C and each SIGTERM. A SIGHUP is left alone: `nohup` has
/// it ignored, and to be ended by it does no harm.
#[cfg(unix)]
pub(crate) fn at_signals(act: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || signals.forever().for_each(|_| act()));
    Ok(())
}

/// Calls a function at each Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn at_signals(act: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    Ok(ctrlc::set_handler(act)?)
}

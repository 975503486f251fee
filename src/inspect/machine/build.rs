//! What this program is made of, as far as it was decided when it was compiled.

use std::fmt::Write;

/// llama.cpp's back ends that are compiled in.
pub(super) const BACK_ENDS: &[(&str, bool)] = &[
    ("cpu", true),
    ("cuda", cfg!(feature = "cuda")),
    (
        "metal",
        cfg!(feature = "metal") || cfg!(all(target_os = "macos", target_arch = "aarch64")),
    ),
    ("rocm", cfg!(feature = "rocm")),
    ("vulkan", cfg!(feature = "vulkan")),
];

/// What of the program uses a network, in words.
pub(super) const NETWORK: &str = match (cfg!(feature = "download"), cfg!(feature = "serve")) {
    (true, true) => "for `models pull`, `serve` and `classify --server` alone",
    (true, false) => "for `models pull` alone",
    (false, true) => "for `serve` and `classify --server` alone",
    (false, false) => "none",
};

/// A vector unit or an extension of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) name: &'static str,
    /// Whether llama.cpp was compiled to use it, or is there in a form that does.
    pub(super) used: bool,
    /// Whether the processor has it.
    pub(super) present: bool,
}

/// Those that make a difference to llama.cpp. Its own flags are set by the same target
/// features as this program's; a portable build chooses when it starts.
pub(super) fn units() -> Vec<Unit> {
    macro_rules! units {
        ($detected:ident: $($name:tt),*) => {
            vec![$(Unit {
                name: $name,
                used: cfg!(target_feature = $name)
                    || cfg!(feature = "portable") && std::arch::$detected!($name),
                present: std::arch::$detected!($name),
            }),*]
        };
    }
    #[cfg(target_arch = "x86_64")]
    {
        units!(is_x86_feature_detected: "sse4.2", "avx", "avx2", "fma", "f16c", "bmi2",
            "avx512f", "avx512bw", "avx512vbmi", "avx512vnni", "avx512bf16")
    }
    #[cfg(target_arch = "aarch64")]
    {
        units!(is_aarch64_feature_detected: "neon", "dotprod", "i8mm", "bf16", "sve")
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        Vec::new()
    }
}

/// The back ends' names.
pub(super) fn back_ends() -> Vec<&'static str> {
    let all = BACK_ENDS.iter().filter(|(_, is_in)| *is_in);
    all.map(|(name, _)| *name).collect()
}

/// What `--version` says below the version.
#[must_use]
pub fn long_version() -> String {
    let used = units().into_iter().filter(|unit| unit.used);
    let units: Vec<&str> = used.map(|unit| unit.name).collect();
    let mut text = env!("MINITAG_VERSION").to_owned();
    // Into memory: there is nothing that could fail.
    let _ = write!(
        text,
        "\nback ends: {}\ncompiled for: {}, {}\nnetwork code: {}",
        back_ends().join(", "),
        std::env::consts::ARCH,
        if units.is_empty() {
            "no vector units".to_owned()
        } else {
            units.join(", ")
        },
        NETWORK,
    );
    text
}

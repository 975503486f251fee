//! The devices that llama.cpp can compute on, as it was compiled and as the machine has them.

use llama_cpp_2::{
    LlamaBackendDevice, LlamaBackendDeviceType, list_llama_ggml_backend_devices, max_devices,
};

use crate::engine::llama::backend::{LoadError, backend};

/// The word for no device but the processor.
const NONE: &str = "none";

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// The processor.
    Cpu,
    /// A library that helps the processor.
    Accelerator,
    /// A graphics card with memory of its own.
    Gpu,
    /// A graphics unit that shares the machine's memory.
    IntegratedGpu,
    /// None of these.
    Other,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What `--device` takes: `CUDA0`, `Vulkan0`.
    pub name: String,
    /// What it is called by its maker.
    pub description: String,
    /// What llama.cpp reaches it by: `CUDA`, `Vulkan`, `MTL`, `ROCm`, `CPU`.
    pub backend: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Its memory in bytes.
    pub memory_total: u64,
    /// Bytes of that which are free now.
    pub memory_free: u64,
    index: usize,
}

impl Device {
    /// Whether layers can be put on it.
    #[must_use]
    pub fn is_gpu(&self) -> bool {
        matches!(self.kind, DeviceKind::Gpu | DeviceKind::IntegratedGpu)
    }

    /// Whether its memory is the machine's own.
    #[must_use]
    pub fn shares_memory(&self) -> bool {
        self.kind == DeviceKind::IntegratedGpu || self.backend == "MTL"
    }

    /// Whether it has a flash attention for heads of these lengths, and so can have values
    /// in blocks. Where it is not known, there is none.
    pub(super) fn has_flash_attention(&self, keys: u64, values: u64) -> bool {
        match self.backend.as_str() {
            "Vulkan" => keys.is_multiple_of(8) && values.is_multiple_of(8),
            "MTL" => keys >= values,
            _ => keys == values,
        }
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }
}

impl From<LlamaBackendDevice> for Device {
    fn from(device: LlamaBackendDevice) -> Self {
        let kind = match device.device_type {
            LlamaBackendDeviceType::Cpu => DeviceKind::Cpu,
            LlamaBackendDeviceType::Accelerator => DeviceKind::Accelerator,
            LlamaBackendDeviceType::Gpu => DeviceKind::Gpu,
            LlamaBackendDeviceType::IntegratedGpu => DeviceKind::IntegratedGpu,
            LlamaBackendDeviceType::Unknown => DeviceKind::Other,
        };
        Self {
            name: device.name,
            description: device.description.trim().to_owned(),
            backend: device.backend,
            kind,
            memory_total: device.memory_total as u64,
            memory_free: device.memory_free as u64,
            index: device.index,
        }
    }
}

/// All devices, the processor among them.
///
/// # Errors
/// [`LoadError::Backend`] where llama.cpp does not start.
pub fn devices(verbose: bool) -> Result<Vec<Device>, LoadError> {
    backend(verbose)?;
    let all = list_llama_ggml_backend_devices();
    Ok(all.into_iter().map(Device::from).collect())
}

/// The devices that a model is put on: those named, or else every graphics card, or else one
/// integrated graphics unit, as llama.cpp takes them. `none` names no device.
///
/// # Errors
/// [`LoadError::NoDevice`] where there is none of a name.
pub fn chosen(names: Option<&[String]>, verbose: bool) -> Result<Vec<Device>, LoadError> {
    let gpus: Vec<Device> = devices(verbose)?
        .into_iter()
        .filter(Device::is_gpu)
        .collect();
    let Some(names) = names else {
        let is_card = |device: &Device| device.kind == DeviceKind::Gpu;
        if gpus.iter().any(is_card) {
            return Ok(gpus.into_iter().filter(is_card).collect());
        }
        return Ok(gpus.into_iter().take(1).collect());
    };
    if names.iter().all(|name| name == NONE) {
        return Ok(Vec::new());
    }
    let find = |name: &String| {
        let same = |device: &&Device| device.name.eq_ignore_ascii_case(name);
        let found = gpus.iter().find(same).cloned();
        found.ok_or_else(|| LoadError::NoDevice {
            name: name.clone(),
            known: gpus.iter().map(|device| device.name.clone()).collect(),
        })
    };
    let chosen: Vec<Device> = names.iter().map(find).collect::<Result<_, _>>()?;
    if chosen.len() > max_devices() {
        return Err(LoadError::ManyDevices(max_devices()));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(backend: &str) -> Device {
        Device {
            name: format!("{backend}0"),
            description: String::new(),
            backend: backend.to_owned(),
            kind: DeviceKind::Gpu,
            memory_total: 0,
            memory_free: 0,
            index: 1,
        }
    }

    #[test]
    fn minicpm3s_heads_have_flash_attention_on_vulkan_and_none_on_cuda() {
        assert!(on("Vulkan").has_flash_attention(96, 64));
        assert!(!on("CUDA").has_flash_attention(96, 64));
        assert!(on("CUDA").has_flash_attention(128, 128));
    }

    #[test]
    fn the_processor_is_a_device_and_no_graphics_card() {
        let all = devices(false).unwrap();
        assert!(all.iter().any(|d| d.kind == DeviceKind::Cpu && !d.is_gpu()));
        assert_eq!(chosen(Some(&["none".to_owned()]), false).unwrap(), []);
        let error = chosen(Some(&["CUDA7".to_owned()]), false).unwrap_err();
        assert!(error.to_string().contains("`CUDA7`"), "{error}");
    }
}

//! Bodies that clients pack: with zstd, as the SDKs of System One do.

use std::io::Read;

use ruzstd::decoding::StreamingDecoder;

use crate::cli::serve::reply::Refusal;

/// Bytes that a decoder has to keep in memory at least, by the RFC.
const WINDOW: u64 = 8 << 20;

/// Unpacks a body, up to so many bytes.
pub(super) fn unpack(packed: &[u8], most: usize) -> Result<Vec<u8>, Refusal> {
    let damaged = || Refusal::unreadable("the body cannot be unpacked as zstd");
    let window = (most as u64).max(WINDOW);
    let decoder = StreamingDecoder::new_with_max_window_size(packed, window);
    let decoder = decoder.map_err(|_| damaged())?;
    let mut bytes = Vec::new();
    // One more shows that there is more.
    let limit = (most as u64).saturating_add(1);
    let read = decoder.take(limit).read_to_end(&mut bytes);
    read.map_err(|_| damaged())?;
    if bytes.len() > most {
        return Err(Refusal::too_large(format!(
            "the body is longer than {most} bytes once it is unpacked"
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of zstd with blocks of this type and content, each of so many bytes.
    fn frame(kind: u32, content: &[u8], each: u32, blocks: u32) -> Vec<u8> {
        let mut frame = b"\x28\xb5\x2f\xfd\xa0".to_vec();
        frame.extend((each * blocks).to_le_bytes());
        for block in 1..=blocks {
            let head = u32::from(block == blocks) | kind << 1 | each << 3;
            frame.extend(&head.to_le_bytes()[..3]);
            frame.extend(content);
        }
        frame
    }

    #[test]
    fn what_is_packed_is_unpacked_as_far_as_it_may_be() {
        let packed = frame(0, b"{\"a\":1}", 7, 1);
        assert_eq!(unpack(&packed, 7).unwrap(), b"{\"a\":1}");
        let is_too_large = |unpacked: Result<Vec<u8>, Refusal>| match unpacked {
            Err(Refusal::Error { kind, .. }) => kind == "request_too_large",
            _ => false,
        };
        assert!(is_too_large(unpack(&packed, 6)));
        // 6 MB of one character in 209 bytes.
        let bomb = frame(1, b"x", 1 << 17, 50);
        assert!(bomb.len() < 500 && is_too_large(unpack(&bomb, 4096)));
        for damaged in [&b"{}"[..], b"", &packed[..packed.len() - 1]] {
            let refused = unpack(damaged, 9);
            assert!(refused.is_err() && !is_too_large(refused));
        }
    }
}

//! Documents in the other formats.

use minitag::document::Format;

use super::reading::assert_read;

pub fn holds(data: &[u8]) {
    assert_read(
        data,
        &[
            Format::Rst,
            Format::AsciiDoc,
            Format::Org,
            Format::Man,
            Format::Plain,
        ],
    );
}

//! Mail.

use minitag::document::Format;

use super::reading::assert_read;

pub fn holds(data: &[u8]) {
    assert_read(data, &[Format::Mail]);
}

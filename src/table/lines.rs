//! The lines of a table's input, which can be given back and taken once more.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// Lines, as they come.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    limit: u64,
    /// Lines that were read too far, the next one first.
    ahead: VecDeque<Vec<u8>>,
    /// What ends a line; found out with the first one.
    terminator: Option<u8>,
    taken: u64,
}

/// How the reading of a line went.
pub(super) enum Taken {
    End,
    Line,
    TooLong,
}

impl<R: BufRead> Lines<R> {
    /// Lines of an input, none of them longer than so many bytes.
    pub(super) fn new(input: R, limit: u64) -> Self {
        Self {
            input,
            limit,
            ahead: VecDeque::new(),
            terminator: None,
            taken: 0,
        }
    }

    /// How many lines were taken, and not given back.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Gives the line back that was taken last.
    pub(super) fn give_back(&mut self, line: &[u8]) {
        self.ahead.push_front(line.to_vec());
        self.taken -= 1;
    }

    /// Adds the next line to a text, its end included.
    pub(super) fn take(&mut self, text: &mut Vec<u8>) -> io::Result<Taken> {
        if let Some(line) = self.ahead.pop_front() {
            text.extend_from_slice(&line);
            self.taken += 1;
            let is_cut = line.len() as u64 > self.limit;
            return Ok(if is_cut { Taken::TooLong } else { Taken::Line });
        }
        let terminator = self.terminator()?;
        let limit = self.limit + 1;
        let mut limited = self.input.by_ref().take(limit);
        let read = limited.read_until(terminator, text)? as u64;
        if read == 0 {
            return Ok(Taken::End);
        }
        self.taken += 1;
        if read == limit && !text.ends_with(&[terminator]) {
            self.input.skip_until(terminator)?;
            return Ok(Taken::TooLong);
        }
        Ok(Taken::Line)
    }

    /// What ends lines: `\n`, or `\r` alone where old Macs wrote the file.
    fn terminator(&mut self) -> io::Result<u8> {
        if let Some(terminator) = self.terminator {
            return Ok(terminator);
        }
        let sample = self.input.fill_buf()?;
        let is_old = !sample.contains(&b'\n')
            && sample.iter().position(|&byte| byte == b'\r') < sample.len().checked_sub(1)
            && sample.contains(&b'\r');
        let terminator = if is_old { b'\r' } else { b'\n' };
        self.terminator = Some(terminator);
        Ok(terminator)
    }
}

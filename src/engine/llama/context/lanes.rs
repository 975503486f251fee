//! Lanes and the paths off them, decoded batch by batch.

use crate::engine::llama::context::{LlamaEngine, MAX_PATHS};
use crate::engine::llama::paths::SharedPaths;
use crate::engine::llama::row::log_probs;
use crate::engine::{BRANCH_CELLS, Branch, EngineError, MAX_LANES};
use crate::vocab::Token;

/// The sequence of one document, prefix included.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// How long it is, as far as it is decoded.
    pub(super) decoded: usize,
    /// Appended, but not decoded yet.
    pub(super) pending: Vec<Token>,
    /// The logits after it, where nothing is pending.
    pub(super) last: Vec<f32>,
}

impl LlamaEngine<'_> {
    /// Goes back to the prefix and decodes each document behind it, in a lane of its own.
    pub(super) fn start_lanes(&mut self, documents: &[&[Token]]) -> Result<(), EngineError> {
        let prefix = self.prefix.len();
        let guard = self.guard()?;
        // All of them: after an error those of paths hold something too.
        for lane in 0..MAX_LANES + MAX_PATHS {
            guard.truncate(lane_sequence(lane), 0)?;
        }
        for lane in 0..documents.len() {
            guard.fork(PREFIX, lane_sequence(lane))?;
        }
        let new_lane = |document: &&[Token]| Lane {
            decoded: prefix + document.len(),
            ..Lane::default()
        };
        self.lanes = documents.iter().map(new_lane).collect();
        let tokens = documents.iter().enumerate().flat_map(|(lane, document)| {
            let positions = (prefix..).zip(document.iter());
            positions.map(move |(position, &token)| (token, position, lane_sequence(lane)))
        });
        self.decode(tokens)
    }

    /// Answers questions, as many together as fit into a batch.
    pub(super) fn answer(&mut self, branches: &[Branch]) -> Result<Vec<Vec<f32>>, EngineError> {
        let room = self.guard()?.n_batch().min(BRANCH_CELLS);
        // Of what is pending, the last part goes together with the first paths.
        for lane in 0..self.lanes.len() {
            let Lane {
                decoded, pending, ..
            } = &mut self.lanes[lane];
            if pending.len() > room / 2 {
                let rest = pending.split_off(pending.len() - 1);
                let tokens = std::mem::replace(pending, rest);
                let start = *decoded;
                *decoded += tokens.len();
                let positions = (start..).zip(tokens);
                self.decode(positions.map(|(p, token)| (token, p, lane_sequence(lane))))?;
            }
        }
        let mut answers = Vec::with_capacity(branches.len());
        while answers.len() < branches.len() {
            let rest = &branches[answers.len()..];
            let mut paths = SharedPaths::default();
            let mut lanes: Vec<usize> = Vec::new();
            let mut pending = 0;
            let mut fit = 0;
            for branch in rest {
                let new = !lanes.contains(&branch.lane);
                let more = self.lanes[branch.lane].pending.len() * usize::from(new);
                let full = paths.len() + pending + more > room;
                if full || !paths.add(branch, room - pending - more, MAX_PATHS) {
                    break;
                }
                if new {
                    lanes.push(branch.lane);
                }
                pending += more;
                fit += 1;
            }
            if fit == 0 {
                let needed = rest[0].path.len();
                let capacity = room;
                return Err(EngineError::ContextFull { needed, capacity });
            }
            let places = if paths.len() + pending > 0 {
                self.decode_paths(&lanes, &mut paths)?
            } else {
                Vec::new()
            };
            for branch in &rest[..fit] {
                answers.push(match paths.end(branch) {
                    Some(node) => log_probs(self.guard()?.logits(places[node])?, &branch.wanted)?,
                    None => log_probs(&self.lanes[branch.lane].last, &branch.wanted)?,
                });
            }
        }
        Ok(answers)
    }

    /// Decodes tokens to the end of sequences, each with the position and the sequence
    /// it belongs to, batch by batch, asking for no logits.
    pub(super) fn decode(
        &mut self,
        mut tokens: impl Iterator<Item = (Token, usize, i32)>,
    ) -> Result<(), EngineError> {
        let guard = self.guard()?;
        loop {
            guard.clear_batch();
            let mut any = false;
            for (token, position, sequence) in tokens.by_ref().take(guard.n_batch()) {
                guard.push(token, position, &[sequence], false)?;
                any = true;
            }
            if !any {
                return Ok(());
            }
            guard.decode()?;
        }
    }

    /// Decodes what is pending in some lanes, together with paths off them, which have
    /// to fit into one batch; returns the place of each path's node in the batch.
    fn decode_paths(
        &mut self,
        lanes: &[usize],
        paths: &mut SharedPaths,
    ) -> Result<Vec<usize>, EngineError> {
        let mut pending = Vec::new();
        for &lane in lanes {
            pending.push((lane, std::mem::take(&mut self.lanes[lane].pending)));
        }
        let starts: Vec<usize> = self.lanes.iter().map(|lane| lane.decoded).collect();
        let lane_count = self.lanes.len();
        let guard = self.guard()?;
        guard.clear_batch();
        let (leaves, nodes) = paths.resolve();
        let leaf_sequence = |leaf: usize| lane_sequence(lane_count + leaf);
        for (leaf, &lane) in leaves.iter().enumerate() {
            guard.fork(lane_sequence(lane), leaf_sequence(leaf))?;
        }
        let mut ends = starts.clone();
        let mut lasts = Vec::new();
        for (lane, tokens) in &pending {
            let off = leaves.iter().enumerate().filter(|&(_, l)| l == lane);
            let sequences: Vec<i32> = [lane_sequence(*lane)]
                .into_iter()
                .chain(off.map(|(leaf, _)| leaf_sequence(leaf)))
                .collect();
            for (index, &token) in tokens.iter().enumerate() {
                let is_last = index + 1 == tokens.len();
                let place = guard.push(token, starts[*lane] + index, &sequences, is_last)?;
                if is_last {
                    lasts.push((*lane, place));
                }
            }
            ends[*lane] += tokens.len();
        }
        let mut places = Vec::with_capacity(nodes.len());
        for node in nodes {
            let sequences: Vec<i32> = node.leaves.iter().map(|&l| leaf_sequence(l)).collect();
            let position = ends[node.lane] + node.depth;
            places.push(guard.push(node.token, position, &sequences, node.asked)?);
        }
        guard.decode()?;
        for leaf in 0..leaves.len() {
            guard.truncate(leaf_sequence(leaf), 0)?;
        }
        for (lane, place) in lasts {
            let logits = self.guard()?.logits(place)?.to_vec();
            self.lanes[lane].last = logits;
            self.lanes[lane].decoded = ends[lane];
        }
        Ok(places)
    }
}

/// The sequence of the prefix, as llama.cpp numbers them.
pub(super) const PREFIX: i32 = 0;

/// The sequence of a lane. Those behind the last lane's are the paths'.
fn lane_sequence(lane: usize) -> i32 {
    i32::try_from(lane).map_or(i32::MAX, |lane| PREFIX + 1 + lane)
}

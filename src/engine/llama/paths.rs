//! The tokens of several branches, common beginnings once: what one batch decodes.

use std::collections::HashMap;

use crate::engine::Branch;
use crate::vocab::Token;

/// One token of the branches' paths.
#[derive(Debug)]
pub(super) struct PathNode {
    pub(super) lane: usize,
    pub(super) token: Token,
    /// Tokens before it in its path.
    pub(super) depth: usize,
    /// The leaves below it, itself included where it is one: each needs a sequence.
    pub(super) leaves: Vec<usize>,
    /// Whether a branch ends here.
    pub(super) asked: bool,
    parent: Option<usize>,
    is_leaf: bool,
}

/// The paths of some branches, as tries, one for each lane.
#[derive(Debug, Default)]
pub(super) struct SharedPaths<'b> {
    nodes: Vec<PathNode>,
    known: HashMap<(usize, &'b [Token]), usize>,
    leaves: usize,
}

impl<'b> SharedPaths<'b> {
    /// Adds a branch's path, unless there would be more than `tokens` or `leaves`
    /// then; returns whether it was added. An empty path always is.
    pub(super) fn add(&mut self, branch: &'b Branch, tokens: usize, leaves: usize) -> bool {
        let path = &branch.path;
        let node = |length: usize| self.known.get(&(branch.lane, &path[..length])).copied();
        let shared = (1..=path.len())
            .rev()
            .find(|&length| node(length).is_some());
        let mut parent = shared.and_then(node);
        let new = path.len() - shared.unwrap_or(0);
        let more = usize::from(new > 0 && !parent.is_some_and(|p| self.nodes[p].is_leaf));
        if self.nodes.len() + new > tokens || self.leaves + more > leaves {
            return false;
        }
        self.leaves += more;
        for depth in shared.unwrap_or(0)..path.len() {
            if let Some(parent) = parent {
                self.nodes[parent].is_leaf = false;
            }
            let index = self.nodes.len();
            self.nodes.push(PathNode {
                lane: branch.lane,
                token: path[depth],
                depth,
                leaves: Vec::new(),
                asked: false,
                parent,
                is_leaf: true,
            });
            self.known.insert((branch.lane, &path[..=depth]), index);
            parent = Some(index);
        }
        if let Some(end) = parent {
            self.nodes[end].asked = true;
        }
        true
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node at which a branch ends; `None` for an empty path.
    pub(super) fn end(&self, branch: &'b Branch) -> Option<usize> {
        self.known
            .get(&(branch.lane, branch.path.as_slice()))
            .copied()
    }

    /// The lane of each leaf, and the nodes, parents before children.
    pub(super) fn resolve(&mut self) -> (Vec<usize>, &[PathNode]) {
        let mut lanes = Vec::new();
        for index in 0..self.nodes.len() {
            if self.nodes[index].is_leaf {
                let mut at = Some(index);
                while let Some(node) = at {
                    self.nodes[node].leaves.push(lanes.len());
                    at = self.nodes[node].parent;
                }
                lanes.push(self.nodes[index].lane);
            }
        }
        (lanes, &self.nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(lane: usize, ids: &[i32]) -> Branch {
        let path = ids.iter().map(|&id| Token(id)).collect();
        let wanted = Vec::new();
        Branch { lane, path, wanted }
    }

    #[test]
    fn paths_share_their_beginnings() {
        // lane 0: 1 ─ 7        branches end at 1, 7 and 8; 7 and 8 are leaves
        //           └ 8
        // lane 1: 1            a token of its own, and a leaf
        let branches = [
            branch(0, &[1]),
            branch(0, &[1, 7]),
            branch(0, &[1, 8]),
            branch(1, &[1]),
            branch(1, &[]),
        ];
        let mut paths = SharedPaths::default();
        assert!(branches.iter().all(|branch| paths.add(branch, 9, 9)));
        let ends: Vec<_> = branches.iter().map(|branch| paths.end(branch)).collect();
        assert_eq!(ends, [Some(0), Some(1), Some(2), Some(3), None]);
        let (lanes, nodes) = paths.resolve();
        assert_eq!(lanes, [0, 0, 1]);
        let seen: Vec<_> = nodes
            .iter()
            .map(|n| (n.token.0, n.depth, n.leaves.clone(), n.asked))
            .collect();
        assert_eq!(
            seen,
            [
                (1, 0, vec![0, 1], true),
                (7, 1, vec![0], true),
                (8, 1, vec![1], true),
                (1, 0, vec![2], true),
            ]
        );
    }

    #[test]
    fn what_exceeds_the_limits_is_not_added() {
        let [long, other, inner] = [branch(0, &[1, 2]), branch(0, &[3]), branch(0, &[1])];
        let mut paths = SharedPaths::default();
        assert!(paths.add(&long, 2, 1));
        assert!(!paths.add(&other, 2, 9));
        assert!(!paths.add(&other, 9, 1));
        assert!(paths.add(&inner, 2, 1));
        assert_eq!(paths.len(), 2);
    }
}

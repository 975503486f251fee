//! The tokens of several branches, common beginnings once.

use crate::vocab::Token;

/// One token of the branches' paths.
pub(super) struct PathNode {
    pub(super) token: Token,
    /// Tokens before it in its path.
    pub(super) depth: usize,
    /// The branches whose path goes through it, and those whose path ends there.
    pub(super) through: Vec<usize>,
    pub(super) ends: Vec<usize>,
}

/// The tokens of all paths, common beginnings once, parents before children.
pub(super) fn shared_paths(paths: &[&[Token]]) -> Vec<PathNode> {
    let mut nodes: Vec<PathNode> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for (branch, path) in paths.iter().enumerate() {
        for depth in 0..path.len() {
            let node = *known.entry(&path[..=depth]).or_insert_with(|| {
                let (through, ends) = (Vec::new(), Vec::new());
                nodes.push(PathNode {
                    token: path[depth],
                    depth,
                    through,
                    ends,
                });
                nodes.len() - 1
            });
            nodes[node].through.push(branch);
            if depth + 1 == path.len() {
                nodes[node].ends.push(branch);
            }
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_share_their_beginnings() {
        // 1 ─ 7 (branch 0)          1: through 0, 1, 3
        //   └ 8 (branch 1)          ends: branch 3
        // 3 (branch 2); 1 (branch 3)
        let t = |ids: &[i32]| ids.iter().map(|&i| Token(i)).collect::<Vec<_>>();
        let paths = [t(&[1, 7]), t(&[1, 8]), t(&[3]), t(&[1])];
        let paths: Vec<&[Token]> = paths.iter().map(Vec::as_slice).collect();
        let nodes = shared_paths(&paths);
        let seen: Vec<_> = nodes
            .iter()
            .map(|n| (n.token.0, n.depth, n.through.clone(), n.ends.clone()))
            .collect();
        assert_eq!(
            seen,
            [
                (1, 0, vec![0, 1, 3], vec![3]),
                (7, 1, vec![0], vec![0]),
                (8, 1, vec![1], vec![1]),
                (3, 0, vec![2], vec![2]),
            ]
        );
    }
}

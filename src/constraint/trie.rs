//! The tokens that can come next at one decision, shared beginnings once.

use crate::vocab::Token;

/// What can be decided at one slot of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Candidate {
    /// The tag at this place of the list.
    Tag(usize),
    /// No more tags.
    Stop,
}

/// The index of a node; the root is [`TokenTrie::ROOT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId(usize);

#[derive(Clone, Debug, Default)]
struct Node {
    parent: usize,
    token: Option<Token>,
    children: Vec<(Token, NodeId)>,
    candidate: Option<Candidate>,
}

/// The token paths of all candidates of one slot, as a trie.
///
/// ```text
/// ids 1, 17, 33, split digit by digit, at the first slot:
/// root ── 1 ── , (tag 1)
///      │    ├─ ] (tag 1)
///      │    └─ 7 (tag 17)
///      ├─ 3 ── 3 (tag 33)
///      └─ ] ── } (stop)
/// ```
/// A candidate may end at several leaves; no candidate's path is the beginning of another's
/// (see [`Continuations`](crate::constraint::Continuations)).
#[derive(Clone, Debug)]
pub struct TokenTrie {
    nodes: Vec<Node>,
}

impl TokenTrie {
    /// The node before the first token.
    pub const ROOT: NodeId = NodeId(0);

    /// Builds the trie of the given paths, of which one candidate may have several.
    #[must_use]
    pub fn new<'a>(paths: impl IntoIterator<Item = (Candidate, &'a [Token])>) -> Self {
        let mut trie = Self {
            nodes: vec![Node::default()],
        };
        for (candidate, path) in paths {
            let mut at = Self::ROOT;
            for &token in path {
                at = trie.child(at, token);
            }
            trie.nodes[at.0].candidate = Some(candidate);
        }
        trie
    }

    fn child(&mut self, parent: NodeId, token: Token) -> NodeId {
        let children = &self.nodes[parent.0].children;
        match children.binary_search_by_key(&token, |&(t, _)| t) {
            Ok(found) => children[found].1,
            Err(place) => {
                let new = NodeId(self.nodes.len());
                self.nodes.push(Node {
                    parent: parent.0,
                    token: Some(token),
                    ..Node::default()
                });
                self.nodes[parent.0].children.insert(place, (token, new));
                new
            }
        }
    }

    /// The nodes below a node, with the token that leads to each.
    #[must_use]
    pub fn children(&self, node: NodeId) -> &[(Token, NodeId)] {
        &self.nodes[node.0].children
    }

    /// What is decided when the path to this node is written; leaves alone decide.
    #[must_use]
    pub fn candidate(&self, node: NodeId) -> Option<Candidate> {
        self.nodes[node.0].candidate
    }

    /// The tokens from the root to a node.
    #[must_use]
    pub fn path(&self, node: NodeId) -> Vec<Token> {
        let mut path = Vec::new();
        let mut at = node.0;
        while let Some(token) = self.nodes[at].token {
            path.push(token);
            at = self.nodes[at].parent;
        }
        path.reverse();
        path
    }

    /// All nodes that have something below them, parents before children, and what is
    /// below one before what is beside it.
    #[must_use]
    pub fn inner_nodes(&self) -> Vec<NodeId> {
        let mut inner = Vec::new();
        let mut todo = vec![Self::ROOT];
        while let Some(node) = todo.pop() {
            if !self.children(node).is_empty() {
                inner.push(node);
                todo.extend(self.children(node).iter().rev().map(|&(_, child)| child));
            }
        }
        inner
    }

    /// The node that a path from the root leads to.
    #[must_use]
    pub fn find(&self, path: &[Token]) -> Option<NodeId> {
        path.iter().try_fold(Self::ROOT, |at, token| {
            let below = self.children(at);
            let place = below.binary_search_by_key(token, |&(t, _)| t).ok()?;
            Some(below[place].1)
        })
    }

    /// Every leaf with its candidate.
    pub fn leaves(&self) -> impl Iterator<Item = (NodeId, Candidate)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter_map(|(index, node)| Some((NodeId(index), node.candidate?)))
    }

    /// The node and all above it, the root last.
    pub fn upwards(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let above = |&NodeId(at): &NodeId| (at > 0).then(|| NodeId(self.nodes[at].parent));
        std::iter::successors(Some(node), above)
    }

    /// What is asked first when only the best candidate is wanted, parents before children:
    /// the inner nodes that every tag's path goes through, from the root down to where the
    /// tags part, and those of `stop`, which has no rivals below the first of them.
    #[must_use]
    pub fn trunk(&self) -> Vec<NodeId> {
        let mut trunk = Vec::new();
        let mut todo = vec![Self::ROOT];
        while let Some(at) = todo.pop() {
            trunk.push(at);
            let inner = self.children(at).iter().map(|&(_, child)| child);
            let inner = inner.filter(|&child| !self.children(child).is_empty());
            let (stop, tags): (Vec<_>, Vec<_>) = inner.partition(|&c| self.leads_to_stop(c));
            todo.extend(stop);
            // The tags part here if a leaf among the children is one, too.
            if let ([only], true) = (&tags[..], self.has_no_tag(at)) {
                todo.push(*only);
            }
        }
        trunk
    }

    /// Whether no tag ends at a child of this node.
    fn has_no_tag(&self, node: NodeId) -> bool {
        let mut children = self.children(node).iter();
        children.all(|&(_, child)| !matches!(self.candidate(child), Some(Candidate::Tag(_))))
    }

    /// Whether nothing but `stop` is below a node.
    fn leads_to_stop(&self, mut node: NodeId) -> bool {
        loop {
            match (self.candidate(node), self.children(node)) {
                (Some(Candidate::Stop), _) => return true,
                (None, &[(_, only)]) => node = only,
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        text.bytes().map(|b| Token(i32::from(b))).collect()
    }

    fn trie(tags: &[&str], stop: &str) -> TokenTrie {
        let paths: Vec<Vec<Token>> = tags.iter().map(|tag| tokens(tag)).collect();
        let stop = tokens(stop);
        let tags = paths.iter().enumerate();
        TokenTrie::new(
            tags.map(|(i, path)| (Candidate::Tag(i), path.as_slice()))
                .chain([(Candidate::Stop, stop.as_slice())]),
        )
    }

    #[test]
    fn shared_beginnings_are_one_node() {
        let trie = trie(&["1,", "17", "33"], "]}");
        let below: Vec<i32> = trie
            .children(TokenTrie::ROOT)
            .iter()
            .map(|c| c.0.0)
            .collect();
        assert_eq!(below, [i32::from(b'1'), i32::from(b'3'), i32::from(b']')]);
        let one = trie.children(TokenTrie::ROOT)[0].1;
        assert_eq!(trie.candidate(one), None);
        let seventeen = trie.children(one)[1].1;
        assert_eq!(trie.candidate(seventeen), Some(Candidate::Tag(1)));
        assert_eq!(trie.path(seventeen), tokens("17"));
        assert_eq!(trie.find(&tokens("17")), Some(seventeen));
        assert_eq!(trie.find(&tokens("18")), None);
        let above: Vec<_> = trie.upwards(seventeen).collect();
        assert_eq!(above, [seventeen, one, TokenTrie::ROOT]);
    }

    #[test]
    fn a_candidate_may_have_several_leaves() {
        let [comma, end] = ["1,", "1]"].map(tokens);
        let ways = [&comma, &end].map(|path| (Candidate::Tag(0), path.as_slice()));
        let trie = TokenTrie::new(ways);
        let leaves: Vec<_> = trie
            .leaves()
            .map(|(leaf, c)| (trie.path(leaf), c))
            .collect();
        let tag = Candidate::Tag(0);
        assert_eq!(leaves, [(tokens("1,"), tag), (tokens("1]"), tag)]);
    }

    #[test]
    fn inner_nodes_come_depth_first() {
        let trie = trie(&["112", "12", "3"], "]}");
        let paths: Vec<_> = trie
            .inner_nodes()
            .into_iter()
            .map(|node| trie.path(node))
            .collect();
        let expected = ["", "1", "11", "]"].map(tokens);
        assert_eq!(paths, expected);
    }

    #[test]
    fn the_trunk_ends_where_the_tags_part_and_has_all_of_stop() {
        let trunk = |tags: &[&str], stop| {
            let trie = trie(tags, stop);
            let text = |node| {
                trie.path(node)
                    .iter()
                    .map(|t| char::from(u8::try_from(t.0).unwrap()))
                    .collect()
            };
            trie.trunk().into_iter().map(text).collect::<Vec<String>>()
        };
        assert_eq!(trunk(&["1", "33"], "]"), [""]);
        assert_eq!(trunk(&["1", "33"], "]}"), ["", "]"]);
        assert_eq!(trunk(&[",1", ",33"], "]}"), ["", ",", "]"]);
        assert_eq!(trunk(&[",\"a\"", ",\"b\""], "]"), ["", ",", ",\""]);
        // Below a first token that stop has, too.
        assert_eq!(trunk(&[":[1", ":[33"], ":]}"), ["", ":", ":[", ":]"]);
        // The only tag: every token of it but the last is an inner node.
        assert_eq!(trunk(&["17"], "]"), ["", "1"]);
    }
}

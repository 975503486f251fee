//! `minitag explain`: the path of an answer, and the sentences that it rests on.

mod command;
mod page;
mod parts;
mod planted;

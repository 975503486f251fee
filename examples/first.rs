//! The first answer: a model, a tag list, a document.
//!
//! ```sh
//! cargo run --release --example first
//! ```

use minitag::engine::llama::Model;
use minitag::{Classifier, TagSet};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::open(None)?;
    let tags = TagSet::parse("game\ndatabase\nweb server\nchess")?;
    let mut classifier = Classifier::new(&model, tags)?;
    let document = include_str!("lanternfish.md");
    let answer = classifier.classify("7462", document)?;
    for tag in &answer.tags {
        #[expect(clippy::print_stdout, reason = "an example")]
        {
            println!("{tag}");
        }
    }
    Ok(())
}

//! What a service is sent, and questions as a file has them.

use minitag::DecideOptions;
use minitag::classifier::{ClassifierOptions, MadeFor};
use minitag::prompt::Chat;
use minitag::service::{Json, Question, Request, TagRequest, read_questions};

pub fn holds(data: &[u8]) {
    if let Ok(request) = Request::read(data) {
        assert!(!request.questions.is_empty());
        for (_, asked) in &request.questions {
            question(asked);
        }
    }
    if let Ok(json) = Json::parse(data)
        && let Ok(questions) = read_questions(&json)
    {
        for (_, asked) in &questions {
            question(asked);
        }
    }
    tagging(data);
}

/// A question that was read can be asked, or says why not.
fn question(question: &Question) {
    let Ok(tags) = question.tag_set() else {
        return;
    };
    let options = ClassifierOptions::made_for(&MadeFor::new(&|_| None, Chat::default()));
    let decide = question.options(&options).decide;
    assert!(decide.min_tags <= decide.max_tags, "{question:?}");
    assert!(tags.len() > 0, "{question:?}");
}

/// A request that is sent on is the same request.
fn tagging(data: &[u8]) {
    let Ok(request) = TagRequest::read(data) else {
        return;
    };
    let written = serde_json::to_vec(&request).unwrap();
    let again = TagRequest::read(&written).unwrap();
    assert_eq!((&again.text, &again.id), (&request.text, &request.id));
    let (Ok(tags), Ok(others)) = (request.tag_set(), again.tag_set()) else {
        assert!(again.tag_set().is_err());
        return;
    };
    assert_eq!(tags, others);
    let base = DecideOptions::default();
    let decide = request.decide(&base, tags.len());
    assert_eq!(decide, again.decide(&base, tags.len()));
    if let Ok(decide) = decide {
        decide.check(tags.len()).unwrap();
    }
}

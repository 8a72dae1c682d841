//! Tags: short words that a submitter puts on a job and finds it by.

use crate::limits;

/// What is wrong with a list of tags, or `None` when all is well. The index is that of the tag at fault.
pub fn check(tags: &[String]) -> Result<(), (Option<usize>, String)> {
    if tags.len() > limits::TAGS {
        return Err((None, format!("{} tags, at most {} are allowed", tags.len(), limits::TAGS)));
    }
    for (index, tag) in tags.iter().enumerate() {
        if tag.is_empty() || tag.chars().count() > limits::TAG_CHARS {
            return Err((Some(index), format!("a tag has 1 to {} characters", limits::TAG_CHARS)));
        }
        if tag.chars().any(char::is_control) {
            return Err((Some(index), "a tag has no control characters".to_owned()));
        }
        if tags.iter().take(index).any(|other| other == tag) {
            return Err((Some(index), format!("tag `{tag}` is there twice")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_bad_tag_is_named_by_its_index() {
        assert_eq!(check(&tags(&["mes:2026-05", "año nuevo"])), Ok(()));
        assert_eq!(check(&tags(&["a", ""])).unwrap_err().0, Some(1));
        assert_eq!(check(&tags(&["a", "b", "a"])).unwrap_err().0, Some(2));
        assert_eq!(check(&tags(&["a\nb"])).unwrap_err().0, Some(0));
        assert_eq!(check(&vec!["x".to_owned(); 17]).unwrap_err().0, None);
    }
}

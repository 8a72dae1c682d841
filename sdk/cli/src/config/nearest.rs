//! What somebody may have meant by a word that does not exist.

/// The candidate with the fewest changes to `word`, if it is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &&str| distance(word, candidate) <= word.chars().count().max(3) / 3;
    candidates.filter(near).min_by_key(|candidate| distance(word, candidate))
}

/// Levenshtein's distance: characters to add, remove or replace.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        for (cell, candidate) in row.iter_mut().zip(std::iter::once(None).chain(other.chars().map(Some))) {
            let value = match candidate {
                None => left,
                Some(candidate) => (diagonal + usize::from(letter != candidate)).min(*cell + 1).min(left + 1),
            };
            diagonal = std::mem::replace(cell, value);
            left = value;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_changes() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn only_what_is_near_is_meant() {
        let words = ["listen", "redis_url", "slots"];
        assert_eq!(nearest("lisen", words.into_iter()), Some("listen"));
        assert_eq!(nearest("redis", words.into_iter()), None);
        assert_eq!(nearest("port", words.into_iter()), None);
    }
}

//! The key that somebody who mistyped probably meant.

/// The candidate closest to `word`, if one is close enough to be what was meant.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().take(64).count();
    if length == 64 {
        return None;
    }
    let enough = (length / 3).max(2);
    candidates
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= enough && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The edit distance: how many characters to insert, delete or replace.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (index, l) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let mut next = vec![before];
        for (r, above) in right.chars().zip(row.iter().skip(1)) {
            before = (diagonal + usize::from(l != r)).min(before + 1).min(above + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_close_is_suggested() {
        let keys = || ["timeout_s", "max_attempts", "name"].into_iter();
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(nearest("timeout", keys()), Some("timeout_s"));
        assert_eq!(nearest("max_atempts", keys()), Some("max_attempts"));
        assert_eq!(nearest("nmae", keys()), Some("name"));
        assert_eq!(nearest("colour", keys()), None);
        assert_eq!(nearest(&"x".repeat(100_000), keys()), None);
    }
}

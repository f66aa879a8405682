//! Every URL scheme that is registered is told to users.

use std::fs;

use crate::root;

#[test]
fn every_scheme_is_in_what_users_read() {
    let mut texts = vec![fs::read_to_string(root().join("README.md")).unwrap()];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false => texts.extend(fs::read_to_string(entry.path())),
            }
        }
    }

    let told = |name: &&str| texts.iter().any(|text| text.contains(&format!("`{name}:")));
    let (_, untold): (Vec<_>, Vec<_>) = forebay::stream::scheme_names().partition(told);
    assert!(untold.is_empty(), "neither README.md nor docs/ says what these are: {untold:?}");
}

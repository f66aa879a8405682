//! The parts of a page that are tested: blocks of commands, and links.

/// A block of commands.
pub struct Block {
    /// Where it begins in the page.
    pub line: usize,
    /// Whether it can be run here.
    pub runs: bool,
    /// The commands.
    pub script: String,
    /// What they say, if the page tells.
    pub expected: Option<String>,
}

/// The blocks of a page: those of `sh`, each with the block of `text` right behind it.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    let mut behind = false;
    for (index, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some((index + 1, language.trim().to_owned(), String::new()));
            }
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (Some(_), Some(_)) => {
                let (line, language, text) = open.take().expect("it's open");
                match language.as_str() {
                    "sh" | "sh not-run" => {
                        let runs = language == "sh";
                        found.push(Block { line, runs, script: text, expected: None });
                    }
                    "text" if behind => {
                        found.last_mut().expect("a block is before it").expected = Some(text);
                    }
                    _ => {}
                }
                behind = language == "sh";
            }
            (None, None) if !line.trim().is_empty() => behind = false,
            (None, None) => {}
        }
    }
    found
}

/// The programs that a page's blocks need: `<!-- needs: a b -->`.
pub fn needs(page: &str) -> impl Iterator<Item = &str> {
    let said = page.split("<!-- needs:").nth(1).and_then(|rest| rest.split("-->").next());
    said.unwrap_or_default().split_whitespace()
}

/// The links of a page to other files.
pub fn links(page: &str) -> Vec<&str> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.starts_with('#')).collect()
}

#[test]
fn a_block_is_found_with_what_it_says() {
    let found = blocks(
        "a\n```sh\necho x\n```\n\n```text\nx\n```\n```sh not-run\nb\n```\nc\n```text\nd\n```\n",
    );
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].script.as_str(), found[0].expected.as_deref()), ("echo x\n", Some("x\n")));
    assert!(found[0].runs && !found[1].runs && found[1].expected.is_none());
    assert_eq!(links("[a](b.md#c) [d](https://e)"), ["b.md#c"]);
}

//! Every scheme, a line each.

use crate::stream::data;
use crate::stream::fd;
use crate::stream::file;
use crate::stream::http;
use crate::stream::log;
use crate::stream::mem;
use crate::stream::null;
use crate::stream::random;
use crate::stream::scheme::Scheme;
use crate::stream::tcp;
use crate::stream::tls;
use crate::stream::unix;
use crate::stream::zero;

/// The schemes, in the order in which they are listed to users.
static SCHEMES: &[&dyn Scheme] = &[
    &file::File,
    &fd::Fd,
    &tcp::Tcp,
    &tls::Tls,
    &unix::Unix,
    &http::Http,
    &random::Random,
    &zero::Zero,
    &null::Null,
    &data::Data,
    &mem::Mem,
    &log::Log,
];

/// The scheme of that name.
pub(super) fn find(name: &str) -> Option<&'static dyn Scheme> {
    let is_so_called = |known: &&str| name.eq_ignore_ascii_case(known);
    SCHEMES.iter().copied().find(|scheme| scheme.names().iter().any(|known| is_so_called(&known)))
}

/// The names of all schemes.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCHEMES.iter().flat_map(|scheme| scheme.names().iter().copied())
}

/// How connections are written, for a sentence.
pub(crate) fn connections() -> String {
    let forms: Vec<String> = SCHEMES
        .iter()
        .filter_map(|scheme| scheme.connection())
        .map(|form| format!("`{form}`"))
        .collect();
    match forms.split_last() {
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::failure::{Failure, Kind};
    use crate::stream::location::Location;

    fn refusal(text: &str) -> Failure {
        text.parse::<Location>().unwrap_err()
    }

    #[test]
    fn names_are_in_lower_case_and_there_is_one_scheme_for_each() {
        let all: Vec<_> = names().collect();
        let once: std::collections::BTreeSet<_> = names().collect();
        assert_eq!(all.len(), once.len(), "{all:?}");
        for name in all {
            assert_eq!(name, name.to_ascii_lowercase());
            assert!(find(&name.to_ascii_uppercase()).is_some(), "{name}");
        }
    }

    #[test]
    fn who_names_an_unknown_scheme_is_told_all_and_the_nearest() {
        let hint = refusal("gopher://x").hint.unwrap().to_string();
        for name in names() {
            assert!(hint.contains(&format!("`{name}:`")), "{name} isn't in {hint}");
            assert!(Location::is_url(&format!("{name}:")), "{name}");

            // A slip of the finger at the end.
            let slip = refusal(&format!("{name}q://x/y"));
            assert_eq!(slip.kind, Kind::UnknownScheme);
            let hint = slip.hint.unwrap().to_string();
            assert!(hint.starts_with("is it `"), "{name}: {hint}");
        }
        assert!(refusal("htps://x").hint.unwrap().to_string().starts_with("is it `https:`?"));
    }

    #[test]
    fn a_connection_is_read_from_the_form_in_which_it_is_shown() {
        for form in SCHEMES.iter().filter_map(|scheme| scheme.connection()) {
            let text = form.replace("HOST", "h").replace("PORT", "1");
            let location: Location = text.parse().unwrap();
            assert!(location.connects(), "{form}");
            assert!(connections().contains(&format!("`{form}`")));
        }
    }
}

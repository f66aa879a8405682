//! Which word belongs to which parameter.
//!
//! Parameters are given by position in the declared order, or as `--name VALUE`. Options are given
//! by name only, `bool`s by `--name` or `--no-name`, and the first `output-stream` is where the
//! output goes unless it's given. If there are more words than other parameters, those two take
//! words as well. A list takes what is left over, or its name repeated. `--` ends the names.

use std::collections::BTreeMap;

use wasmtime::component::{Type, Val};

use crate::error::{Class, Error, Result};
use crate::stream::{Direction, Location};
use crate::typed::argument::Argument;
use crate::typed::example::{describe, example};
use crate::typed::render::Format;
use crate::typed::signature::{Parameter, Signature};
use crate::typed::usage::{default_output, is_bool, is_list, usage};
use crate::typed::{text, wave};

/// Where the output goes, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Destination {
    /// Where; standard output if it isn't said.
    pub location: Option<Location>,
    /// How a value is written.
    pub format: Format,
    /// Whether a file is added to.
    pub append: bool,
}

/// A call that was read, but for which nothing is open yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The arguments, one for each parameter; `None` is the `output-stream` that leads to the
    /// destination.
    pub arguments: Vec<Option<Argument>>,
    /// Where the output goes.
    pub destination: Destination,
}

/// Whether the words ask for help rather than for a call.
pub fn asks_for_help(signature: &Signature, words: &[String]) -> bool {
    let own = |name: &str| signature.parameters.iter().any(|parameter| parameter.name == name);
    let mut names = words.iter().take_while(|word| *word != "--");
    names.any(|word| (word == "--help" && !own("help")) || (word == "-h" && !own("h")))
}

/// Reads the words after a program's name as a call. `-o`, `--output` and `--append` among them are
/// ours, unless a parameter has that name.
///
/// # Errors
/// `Class::Usage`, naming the parameter, its type, what was given, and an example.
pub fn arguments(
    signature: &Signature,
    words: &[String],
    destination: Destination,
) -> Result<Call> {
    signature.check()?;
    let mut given = Given { signature, named: BTreeMap::new(), free: Vec::new(), destination };
    given.sort(words)?;
    let mut assigned = given.assign()?;
    let arguments = signature.parameters.iter().enumerate().map(|(index, parameter)| {
        let words = assigned.remove(&index).unwrap_or_default();
        read(signature, parameter, &words, index)
    });
    let arguments = arguments.collect::<Result<_>>()?;
    Ok(Call { arguments, destination: given.destination })
}

/// Reads a whole call in WAVE: `f(1, "a")`.
///
/// # Errors
/// `Class::Usage`, as [`arguments`].
pub fn call_expression(
    signature: &Signature,
    text: &str,
    destination: Destination,
) -> Result<Call> {
    signature.check()?;
    // The name was understood already; only a plain one is WAVE.
    let from = text.find('(').unwrap_or(text.len());
    let text = format!("f{}", &text[from..]);
    let call = wave::call(&text).map_err(|error| {
        Error::new(Class::Usage, format!("`{}` isn't a call as WAVE writes it", &text[1..]))
            .cause(error)
            .hint(format!("write `{}`, or give the arguments as words", usage(signature)))
    })?;
    let types: Vec<&Type> = signature.parameters.iter().map(|parameter| &parameter.ty).collect();
    match wave::arguments(&types, &call) {
        Ok(arguments) => {
            Ok(Call { arguments: arguments.into_iter().map(Some).collect(), destination })
        }
        Err((index, why)) => Err(match signature.parameters.get(index) {
            Some(parameter) => Error::new(
                Class::Usage,
                format!(
                    "the call doesn't fit `{}`: `{}` is {}",
                    signature.name,
                    parameter.name,
                    describe(&parameter.ty)
                ),
            ),
            None => Error::new(Class::Usage, format!("the call doesn't fit `{}`", signature.name)),
        }
        .cause(why)
        .hint(format!("write `{}`", usage(signature)))),
    }
}

struct Given<'a> {
    signature: &'a Signature,
    named: BTreeMap<usize, Vec<String>>,
    free: Vec<String>,
    destination: Destination,
}

impl Given<'_> {
    /// Tells words that name parameters from those that don't.
    fn sort(&mut self, words: &[String]) -> Result<()> {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                self.free.extend(words.by_ref().cloned());
            } else if let Some(name) = word.strip_prefix("--") {
                let (name, value) = match name.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (name, None),
                };
                self.name(name, value, &mut words)?;
            } else if word == "-o" {
                self.own("o", words.next().cloned())?;
            } else if word.len() > 1 && word.starts_with('-') && !is_number(word) {
                return Err(self.wrong(format!("there is no flag `{word}`")).hint(format!(
                    "write `--` before words that begin with `-`; usage: {}",
                    usage(self.signature)
                )));
            } else {
                self.free.push(word.clone());
            }
        }
        Ok(())
    }

    fn wrong(&self, what: String) -> Error {
        Error::new(Class::Usage, what)
    }

    fn name(
        &mut self,
        name: &str,
        value: Option<String>,
        words: &mut std::slice::Iter<'_, String>,
    ) -> Result<()> {
        let find = |name: &str| {
            self.signature.parameters.iter().position(|parameter| parameter.name == name)
        };
        if let Some(index) = find(name) {
            let parameter = &self.signature.parameters[index];
            let value = match (value, is_bool(&parameter.ty)) {
                (Some(value), _) => value,
                (None, true) => "true".to_owned(),
                (None, false) => match words.next() {
                    Some(word) => word.clone(),
                    None => return Err(fault(parameter, None, "no value follows it")),
                },
            };
            let values = self.named.entry(index).or_default();
            if !values.is_empty() && !is_list(&parameter.ty) {
                return Err(fault(parameter, Some(&value), "it is given twice"));
            }
            values.push(value);
            return Ok(());
        }
        if let Some(index) = name.strip_prefix("no-").and_then(find)
            && is_bool(&self.signature.parameters[index].ty)
            && value.is_none()
        {
            let parameter = &self.signature.parameters[index];
            return match self.named.insert(index, vec!["false".to_owned()]) {
                Some(_) => Err(fault(parameter, None, "it is given twice")),
                None => Ok(()),
            };
        }
        match name {
            "append" if value.is_none() => self.destination.append = true,
            "output" => {
                let value = value.or_else(|| words.next().cloned());
                self.own("output", value)?;
            }
            _ => {
                let names =
                    self.signature.parameters.iter().map(|parameter| parameter.name.as_str());
                let near = names.min_by_key(|own| crate::names::edit_distance(own, name));
                let near = near.filter(|own| crate::names::edit_distance(own, name) <= 2);
                let hint = match near {
                    Some(near) => format!("is it `--{near}`? usage: {}", usage(self.signature)),
                    None => format!("usage: {}", usage(self.signature)),
                };
                return Err(self
                    .wrong(format!("`{}` has no parameter `{name}`", self.signature.name))
                    .hint(hint));
            }
        }
        Ok(())
    }

    /// One of our own flags among the program's words.
    fn own(&mut self, flag: &str, value: Option<String>) -> Result<()> {
        let dashes = if flag.len() == 1 { "-" } else { "--" };
        let Some(value) = value else {
            return Err(self.wrong(format!("no value follows `{dashes}{flag}`")));
        };
        if flag == "output" {
            self.destination.format = match value.as_str() {
                "json" => Format::Json,
                "wave" => Format::Wave,
                _ => {
                    return Err(self.wrong(format!("`{value}` is no output format")).hint(
                        "write `--output json` or `--output wave`; a file is named by `-o FILE`",
                    ));
                }
            };
            return Ok(());
        }
        if self.destination.location.is_some() {
            return Err(self.wrong("`-o` is given twice".to_owned()));
        }
        self.destination.location = Some(destination(&value)?);
        Ok(())
    }

    /// Gives the words without names to the parameters without words.
    fn assign(&mut self) -> Result<BTreeMap<usize, Vec<String>>> {
        let mut assigned = std::mem::take(&mut self.named);
        let parameters = &self.signature.parameters;
        let output = default_output(self.signature);
        let open: Vec<usize> = (0..parameters.len())
            .filter(|index| {
                !assigned.contains_key(index) && !matches!(parameters[*index].ty, Type::Option(_))
            })
            .collect();
        let soft = |index: &usize| parameters[*index].ty == Type::Bool || Some(*index) == output;
        let (list, mut hard): (Vec<usize>, Vec<usize>) = open
            .iter()
            .filter(|index| !soft(index))
            .partition(|index| is_list(&parameters[**index].ty));
        let free = std::mem::take(&mut self.free);
        if list.is_empty() && free.len() == open.len() {
            hard = open;
        }
        if free.len() < hard.len() {
            let missing = &parameters[hard[free.len()]];
            return Err(fault(missing, None, "it is missing")
                .cause(format!("usage: {}", usage(self.signature))));
        }
        let Some(list) = list.first() else {
            if free.len() > hard.len() {
                let extra = &free[hard.len()];
                return Err(self
                    .wrong(format!("`{extra}` is one word too many for `{}`", self.signature.name))
                    .hint(format!("usage: {}", usage(self.signature))));
            }
            assigned.extend(hard.into_iter().zip(free.into_iter().map(|word| vec![word])));
            return Ok(assigned);
        };
        // The parameters after the list get the last words, the list those between.
        let before = hard.iter().filter(|index| *index < list).count();
        let after = hard.len() - before;
        let (first, rest) = free.split_at(before);
        let (many, last) = rest.split_at(rest.len() - after);
        let words = first.iter().chain(last).map(|word| vec![word.clone()]);
        assigned.extend(hard.into_iter().zip(words));
        if !many.is_empty() {
            assigned.insert(*list, many.to_vec());
        }
        Ok(assigned)
    }
}

/// Reads a place for output.
///
/// # Errors
/// `Class::Usage` when it can't be written.
pub fn destination(text: &str) -> Result<Location> {
    let location: Result<Location, _> = text.parse();
    location.and_then(|location| location.check(Direction::Sink).map(|()| location)).map_err(
        |failure| {
            let error =
                Error::new(Class::Usage, format!("`{text}` can't be written to")).cause(&failure);
            error.hint(
                failure
                    .hint
                    .unwrap_or_else(|| "write a path, `-`, or a URL: `-o small.jpg`".into()),
            )
        },
    )
}

fn is_number(word: &str) -> bool {
    word[1..].starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || matches!(word, "-inf" | "-nan")
}

fn read(
    signature: &Signature,
    parameter: &Parameter,
    words: &[String],
    index: usize,
) -> Result<Option<Argument>> {
    let wrong = |word: &str, why: String| fault(parameter, Some(word), &why);
    match (&parameter.ty, words) {
        (_, []) if Some(index) == default_output(signature) => Ok(None),
        (Type::Option(_), []) => Ok(Some(Argument::Value(Val::Option(None)))),
        (Type::Bool, []) => Ok(Some(Argument::Value(Val::Bool(false)))),
        (ty, words) if is_list(ty) => {
            let (list, optional) = match ty {
                Type::Option(option) => (option.ty(), true),
                list => (list.clone(), false),
            };
            let argument = match (&list, words) {
                // The whole list in one word.
                (list, [word]) if word.starts_with('[') || word.starts_with("json:") => {
                    text::read(list, word).map_err(|why| wrong(word, why))?
                }
                (Type::List(list), words) => {
                    let element = list.ty();
                    let items = words
                        .iter()
                        .map(|word| text::read(&element, word).map_err(|why| wrong(word, why)));
                    Argument::List(items.collect::<Result<_>>()?)
                }
                _ => unreachable!("it is a list"),
            };
            Ok(Some(if optional { Argument::some(argument) } else { argument }))
        }
        (ty, [word]) => text::read(ty, word).map(Some).map_err(|why| wrong(word, why)),
        (_, _) => Err(fault(parameter, None, "it is missing")),
    }
}

/// What is wrong with a parameter.
fn fault(parameter: &Parameter, given: Option<&str>, why: &str) -> Error {
    let Parameter { name, ty } = parameter;
    let what = match given {
        Some(given) => format!("`{given}` doesn't fit the parameter `{name}` ({})", describe(ty)),
        None => format!("the parameter `{name}` ({}) has no value", describe(ty)),
    };
    let by_name = matches!(ty, Type::Option(_) | Type::Bool);
    let example = match (by_name, is_bool(ty)) {
        (true, true) => format!("--{name}"),
        (true, false) => format!("--{name} {}", example(ty)),
        (false, _) => example(ty),
    };
    // What is wrong with a place may say itself what is right.
    let (why, hint) = match advice(why) {
        Some((why, advice)) => (why, advice.to_owned()),
        None => (why, format!("for example: {example}")),
    };
    Error::new(Class::Usage, what).cause(why).hint(hint)
}

/// What is wrong, and the advice in brackets after it, if there is some.
fn advice(why: &str) -> Option<(&str, &str)> {
    let inner = why.strip_suffix(')')?;
    let place = ["(hint: ", "(write ", "(is it ", "(there are "]
        .iter()
        .find_map(|start| inner.find(start))?;
    let advice = &inner[place + 1..];
    Some((inner[..place].trim_end(), advice.strip_prefix("hint: ").unwrap_or(advice)))
}

//! Counts what a program consists of, and holds it against limits, before anything works on it
//! whose cost isn't the program's size.
//!
//! [`sections`] reads the headers of sections and the nesting of component types, in no recursion;
//! [`bodies`] reads each function's instructions, and is only needed before compiling.

use wasmparser::{
    BinaryReader, ComponentType, ComponentTypeDeclaration, CompositeInnerType, ElementItems,
    ElementSectionReader, FunctionBody, GlobalSectionReader, Operator, Parser, Payload,
    TypeSectionReader,
};

use crate::config::{Limit, Limits};
use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};
use crate::load::text;

/// How much of each limit a program takes up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts([u64; Limit::ALL.len()]);

impl Counts {
    fn add(&mut self, limit: Limit, more: u64) {
        self.0[limit as usize] = self.0[limit as usize].saturating_add(more);
    }

    fn raise(&mut self, limit: Limit, to: u64) {
        self.0[limit as usize] = self.0[limit as usize].max(to);
    }

    fn check(&self, name: &str, limits: &Limits) -> Result<()> {
        match Limit::ALL.into_iter().find(|limit| self.0[*limit as usize] > limits.get(*limit)) {
            None => Ok(()),
            Some(limit) => Err(over(name, limit, self.0[limit as usize], limits.get(limit))),
        }
    }
}

/// A program that is over a limit.
pub(super) fn over(name: &str, limit: Limit, found: u64, most: u64) -> Error {
    let unit = limit.unit();
    Error::new(Class::Denied, format!("`{name}` has more {unit} than are allowed"))
        .cause(format!("it has {found} {unit}; the limit is {most}"))
        .hint(Hint::with(
            "if you trust who made it, raise the limit: {}",
            [Setting::CodeLimit(limit.to_string(), Some(found))],
        ))
}

/// Holds the text of a component against its limit, before it's assembled.
///
/// # Errors
/// `Class::Denied` when it's over the limit.
pub(super) fn expressions(name: &str, bytes: &[u8], limits: &Limits) -> Result<()> {
    if bytes.starts_with(b"\0asm") {
        return Ok(());
    }
    let found = std::str::from_utf8(bytes).map_or(0, text::expressions);
    let most = limits.get(Limit::Expressions);
    if found > most { Err(over(name, Limit::Expressions, found, most)) } else { Ok(()) }
}

/// Holds what the headers of sections say against the limits. Bytes that can't be parsed end the
/// count: whoever uses them says what is wrong.
///
/// # Errors
/// `Class::Denied`, for the first limit that is exceeded.
pub(super) fn sections(name: &str, bytes: &[u8], limits: &Limits) -> Result<()> {
    let mut counts = Counts::default();
    counts.add(Limit::Size, bytes.len() as u64);
    counts.check(name, limits)?;
    // A module carries the types of its world as a component of their own.
    let mut worlds = vec![bytes];
    while let Some(bytes) = worlds.pop() {
        component(&mut counts, bytes, &mut worlds, &|counts| counts.check(name, limits))?;
    }
    Ok(())
}

fn component<'a>(
    counts: &mut Counts,
    bytes: &'a [u8],
    worlds: &mut Vec<&'a [u8]>,
    check: &dyn Fn(&Counts) -> Result<()>,
) -> Result<()> {
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes).map_while(|payload| payload.ok()) {
        if let Payload::ModuleSection { .. } | Payload::ComponentSection { .. } = payload {
            depth += 1;
            counts.raise(Limit::Depth, depth);
        } else if let Payload::End(_) = payload {
            depth = depth.saturating_sub(1);
        } else if let Payload::CustomSection(section) = &payload
            && section.name().starts_with("component-type")
        {
            worlds.push(section.data());
        }
        if payload.as_section().is_some() {
            counts.add(Limit::Sections, 1);
        }
        count(counts, payload, bytes);
        check(counts)?;
    }
    Ok(())
}

fn count(counts: &mut Counts, payload: Payload<'_>, bytes: &[u8]) {
    let (limit, number) = match payload {
        Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => (Limit::Parts, 1),
        Payload::FunctionSection(section) => (Limit::Functions, section.count()),
        Payload::CodeSectionEntry(body) => {
            counts.raise(Limit::FunctionSize, body.range().len() as u64);
            return;
        }
        Payload::ComponentCanonicalSection(section) => (Limit::Functions, section.count()),
        Payload::TypeSection(section) => return types(counts, section),
        Payload::CoreTypeSection(section) => (Limit::Types, section.count()),
        Payload::ComponentTypeSection(section) => {
            counts.add(Limit::Types, u64::from(section.count()));
            let text = bytes.get(section.original_position()..section.range().end);
            // What is malformed is reported by whoever reads the types.
            let _ =
                nesting(counts, section.count(), BinaryReader::new(text.unwrap_or_default(), 0));
            return;
        }
        Payload::DataSection(section) => (Limit::Segments, section.count()),
        Payload::ElementSection(section) => {
            elements(counts, &section);
            (Limit::Segments, section.count())
        }
        Payload::GlobalSection(section) => return globals(counts, section),
        Payload::ImportSection(section) => (Limit::Names, section.count()),
        Payload::ExportSection(section) => (Limit::Names, section.count()),
        Payload::ComponentImportSection(section) => (Limit::Names, section.count()),
        Payload::ComponentExportSection(section) => (Limit::Names, section.count()),
        Payload::ComponentAliasSection(section) => (Limit::Names, section.count()),
        Payload::InstanceSection(section) => (Limit::Names, section.count()),
        Payload::ComponentInstanceSection(section) => (Limit::Names, section.count()),
        _ => return,
    };
    counts.add(limit, u64::from(number));
}

/// How many types there are, with their parameters and fields.
fn types(counts: &mut Counts, section: TypeSectionReader<'_>) {
    let groups = section.into_iter().map_while(|group| group.ok());
    for ty in groups.flat_map(|group| group.into_types()) {
        let parts = match &ty.composite_type.inner {
            CompositeInnerType::Func(ty) => ty.params().len() + ty.results().len(),
            CompositeInnerType::Struct(ty) => ty.fields.len(),
            CompositeInnerType::Array(_) | CompositeInnerType::Cont(_) => 1,
        };
        counts.add(Limit::Types, 1 + parts as u64);
    }
}

/// How many elements there are. What is malformed is reported by whoever compiles it.
fn elements(counts: &mut Counts, section: &ElementSectionReader<'_>) {
    for element in section.clone().into_iter().map_while(|element| element.ok()) {
        let number = match element.items {
            ElementItems::Functions(items) => items.count(),
            ElementItems::Expressions(_, items) => items.count(),
        };
        counts.add(Limit::Elements, u64::from(number));
    }
}

/// How long their initial values are, as code.
fn globals(counts: &mut Counts, section: GlobalSectionReader<'_>) {
    for global in section.into_iter().map_while(|global| global.ok()) {
        let range = global.init_expr.get_binary_reader().range();
        counts.raise(Limit::FunctionSize, range.len() as u64);
    }
}

/// How deep types of components and instances lie inside each other, and how many declarations they
/// hold. Reading them is recursive, so only those that hold no others are read here.
fn nesting(
    counts: &mut Counts,
    types: u32,
    mut reader: BinaryReader<'_>,
) -> wasmparser::Result<()> {
    // How many items are still to come at each level; a type of the section itself has no tag.
    let mut left = vec![types];
    while let Some(items) = left.last_mut() {
        if *items == 0 {
            left.pop();
            continue;
        }
        *items -= 1;
        let mut ahead = reader.clone();
        let outermost = left.len() == 1;
        let is_type = outermost || ahead.read_u8()? == TYPE;
        if is_type && matches!(ahead.read_u8()?, COMPONENT_TYPE | INSTANCE_TYPE) {
            let declarations = ahead.read_var_u32()?;
            reader = ahead;
            counts.add(Limit::Types, u64::from(declarations));
            left.push(declarations);
            counts.raise(Limit::Depth, left.len() as u64);
        } else if outermost {
            reader.read::<ComponentType<'_>>()?;
        } else {
            reader.read::<ComponentTypeDeclaration<'_>>()?;
        }
        // The rest needn't be counted to be refused.
        if left.len() > DEEPEST {
            return Ok(());
        }
    }
    Ok(())
}

/// How a declaration of a type begins (component model, Binary.md).
const TYPE: u8 = 0x01;
/// How the type of a component begins.
const COMPONENT_TYPE: u8 = 0x41;
/// How the type of an instance begins.
const INSTANCE_TYPE: u8 = 0x42;
/// Deeper than the format allows.
const DEEPEST: usize = 1_000;

/// Holds each function's instructions against the limits, of a program whose sections were.
///
/// # Errors
/// `Class::Denied`, for the first limit that is exceeded.
pub(crate) fn bodies(name: &str, bytes: &[u8], limits: &Limits) -> Result<()> {
    let mut counts = Counts::default();
    // A block takes two bytes to begin.
    let smallest = limits.get(Limit::Blocks).min(limits.get(Limit::Loops)).saturating_mul(2);
    for payload in Parser::new(0).parse_all(bytes).map_while(|payload| payload.ok()) {
        if let Payload::CodeSectionEntry(body) = payload {
            locals(&mut counts, &body);
            if (body.range().len() as u64) < smallest {
                counts.check(name, limits)?;
                continue;
            }
            // What is malformed is reported by whoever compiles it.
            let _ = body_counts(&mut counts, &body);
            counts.check(name, limits)?;
        }
    }
    Ok(())
}

fn locals(counts: &mut Counts, body: &FunctionBody<'_>) {
    let groups = body.get_locals_reader().into_iter().flatten();
    let locals = groups.map_while(|group| group.ok()).map(|(number, _)| u64::from(number));
    let locals = locals.fold(0, u64::saturating_add);
    counts.raise(Limit::Locals, locals);
    counts.raise(Limit::Weight, locals.saturating_mul(body.range().len() as u64));
}

fn body_counts(counts: &mut Counts, body: &FunctionBody<'_>) -> wasmparser::Result<()> {
    let (mut blocks, mut loops) = (Vec::new(), 0_u64);
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        match operators.read()? {
            Operator::Loop { .. } => {
                loops += 1;
                counts.raise(Limit::Loops, loops);
                blocks.push(true);
            }
            Operator::Block { .. }
            | Operator::If { .. }
            | Operator::Try { .. }
            | Operator::TryTable { .. } => blocks.push(false),
            // `delegate` ends a `try`; the last `end` is the function's own.
            Operator::End | Operator::Delegate { .. } => {
                loops -= u64::from(blocks.pop() == Some(true));
            }
            _ => continue,
        }
        counts.raise(Limit::Blocks, blocks.len() as u64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    /// The bytes are refused for `limit` if it's one below `found`, and taken if it's that.
    #[track_caller]
    fn check(bytes: &[u8], limit: Limit, found: u64) {
        let held = |most| {
            let limits = Limits::default().with(limit, most);
            sections("x", bytes, &limits).and_then(|()| bodies("x", bytes, &limits))
        };
        held(found).unwrap();
        let error = held(found - 1).unwrap_err();
        assert_eq!(error.class(), Class::Denied);
        assert_eq!(
            error.causes(),
            [format!("it has {found} {}; the limit is {}", limit.unit(), found - 1)]
        );
        let hint = error.advice().unwrap().to_string();
        assert!(hint.contains(&format!("`Config::limits: {limit}={found}`")), "{hint}");
    }

    #[test]
    fn each_limit_holds_by_its_name() {
        let module = "(module (type (func)) (type (func (param i32))) (import \"a\" \"b\" (func))
            (memory 1) (data \"x\") (data \"y\") (table 1 funcref) (elem func $f)
            (func $f (local i32 i32 i64) block loop block end loop end end end) (func) (export \"f\" (func $f)))";
        let module = binary(module);
        check(&module, Limit::Size, module.len() as u64);
        for (limit, found) in [
            (Limit::Functions, 2),
            (Limit::FunctionSize, 18),
            (Limit::Locals, 3),
            (Limit::Weight, 3 * 18),
            (Limit::Elements, 1),
            (Limit::Sections, 10),
            (Limit::Types, 3),
            (Limit::Segments, 3),
            (Limit::Names, 2),
        ] {
            check(&module, limit, found);
        }
        let value = binary("(module (global i32 i32.const 1 i32.const 2 i32.add))");
        check(&value, Limit::FunctionSize, 6);
        let nested = |block: &str| {
            let (begin, end) = (format!("{block} ").repeat(300), "end ".repeat(300));
            binary(&format!("(module (func nop {begin} {end}))"))
        };
        check(&nested("loop"), Limit::Loops, 300);
        check(&nested("block"), Limit::Blocks, 300);
    }

    #[test]
    fn text_is_refused_before_it_is_assembled() {
        let bomb =
            format!("(component {})", "(func (canon lift (core func $i \"f\")))".repeat(90_000));
        let error = expressions("x", bomb.as_bytes(), &Limits::default()).unwrap_err().to_string();
        assert!(error.contains("expressions of text outside of modules"), "{error}");
        let module = format!("(module {})", "(func (nop))".repeat(90_000));
        expressions("x", module.as_bytes(), &Limits::default()).unwrap();
    }

    #[test]
    fn what_lies_inside_a_component_counts() {
        let component = binary(
            "(component (component (component (core module (func) (func)))) (component)
                (type (component (type (instance (type (func)) (type u8))))))",
        );
        check(&component, Limit::Parts, 4);
        check(&component, Limit::Functions, 2);
        check(&component, Limit::Depth, 3);
        // The type, its one declaration, the two of that, and that of the functions.
        check(&component, Limit::Types, 5);
    }

    #[test]
    fn types_inside_each_other_overflow_no_stack_wherever_they_are() {
        let mut types = vec![1];
        types.extend([INSTANCE_TYPE, 1, TYPE].repeat(300_000));
        types.extend([INSTANCE_TYPE, 0]);
        let mut component = b"\0asm\x0d\0\x01\0\x07".to_vec();
        let mut size = types.len();
        while size > 0x7f {
            component.push(size as u8 | 0x80);
            size >>= 7;
        }
        component.push(size as u8);
        component.extend(types);
        let mut module = wasm_encoder::Module::new();
        module.section(&wasm_encoder::CustomSection {
            name: "component-type:x".into(),
            data: (&component).into(),
        });
        for bytes in [component, module.finish()] {
            let error = sections("x", &bytes, &Limits::default()).unwrap_err().to_string();
            assert!(error.contains("components inside each other; the limit is 64"), "{error}");
        }
    }
}

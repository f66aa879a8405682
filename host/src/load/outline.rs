//! A component's types without its code, as a component: compiled in no time, it says how a program
//! is called before the program is compiled.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::decoding::DecodedWasm;
use wit_parser::{
    Function, Handle, LiftLowerAbi, ManglingAndAbi, Resolve, Type, TypeDefKind, TypeId, TypeOwner,
    WorldId, WorldItem,
};

use crate::interfaces::Interface;
use crate::load::decode::decode;

/// A component with the same imports and exports, whose functions trap.
///
/// # Errors
/// When the types can't be read, or written again.
pub fn outline(component: &[u8]) -> anyhow::Result<Vec<u8>> {
    caught(component, |_, _| {})
}

/// [`outline`], without the imports that the host doesn't meet: other guests do.
///
/// # Errors
/// As [`outline`].
pub fn outline_of_guest(component: &[u8]) -> anyhow::Result<Vec<u8>> {
    caught(component, drop_unmet)
}

fn caught(component: &[u8], change: fn(&mut Resolve, WorldId)) -> anyhow::Result<Vec<u8>> {
    // The types are anybody's, and the crates that read and write them take some for impossible. A
    // program isn't refused for what only its help needs.
    catch_unwind(AssertUnwindSafe(|| encoded(component, change)))
        .unwrap_or_else(|_| anyhow::bail!("they are of a form that no toolchain writes"))
}

fn encoded(component: &[u8], change: fn(&mut Resolve, WorldId)) -> anyhow::Result<Vec<u8>> {
    let DecodedWasm::Component(mut resolve, world) = decode(component)? else {
        anyhow::bail!("it holds only interface types");
    };
    anyhow::ensure!(
        uses_by_name(&resolve, world),
        "it has types of other interfaces in places of its own, without a name for them there"
    );

    change(&mut resolve, world);
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().module(&module)?.encode()
}

/// Takes the functions that other guests meet out of the world; types of theirs that it uses stay.
fn drop_unmet(resolve: &mut Resolve, world: WorldId) {
    let is_met = |name: &str| Interface::meeting(name).is_some();
    let imports = resolve.worlds[world].imports.clone();
    for (key, item) in &imports {
        if let WorldItem::Interface { id, .. } = item
            && !is_met(&resolve.name_world_key(key))
        {
            resolve.interfaces[*id].functions.clear();
        }
    }
    resolve.worlds[world].imports.retain(|_, item| !matches!(item, WorldItem::Function(_)));
}

/// Whether the world's own functions have no type of another interface but by a `use`. Components
/// written by hand may, which no WIT can say: the encoder breaks off at them.
fn uses_by_name(resolve: &Resolve, world: WorldId) -> bool {
    let world_items = &resolve.worlds[world];
    let owner = TypeOwner::World(world);
    world_items.imports.values().chain(world_items.exports.values()).all(|item| match item {
        WorldItem::Type { id, .. } => is_local(resolve, owner, *id),
        WorldItem::Function(function) => has_local_types(resolve, owner, function),
        WorldItem::Interface { id, .. } => {
            let interface = &resolve.interfaces[*id];
            let owner = TypeOwner::Interface(*id);
            interface.name.is_some()
                || interface.types.values().all(|ty| is_local(resolve, owner, *ty))
                    && interface.functions.values().all(|f| has_local_types(resolve, owner, f))
        }
    })
}

fn has_local_types(resolve: &Resolve, owner: TypeOwner, function: &Function) -> bool {
    let resource = function.kind.resource();
    function.parameter_and_result_types().all(|ty| are_local(resolve, owner, [Some(ty)]))
        && resource.is_none_or(|id| is_local(resolve, owner, id))
}

fn are_local(
    resolve: &Resolve,
    owner: TypeOwner,
    types: impl IntoIterator<Item = Option<Type>>,
) -> bool {
    types.into_iter().flatten().all(|ty| match ty {
        Type::Id(id) => is_local(resolve, owner, id),
        _ => true,
    })
}

/// Whether a type is the owner's, or nobody's and made of such.
fn is_local(resolve: &Resolve, owner: TypeOwner, id: TypeId) -> bool {
    let ty = &resolve.types[id];
    if ty.owner != TypeOwner::None && ty.owner != owner {
        return false;
    }

    let parts: Vec<Option<Type>> = match &ty.kind {
        // A `use`, or a type that is defined without others.
        TypeDefKind::Type(_)
        | TypeDefKind::Resource
        | TypeDefKind::Flags(_)
        | TypeDefKind::Enum(_)
        | TypeDefKind::Unknown => Vec::new(),
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => vec![Some(Type::Id(*id))],
        TypeDefKind::Record(record) => record.fields.iter().map(|field| Some(field.ty)).collect(),
        TypeDefKind::Variant(variant) => variant.cases.iter().map(|case| case.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().copied().map(Some).collect(),
        TypeDefKind::Result(result) => vec![result.ok, result.err],
        TypeDefKind::Map(key, value) => vec![Some(*key), Some(*value)],
        TypeDefKind::Option(ty) | TypeDefKind::List(ty) | TypeDefKind::FixedLengthList(ty, _) => {
            vec![Some(*ty)]
        }
        TypeDefKind::Future(ty) | TypeDefKind::Stream(ty) => vec![*ty],
    };
    are_local(resolve, owner, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_type_of_another_interface_is_an_error() {
        let component = |own: &str, stream: &str| {
            let text = format!(
                r#"(component
                    (import "a:b/c" (instance $c (export "r" (type (sub resource)))))
                    (alias export $c "r" (type $r))
                    {own}
                    (type $o (own {stream}))
                    (import "f" (func (param "x" $o))))"#
            );
            outline(&wat::parse_str(text).unwrap())
        };
        assert!(component(r#"(import "r" (type $mine (eq $r)))"#, "$mine").is_ok());
        let error = component("", "$r").unwrap_err().to_string();
        assert!(error.contains("without a name"), "{error}");
    }
}

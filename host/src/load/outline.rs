//! A component's types without its code, as a component: compiled in no time, it says how a program
//! is called before the program is compiled.

mod hollow;

use std::collections::HashSet;

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::decoding::DecodedWasm;
use wit_parser::{
    Function, Handle, LiftLowerAbi, ManglingAndAbi, Resolve, Type, TypeDefKind, TypeId, TypeOwner,
    WorldId, WorldItem,
};

use crate::load::decode::decode;

/// A component with the same imports and exports, whose functions trap.
///
/// # Errors
/// When the types can't be read.
pub fn outline(component: &[u8]) -> anyhow::Result<Vec<u8>> {
    let DecodedWasm::Component(resolve, world) = decode(component)? else {
        anyhow::bail!("it holds only interface types");
    };
    if borrows(&resolve, world) {
        return hollow::hollow(component);
    }
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().module(&module)?.encode()
}

/// Whether functions use types of other interfaces without a name of their own for them, as no WIT
/// can say: components written by hand do, and the encoder breaks off there.
fn borrows(resolve: &Resolve, world: WorldId) -> bool {
    let world = &resolve.worlds[world];
    let mut walk = Walk { resolve, home: TypeOwner::None, seen: HashSet::new() };
    world.imports.values().chain(world.exports.values()).any(|item| match item {
        WorldItem::Function(function) => walk.function(function),
        WorldItem::Type { id, .. } => walk.id(*id),
        WorldItem::Interface { id, .. } if resolve.interfaces[*id].name.is_none() => {
            let interface = &resolve.interfaces[*id];
            let home = TypeOwner::Interface(*id);
            let mut within = Walk { resolve, home, seen: HashSet::new() };
            interface.types.values().any(|ty| within.id(*ty))
                || interface.functions.values().any(|function| within.function(function))
        }
        WorldItem::Interface { .. } => false,
    })
}

/// A walk through types that looks for those of interfaces other than `home`.
struct Walk<'a> {
    resolve: &'a Resolve,
    home: TypeOwner,
    seen: HashSet<TypeId>,
}

impl Walk<'_> {
    fn function(&mut self, function: &Function) -> bool {
        function.params.iter().any(|parameter| self.ty(&parameter.ty))
            || function.result.is_some_and(|result| self.ty(&result))
    }

    fn ty(&mut self, ty: &Type) -> bool {
        matches!(ty, Type::Id(id) if self.id(*id))
    }

    fn id(&mut self, id: TypeId) -> bool {
        if !self.seen.insert(id) {
            return false;
        }
        let def = &self.resolve.types[id];
        if matches!(def.owner, TypeOwner::Interface(_)) && def.owner != self.home {
            return true;
        }
        match &def.kind {
            TypeDefKind::Record(record) => record.fields.iter().any(|field| self.ty(&field.ty)),
            TypeDefKind::Tuple(tuple) => tuple.types.iter().any(|ty| self.ty(ty)),
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().any(|case| case.ty.is_some_and(|ty| self.ty(&ty)))
            }
            TypeDefKind::Result(result) => {
                [result.ok, result.err].into_iter().flatten().any(|ty| self.ty(&ty))
            }
            TypeDefKind::Option(ty)
            | TypeDefKind::List(ty)
            | TypeDefKind::FixedLengthList(ty, _)
            | TypeDefKind::Future(Some(ty))
            | TypeDefKind::Stream(Some(ty)) => self.ty(ty),
            TypeDefKind::Map(key, value) => self.ty(key) || self.ty(value),
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => self.id(*id),
            // A name for a type of another interface is what the others lack.
            TypeDefKind::Type(_)
            | TypeDefKind::Resource
            | TypeDefKind::Flags(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Future(None)
            | TypeDefKind::Stream(None)
            | TypeDefKind::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types of an interface, used by a function without names of their own: directly, in another
    /// type, and in an interface without a name.
    #[test]
    fn types_without_names_of_their_own_are_outlined() {
        let import = r#"(import "a:b/c" (instance $c (export "r" (type (sub resource)))))
            (alias export $c "r" (type $r))"#;
        let code = r#"(core module $m (memory (export "memory") 1) (data (i32.const 0) "x")
            (func (export "f") (param i32) unreachable) (func (export "g") (param i32 i32) unreachable))
            (core instance $i (instantiate $m))"#;
        for export in [
            r#"(func (export "f") (param "x" (own $r)) (canon lift (core func $i "f")))"#,
            r#"(func (export "f") (param "x" (option (own $r))) (canon lift (core func $i "g")))"#,
            r#"(func $f (param "x" (own $r)) (canon lift (core func $i "f")))
               (instance $x (export "f" (func $f))) (export "plain" (instance $x))"#,
        ] {
            let component =
                wat::parse_str(format!("(component {import} {code} {export})")).unwrap();
            let outline = outline(&component).unwrap();
            wasmparser::Validator::new().validate_all(&outline).unwrap();
            assert!(outline.len() < component.len() + 100, "{export}");
        }
    }
}

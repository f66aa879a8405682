//! What a component imports and exports, each function's type as text in which every named type is
//! spelled out, so that two functions fit if their texts are the same.

use std::collections::{BTreeMap, HashMap};

use wit_parser::decoding::DecodedWasm;
use wit_parser::{
    Handle, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem, WorldKey,
};

use crate::error::{Class, Error, Result};
use crate::graph::waits::waits;
use crate::graph::wiring::{Item, Surface};
use crate::load::decode;

/// Resources of the host that can be taken from one store to another.
const MOVABLE: &[&str] = &[
    "forebay:stream/connection.connection",
    "wasi:filesystem/types.descriptor",
    "wasi:io/streams.input-stream",
    "wasi:io/streams.output-stream",
];

/// A type that would be longer is given by its name and a hash of its text.
const LONGEST: usize = 600;

/// Reads what the component in `bytes` imports and exports.
///
/// # Errors
/// `Class::Program` when its types can't be read.
pub fn surface(guest: &str, program: &str, bytes: &[u8]) -> Result<Surface> {
    let bad = |error: anyhow::Error| {
        Error::new(Class::Program, format!("the types of `{program}` can't be read"))
            .chain(error.chain())
    };
    let (resolve, world) = match decode(bytes).map_err(bad)? {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => {
            return Err(Error::new(
                Class::Program,
                format!("`{program}` holds only interface types, no code"),
            ));
        }
    };
    let (imports, exports) = items(&resolve, world);
    Ok(Surface {
        guest: guest.to_owned(),
        program: program.to_owned(),
        imports,
        exports,
        waits: waits(program, bytes)?,
        isolated: false,
        command: false,
    })
}

/// What a world imports, and what it exports.
pub fn items(resolve: &Resolve, world: WorldId) -> (Vec<Item>, Vec<Item>) {
    let mut shapes = Shapes { resolve, known: HashMap::new() };
    let world = &resolve.worlds[world];
    let imports = world.imports.iter().filter_map(|(key, item)| shapes.item(key, item)).collect();
    let exports = world.exports.iter().filter_map(|(key, item)| shapes.item(key, item)).collect();
    (imports, exports)
}

struct Shapes<'a> {
    resolve: &'a Resolve,
    known: HashMap<TypeId, String>,
}

impl Shapes<'_> {
    fn item(&mut self, key: &WorldKey, item: &WorldItem) -> Option<Item> {
        let name = self.resolve.name_world_key(key);
        match item {
            WorldItem::Interface { id, .. } => {
                let all = || self.resolve.interfaces[*id].functions.iter();
                let bound = all()
                    .filter_map(|(name, function)| Some((name.clone(), self.bound_by(function)?)))
                    .collect();
                let functions =
                    all().map(|(name, function)| (name.clone(), self.function(function)));
                Some(Item { name, functions: functions.collect(), plain: false, bound })
            }
            WorldItem::Function(function) => {
                let bound = self
                    .bound_by(function)
                    .map(|ty| (function.name.clone(), ty))
                    .into_iter()
                    .collect();
                let functions = BTreeMap::from([(function.name.clone(), self.function(function))]);
                Some(Item { name, functions, plain: true, bound })
            }
            WorldItem::Type { .. } => None,
        }
    }

    fn function(&mut self, function: &wit_parser::Function) -> String {
        let parameters: Vec<String> = function
            .params
            .iter()
            .map(|param| format!("{}: {}", param.name, self.ty(&param.ty)))
            .collect();
        let result =
            function.result.as_ref().map(|ty| format!(" -> {}", self.ty(ty))).unwrap_or_default();
        let is_async = if function.kind.is_async() { "async " } else { "" };
        format!("{is_async}func({}){result}", parameters.join(", "))
    }

    fn ty(&mut self, ty: &Type) -> String {
        let Type::Id(id) = ty else { return primitive(ty).to_owned() };
        if let Some(known) = self.known.get(id) {
            return known.clone();
        }
        let text = self.defined(*id);
        let text = if text.len() <= LONGEST {
            text
        } else {
            let name = self.resolve.types[*id].name.as_deref().unwrap_or("type");
            format!("{name} #{}", &blake3::hash(text.as_bytes()).to_hex()[..8])
        };
        self.known.insert(*id, text.clone());
        text
    }

    fn defined(&mut self, id: TypeId) -> String {
        let resolve = self.resolve;
        let optional = |this: &mut Self, ty: &Option<Type>| {
            ty.as_ref().map_or("_".to_owned(), |ty| this.ty(ty))
        };
        match &resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                let fields = record
                    .fields
                    .iter()
                    .map(|field| format!("{}: {}", field.name, self.ty(&field.ty)));
                format!("record {{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
            TypeDefKind::Resource => self.resource(id),
            TypeDefKind::Handle(Handle::Own(id)) => self.ty(&Type::Id(*id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                format!("borrow<{}>", self.ty(&Type::Id(*id)))
            }
            TypeDefKind::Flags(flags) => {
                let names: Vec<&str> = flags.flags.iter().map(|flag| flag.name.as_str()).collect();
                format!("flags {{ {} }}", names.join(", "))
            }
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<String> = tuple.types.iter().map(|ty| self.ty(ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            TypeDefKind::Variant(variant) => {
                let case = |case: &wit_parser::Case| match &case.ty {
                    Some(ty) => format!("{}({})", case.name, self.ty(ty)),
                    None => case.name.clone(),
                };
                format!(
                    "variant {{ {} }}",
                    variant.cases.iter().map(case).collect::<Vec<_>>().join(", ")
                )
            }
            TypeDefKind::Enum(cases) => {
                let names: Vec<&str> = cases.cases.iter().map(|case| case.name.as_str()).collect();
                format!("enum {{ {} }}", names.join(", "))
            }
            TypeDefKind::Option(ty) => format!("option<{}>", self.ty(ty)),
            TypeDefKind::Result(result) => {
                format!("result<{}, {}>", optional(self, &result.ok), optional(self, &result.err))
            }
            TypeDefKind::List(ty) => format!("list<{}>", self.ty(ty)),
            TypeDefKind::Map(key, value) => format!("map<{}, {}>", self.ty(key), self.ty(value)),
            TypeDefKind::FixedLengthList(ty, length) => format!("list<{}, {length}>", self.ty(ty)),
            TypeDefKind::Future(ty) => format!("future<{}>", optional(self, ty)),
            TypeDefKind::Stream(ty) => format!("stream<{}>", optional(self, ty)),
            TypeDefKind::Type(ty) => self.ty(ty),
            TypeDefKind::Unknown => "unknown".to_owned(),
        }
    }

    /// What a function passes that can't go from one store to another: the first such type.
    fn bound_by(&self, function: &wit_parser::Function) -> Option<String> {
        let types = function.params.iter().map(|param| &param.ty).chain(&function.result);
        types.into_iter().find_map(|ty| self.bound(ty))
    }

    fn bound(&self, ty: &Type) -> Option<String> {
        let Type::Id(id) = ty else {
            return (*ty == Type::ErrorContext).then(|| primitive(ty).to_owned());
        };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Record(record) => {
                record.fields.iter().find_map(|field| self.bound(&field.ty))
            }
            TypeDefKind::Tuple(tuple) => tuple.types.iter().find_map(|ty| self.bound(ty)),
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().find_map(|case| self.bound(case.ty.as_ref()?))
            }
            TypeDefKind::Result(result) => {
                result.ok.iter().chain(&result.err).find_map(|ty| self.bound(ty))
            }
            TypeDefKind::Map(key, value) => self.bound(key).or_else(|| self.bound(value)),
            TypeDefKind::Option(ty)
            | TypeDefKind::List(ty)
            | TypeDefKind::FixedLengthList(ty, _)
            | TypeDefKind::Type(ty) => self.bound(ty),
            TypeDefKind::Handle(Handle::Own(id)) => self.bound(&Type::Id(*id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                Some(format!("borrow<{}>", self.resource(self.aliased(*id))))
            }
            TypeDefKind::Resource => {
                Some(self.resource(*id)).filter(|name| !MOVABLE.contains(&name.as_str()))
            }
            TypeDefKind::Future(value) => {
                let passes = value.is_none_or(|ty| self.passes(&ty) || self.is_ending(&ty));
                (!passes).then(|| format!("future<{}>", self.kind(value.as_ref())))
            }
            TypeDefKind::Stream(item) => {
                let passes = item.is_some_and(|ty| self.passes(&ty));
                (!passes).then(|| format!("stream<{}>", self.kind(item.as_ref())))
            }
            TypeDefKind::Unknown => Some("unknown".to_owned()),
            TypeDefKind::Flags(_) | TypeDefKind::Enum(_) => None,
        }
    }

    /// Whether items of a stream of that type can go from one store to another: `edge/flow.rs` has a
    /// reader for each type that can.
    fn passes(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return *ty != Type::ErrorContext };
        match &self.resolve.types[self.aliased(*id)].kind {
            TypeDefKind::Type(ty) => self.passes(ty),
            TypeDefKind::List(item) => self.is_byte(item),
            _ => false,
        }
    }

    fn is_byte(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return *ty == Type::U8 };
        match &self.resolve.types[self.aliased(*id)].kind {
            TypeDefKind::Type(ty) => self.is_byte(ty),
            _ => false,
        }
    }

    /// Whether it says how something ended: `result<_, string>`, or less.
    fn is_ending(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return false };
        match &self.resolve.types[self.aliased(*id)].kind {
            TypeDefKind::Result(result) => {
                result.ok.is_none() && matches!(result.err, None | Some(Type::String))
            }
            _ => false,
        }
    }

    /// A word for what a stream or a future brings.
    fn kind(&self, ty: Option<&Type>) -> &str {
        match ty {
            None => "_",
            Some(Type::Id(id)) => self.resolve.types[self.aliased(*id)].kind.as_str(),
            Some(ty) => primitive(ty),
        }
    }

    /// What a type that was `use`d is.
    fn aliased(&self, id: TypeId) -> TypeId {
        match self.resolve.types[id].kind {
            TypeDefKind::Type(Type::Id(other)) => self.aliased(other),
            _ => id,
        }
    }

    /// A resource is the one of its interface, at whatever version.
    fn resource(&self, id: TypeId) -> String {
        let ty = &self.resolve.types[id];
        let interface = match ty.owner {
            TypeOwner::Interface(interface) => self.resolve.id_of(interface),
            TypeOwner::World(_) | TypeOwner::None => None,
        };
        let interface =
            interface.map(|name| format!("{}.", name.split('@').next().unwrap_or(&name)));
        format!("{}{}", interface.unwrap_or_default(), ty.name.as_deref().unwrap_or("resource"))
    }
}

fn primitive(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
        Type::Id(_) => "defined",
    }
}

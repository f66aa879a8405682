//! What a call returned, lifted.

use wasmtime::component::__internal::wasmtime_environ::component::{CanonicalAbiInfo, VariantInfo};
use wasmtime::component::__internal::{InstanceType, InterfaceType, LiftContext};
use wasmtime::component::{
    ComponentNamedList, ComponentType, FutureAny, Lift, ResourceAny, StreamAny, Val,
};
use wasmtime::{Result, ValRaw, bail, format_err};

/// What a function returned that isn't async.
#[derive(Debug, PartialEq)]
pub enum Returned {
    /// Nothing.
    Nothing,
    /// A `list<u8>`, or the one of a `result`.
    Bytes(Vec<u8>),
    /// A value of any other type, and an error.
    Value(Val),
}

// SAFETY: `Lower` is one `ValRaw`. A function that isn't async returns at most one core value: the
// result itself, if it has one; where the result lies in memory, if it has more. So that one is
// there, and it's what `linear_lift_from_flat` takes it for. (If the function returns nothing, it
// holds a parameter or a zero, since the place is shared with parameters that are all written.)
// The constant layout stands for nothing and isn't used.
unsafe impl ComponentType for Returned {
    type Lower = ValRaw;
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        match ty {
            InterfaceType::Tuple(index) if types.types[*index].types.len() <= 1 => Ok(()),
            _ => bail!("it isn't one result"),
        }
    }
}

// SAFETY: it's a list of none or one.
unsafe impl ComponentNamedList for Returned {}

// SAFETY: as above; what lies in memory is read by the engine's implementations, or in slices of it
// whose bounds are checked.
unsafe impl Lift for Returned {
    fn linear_lift_from_flat(
        cx: &mut LiftContext<'_>,
        ty: InterfaceType,
        src: &ValRaw,
    ) -> Result<Self> {
        let InterfaceType::Tuple(index) = ty else { bail!("it isn't one result") };
        let results = &cx.types[index];
        let Some(ty) = results.types.first().copied() else { return Ok(Returned::Nothing) };
        if results.abi.flat_count(1).is_some() {
            return Ok(Returned::Value(lift(cx, ty, Place::Slot(src))?));
        }

        let start = src.get_u32() as usize;
        if start % results.abi.align32 as usize != 0 {
            bail!("return pointer not aligned");
        }
        let bytes = cx.memory().get(start..);
        let bytes = bytes.and_then(|bytes| bytes.get(..results.abi.size32 as usize));
        let bytes = bytes.ok_or_else(|| format_err!("pointer out of bounds of memory"))?;
        lift_outermost(cx, ty, bytes)
    }

    fn linear_lift_from_memory(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &[u8],
    ) -> Result<Self> {
        bail!("a result is lifted by `linear_lift_from_flat` alone")
    }
}

/// Bytes as they are, if that's what the result is.
fn lift_outermost(cx: &mut LiftContext<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Returned> {
    let types = cx.types.clone();
    match ty {
        InterfaceType::List(index) if types[index].element == InterfaceType::U8 => {
            Ok(Returned::Bytes(Vec::<u8>::linear_lift_from_memory(cx, ty, bytes)?))
        }
        InterfaceType::Result(index) => {
            let (ty, info) = (&types[index], &types[index].info);
            match (number(cx, info, bytes)?, ty.ok) {
                (0, Some(ok))
                    if matches!(ok, InterfaceType::List(_) | InterfaceType::Result(_)) =>
                {
                    match lift_outermost(cx, ok, payload(cx, info, &ok, bytes))? {
                        Returned::Value(inner) => {
                            Ok(Returned::Value(Val::Result(Ok(Some(Box::new(inner))))))
                        }
                        inner => Ok(inner),
                    }
                }
                _ => {
                    let whole = InterfaceType::Result(index);
                    Ok(Returned::Value(lift(cx, whole, Place::Memory(bytes))?))
                }
            }
        }
        _ => Ok(Returned::Value(lift(cx, ty, Place::Memory(bytes))?)),
    }
}

/// Where a value lies.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// It's one core value.
    Slot(&'a ValRaw),
    /// It's in the guest's memory.
    Memory(&'a [u8]),
}

impl<'a> Place<'a> {
    fn take<V: Lift + ComponentType<Lower = ValRaw>>(
        self,
        cx: &mut LiftContext<'_>,
        ty: InterfaceType,
    ) -> Result<V> {
        match self {
            Place::Slot(slot) => V::linear_lift_from_flat(cx, ty, slot),
            Place::Memory(bytes) => V::linear_lift_from_memory(cx, ty, bytes),
        }
    }

    /// Where the next part lies, which has this layout. Of the parts of one core value one is that.
    fn part(self, abi: &CanonicalAbiInfo, next: &mut usize) -> Place<'a> {
        match self {
            Place::Slot(slot) => Place::Slot(slot),
            Place::Memory(bytes) => {
                let start = abi.next_field32_size(next);
                Place::Memory(&bytes[start..][..abi.size32 as usize])
            }
        }
    }
}

fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, place: Place<'_>) -> Result<Val> {
    let types = cx.types.clone();
    Ok(match ty {
        InterfaceType::Bool => Val::Bool(place.take(cx, ty)?),
        InterfaceType::S8 => Val::S8(place.take(cx, ty)?),
        InterfaceType::U8 => Val::U8(place.take(cx, ty)?),
        InterfaceType::S16 => Val::S16(place.take(cx, ty)?),
        InterfaceType::U16 => Val::U16(place.take(cx, ty)?),
        InterfaceType::S32 => Val::S32(place.take(cx, ty)?),
        InterfaceType::U32 => Val::U32(place.take(cx, ty)?),
        InterfaceType::S64 => Val::S64(place.take(cx, ty)?),
        InterfaceType::U64 => Val::U64(place.take(cx, ty)?),
        InterfaceType::Float32 => Val::Float32(place.take(cx, ty)?),
        InterfaceType::Float64 => Val::Float64(place.take(cx, ty)?),
        InterfaceType::Char => Val::Char(place.take(cx, ty)?),
        InterfaceType::Own(_) | InterfaceType::Borrow(_) => {
            Val::Resource(place.take::<ResourceAny>(cx, ty)?)
        }
        InterfaceType::Stream(_) => Val::Stream(place.take::<StreamAny>(cx, ty)?),
        InterfaceType::Future(_) => Val::Future(place.take::<FutureAny>(cx, ty)?),
        InterfaceType::String => match place {
            Place::Memory(bytes) => Val::String(String::linear_lift_from_memory(cx, ty, bytes)?),
            Place::Slot(_) => bail!("a text isn't one core value"),
        },
        InterfaceType::List(index) => match place {
            Place::Memory(bytes) => Val::List(lift_list(cx, types[index].element, bytes)?),
            Place::Slot(_) => bail!("a list isn't one core value"),
        },
        InterfaceType::Tuple(index) => {
            let parts = &types[index].types;
            cx.consume_fuel_array(parts.len(), size_of::<Val>())?;
            let mut next = 0;
            let part =
                |ty: &InterfaceType| lift(cx, *ty, place.part(types.canonical_abi(ty), &mut next));
            Val::Tuple(parts.iter().map(part).collect::<Result<_>>()?)
        }
        InterfaceType::Record(index) => {
            let fields = &types[index].fields;
            let named = size_of::<(String, Val)>();
            cx.consume_fuel(fields.iter().map(|field| field.name.len() + named).sum())?;
            let mut next = 0;
            let mut values = Vec::with_capacity(fields.len());
            for field in fields {
                let place = place.part(types.canonical_abi(&field.ty), &mut next);
                values.push((field.name.clone(), lift(cx, field.ty, place)?));
            }
            Val::Record(values)
        }
        InterfaceType::Enum(index) => {
            let ty = &types[index];
            let number = case_number(cx, &ty.info, place)?;
            let name = ty.names.iter().nth(number).ok_or_else(|| out_of_range(number))?;
            cx.consume_fuel(name.len())?;
            Val::Enum(name.clone())
        }
        InterfaceType::Variant(index) => {
            let ty = &types[index];
            let number = case_number(cx, &ty.info, place)?;
            let (name, case) = ty.cases.get_index(number).ok_or_else(|| out_of_range(number))?;
            cx.consume_fuel(name.len())?;
            Val::Variant(name.clone(), lift_payload(cx, &ty.info, *case, place)?)
        }
        InterfaceType::Option(index) => {
            let ty = &types[index];
            match case_number(cx, &ty.info, place)? {
                0 => Val::Option(None),
                1 => Val::Option(lift_payload(cx, &ty.info, Some(ty.ty), place)?),
                number => return Err(out_of_range(number)),
            }
        }
        InterfaceType::Result(index) => {
            let ty = &types[index];
            Val::Result(match case_number(cx, &ty.info, place)? {
                0 => Ok(lift_payload(cx, &ty.info, ty.ok, place)?),
                1 => Err(lift_payload(cx, &ty.info, ty.err, place)?),
                number => return Err(out_of_range(number)),
            })
        }
        InterfaceType::Flags(index) => {
            let names = &types[index].names;
            let mut set = Vec::new();
            for (bit, name) in names.iter().enumerate() {
                if is_set(cx, types[index].abi.size32, place, bit)? {
                    cx.consume_fuel(name.len() + size_of::<String>())?;
                    set.push(name.clone());
                }
            }
            Val::Flags(set)
        }
        InterfaceType::Map(_)
        | InterfaceType::ErrorContext(_)
        | InterfaceType::FixedLengthList(_) => bail!("a result of this type isn't lifted here"),
    })
}

fn lift_list(cx: &mut LiftContext<'_>, element: InterfaceType, bytes: &[u8]) -> Result<Vec<Val>> {
    let start = u32::linear_lift_from_memory(cx, InterfaceType::U32, &bytes[..4])? as usize;
    let count = u32::linear_lift_from_memory(cx, InterfaceType::U32, &bytes[4..8])? as usize;
    let abi = cx.types.canonical_abi(&element);
    let (size, align) = (abi.size32 as usize, abi.align32 as usize);
    if start % align != 0 {
        bail!("list pointer is not aligned");
    }
    let items = count.checked_mul(size).and_then(|length| cx.memory().get(start..)?.get(..length));
    let items = items.ok_or_else(|| format_err!("list pointer/length out of bounds of memory"))?;

    cx.consume_fuel_array(count, size_of::<Val>())?;
    let item = |number: usize| lift(cx, element, Place::Memory(&items[number * size..][..size]));
    (0..count).map(item).collect()
}

fn out_of_range(number: usize) -> wasmtime::Error {
    format_err!("discriminant {number} out of range")
}

fn case_number(cx: &mut LiftContext<'_>, info: &VariantInfo, place: Place<'_>) -> Result<usize> {
    match place {
        Place::Slot(slot) => Ok(slot.get_u32() as usize),
        Place::Memory(bytes) => number(cx, info, bytes),
    }
}

fn number(cx: &mut LiftContext<'_>, info: &VariantInfo, bytes: &[u8]) -> Result<usize> {
    Ok(match u32::from(info.size) {
        1 => u8::linear_lift_from_memory(cx, InterfaceType::U8, &bytes[..1])?.into(),
        2 => u16::linear_lift_from_memory(cx, InterfaceType::U16, &bytes[..2])?.into(),
        _ => u32::linear_lift_from_memory(cx, InterfaceType::U32, &bytes[..4])? as usize,
    })
}

fn payload<'a>(
    cx: &LiftContext<'_>,
    info: &VariantInfo,
    ty: &InterfaceType,
    bytes: &'a [u8],
) -> &'a [u8] {
    let size = cx.types.canonical_abi(ty).size32 as usize;
    &bytes[info.payload_offset32 as usize..][..size]
}

fn lift_payload(
    cx: &mut LiftContext<'_>,
    info: &VariantInfo,
    ty: Option<InterfaceType>,
    place: Place<'_>,
) -> Result<Option<Box<Val>>> {
    let Some(ty) = ty else { return Ok(None) };
    cx.consume_fuel(size_of::<Val>())?;
    let place = match place {
        // The case took the only core value, so there is nothing to read.
        Place::Slot(_) => Place::Memory(&[]),
        Place::Memory(bytes) => Place::Memory(payload(cx, info, &ty, bytes)),
    };
    Ok(Some(Box::new(lift(cx, ty, place)?)))
}

/// Whether a flag is set, of flags that take so many bytes.
fn is_set(cx: &mut LiftContext<'_>, size: u32, place: Place<'_>, bit: usize) -> Result<bool> {
    let word: u32 = match (place, size) {
        (Place::Slot(slot), _) => slot.get_u32(),
        (Place::Memory(bytes), 1) => {
            u8::linear_lift_from_memory(cx, InterfaceType::U8, bytes)?.into()
        }
        (Place::Memory(bytes), 2) => {
            u16::linear_lift_from_memory(cx, InterfaceType::U16, bytes)?.into()
        }
        (Place::Memory(bytes), _) => {
            let word = &bytes[bit / 32 * 4..][..4];
            u32::linear_lift_from_memory(cx, InterfaceType::U32, word)?
        }
    };
    Ok(word >> (bit % 32) & 1 == 1)
}

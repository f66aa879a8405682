//! What a call is given, lowered.

use std::mem::MaybeUninit;

use wasmtime::component::__internal::wasmtime_environ::component::{CanonicalAbiInfo, VariantInfo};
use wasmtime::component::__internal::{ComponentTypes, InstanceType, InterfaceType, LowerContext};
use wasmtime::component::{ComponentNamedList, ComponentType, Lower, Val};
use wasmtime::{Result, ValRaw, bail, format_err};

use crate::canonical::Value;

/// How many core values a function's parameters have at most; if they are more, they lie in memory.
const MOST_FLAT: usize = 16;

/// The parameters of a call, whatever their types are.
pub struct Parameters(pub Vec<Value>);

// SAFETY: `Lower` is a row of `ValRaw`, the longest that parameters have; as `lower` writes all of
// it, no more is ever read than was written. What is in the guest's memory is written by the
// engine's implementations only, which check where they write. The layout is read from the
// function's own types at run time, so the constant one stands for nothing and isn't used: a row
// this long is never "too long for the stack", the one case in which the engine would.
unsafe impl ComponentType for Parameters {
    type Lower = [ValRaw; MOST_FLAT];
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;

    fn typecheck(ty: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        // Each value's type is checked when it's lowered, as the engine's own `Val` is.
        if let InterfaceType::Tuple(_) = ty { Ok(()) } else { bail!("these aren't parameters") }
    }
}

// SAFETY: it's the list of parameters, which `Lower` checks one by one.
unsafe impl ComponentNamedList for Parameters {}

// SAFETY: as above.
unsafe impl Lower for Parameters {
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        dst: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        let InterfaceType::Tuple(index) = ty else { bail!("these aren't parameters") };
        let (types, tuple) = (cx.types, &cx.types[index]);
        if tuple.types.len() != self.0.len() {
            bail!("expected {} arguments, got {}", tuple.types.len(), self.0.len());
        }

        let mut slots = Vec::with_capacity(MOST_FLAT);
        if tuple.abi.flat_count(MOST_FLAT).is_some() {
            for (ty, value) in tuple.types.iter().zip(&self.0) {
                lower(cx, *ty, value, Place::Slots(&mut slots))?;
            }
        } else {
            let place = cx.realloc(0, 0, tuple.abi.align32, tuple.abi.size32 as usize)?;
            let mut next = place;
            for (ty, value) in tuple.types.iter().zip(&self.0) {
                let place = types.canonical_abi(ty).next_field32_size(&mut next);
                lower(cx, *ty, value, Place::Memory(place))?;
            }
            slots.push(ValRaw::i64(place as i64));
        }

        let mut row = [ValRaw::i64(0); MOST_FLAT];
        row[..slots.len()].copy_from_slice(&slots);
        dst.write(row);
        Ok(())
    }

    fn linear_lower_to_memory<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: usize,
    ) -> Result<()> {
        bail!("parameters are lowered by `linear_lower_to_flat` alone")
    }
}

/// Where a value goes.
enum Place<'a> {
    /// Core values, one after the other.
    Slots(&'a mut Vec<ValRaw>),
    /// So far from the beginning of the guest's memory.
    Memory(usize),
}

impl Place<'_> {
    /// Where the next part goes, which has this layout.
    fn part(&mut self, abi: &CanonicalAbiInfo) -> Place<'_> {
        match self {
            Place::Slots(slots) => Place::Slots(slots),
            Place::Memory(next) => Place::Memory(abi.next_field32_size(next)),
        }
    }

    /// Puts something of a single core value here.
    fn put<T, V: Lower + ComponentType<Lower = ValRaw>>(
        self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        value: &V,
    ) -> Result<()> {
        match self {
            Place::Memory(place) => value.linear_lower_to_memory(cx, ty, place),
            Place::Slots(slots) => {
                let mut slot = MaybeUninit::new(ValRaw::i64(0));
                value.linear_lower_to_flat(cx, ty, &mut slot)?;
                // SAFETY: it was written when it was made.
                slots.push(unsafe { slot.assume_init() });
                Ok(())
            }
        }
    }

    /// Puts a list or a text here.
    fn put_pair<T, V: Lower + ComponentType<Lower = [ValRaw; 2]> + ?Sized>(
        self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        value: &V,
    ) -> Result<()> {
        match self {
            Place::Memory(place) => value.linear_lower_to_memory(cx, ty, place),
            Place::Slots(slots) => {
                let mut pair = MaybeUninit::new([ValRaw::i64(0); 2]);
                value.linear_lower_to_flat(cx, ty, &mut pair)?;
                // SAFETY: it was written when it was made.
                slots.extend(unsafe { pair.assume_init() });
                Ok(())
            }
        }
    }
}

fn lower<T>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    value: &Value,
    mut place: Place<'_>,
) -> Result<()> {
    let types = cx.types;
    match (ty, value) {
        (InterfaceType::List(index), Value::Bytes(bytes))
            if types[index].element == InterfaceType::U8 =>
        {
            place.put_pair(cx, ty, &bytes[..])
        }
        (InterfaceType::List(index), Value::List(items)) => {
            let element = types[index].element;
            let abi = types.canonical_abi(&element);
            let size = items.len().checked_mul(abi.size32 as usize);
            let size = size.ok_or_else(|| format_err!("a list is too long"))?;
            let start = cx.realloc(0, 0, abi.align32, size)?;
            for (item, number) in items.iter().zip(0..) {
                let place = start + number * abi.size32 as usize;
                lower(cx, element, item, Place::Memory(place))?;
            }
            let pair = [u32::try_from(start)?, u32::try_from(items.len())?];
            pair.iter().try_for_each(|half| {
                place.part(&CanonicalAbiInfo::SCALAR4).put(cx, InterfaceType::U32, half)
            })
        }
        (InterfaceType::Record(index), Value::Record(fields))
            if types[index].fields.len() == fields.len() =>
        {
            types[index].fields.iter().zip(fields).try_for_each(|(field, (name, value))| {
                if field.name != *name {
                    bail!("expected the field `{}`, got `{name}`", field.name);
                }
                lower(cx, field.ty, value, place.part(types.canonical_abi(&field.ty)))
            })
        }
        (InterfaceType::Tuple(index), Value::Tuple(items))
            if types[index].types.len() == items.len() =>
        {
            types[index].types.iter().zip(items).try_for_each(|(ty, item)| {
                lower(cx, *ty, item, place.part(types.canonical_abi(ty)))
            })
        }
        (_, Value::Leaf(leaf)) => lower_leaf(cx, ty, leaf, place),
        _ => lower_case(cx, Case::of(types, ty, value)?, place),
    }
}

/// A case of a variant, an option or a result.
struct Case<'a> {
    number: usize,
    payload: Option<(InterfaceType, &'a Value)>,
    info: &'a VariantInfo,
    abi: &'a CanonicalAbiInfo,
}

impl<'a> Case<'a> {
    fn of(types: &'a ComponentTypes, ty: InterfaceType, value: &'a Value) -> Result<Case<'a>> {
        let (number, wanted, given, info) = match (ty, value) {
            (InterfaceType::Variant(index), Value::Variant(name, given)) => {
                let ty = &types[index];
                let Some((number, _, wanted)) = ty.cases.get_full(name) else {
                    bail!("there is no case `{name}`")
                };
                (number, *wanted, given, &ty.info)
            }
            (InterfaceType::Option(index), Value::Option(given)) => {
                let ty = &types[index];
                (usize::from(given.is_some()), given.as_ref().map(|_| ty.ty), given, &ty.info)
            }
            (InterfaceType::Result(index), Value::Result(Ok(given))) => {
                (0, types[index].ok, given, &types[index].info)
            }
            (InterfaceType::Result(index), Value::Result(Err(given))) => {
                (1, types[index].err, given, &types[index].info)
            }
            _ => bail!("a value isn't of its parameter's type"),
        };
        let payload = match (wanted, given) {
            (Some(ty), Some(value)) => Some((ty, &**value)),
            (None, None) => None,
            _ => bail!("a case has a payload that it shouldn't have, or none"),
        };
        Ok(Case { number, payload, info, abi: types.canonical_abi(&ty) })
    }
}

fn lower_case<T>(cx: &mut LowerContext<'_, T>, case: Case<'_>, place: Place<'_>) -> Result<()> {
    match place {
        Place::Memory(place) => {
            discriminant(cx, case.info, case.number, place)?;
            let Some((ty, value)) = case.payload else { return Ok(()) };
            let place = place + case.info.payload_offset32 as usize;
            lower(cx, ty, value, Place::Memory(place))
        }
        Place::Slots(slots) => {
            // Whatever the case is, all of a variant's core values are there.
            let end = slots.len() + usize::from(case.abi.flat_count.unwrap_or_default());
            slots.push(ValRaw::u32(u32::try_from(case.number)?));
            if let Some((ty, value)) = case.payload {
                lower(cx, ty, value, Place::Slots(slots))?;
            }
            slots.resize(end, ValRaw::i64(0));
            Ok(())
        }
    }
}

/// The number of a case, in as many bytes as its type has for it.
fn discriminant<T>(
    cx: &mut LowerContext<'_, T>,
    info: &VariantInfo,
    number: usize,
    place: usize,
) -> Result<()> {
    match u32::from(info.size) {
        1 => u8::try_from(number)?.linear_lower_to_memory(cx, InterfaceType::U8, place),
        2 => u16::try_from(number)?.linear_lower_to_memory(cx, InterfaceType::U16, place),
        _ => u32::try_from(number)?.linear_lower_to_memory(cx, InterfaceType::U32, place),
    }
}

fn lower_leaf<T>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    leaf: &Val,
    mut place: Place<'_>,
) -> Result<()> {
    let types = cx.types;
    match (ty, leaf) {
        (InterfaceType::Bool, Val::Bool(value)) => place.put(cx, ty, value),
        (InterfaceType::S8, Val::S8(value)) => place.put(cx, ty, value),
        (InterfaceType::U8, Val::U8(value)) => place.put(cx, ty, value),
        (InterfaceType::S16, Val::S16(value)) => place.put(cx, ty, value),
        (InterfaceType::U16, Val::U16(value)) => place.put(cx, ty, value),
        (InterfaceType::S32, Val::S32(value)) => place.put(cx, ty, value),
        (InterfaceType::U32, Val::U32(value)) => place.put(cx, ty, value),
        (InterfaceType::S64, Val::S64(value)) => place.put(cx, ty, value),
        (InterfaceType::U64, Val::U64(value)) => place.put(cx, ty, value),
        (InterfaceType::Float32, Val::Float32(value)) => place.put(cx, ty, value),
        (InterfaceType::Float64, Val::Float64(value)) => place.put(cx, ty, value),
        (InterfaceType::Char, Val::Char(value)) => place.put(cx, ty, value),
        (InterfaceType::String, Val::String(text)) => place.put_pair(cx, ty, text.as_str()),
        // Which resource, stream or future it is, they check themselves.
        (InterfaceType::Own(_) | InterfaceType::Borrow(_), Val::Resource(handle)) => {
            place.put(cx, ty, handle)
        }
        (InterfaceType::Stream(_), Val::Stream(stream)) => place.put(cx, ty, stream),
        (InterfaceType::Future(_), Val::Future(future)) => place.put(cx, ty, future),
        (InterfaceType::Enum(index), Val::Enum(name)) => {
            let Some(number) = types[index].names.get_index_of(name) else {
                bail!("there is no case `{name}`")
            };
            match place {
                Place::Memory(place) => discriminant(cx, &types[index].info, number, place),
                Place::Slots(slots) => {
                    slots.push(ValRaw::u32(u32::try_from(number)?));
                    Ok(())
                }
            }
        }
        (InterfaceType::Flags(index), Val::Flags(set)) => {
            let ty = &types[index];
            let mut words = vec![0_u32; usize::from(ty.abi.flat_count.unwrap_or_default())];
            for name in set {
                let Some(bit) = ty.names.get_index_of(name) else {
                    bail!("there is no flag `{name}`")
                };
                words[bit / 32] |= 1 << (bit % 32);
            }
            match (&mut place, ty.abi.size32) {
                (Place::Memory(place), 1) => {
                    let bits = u8::try_from(words[0])?;
                    bits.linear_lower_to_memory(cx, InterfaceType::U8, *place)
                }
                (Place::Memory(place), 2) => {
                    let bits = u16::try_from(words[0])?;
                    bits.linear_lower_to_memory(cx, InterfaceType::U16, *place)
                }
                _ => words.iter().try_for_each(|word| {
                    place.part(&CanonicalAbiInfo::SCALAR4).put(cx, InterfaceType::U32, word)
                }),
            }
        }
        _ => bail!("a value isn't of its parameter's type"),
    }
}

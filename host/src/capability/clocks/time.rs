//! A `datetime` that is put into the guest's memory at once; wasmtime's derived code looks up that
//! memory for each of its fields.

use std::mem::MaybeUninit;

use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LowerContext,
};
use wasmtime::component::{ComponentType, Lower};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;

/// A `datetime`.
pub(super) struct Time(pub Datetime);

/// Its seconds, its nanoseconds, and what fills it up to a multiple of its alignment.
const SIZE: usize = 16;
const _: () = assert!(Datetime::SIZE32 == SIZE);

// SAFETY: it stands for the same type as `Datetime`, whose `Lower` and `ABI` it has, and which is
// asked whether a component's type is that.
unsafe impl ComponentType for Time {
    type Lower = <Datetime as ComponentType>::Lower;

    const ABI: CanonicalAbiInfo = Datetime::ABI;
    const MAY_REQUIRE_REALLOC: bool = false;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> wasmtime::Result<()> {
        Datetime::typecheck(ty, types)
    }
}

// SAFETY: a record of a `u64` and a `u32` is these, one behind the other, and four bytes of no
// meaning; they are written through a checked slice. The flat form is `Datetime`'s.
unsafe impl Lower for Time {
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        dst: &mut MaybeUninit<Self::Lower>,
    ) -> wasmtime::Result<()> {
        self.0.linear_lower_to_flat(cx, ty, dst)
    }

    fn linear_lower_to_memory<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        _: InterfaceType,
        offset: usize,
    ) -> wasmtime::Result<()> {
        let bytes = cx.get::<SIZE>(offset);
        bytes[..8].copy_from_slice(&self.0.seconds.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.0.nanoseconds.to_le_bytes());
        Ok(())
    }
}

//! What schemes keep for one run, so that nobody else needs to know what that is.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// One value of each type that a scheme asked for in a run. Clones share them.
#[derive(Clone, Default)]
pub struct RunState(Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

impl RunState {
    /// The run's value of a type, made when it's first asked for; a clone of it, which shares what
    /// it holds.
    pub(super) fn get<T: Any + Clone + Default + Send>(&self) -> T {
        let mut values = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let value = values.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        value.downcast_ref::<T>().expect("a value is filed under its own type").clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_value_which_clones_share() {
        type Numbers = Arc<Mutex<Vec<u8>>>;
        let (state, other) = (RunState::default(), RunState::default());
        state.get::<Numbers>().lock().unwrap().push(1);
        state.clone().get::<Numbers>().lock().unwrap().push(2);

        assert_eq!(*state.get::<Numbers>().lock().unwrap(), [1, 2]);
        assert_eq!(state.get::<Arc<u8>>(), Arc::new(0));
        assert!(other.get::<Numbers>().lock().unwrap().is_empty());
    }
}

//! Calls with values: what a function returned is a value, and how it failed, too.

use wasmtime::component::Val;

use crate::instance::exit::Exit;
use crate::instance::live::Instance;
use crate::link::Entry;

impl Instance {
    /// Calls the program's function with values of its parameters' types, under the budget; gives
    /// what it returned. An instance that returned can be called again.
    ///
    /// # Errors
    /// How it failed instead: it trapped, exited, or its time was up.
    pub async fn invoke(&mut self, arguments: &[Val]) -> Result<Option<Val>, Exit> {
        let Entry::Call { function, signature } = &self.code().entry else {
            let error = wasmtime::Error::msg("the program has no function to call");
            return Err(Exit::of(error, self.budget()));
        };
        let (function, has_result) = (*function, signature.result.is_some());
        let limit = self.budget().timeout;

        let called = self
            .within(limit, async |instance| instance.call(&function, arguments, has_result).await)
            .await;
        match called {
            Some(Ok(result)) => Ok(result),
            Some(Err(error)) => Err(Exit::of(error, self.budget())),
            None => Err(Exit::Timeout),
        }
    }
}

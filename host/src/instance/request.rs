//! Has a live program answer an HTTP request, by the interface of WASI 0.2 or of 0.3.

use std::future::poll_fn;

use http::{Request, Response};
use wasmtime::component::{ComponentExportIndex, Resource};
use wasmtime_wasi_http::p2::bindings::http::types as http02;
use wasmtime_wasi_http::p3::bindings::http::types as http03;
use wasmtime_wasi_http::{WasiBody, WasiHttpView as _, p3};

use crate::instance::live::Instance;
use crate::link::Entry;

/// The head of an answer and its body, or why the program has none.
pub(crate) type Answer = Result<Response<WasiBody>, String>;

/// Whoever takes the answer, when it begins.
pub(crate) type Answering = tokio::sync::oneshot::Sender<Answer>;

type Arguments02 = (Resource<http02::IncomingRequest>, Resource<http02::ResponseOutparam>);
type Arguments03 = (Resource<p3::Request>,);
type Answered03 = (Result<Resource<p3::Response>, http03::ErrorCode>,);

impl Instance {
    /// Has the program answer `request`. The answer's body is written while this goes on; it ends
    /// when nothing of the program works on it any more.
    ///
    /// # Errors
    /// The engine's: it trapped, or exited.
    pub(crate) async fn answer(
        &mut self,
        request: Request<WasiBody>,
        answering: Answering,
    ) -> wasmtime::Result<()> {
        let &Entry::Http { function, concurrent } = &self.code().entry else {
            return Err(wasmtime::Error::msg("the program answers no requests"));
        };
        match concurrent {
            true => self.answer03(&function, request, answering).await?,
            false => self.answer02(&function, request, answering).await?,
        }
        self.state().outputs().drain().await;
        Ok(())
    }

    /// Starts the program, and makes sure that it can be asked.
    ///
    /// # Errors
    /// The engine's: it trapped, is too large, or has a `handle` of another type.
    pub(crate) async fn prepare(&mut self) -> wasmtime::Result<()> {
        let started = self.start().await?;
        let Entry::Http { function, concurrent } = &self.code().entry else { return Ok(()) };
        let (function, concurrent) = (*function, *concurrent);

        let store = self.store();
        match concurrent {
            true => started.get_typed_func::<Arguments03, Answered03>(store, function).map(drop),
            false => started.get_typed_func::<Arguments02, ()>(store, function).map(drop),
        }
    }

    /// Gives it the fuel of one request anew; whether it can be asked once more.
    pub(crate) fn refuel(&mut self) -> bool {
        let fuel = self.budget().fuel;
        fuel.is_none_or(|fuel| self.store().set_fuel(fuel).is_ok())
    }

    async fn answer02(
        &mut self,
        function: &ComponentExportIndex,
        request: Request<WasiBody>,
        answering: Answering,
    ) -> wasmtime::Result<()> {
        let started = self.start().await?;
        let store = self.store();
        let handle = started.get_typed_func::<Arguments02, ()>(&mut *store, function)?;

        let scheme = match request.uri().scheme_str() {
            Some("https") => http02::Scheme::Https,
            _ => http02::Scheme::Http,
        };
        let mut view = store.data_mut().http();
        let request = view.new_incoming_request(scheme, request)?;
        let answer = move |answer: Result<_, http02::ErrorCode>| {
            // Nobody waits for it any more if it isn't taken.
            let _ = answering.send(answer.map_err(|code| code.to_string()));
        };
        let answer = view.new_response_outparam_from_callback(answer)?;

        handle.call_async(store, (request, answer)).await
    }

    async fn answer03(
        &mut self,
        function: &ComponentExportIndex,
        request: Request<WasiBody>,
        answering: Answering,
    ) -> wasmtime::Result<()> {
        let started = self.start().await?;
        let store = self.store();
        let handle = started.get_typed_func::<Arguments03, Answered03>(&mut *store, function)?;
        let (request, sent) = p3::Request::from_http(store.data_mut().http().hooks, request);
        let request = store.data_mut().http().table.push(request)?;

        store
            .run_concurrent(async move |store| -> wasmtime::Result<()> {
                let (answer,) = handle.call_concurrent(store, (request,)).await?;
                let answer = match answer {
                    Ok(response) => store.with(|mut store| {
                        let response = store.data_mut().http().table.delete(response)?;
                        wasmtime::error::Ok(Ok(response.into_http(store, sent)?))
                    })?,
                    Err(code) => Err(code.to_string()),
                };
                // Nobody waits for it any more if it isn't taken.
                let _ = answering.send(answer);
                poll_fn(|cx| store.poll_no_interesting_tasks(cx)).await;
                Ok(())
            })
            .await?
    }
}

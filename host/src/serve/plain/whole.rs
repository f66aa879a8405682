//! A connection that is a guest's from one end to the other.

use crate::capability::stdio::{Input, Output};
use crate::serve::plain::peer::PlainPeer;
use crate::serve::plain::routed;
use crate::serve::service::Kind;
use crate::serve::shared::Shared;
use crate::stream::{HandedInput, HandedOutput, wasi02};

/// Has a guest serve a connection. What a guest that failed had written so far is broken off, where
/// the transport can tell.
pub(super) async fn serve(shared: &Shared, peer: PlainPeer) {
    let Some(_place) = shared.admission.enter().await else { return };
    let Some(service) = routed::service(shared, &peer.ends) else { return };
    let asked = peer.asked("a connection");
    let variables = peer.ends.variables();
    let tcp = peer.tcp.clone();
    let mut connection = peer.connection();
    if let Kind::Handler = service.kind() {
        if let (Err(_), Some(tcp)) = (service.handle(connection, &asked).await, tcp) {
            // Without the option the peer sees an end, which is as well as can be done then.
            let _ = tcp.set_zero_linger();
        }
        return;
    }

    let (Some(source), Some(sink)) = (connection.take_input(), connection.take_output()) else {
        return;
    };
    let input = HandedInput::new(wasi02::input(source));
    let output = HandedOutput::new(wasi02::output(sink));
    let streams = (Input::Handed(input), Output::Handed(output.clone()));
    match service.run(streams, (&[], &variables), &asked).await {
        Ok(_) => {
            // A peer that has gone takes nothing any more, which harms nobody.
            let _ = output.finish().await;
            drop(output);
            let _ = connection.sink().finish().await;
        }
        Err(_) => connection.abort(),
    }
}

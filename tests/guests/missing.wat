(component (import "wasi:cli/environment@0.3.0-rc-2026-03-15" (instance)) (import "wasi:io/stream@0.2.0" (instance)) (import "acme:mesh/route" (instance)))

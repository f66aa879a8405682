(component (import "wasi:cli/exit@0.2.3" (instance (export "exit" (func (param "code" u64))))))

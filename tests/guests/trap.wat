(module $trapper
  (memory (export "memory") 1)
  (func $inner unreachable)
  (func $_ZN5outer4call17h0123456789abcdefE (call $inner))
  (func (export "_start") (call $_ZN5outer4call17h0123456789abcdefE)))

;; Hands on two functions that open by URL: of WASI 0.2, and of 0.3.
(component
  (import "forebay:typed/opens" (instance $opens
    (export "read" (func (param "url" string) (result (result string (error string)))))))
  (import "read" (func $read async (param "url" string) (result (result string (error string)))))
  (alias export $opens "read" (func $old))
  (export "old" (func $old))
  (export "new" (func $read)))

;; A command of WASI 0.3 that runs another guest's command.
(component
  (import "wasi:cli/run@0.3.0" (instance $run (export "run" (func async (result (result))))))
  (export "wasi:cli/run@0.3.0" (instance $run)))

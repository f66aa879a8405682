;; A command that runs another guest's command.
(component
  (import "wasi:cli/run@0.2.12" (instance $run (export "run" (func (result (result))))))
  (export "wasi:cli/run@0.2.12" (instance $run)))
